"""What a fault is: something done to a stack on purpose, and undone again."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Self

from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.faults.signs.sign import Sign
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.stack_spec import Role

BOTH = frozenset({"containers", "processes"})
# By so much, so that what was sent right after the strike hangs for all to see.
OUTLASTS_S = 1.0
# Two of everything that there can be two of: what is left over has to carry on alone.
PAIRS = CopyCounts(resolvers=2, service_workers=2, gateway_workers=2, prefetch=16)
ALONE = CopyCounts(resolvers=1, service_workers=2, gateway_workers=2, prefetch=16)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownBound:
    """How many calls a fault may leave without a known outcome: the sum of what is set."""

    calls: int = 0
    in_flight: bool = False  # every call on its way when the fault struck
    meanwhile: bool = False  # every call sent between the strike and its end

    def limit(self, *, in_flight: int, meanwhile: int) -> int:
        """Return the bound as a number, given how many calls there were of each kind."""
        return self.calls + in_flight * self.in_flight + meanwhile * self.meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that can be done to a stack, and what may happen to calls meanwhile.

    `strike(stack)` gives a context: once inside, the thing is broken, and that was made sure of;
    leaving undoes it and waits, with a bound, until what was undone is up again. How long the
    *system* takes to serve again after that is its own affair, and for others to measure. Both ends
    raise StackError where they cannot be done. `sign` is what shows from outside that it was done.
    """

    name: str
    sentence: str
    strike: Callable[[Stack], AbstractContextManager[None]]
    role: Role | None = None  # of the part that is struck, if it is one
    part: str = ""  # the part, where there are several of that role; else the first
    configuration: CopyCounts = PAIRS
    engines: frozenset[str] = BOTH
    why_not: str = ""  # why it cannot be done on the other engine
    lasts_s: float
    sign: Sign  # what is to be seen of it, or it was none
    outage: bool  # success may drop to nothing meanwhile
    links: bool = False  # the stack must have been started with links=True
    unknown_bound: UnknownBound
    outlasts: bool = False  # it holds calls, and is to do so past their deadline, whatever that is

    def lasts(self, deadline_s: float) -> float:
        """Return for how many seconds it lasts where calls are to be answered by a deadline."""
        return max(self.lasts_s, deadline_s + OUTLASTS_S) if self.outlasts else self.lasts_s

    def __post_init__(self) -> None:
        """Refuse an engine left out without a reason."""
        if self.engines != BOTH and not self.why_not:
            raise ValueError(f"{self.name} must say why it is not for every engine")

    def at(self, part: str) -> Self:
        """Return the same fault aimed at one of several parts of its role."""
        return replace(self, name=f"{self.name}@{part}", part=part)

    def __str__(self) -> str:
        """Name it."""
        return self.name
