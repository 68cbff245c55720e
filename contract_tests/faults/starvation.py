"""Tells a trial that a starved machine may have spoilt from one that the system failed.

Whoever gets no CPU answers late, and so does a service that waits for the disk: what is late is red
in the columns of time. It is doubtful only where the callers' own process, or the disk, stood still
while that came about which is red. What is lost, run twice or delivered to somebody else is so at
any speed, and is never doubted; nor is a call that hung, since a gateway keeps its deadline without
a disk, and each is told by how long its own caller stood still.

How long is too long depends on what each column allows: calls have a deadline to be answered in,
but what is begun late has no more grace, and what is mended no more time, where that is longer; and
no less than usual, where that is shorter.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from contract_tests.faults.fault_trial import AFTER_S
from contract_tests.faults.stalls import Stall, most_still_s
from contract_tests.faults.traffic import DEADLINE_S, FaultTraffic
from reports.judgement.fault_verdicts import RECOVERED_WITHIN_S, RESUMED_WITHIN_S, cells
from reports.record.fault_trials import FaultTrial

# Callers beside two processes that a kernel was told to prefer stood still for 1.2-1.5 s of the
# usual 1.5 s, at most 0.13 s at a time, and their system answered 504.
DISTURBED_S: Final = DEADLINE_S / 3
_CALLERS: Final = "The callers' own process"
_DISK: Final = "The disk"


class _Pause(Struct, frozen=True, kw_only=True):
    """For how long who stood still in a time in which they may for `room_s` at most."""

    who: str
    still_s: float
    within_s: float
    room_s: float

    @property
    def sentence(self) -> str:
        return (
            f"{self.who} stood still for {self.still_s:.2f} s within {self.within_s:.3g} s;"
            f" expected at most {self.room_s:.3g} s."
        )


class _Seen(Struct, frozen=True, kw_only=True):
    """A trial, its callers, and who stood still when."""

    trial: FaultTrial
    traffic: FaultTraffic
    stalls: Mapping[str, Sequence[Stall]]

    def after_begin_s(self, at_s: float) -> float:
        """Return a moment of the trial's by the clock that stalls have."""
        return self.traffic.begun_s + at_s

    def pause(
        self,
        begun_s: float,
        ended_s: float = math.inf,
        *,
        within_s: float,
        room_s: float | None = None,
        who: Sequence[str] = (_CALLERS, _DISK),
    ) -> _Pause | None:
        """Return who stood still most in any `within_s` between two moments, if for too long.

        That is for more than `room_s`, without which it is a third of `within_s`.
        """
        still_s = {one: most_still_s(self.stalls[one], within_s, begun_s, ended_s) for one in who}
        most = max(who, key=still_s.__getitem__)
        room_s = within_s / 3 if room_s is None else room_s
        found = _Pause(who=most, still_s=still_s[most], within_s=within_s, room_s=room_s)
        return found if found.still_s > room_s else None


def starvation_of(trial: FaultTrial, traffic: FaultTraffic, disk: Sequence[Stall] = ()) -> str:
    """Return why all that is red may be the machine's doing, or nothing where it is the system's.

    `traffic` are the callers of that trial, `disk` the times when the disk stood still. Before the
    strike either may have done so at will.
    """
    red = [one for one in cells(trial) if one.verdict == "fail"]
    seen = _Seen(trial=trial, traffic=traffic, stalls={_CALLERS: traffic.stalls, _DISK: disk})
    pauses = [_PAUSES[one.invariant](seen) if one.invariant in _PAUSES else None for one in red]
    told = dict.fromkeys(one.sentence for one in pauses if one is not None)
    if not red or None in pauses:
        return ""
    said = "; ".join(f"{one.invariant}: {one.sentence}" for one in red)
    return f"{' '.join(told)} Seen: {said}"


def void_of(spoilt: Sequence[str]) -> str:
    """Return why nothing is known of a fault all of whose trials were spoilt."""
    return (
        f"In {len(spoilt)} trials in a row the machine may have made red what was. "
        f"Try it again on a quiet one. {' '.join(spoilt)}"
    )


def _late(seen: _Seen) -> _Pause | None:
    # What was begun in time is there late where it waited for the disk, and for that alone.
    struck_s = seen.after_begin_s(seen.trial.struck_s)
    return seen.pause(struck_s, within_s=DEADLINE_S, room_s=DISTURBED_S, who=(_DISK,))


def _unserved(seen: _Seen) -> _Pause | None:
    struck_s, mending_s = map(seen.after_begin_s, (seen.trial.struck_s, seen.trial.mending_s))
    return seen.pause(struck_s, mending_s, within_s=seen.traffic.deadline_s)


def _unrecovered(seen: _Seen) -> _Pause | None:
    mended_s, reopened_s = seen.trial.mended_s, seen.trial.reopened_s
    well_s = seen.after_begin_s(mended_s if reopened_s is None else min(mended_s, reopened_s))
    watched_s = seen.after_begin_s(mended_s + AFTER_S)
    within_s = max(DEADLINE_S, seen.traffic.deadline_s)
    room_s = min(within_s / 3, max(DISTURBED_S, _overdue_s(seen.trial)))
    while_watched = seen.pause(well_s, watched_s, within_s=within_s, room_s=room_s)
    return while_watched or seen.pause(well_s, within_s=within_s)


def _overdue_s(trial: FaultTrial) -> float:
    """Return how much too late all was well again; what never was is as late as anybody watched."""
    watched_s = AFTER_S - RECOVERED_WITHIN_S
    came = [(trial.recovery_s, RECOVERED_WITHIN_S)]
    if trial.reopened_s is not None:
        came.append((trial.resumed_s, RESUMED_WITHIN_S))
    return max(watched_s if at_s is None else min(watched_s, at_s - due_s) for at_s, due_s in came)


def _unknown(seen: _Seen) -> _Pause | None:
    """Return the longest pause in a write that is unknown; None where too many had none."""
    struck_s, within_s = seen.after_begin_s(seen.trial.struck_s), seen.traffic.deadline_s
    writes = [one for one in seen.traffic.journal if one.write]
    acknowledged = {one.key for one in writes if one.ending == "acknowledged"}
    pauses = [
        (one.key, seen.pause(max(one.sent_s, struck_s), one.ended_s, within_s=within_s))
        for one in writes
        if one.ending == "unknown" and one.key not in acknowledged
    ]
    unexcused = {key for key, pause in pauses if pause is None}
    if len(unexcused) > seen.trial.unknown_limit:
        return None
    found = [pause for _, pause in pauses if pause is not None]
    return max(found, key=lambda one: one.still_s, default=None)


# What is in no such column is never doubted.
_PAUSES: Final[dict[str, Callable[[_Seen], _Pause | None]]] = {
    "late": _late,
    "unknown": _unknown,
    "serves on": _unserved,
    "recovered": _unrecovered,
}
