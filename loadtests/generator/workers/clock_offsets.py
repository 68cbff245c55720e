"""How far a worker's clocks are from the master's, by exchanges over the channel, as NTP has it.

Of each exchange four moments are known (RFC 5905, section 8): the offset is the mean of what both
ways show, and wrong by half the round trip at most. The exchange with the least round trip counts.
"""

from collections.abc import Iterable

from msgspec import Struct


class ClockExchange(Struct, frozen=True, kw_only=True):
    """One question and its answer, in seconds of monotonic clocks.

    `asked_s` and `heard_s` by the master's, `got_s` and `told_s` by the worker's. `wall_ahead_s` is
    how far the wall clock is ahead of the monotonic one: at the worker, less that at the master.
    """

    asked_s: float
    got_s: float
    told_s: float
    heard_s: float
    wall_ahead_s: float

    @property
    def round_trip_s(self) -> float:
        """Return how long both ways took together."""
        return max(0.0, (self.heard_s - self.asked_s) - (self.told_s - self.got_s))

    @property
    def offset_s(self) -> float:
        """Return how far the worker's monotonic clock is ahead."""
        return ((self.got_s - self.asked_s) + (self.told_s - self.heard_s)) / 2


class ClockOffset(Struct, frozen=True, kw_only=True):
    """How far a worker's clocks are ahead of the master's, known within so much, in seconds.

    The monotonic one is what phases begin by; where the machines were not booted together, its
    offset alone says nothing to a person. The wall's does.
    """

    monotonic_s: float
    wall_s: float
    within_s: float


def offset_in(exchanges: Iterable[ClockExchange]) -> ClockOffset:
    """Return the offset that the exchange with the least round trip shows; of at least one."""
    best = min(exchanges, key=lambda one: one.round_trip_s)
    return ClockOffset(
        monotonic_s=best.offset_s,
        wall_s=best.offset_s + best.wall_ahead_s,
        within_s=best.round_trip_s / 2,
    )
