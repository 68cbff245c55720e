"""Tells a trial that a starved machine may have spoilt from one that the system failed.

Whoever gets no CPU answers late, and so does a service that waits for the disk: what is late is red
in the columns of time. It is doubtful only where the callers' own process, or the disk, stood still
while that came about which is red. What is lost, run twice or delivered to somebody else is so at
any speed, and is never doubted; nor is a call that hung, since a gateway keeps its deadline without
a disk, and each is told by how long its own caller stood still.
"""

import math
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from contract_tests.faults.ledger import Attempt
from contract_tests.faults.stalls import Stall, most_still_s
from contract_tests.faults.traffic import FaultTraffic
from reports.judgement.fault_verdicts import cells
from reports.record.fault_trials import FaultTrial

# A third of the usual deadline; of a longer one it is more. Callers beside two processes that a
# kernel was told to prefer stood still for 1.2-1.5 s of the 1.5 s, at most 0.13 s at a time, and
# their system answered 504.
DISTURBED_S: Final = 0.5


class _Stalls(Struct, frozen=True, kw_only=True):
    """Who stood still when, in a trial with these callers."""

    traffic: FaultTraffic
    disk: Sequence[Stall]

    def most_s(self, begun_s: float, ended_s: float = math.inf) -> dict[str, float]:
        """Return the most for which each did in the time of one deadline between two moments."""
        bounds = self.traffic.deadline_s, begun_s, ended_s
        return {
            "The callers' own process": most_still_s(self.traffic.stalls, *bounds),
            "The disk": most_still_s(self.disk, *bounds),
        }

    def disturbed(self, begun_s: float, ended_s: float = math.inf) -> bool:
        """Tell whether one of them did for long enough to be told in answers."""
        return max(self.most_s(begun_s, ended_s).values()) > self.disturbed_s

    @property
    def disturbed_s(self) -> float:
        """Return from when on standing still is told in answers: a third of a deadline."""
        return max(DISTURBED_S, self.traffic.deadline_s / 3)


def starvation_of(trial: FaultTrial, traffic: FaultTraffic, disk: Sequence[Stall] = ()) -> str:
    """Return why all that is red may be the machine's doing, or nothing where it is the system's.

    `traffic` are the callers of that trial, `disk` the times when the disk stood still. Before the
    strike either may have done so at will.
    """
    red = [one for one in cells(trial) if one.verdict == "fail"]
    stalls = _Stalls(traffic=traffic, disk=disk)
    if not red or not all(_disturbed(one.invariant, trial, stalls) for one in red):
        return ""
    seen = "; ".join(f"{one.invariant}: {one.sentence}" for one in red)
    most_s = stalls.most_s(traffic.begun_s + trial.struck_s)
    who = max(most_s, key=most_s.__getitem__)
    return (
        f"{who} stood still for {most_s[who]:.2f} s of a deadline of {traffic.deadline_s} s;"
        f" expected at most {stalls.disturbed_s:.3g} s. Seen: {seen}"
    )


def void_of(spoilt: Sequence[str]) -> str:
    """Return why nothing is known of a fault all of whose trials were spoilt."""
    return (
        f"In {len(spoilt)} trials in a row the machine may have made red what was. "
        f"Try it again on a quiet one. {' '.join(spoilt)}"
    )


def _disturbed(invariant: str, trial: FaultTrial, stalls: _Stalls) -> bool:
    """Tell whether somebody stood still while that came about which is red."""
    begun_s = stalls.traffic.begun_s
    struck_s, mending_s = begun_s + trial.struck_s, begun_s + trial.mending_s
    well_s = trial.mended_s if trial.reopened_s is None else min(trial.mended_s, trial.reopened_s)
    if invariant == "unknown":
        return _unexcused(stalls, struck_s) <= trial.unknown_limit
    if invariant == "serves on":
        return stalls.disturbed(struck_s, mending_s)
    if invariant == "late":
        # What was begun in time is there late where it waited for the disk, and for that alone.
        return most_still_s(stalls.disk, stalls.traffic.deadline_s, struck_s) > stalls.disturbed_s
    return invariant == "recovered" and stalls.disturbed(begun_s + well_s)


def _unexcused(stalls: _Stalls, struck_s: float) -> int:
    """Return how many writes are unknown although nobody stood still meanwhile."""

    def excused(one: Attempt) -> bool:
        return stalls.disturbed(max(one.sent_s, struck_s), one.ended_s)

    writes = [one for one in stalls.traffic.journal if one.write]
    acknowledged = {one.key for one in writes if one.ending == "acknowledged"}
    unknown = {one.key for one in writes if one.ending == "unknown" and not excused(one)}
    return len(unknown - acknowledged)
