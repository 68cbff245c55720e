"""Tells a trial that a starved machine may have spoilt from one that the system failed.

Whoever gets no CPU answers late, and what is late is red in the columns of time. What is lost, run
twice or delivered to somebody else is so at any speed, and is never doubted.
"""

from typing import Final

from reports.faults import cells
from reports.trials import Trial

# As much as an answer may be late before it counts as hung.
DISTURBED_S: Final = 0.25
OF_TIME: Final = frozenset({"hung", "unknown", "serves on", "recovered"})


def doubt_of(trial: Trial, stood_still_s: float) -> str:
    """Return why all that is red may be the machine's doing, or nothing where it is the system's.

    `stood_still_s` is the longest time for which the callers' own process stood still.
    """
    red = [one for one in cells(trial) if one.verdict == "fail"]
    if stood_still_s <= DISTURBED_S or not red or {one.invariant for one in red} - OF_TIME:
        return ""
    seen = "; ".join(f"{one.invariant}: {one.sentence}" for one in red)
    return (
        f"The callers' own process stood still for {stood_still_s:.2f} s, twice in a row; expected "
        f"at most {DISTURBED_S} s. Try it again on a quiet machine. Seen: {seen}"
    )
