"""How far a model's figures miss, and the intervals that follow from it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from reports.judgement.confidence_intervals import CONFIDENCE, t_quantile
from reports.record.capacity import Estimate

SURE: Final = 0.80
# A spread of the logs that counts as so many observations before anything was observed: p99 varies
# by a third from one repetition to the next on shared cores, and a maximum by a few per cent, to
# which comes what the model does not know: of 56 stored p99 that were left out it missed by 0.46,
# of 10 answers that were run by 0.67.
BELIEVED_AS: Final = 4
PRIOR_CARRIES: Final = 0.08
PRIOR_P50: Final = 0.15
PRIOR_P99: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSpread:
    """A standard deviation of the logs, and how many observations stand behind it."""

    deviation: float
    freedom: int

    def beside(self, deviation: float) -> "LogSpread":
        """Return a spread to which something else adds that has nothing to do with it."""
        return replace(self, deviation=math.hypot(self.deviation, deviation))

    def around(self, value: float, *, above: bool) -> Estimate:
        """Return a figure with its intervals; `sure` is above it for a latency."""
        half = t_quantile(self.freedom, confidence=CONFIDENCE) * self.deviation
        # One-sided 80 % lie below the upper end of the two-sided 60 %.
        sure = t_quantile(self.freedom, confidence=2 * SURE - 1) * self.deviation
        return Estimate(
            value=round(value, 4),
            low=round(value * math.exp(-half), 4),
            high=round(value * math.exp(half), 4),
            sure=round(value * math.exp(sure if above else -sure), 4),
        )


def spread(misses: Sequence[float], prior: float) -> LogSpread:
    """Return what the logs of some misses say, beside what was believed before."""
    freedom = BELIEVED_AS + len(misses)
    squares = BELIEVED_AS * prior**2 + math.fsum(miss**2 for miss in misses)
    return LogSpread(deviation=math.sqrt(squares / freedom), freedom=freedom)
