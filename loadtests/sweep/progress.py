"""Shows a run while it goes: what is measured, what remains, the rate and the p99 right now."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import Progress, TaskID, TextColumn

from loadtests.plan.plan import Line, PhaseDone, Tick
from loadtests.sweep.terminal_text import plain

_S_PER_MIN: Final = 60
_SHOW_MINUTES_FROM_S: Final = 100


class Display:
    """A live line on a terminal, and one printed line a phase; without a terminal only those."""

    def __init__(self, console: Console, *, lengths_s: Sequence[float]) -> None:
        """Expect trials (a scenario on a configuration), each about so long; more may come."""
        self._console = console
        self._lengths_s = list(lengths_s)
        self._number = 0
        self._what = ""
        self._began_s = time.monotonic()
        self._bar = Progress(
            TextColumn("{task.description}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID = self._bar.add_task("starting the stack", total=sum(lengths_s))

    def __enter__(self) -> Self:
        self._began_s = time.monotonic()
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def note(self, text: str) -> None:
        """Print one line above the live one."""
        self._bar.console.print(plain(text), highlight=False)

    def event(self, text: str) -> None:
        """Print what a stack says while it starts; later starts, one a configuration, are noise."""
        if not self._number:
            self.note(text)

    def begin(self, what: str) -> None:
        """Begin the next trial; `what` names scenario and configuration."""
        self._number += 1
        if self._number > len(self._lengths_s):
            self._lengths_s.append(self._lengths_s[-1])
        self._what = what
        self._began_s = time.monotonic()
        self.note(
            f"[{self._number}/{len(self._lengths_s)}] {what}".replace("[", "(").replace("]", ")")
        )

    def show(self, line: Line) -> None:
        """Show what the load process says."""
        if isinstance(line, Tick):
            self._bar.update(
                self._task, completed=self._done_s(), description=plain(self._live(line))
            )
        elif worth_a_line(line):
            self.note(f"    {done_text(line)}")

    def _live(self, tick: Tick) -> str:
        remains = remaining_text(sum(self._lengths_s) - self._done_s())
        # What changes comes first: a narrow terminal cuts the end, which stands in the line above.
        return f"{remains} | {tick_text(tick)} | {self._what}"

    def _done_s(self) -> float:
        if not self._number:
            return 0.0
        *before_s, now_s = self._lengths_s[: self._number]
        return sum(before_s) + min(time.monotonic() - self._began_s, now_s)


def worth_a_line(done: PhaseDone) -> bool:
    """Tell whether a finished phase stays on the screen; the warm-up does not."""
    return done.phase != "warm-up"


def tick_text(tick: Tick) -> str:
    """Return one second of a phase, in words."""
    p99 = "-" if tick.p99_ms is None else f"{tick.p99_ms:.0f} ms"
    rest = f"{tick.remaining_s:.0f} s"
    return f"{_phase(tick.phase, tick.users)}, {rest}: {tick.rate_per_s:.0f}/s, p99 now {p99}"


def done_text(done: PhaseDone) -> str:
    """Return what a phase came to, in words."""
    percentiles = {"p50": done.p50_ms, "p99": done.p99_ms}
    shown = [f"{name} {value:.1f} ms" for name, value in percentiles.items() if value is not None]
    return ", ".join(
        [f"{_phase(done.phase, done.users)}: {done.throughput_per_s:.0f} answers/s", *shown]
    )


def remaining_text(remaining_s: float) -> str:
    """Return about how long a run still takes."""
    if remaining_s < _SHOW_MINUTES_FROM_S:
        return f"about {max(0.0, remaining_s):.0f} s to go"
    return f"about {remaining_s / _S_PER_MIN:.0f} min to go"


def _phase(name: str, users: int | None) -> str:
    return name if users is None else f"{name}, {users} user{'s' if users > 1 else ''}"
