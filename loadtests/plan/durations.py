"""How long the stretches of traffic last: in the first repetition, in later ones, in a quick run.

Eight configurations and scenarios times five repetitions fit in seven minutes on two cores only if
each trial is short. A p99 needs 459 samples, and its interval three repetitions that have them. At
the common rates of the reference system (some 90 to 250 requests/s) each plans them within 6.5
seconds, and takes no longer than it needs; where the rate does not allow it, the repetitions'
pooled samples carry the p99 and the single repetition shows none.
"""

from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from loadtests.plan.plan import Timing

# Of Poisson arrivals fewer than planned may come: 520 planned are 459 at least in 99.6 % of cases.
_SAMPLES: Final = 520


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """Timing of the first repetition, which looks for each maximum, and of those after it."""

    first: Timing
    later: Timing

    def stretched(self, open_s: float) -> "Durations":
        """Return lengths whose open phases last at least so long."""
        return Durations(first=_stretched(self.first, open_s), later=_stretched(self.later, open_s))


# What one repetition has to show it must show by itself, so it is longer.
ALONE: Final = Timing()
QUICK: Final = Timing(warm_up_s=2.0, level_s=1.0, open_s=4.0, open_most_s=8.0)
FIRST: Final = Timing(
    warm_up_s=3.0, level_s=0.8, open_s=2.5, open_most_s=6.5, open_samples=_SAMPLES
)
LATER: Final = Timing(
    warm_up_s=1.2, level_s=1.0, open_s=2.0, open_most_s=6.5, open_samples=_SAMPLES
)
# An answer rests on the maxima of two configurations: a second of either may be a tenth off.
ASKED: Final = replace(LATER, level_s=2.5)
FLOOR: Final = Timing(warm_up_s=0.5, level_s=0.6, settle_s=0.1, open_s=1.2, open_most_s=1.2)

# What a trial takes beside its phases: half of a stack's fresh start (locust starts meanwhile),
# and where the maximum is looked for a closed loop of about seven levels.
_LOCUST_START_S: Final = 0.5
_RENEW_S: Final = 2.5
_USUAL_LEVELS: Final = 7


def lengths(*, repetitions: int, quick: bool, asked: bool = False) -> Durations:
    """Return the lengths for so many repetitions; `asked` where an answer rests on them."""
    if quick:
        return Durations(first=QUICK, later=LATER)
    if repetitions == 1:
        return Durations(first=ALONE, later=ALONE)
    return Durations(first=FIRST, later=ASKED if asked else LATER)


def first_trial_s(timing: Timing) -> float:
    """Return about how long a trial takes that looks for the maximum."""
    levels_s = _USUAL_LEVELS * (timing.settle_s + timing.level_s)
    return _LOCUST_START_S + _RENEW_S + timing.warm_up_s + levels_s + 2 * timing.open_s


def later_trial_s(timing: Timing) -> float:
    """Return about how long a trial takes whose best number of users is known."""
    measured_s = timing.warm_up_s + timing.settle_s + timing.level_s + timing.open_s
    return _LOCUST_START_S + _RENEW_S + measured_s


def open_trial_s(timing: Timing) -> float:
    """Return about how long a trial takes that offers one rate."""
    return _LOCUST_START_S + timing.warm_up_s + timing.open_s


def _stretched(timing: Timing, open_s: float) -> Timing:
    stretch = timing.open_most_s / timing.open_s
    return replace(timing, open_s=open_s, open_most_s=open_s * stretch)
