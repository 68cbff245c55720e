"""How each rung of the ladder fared over the same mutants, as a table and in words."""

import statistics
from collections.abc import Iterator, Sequence

from msgspec import Struct
from rich.table import Table

from contract_tests.mutants.mutant_trial import MutantTrial


class RungScore(Struct, frozen=True, kw_only=True):
    """One rung: how many of the mutants it killed, how fast, and what it missed.

    `alarm` is what it says of the clean system, "" where it rightly says nothing; `seconds` is its
    time over all mutants, `median_s` that to a kill.
    """

    rung: str
    killed: int
    tried: int
    seconds: float
    median_s: float | None
    missed: tuple[str, ...]
    alarm: str

    @property
    def share(self) -> float:
        """Return the share that it killed; 0.0 where it tried none."""
        return self.killed / self.tried if self.tried else 0.0

    @property
    def sentence(self) -> str:
        """Return it in words."""
        median = "" if self.median_s is None else f", a kill after {self.median_s:.1f} s (median)"
        missed = f" Missed: {', '.join(self.missed)}." if self.missed else ""
        alarm = f" False alarm on the clean system: {self.alarm}" if self.alarm else ""
        return f"{self.killed} of {self.tried} killed ({self.share:.0%}){median}.{missed}{alarm}"


def standings(climbed: Sequence[MutantTrial]) -> list[RungScore]:
    """Return each rung's, in the order in which they were climbed."""
    names = dict.fromkeys(one.rung for one in climbed)
    return [_standing(name, [one for one in climbed if one.rung == name]) for name in names]


def drawn(some: Sequence[RungScore], seed: int) -> Table:
    """Return them as a table."""
    most = max((one.tried for one in some), default=0)
    table = Table(title=f"The ladder over {most} mutants, seed {seed}")
    for column in ("method", "killed", "share", "median s", "all s", "false alarm"):
        table.add_column(column)
    for one in some:
        table.add_row(*_cells(one))
    return table


def _standing(name: str, trials: Sequence[MutantTrial]) -> RungScore:
    told = [one for one in trials if not one.mutant.clean]
    killed = [one.seconds for one in told if one.outcome == "killed"]
    alarms = [one.finding.sentence for one in trials if one.mutant.clean and one.finding]
    return RungScore(
        rung=name,
        killed=len(killed),
        tried=len(told),
        seconds=sum(one.seconds for one in told),
        median_s=statistics.median(killed) if killed else None,
        missed=tuple(one.mutant.name for one in told if one.outcome != "killed"),
        alarm=alarms[0] if alarms else "",
    )


def _cells(one: RungScore) -> Iterator[str]:
    median = "" if one.median_s is None else f"{one.median_s:.1f}"
    yield from (one.rung, f"{one.killed} of {one.tried}", f"{one.share:.0%}", median)
    yield from (f"{one.seconds:.0f}", "yes" if one.alarm else "no")
