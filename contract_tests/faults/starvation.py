"""Tells a trial that a starved machine may have spoilt from one that the system failed.

Whoever gets no CPU answers late, and so do others: what is late is red in the columns of time. It
is doubtful only where the callers' own process stood still while that came about which is red. What
is lost, run twice or delivered to somebody else is so at any speed, and is never doubted; nor is a
call that hung, since each is told by how long its own caller stood still.
"""

from collections.abc import Sequence
from typing import Final

from contract_tests.faults.ledger import Attempt
from contract_tests.faults.traffic import FaultTraffic
from reports.judgement.fault_verdicts import cells
from reports.record.fault_trials import FaultTrial

# A third of a deadline. Callers beside two processes that a kernel was told to prefer stood still
# for 1.2-1.5 s of the 1.5 s, at most 0.13 s at a time, and their system answered 504.
DISTURBED_S: Final = 0.5


def starvation_of(trial: FaultTrial, traffic: FaultTraffic) -> str:
    """Return why all that is red may be the machine's doing, or nothing where it is the system's.

    `traffic` are the callers of that trial. Before the strike they may have stood still at will.
    """
    red = [one for one in cells(trial) if one.verdict == "fail"]
    if not red or not all(_disturbed(one.invariant, trial, traffic) for one in red):
        return ""
    seen = "; ".join(f"{one.invariant}: {one.sentence}" for one in red)
    still_s = traffic.most_still_s(traffic.begun_s + trial.struck_s)
    return (
        f"The callers' own process stood still for {still_s:.2f} s of a deadline of"
        f" {traffic.deadline_s} s; expected at most {DISTURBED_S} s. Seen: {seen}"
    )


def void_of(spoilt: Sequence[str]) -> str:
    """Return why nothing is known of a fault all of whose trials were spoilt."""
    return (
        f"In {len(spoilt)} trials in a row the machine may have made red what was. "
        f"Try it again on a quiet one. {' '.join(spoilt)}"
    )


def _disturbed(invariant: str, trial: FaultTrial, traffic: FaultTraffic) -> bool:
    """Tell whether the callers stood still while that came about which is red."""
    begun_s = traffic.begun_s
    struck_s, mending_s = begun_s + trial.struck_s, begun_s + trial.mending_s
    well_s = trial.mended_s if trial.reopened_s is None else min(trial.mended_s, trial.reopened_s)
    if invariant == "unknown":
        return _unexcused(traffic, struck_s) <= trial.unknown_limit
    if invariant == "serves on":
        return traffic.most_still_s(struck_s, mending_s) > DISTURBED_S
    return invariant == "recovered" and traffic.most_still_s(begun_s + well_s) > DISTURBED_S


def _unexcused(traffic: FaultTraffic, struck_s: float) -> int:
    """Return how many writes are unknown although their callers did not stand still."""

    def excused(one: Attempt) -> bool:
        return traffic.stood_still_s(max(one.sent_s, struck_s), one.ended_s) > DISTURBED_S

    writes = [one for one in traffic.journal if one.write]
    acknowledged = {one.key for one in writes if one.ending == "acknowledged"}
    unknown = {one.key for one in writes if one.ending == "unknown" and not excused(one)}
    return len(unknown - acknowledged)
