"""A flow: which of its steps a session takes, and how long somebody thinks before each.

A session is drawn before it begins. When its steps are due is not: each follows the answer to the
one before it, which nobody knows ahead of time.
"""

import math
import random
from collections.abc import Sequence
from itertools import groupby

from msgspec import Struct

from loadtests.plan.plan import PlannedCall, PlannedStep

_SURE = PlannedStep()


class PlannedSession(Struct, frozen=True, kw_only=True):
    """The numbers of the steps that one session takes, and the seconds it thinks before each."""

    steps: tuple[int, ...]
    thinks_s: tuple[float, ...]

    @property
    def hurried(self) -> "PlannedSession":
        """Return the session without its think times."""
        return PlannedSession(steps=self.steps, thinks_s=(0.0,) * len(self.steps))


class Flow:
    """The steps of a scenario's sessions; `mean_steps` is how many a session takes on average."""

    def __init__(self, calls: Sequence[PlannedCall]) -> None:
        self.calls = tuple(calls)
        self._steps = [call.step or _SURE for call in calls]
        groups = groupby(range(len(calls)), key=lambda number: self._steps[number].choice)
        self._stretches = [_branches(self._steps, list(numbers)) for _, numbers in groups]
        self.mean_steps = math.fsum(map(self._mean, self._stretches))
        self.longest_think_s = math.fsum(map(self._longest_s, self._stretches))

    def __repr__(self) -> str:
        """Show its steps."""
        return f"<Flow of {len(self.calls)} steps, {self.mean_steps:g} a session>"

    def session(self, draw: random.Random) -> PlannedSession:
        """Return a session by the steps' shares, weights and think times."""
        numbers = [
            number
            for stretch in self._stretches
            for number in _drawn(stretch, draw)
            if self._steps[number].share == 1 or draw.random() < self._steps[number].share
        ]
        thinks_s = tuple(draw.uniform(*self._steps[number].think_s) for number in numbers)
        return PlannedSession(steps=tuple(numbers), thinks_s=thinks_s)

    def _mean(self, stretch: "_Stretch") -> float:
        whole = math.fsum(weight for weight, _ in stretch)
        taken = (weight * self._steps[n].share for weight, numbers in stretch for n in numbers)
        return math.fsum(taken) / whole

    def _longest_s(self, stretch: "_Stretch") -> float:
        return max(
            math.fsum(self._steps[number].think_s[1] for number in numbers)
            for _, numbers in stretch
        )


# The branches of a choice: each one's weight, and its steps. What is no choice is one branch.
_Stretch = list[tuple[float, list[int]]]


def flow_of(calls: Sequence[PlannedCall]) -> Flow | None:
    """Return the flow whose steps these are; None where they are independent calls."""
    return Flow(calls) if any(call.step for call in calls) else None


def arrivals_per_s(requests_per_s: float, calls: Sequence[PlannedCall]) -> float:
    """Return how many sessions a second, or calls, make so many requests."""
    flow = flow_of(calls)
    return requests_per_s / flow.mean_steps if flow else requests_per_s


def requests_per_s(arrivals_per_s: float, calls: Sequence[PlannedCall]) -> float:
    """Return how many requests a second so many sessions, or calls, make."""
    flow = flow_of(calls)
    return arrivals_per_s * flow.mean_steps if flow else arrivals_per_s


def _branches(steps: Sequence[PlannedStep], numbers: list[int]) -> _Stretch:
    found: dict[str, list[int]] = {}
    for number in numbers:
        found.setdefault(steps[number].branch, []).append(number)
    return [(steps[first].weight, [first, *more]) for first, *more in found.values()]


def _drawn(stretch: _Stretch, draw: random.Random) -> list[int]:
    if len(stretch) == 1:
        return stretch[0][1]
    weights = [weight for weight, _ in stretch]
    return draw.choices(stretch, weights)[0][1]
