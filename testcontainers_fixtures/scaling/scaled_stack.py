"""The stack of a stack file's [attach]: it is up, its engine scales it, and it is put back."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from testcontainers_fixtures.attachment import checked_url
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.engines.attached import AttachedEngine
from testcontainers_fixtures.engines.engine import EngineNode
from testcontainers_fixtures.errors import SpecError, StackError
from testcontainers_fixtures.fleet import OnEvent
from testcontainers_fixtures.folders.writable_folders import made, writing_to
from testcontainers_fixtures.part_readiness import REACHED
from testcontainers_fixtures.scaling.command_runs import LOG_NAME, CommandRuns
from testcontainers_fixtures.scaling.deployed import Deployed
from testcontainers_fixtures.scaling.engine_readers import engine_reader, known_parts
from testcontainers_fixtures.scaling.first_numbers import numbers_not_told, require_first_numbers
from testcontainers_fixtures.scaling.scaling_commands import (
    ScalingCommand,
    described,
    first_numbers,
    made_fresh,
    scaled_to,
)
from testcontainers_fixtures.scaling.usage_sources import usage_source
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.stack_file.attach_spec import Attach
from testcontainers_fixtures.stack_spec import StackSpec

UNTOLD: Final = "who tells of the CPU (usage of [attach]) says nothing of it"
PUT_BACK: Final = "The first numbers are put back"


class ScaledStack(Stack):
    """A stack that was not started here, whose numbers are changed by commands. Made by `scaling`.

    `not_put_back` is what is left to do by hand where a run could not: a sentence a command.
    """

    def __init__(
        self, spec: StackSpec, attach: Attach, run_folder: Path, on_event: OnEvent
    ) -> None:
        [gateway] = spec.named("gateway")
        engine = AttachedEngine(urls={gateway: checked_url("[attach] gateway", attach.gateway)})
        super().__init__(spec, engine, run_folder, lambda _: None, twins=False, taps=False)
        self.not_put_back: list[str] = []
        self._attach = attach
        self._on_event = on_event
        self._first = first_numbers(attach)
        self._now: CopyCounts | None = self._first
        self._runs = CommandRuns(
            folder=spec.folder, log=run_folder / "logs" / LOG_NAME, within_s=attach.within_s
        )
        parts = known_parts(spec)
        self._reader = engine_reader(attach, parts, self._runs)
        self._deployed = Deployed(parts={}, nodes=())
        self._before = self._deployed
        self._untold: tuple[str, ...] = ()
        self._usage = usage_source(attach, parts, self._runs, self._pods)

    def measured(self, part: str) -> Sequence[object]:
        """Return the copies that its engine can measure; none where the file names no `usage`."""
        return self._usage.measured(part) if self._usage else []

    @property
    def nodes(self) -> Mapping[EngineNode, Mapping[str, int]]:
        """Return where copies run now, and how many of which part; nothing where nobody tells."""
        return {one: self._deployed.copies_on(one.name) for one in self._deployed.nodes}

    @property
    def core_limits(self) -> Mapping[str, float]:
        """Return how many cores the engine allows a copy of each part that it limits."""
        return self._deployed.core_limits

    @property
    def ready_s(self) -> dict[str, float]:
        """Return nothing: it was ready before, and after what time nobody knows."""
        return {}

    def conditions(self) -> dict[str, str]:
        """Return what a run record must know: where it is, and what scales it."""
        where = {"network_mode": f"as attached at {self.doorstep}"}
        untold = {f"usage {part}": UNTOLD for part in self._untold}
        found = untold | {"scaled_by": described(self._attach)}
        if self._reader:
            found |= self._before.conditions()
            found |= numbers_not_told(self.spec, self._attach, self._before)
        return super().conditions() | where | found

    def begin(self, configuration: CopyCounts) -> None:
        """Attach, and go to the first configuration, whatever ran before; with fresh data."""
        whole = (*scaled_to(self._attach, configuration, now=None), *made_fresh(self._attach))
        reading = self._reader.commands() if self._reader else ()
        self._runs.require_programs((*whole, *reading))
        self._look()
        self._before = self._deployed
        if self._reader:
            require_first_numbers(self.spec, self._attach, self._before)
        if self._usage:
            self._untold = self._usage.require(known_parts(self.spec))
        if self._untold:
            self._on_event(f"{', '.join(self._untold)}: {UNTOLD}.")
        self.start(self._first, seeded=False)
        self._now = None
        self.renew(configuration)

    def scale(self, configuration: CopyCounts) -> None:
        """Have the engine change what differs; the data are its own affair."""
        self._go_to(configuration)
        self._look()
        self._prove()

    def renew(self, configuration: CopyCounts, *, seeded: bool = True) -> None:
        """Scale, then have `reset` make the data fresh; without it they stay as they are."""
        self._go_to(configuration)
        if fresh := made_fresh(self._attach):
            self._run(fresh)
            if seeded and self.spec.seed:
                # A seed is put in once: the way there is open by then, whatever the data lack.
                self._prove(REACHED)
            self._fill(seeded=seeded)
        self._look()
        self._prove()

    def put_back(self) -> None:
        """Go back to the first numbers; what fails is told, and the rest is done all the same."""
        left = list(scaled_to(self._attach, self._first, now=self._now))
        if left:
            self._on_event(f"{PUT_BACK}: {self._first}")
        try:
            while left:
                self._put_back(left[0])
                left.pop(0)
        finally:  # a second Ctrl-C
            for one in left:
                self._leave(f"Not put back: `{one}` was not run to its end; run it by hand.")

    def _put_back(self, command: ScalingCommand) -> None:
        try:
            self._runs.run(command)
        except StackError as error:
            self._leave(f"Not put back: {error}")

    def _leave(self, sentence: str) -> None:
        self.not_put_back.append(sentence)
        self._on_event(sentence)

    def _go_to(self, configuration: CopyCounts) -> None:
        commands = scaled_to(self._attach, configuration, now=self._now)
        self._now = None  # until all is done, nobody knows how far it came
        self._run(commands)
        self._now = self.configuration = configuration

    def _run(self, commands: Sequence[ScalingCommand]) -> None:
        for one in commands:
            self._runs.run(one)
        if self._usage and commands:
            self._usage.forget()

    def _look(self) -> None:
        """Have the engine tell what runs, and where."""
        if self._reader:
            self._deployed = self._reader.deployed()

    def _pods(self) -> dict[str, tuple[str, ...]]:
        return {name: part.pods for name, part in self._deployed.parts.items()}

    def close(self) -> None:
        """Let go of it; nothing is ended."""
        if self._usage:
            self._usage.close()
        super().close()


@contextmanager
def scaling(
    spec: StackSpec,
    *,
    run_folder: Path,
    configuration: CopyCounts,
    on_event: OnEvent,
) -> Iterator[ScaledStack]:
    """Give the stack of a file's [attach], scaled to a configuration; then put it back.

    Nothing of it is started or stopped here. Raises StackError where it is not there, or a command
    fails; SpecError for a file without [attach].
    """
    if spec.attach is None:
        raise SpecError(f"Expected [attach] in the stack file of {spec.name!r}; there is none.")
    with writing_to(made(run_folder)):
        stack = ScaledStack(spec, spec.attach, run_folder, on_event)
    try:
        stack.begin(configuration)
        yield stack
    finally:
        try:
            stack.put_back()
        finally:
            stack.close()
