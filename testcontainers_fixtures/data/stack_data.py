"""The data of a running stack: rows are put in, and what stays up while others start over emptied.

What starts over has an empty folder by itself; this is about what does not, and about the seed.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.data.beside import run_well
from testcontainers_fixtures.data.seeding import put_in, rows_in, turns
from testcontainers_fixtures.entrance import let_in
from testcontainers_fixtures.fleet import Fleet
from testcontainers_fixtures.naming import Copy
from testcontainers_fixtures.stack_file.start_order import start_order
from testcontainers_fixtures.stack_spec import Seed, StackSpec


class StackData:
    """What a fleet's parts hold. Methods raise StackError where it cannot be put in, or out."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    def __repr__(self) -> str:
        """Show whose data they are."""
        return f"<StackData of {self._fleet}>"

    @property
    def _spec(self) -> StackSpec:
        return self._fleet.spec

    def require_readable(self) -> None:
        """Raise SpecError for rows that cannot be read, before anything is started."""
        for seed in self._spec.seed:
            if seed.rows:
                rows_in(self._spec.folder / seed.rows)

    def fill(self, configuration: CopyCounts) -> None:
        """Put every seed in, in the file's order; what services take themselves, side by side."""
        for turn in turns(self._spec):
            self._fleet.together(self._seedings(turn, configuration))

    def empty(self, configuration: CopyCounts) -> None:
        """Empty each part that has `fresh`, in the order in which parts start."""
        for name in start_order(self._spec.parts):
            if command := self._spec.parts[name].fresh:
                about = (command, configuration)
                self._fleet.together(
                    partial(run_well, self._fleet, copy, *about, what="fresh")
                    for copy in self._holding(name)
                )

    def _seedings(
        self, turn: Sequence[Seed], configuration: CopyCounts
    ) -> Iterator[Callable[[], object]]:
        """Yield what puts the seeds of a turn in, one for each place that takes some."""
        [first, *_] = turn
        if first.command:
            for copy in self._holding(first.into):
                about = (copy, first.command, configuration)
                yield partial(run_well, self._fleet, *about, what="a seed")
        elif first.into in self._spec.named("gateway"):
            yield partial(self._through_the_gateway, turn)
        else:
            services = self._spec.named("service")
            for copy, running in self._fleet.running.items():
                if copy.part in services and not copy.tap:
                    mine = [seed for seed in turn if seed.into == copy.part]
                    yield partial(put_in, mine, running.url, self._spec.folder)

    def _through_the_gateway(self, turn: Sequence[Seed]) -> None:
        [copy] = self._holding(turn[0].into)
        gateway = self._fleet.running[copy].url
        entry = let_in(self._spec, gateway, ours=self._fleet.ours)
        put_in(turn, gateway, self._spec.folder, entry)

    def _holding(self, part: str) -> list[Copy]:
        """Return the copies of a part that may each have data of their own: the first, the twin."""
        return [c for c in self._fleet.running if c.part == part and (c.first or c.twin)]
