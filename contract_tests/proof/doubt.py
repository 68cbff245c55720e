"""Tells a trial that a starved machine may have spoilt from one that the system failed.

Whoever gets no CPU answers late, and what is late is red in the columns of time. What is lost, run
twice or delivered to somebody else is so at any speed, and is never doubted.
"""

from typing import Final

from contract_tests.proof.traffic import DEADLINE_S
from reports.faults import cells
from reports.trials import Trial

# A third of a deadline. Callers beside two processes that a kernel was told to prefer stood still
# for 1.2-1.5 s of the 1.5 s, at most 0.13 s at a time, and their system answered 504.
DISTURBED_S: Final = 0.5
OF_TIME: Final = frozenset({"hung", "unknown", "serves on", "recovered"})


def doubt_of(trial: Trial, stood_still_s: float) -> str:
    """Return why all that is red may be the machine's doing, or nothing where it is the system's.

    `stood_still_s` is the most for which the callers' own process stood still in the time of one
    deadline.
    """
    red = [one for one in cells(trial) if one.verdict == "fail"]
    if stood_still_s <= DISTURBED_S or not red or {one.invariant for one in red} - OF_TIME:
        return ""
    seen = "; ".join(f"{one.invariant}: {one.sentence}" for one in red)
    return (
        f"The callers' own process stood still for {stood_still_s:.2f} s of a deadline of "
        f"{DEADLINE_S} s, in two trials in a row; expected at most {DISTURBED_S} s. Try it again "
        f"on a quiet machine. Seen: {seen}"
    )
