"""Shows a run while it goes: what is measured, what remains, the rate and the p99 right now."""

import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from rich.console import Console
from rich.progress import Progress, TaskID, TextColumn

from loadtests.plan.load_workers import Assembled, Awaited, Missing, Noted
from loadtests.plan.plan import Line, PhaseDone, Tick
from loadtests.sweep.live.live_feed import END, SECOND, Feed, NoFeed
from loadtests.sweep.live.live_figures import HostCpu, parts_now
from loadtests.sweep.machines.workers_shown import WorkersShown
from loadtests.sweep.terminal_text import plain
from loadtests.sweep.usage.usage_sampler import UsageReading

_S_PER_MIN: Final = 60
_SHOW_MINUTES_FROM_S: Final = 100


class Display:
    """A live line on a terminal, and one printed line a phase; without a terminal only those."""

    def __init__(
        self, console: Console, *, lengths_s: Sequence[float], feed: Feed | None = None
    ) -> None:
        """Expect trials (a scenario on a configuration), each about so long; more may come.

        `feed` is told the same.
        """
        self._console = console
        self._feed = feed or NoFeed()
        self._host = HostCpu()
        self._readings: Sequence[UsageReading] = ()
        self._lengths_s = list(lengths_s)
        self._number = 0
        self._what = ""
        self._workers = WorkersShown()
        # What was told of workers, for the record.
        self.noted: list[str] = []
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

    @property
    def workers(self) -> tuple[str, ...]:
        """Return the workers of other machines that take part just now."""
        return self._workers.here

    def note(self, text: str) -> None:
        """Print one line above the live one."""
        self._print(text)
        self._feed.tell("said", {"text": text})

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
        number, of = self._number, len(self._lengths_s)
        self._feed.tell("trial", {"number": number, "of": of, "what": what})
        self._print(f"[{number}/{of}] {what}".replace("[", "(").replace("]", ")"))

    def watching(self, readings: Sequence[UsageReading]) -> None:
        """Show what is read of the parts while they are loaded: the last of these."""
        self._readings = readings

    def show(self, line: Line) -> None:
        """Show what the load process says."""
        if isinstance(line, Tick):
            self._bar.update(
                self._task, completed=self._done_s(), description=plain(self._live(line))
            )
            self._feed.tell(SECOND, self._second(line))
        elif isinstance(line, (Awaited, Assembled, Missing)):
            self._show_workers(line)
        elif isinstance(line, Noted):
            self._workers.take(line)
            self.noted.append(line.sentence)
            self.note(line.sentence)
        elif worth_a_line(line):
            self._print(f"    {done_text(line)}")
            self._feed.tell("phase", _ended(line))

    def end(self, headline: str, page: Path) -> None:
        """Tell the feed that the run is over and where its page is; the terminal says it itself."""
        self._feed.tell(END, {"headline": headline, "page": str(page.absolute())})

    def _print(self, text: str) -> None:
        self._bar.console.print(plain(text), highlight=False)

    def _show_workers(self, line: Awaited | Assembled | Missing) -> None:
        if told := self._workers.told(line):
            self._print(f"    waiting for workers; {told}")
        if isinstance(line, Awaited):
            left = f"waiting for workers, {line.remaining_s:.0f} s at most"
            self._bar.update(self._task, description=plain(left))

    def _second(self, tick: Tick) -> dict[str, Any]:
        whole_s, done_s = sum(self._lengths_s), self._done_s()
        return {
            "phase": tick.phase,
            "users": tick.users,
            "rate": tick.rate_per_s,
            "p50": tick.p50_ms,
            "p99": tick.p99_ms,
            "in_flight": tick.in_flight,
            "errors": tick.bad,
            "phase_left_s": tick.remaining_s,
            "left_s": whole_s - done_s,
            "done": done_s / whole_s if whole_s else 0.0,
            "host": self._host.percent(),
            **parts_now(self._readings),
        }

    def _live(self, tick: Tick) -> str:
        remains = remaining_text(sum(self._lengths_s) - self._done_s())
        # What changes comes first: a narrow terminal cuts the end, which stands in the line above.
        return f"{remains} | {tick_text(tick)} | {self._what}"

    def _done_s(self) -> float:
        if not self._number:
            return 0.0
        *before_s, now_s = self._lengths_s[: self._number]
        return sum(before_s) + min(time.monotonic() - self._began_s, now_s)


def _ended(done: PhaseDone) -> dict[str, Any]:
    return {
        "phase": done.phase,
        "users": done.users,
        "rate": done.throughput_per_s,
        "p50": done.p50_ms,
        "p99": done.p99_ms,
    }


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
