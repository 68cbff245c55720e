"""A figure of a part's over time, known at some moments and straight between them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Self

from loadtests.sweep.usage.usage_sampler import UsageReading

# Figures that are added up in another order differ in their last digits: that is no fall.
_FALL_S = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLine:
    """A figure over time, known at the readings and straight between them."""

    times_s: Sequence[float]
    values: Sequence[float]

    def at(self, time_s: float) -> float:
        """Return the figure at a moment; level before the first known one, and after the last."""
        if time_s <= self.times_s[0]:
            return self.values[0]
        for index in range(1, len(self.times_s)):
            if time_s <= self.times_s[index]:
                before_s, after_s = self.times_s[index - 1], self.times_s[index]
                low, high = self.values[index - 1], self.values[index]
                return low + (high - low) * (time_s - before_s) / (after_s - before_s)
        return self.values[-1]

    def most(self, from_s: float, to_s: float) -> float:
        """Return the highest figure between two moments."""
        known = zip(self.times_s, self.values, strict=True)
        return max([*(value for at, value in known if from_s <= at <= to_s), self.at(to_s)])

    def gained(self, from_s: float, to_s: float) -> float:
        """Return by how much it rose between two moments; 0 where it fell."""
        return max(0.0, self.at(to_s) - self.at(from_s))

    def falls(self, from_s: float, to_s: float) -> bool:
        """Tell whether it fell between two moments, or to the first known one after them."""
        steps = pairwise(zip(self.times_s, self.values, strict=True))
        return any(
            at < to_s and after > from_s and value - later > _FALL_S
            for (at, value), (after, later) in steps
        )

    def led_on(self, from_s: float, to_s: float) -> Self:
        """Return it led on to `to_s`, if it ends sooner, as steeply as it rose from `from_s` on."""
        last_s = self.times_s[-1]
        if not from_s < last_s < to_s:
            return self
        slope = self.gained(from_s, last_s) / (last_s - from_s)
        return replace(
            self,
            times_s=[*self.times_s, to_s],
            values=[*self.values, self.values[-1] + slope * (to_s - last_s)],
        )


def lines_of(
    readings: Sequence[UsageReading], name: str, begin_s: float, end_s: float
) -> tuple[UsageLine, UsageLine | None, UsageLine | None]:
    """Return what is known of a part's CPU, memory and throttling, each at the moments it is of.

    What somebody else tells of the last phase's end comes when nobody listens any more: the CPU is
    led on from its last telling to `end_s`, as it rose from `begin_s` until then.
    """
    known = [(one.at_s, one.parts[name]) for one in readings if name in one.parts]
    times_s = [at_s if usage.told_s is None else usage.told_s for at_s, usage in known]
    usages = [usage for _, usage in known]
    held = [usage.throttled_s for usage in usages if usage.throttled_s is not None]
    memory = [float(one.memory_bytes) for one in usages if one.memory_bytes is not None]
    cpu = UsageLine(times_s=times_s, values=[usage.cpu_s for usage in usages])
    is_late = any(usage.told_s is not None for usage in usages)
    return (
        cpu.led_on(begin_s, end_s) if is_late else cpu,
        UsageLine(times_s=times_s, values=memory) if len(memory) == len(usages) else None,
        UsageLine(times_s=times_s, values=held) if len(held) == len(usages) else None,
    )
