"""Tells a trial that a starved machine may have spoilt from one that the system failed.

Whoever gets no CPU answers late, and so does a service that waits for the disk: what is late is red
in the columns of time. It is doubtful only where the callers' own process, or the disk, stood still
while that came about which is red. What is lost, run twice or delivered to somebody else is so at
any speed, and is never doubted; nor is a call that hung, since a gateway keeps its deadline without
a disk, and each is told by how long its own caller stood still.

How long is too long depends on what each column allows: calls have a deadline to be answered in,
but what is begun late has no more grace, and what is mended no more time, where that is longer.
"""

import math
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from contract_tests.faults.fault_trial import AFTER_S
from contract_tests.faults.ledger import Attempt
from contract_tests.faults.stalls import Stall, most_still_s
from contract_tests.faults.traffic import DEADLINE_S, FaultTraffic
from reports.judgement.fault_verdicts import RECOVERED_WITHIN_S, RESUMED_WITHIN_S, cells
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
        return self.most_of_all_s(begun_s, ended_s) > self.disturbed_s

    def most_of_all_s(self, begun_s: float, ended_s: float) -> float:
        """Return the most for which either of them did."""
        return max(self.most_s(begun_s, ended_s).values())

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
    room_s = min(_room_s(one.invariant, trial, stalls) for one in red)
    return (
        f"{who} stood still for {most_s[who]:.2f} s of a deadline of {traffic.deadline_s} s;"
        f" expected at most {room_s:.3g} s. Seen: {seen}"
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
        at_once_s = min(DEADLINE_S, stalls.traffic.deadline_s)
        return most_still_s(stalls.disk, at_once_s, struck_s) > DISTURBED_S
    return invariant == "recovered" and (
        stalls.disturbed(begun_s + well_s)
        or stalls.most_of_all_s(begun_s + well_s, begun_s + trial.mended_s + AFTER_S)
        > _room_s(invariant, trial, stalls)
    )


def _room_s(invariant: str, trial: FaultTrial, stalls: _Stalls) -> float:
    """Return for how long somebody may stand still before what is red in a column is doubtful."""
    if invariant == "late":
        return DISTURBED_S
    if invariant == "recovered":
        return min(stalls.disturbed_s, max(DISTURBED_S, _overdue_s(trial)))
    return stalls.disturbed_s


def _overdue_s(trial: FaultTrial) -> float:
    """Return how much too late all was well again; what never was is as late as anybody watched."""
    watched_s = AFTER_S - RECOVERED_WITHIN_S
    came = [(trial.recovery_s, RECOVERED_WITHIN_S)]
    if trial.reopened_s is not None:
        came.append((trial.resumed_s, RESUMED_WITHIN_S))
    return max(watched_s if at_s is None else min(watched_s, at_s - due_s) for at_s, due_s in came)


def _unexcused(stalls: _Stalls, struck_s: float) -> int:
    """Return how many writes are unknown although nobody stood still meanwhile."""

    def excused(one: Attempt) -> bool:
        return stalls.disturbed(max(one.sent_s, struck_s), one.ended_s)

    writes = [one for one in stalls.traffic.journal if one.write]
    acknowledged = {one.key for one in writes if one.ending == "acknowledged"}
    unknown = {one.key for one in writes if one.ending == "unknown" and not excused(one)}
    return len(unknown - acknowledged)
