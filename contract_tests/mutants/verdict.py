"""What the trials of many mutants are worth together, and how it is told."""

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct
from rich.markup import escape
from rich.table import Table

from contract_tests.mutants.mutant_trial import MutantTrial
from contract_tests.mutants.random_defects import PREFIX
from reports.record.mutants import Origin
from reports.record.number_formats import visible

CATALOGUE: Final = "the catalogue"
AT_RANDOM: Final = "at random"
# What share of each must be killed.
ASKED: Final[dict[Origin, float]] = {CATALOGUE: 0.98, AT_RANDOM: 0.90}


class MutantVerdict(Struct, frozen=True, kw_only=True):
    """The sum of some trials; mutants that nobody could tell from the system do not count."""

    killed: int
    survived: tuple[str, ...]
    timed_out: tuple[str, ...]
    equivalent: tuple[str, ...]
    median_s: float | None
    first_by: dict[str, int]

    @property
    def share(self) -> float:
        """Return the share that was killed, 1.0 where nothing was tried."""
        tried = self.killed + len(self.survived) + len(self.timed_out)
        return self.killed / tried if tried else 1.0

    @property
    def sentence(self) -> str:
        """Return it in words."""
        median = "none" if self.median_s is None else f"{self.median_s:.1f} s"
        tried = self.killed + len(self.survived) + len(self.timed_out)
        return (
            f"{self.killed} of {tried} killed ({self.share:.1%}), {len(self.survived)} survived, "
            f"{len(self.timed_out)} timed out, {len(self.equivalent)} equivalent; "
            f"median to the kill {median}"
        )


def verdict(trials: Sequence[MutantTrial]) -> MutantVerdict:
    """Return what the trials are worth."""
    told = counted(trials)
    killed = [one for one in told if one.outcome == "killed"]
    return MutantVerdict(
        killed=len(killed),
        survived=_named(told, "survived"),
        timed_out=_named(told, "timed out"),
        equivalent=tuple(one.mutant.name for one in trials if one not in told),
        median_s=statistics.median(one.seconds for one in killed) if killed else None,
        first_by=dict(Counter(first_by(one) for one in killed).most_common()),
    )


def counted(trials: Sequence[MutantTrial]) -> list[MutantTrial]:
    """Return the trials that count: of mutants that somebody could tell from the system."""
    return [one for one in trials if not one.mutant.equivalent or one.outcome == "killed"]


def origin_of(trial: MutantTrial) -> Origin:
    """Return where a trial's mutant comes from."""
    return AT_RANDOM if trial.mutant.name.startswith(PREFIX) else CATALOGUE


def by_origin(trials: Sequence[MutantTrial]) -> dict[Origin, list[MutantTrial]]:
    """Return the trials of the catalogue and of what was drawn, without what there is none of."""
    parts = {origin: [one for one in trials if origin_of(one) == origin] for origin in ASKED}
    return {origin: some for origin, some in parts.items() if some}


def enough(trials: Sequence[MutantTrial]) -> bool:
    """Tell whether so many were killed as each origin asks for."""
    return all(verdict(some).share >= ASKED[name] for name, some in by_origin(trials).items())


def table(trials: Sequence[MutantTrial]) -> Table:
    """Return a row for each trial, the survivors last."""
    drawn = Table(title="Mutants", show_lines=False)
    for column in ("mutant", "what is wrong", "outcome", "first by", "s", "what gave it away"):
        drawn.add_column(column, overflow="fold")
    for one in sorted(trials, key=lambda t: (t.outcome != "killed", t.mutant.layer)):
        drawn.add_row(*_cells(one), style="" if one.outcome == "killed" else "red")
    return drawn


def _cells(one: MutantTrial) -> Iterator[str]:
    outcome = "equivalent" if one.mutant.equivalent and one.outcome != "killed" else one.outcome
    said = one.finding.sentence if one.finding else one.mutant.equivalent
    yield from (one.mutant.name, one.mutant.sentence, outcome, first_by(one))
    yield from (f"{one.seconds:.1f}", escape(visible(said[:160])))


def first_by(one: MutantTrial) -> str:
    """Return by which method a mutant was found first."""
    if not one.came_up:
        return "did not come up"
    return one.finding.method if one.finding else "none"


def _named(trials: Sequence[MutantTrial], outcome: str) -> tuple[str, ...]:
    return tuple(one.mutant.name for one in trials if one.outcome == outcome)
