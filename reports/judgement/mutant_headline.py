"""Says in one sentence what came of a run of mutants."""

from collections.abc import Iterator, Sequence
from typing import Final

from reports.record.mutants import LadderRung, Mutant, Origin
from reports.record.number_formats import count
from reports.record.record import E2eRun

_ORIGINS: Final[tuple[Origin, ...]] = ("the catalogue", "at random")


def headline(record: E2eRun) -> str:
    """Return how many were killed, and how often the system without a defect was accused."""
    said = [*_killed(record.mutants), *_climbed(record.ladder)]
    searches = [one for one in record.checks if one.name.startswith("clean system")]
    alarms = sum(one.verdict == "fail" for one in searches)
    times = f"{len(searches)} {'search' if len(searches) == 1 else 'searches'}"
    clean = f"; {alarms or 'no'} false alarm{'' if alarms == 1 else 's'} in {times}"
    return f"{', '.join(said)}{clean if searches else ''}."


def _killed(mutants: Sequence[Mutant]) -> Iterator[str]:
    for origin in _ORIGINS:
        told = [one for one in mutants if one.origin == origin and one.fate != "equivalent"]
        if told:
            killed = sum(one.fate == "killed" for one in told)
            of = "of the catalogue" if origin == "the catalogue" else "drawn at random"
            yield f"{count(killed)} of {count(len(told))} mutants {of} killed"


def _climbed(ladder: Sequence[LadderRung]) -> Iterator[str]:
    if ladder:
        tried = max(one.tried for one in ladder)
        yield f"{len(ladder)} methods, each by itself over {tried} mutants"
