"""Finds the cheapest configuration that should hold a rate within an SLO, by the model alone."""

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from loadtests.capacity.utilisation_law import Limit
from reports.record.capacity import Estimate, Question
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.errors import SpecError

_COST: Final = re.compile(r"([a-z][a-z0-9_-]*)=(\d+(?:\.\d+)?)")
_PRICED: Final = ("resolver", "worker", "gateway")
RESOLVER: Final = "resolver"
WORKER: Final = "worker"
GATEWAY: Final = "gateway worker"
A_COPY: Final = "copy of {name}"
# Steps in which the rate is raised to see how much room there is, and the most that is told.
_STEP: Final = 1.05
_MOST_HEADROOM: Final = 3.0


class PredictiveModel(Protocol):
    """What a solver needs of a model."""

    def carries(self, at: CopyCounts) -> Estimate:
        """Return the requests a second that a configuration carries at most."""

    def p99_ms(self, at: CopyCounts, rate_per_s: float) -> Estimate:
        """Return the p99 in ms at a rate."""

    def limits(self, at: CopyCounts) -> tuple[Limit, ...]:
        """Return what each resource allows, the binding one first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyCosts:
    """What one more of each costs, in whatever unit; prefetch costs nothing.

    `parts` has the prices of resolvers whose copies are told one by one; `others` tells whether
    there are resolvers beside them. So it says too of what one may be lost.
    """

    resolver: float = 1.0
    worker: float = 1.0
    gateway: float = 1.0
    parts: Mapping[str, float] = field(default_factory=dict)
    others: bool = True

    def of(self, at: CopyCounts) -> float:
        """Return what a configuration costs."""
        told = (self.parts.get(name, 0.0) * copies for name, copies in at.of_parts)
        return (
            self.resolver * at.resolvers * self.others
            + self.worker * at.service_workers
            + self.gateway * at.gateway_workers
            + math.fsum(told)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A configuration, and what the model says of it at the rate that was asked for.

    `weakest` is the configuration that is left when the worst of the spare parts is lost; the
    figures are its own. `limit` says what binds it.
    """

    at: CopyCounts
    weakest: CopyCounts
    lost: str
    cost: float
    p99_ms: Estimate
    carries_per_s: Estimate
    limit: Limit
    holds: bool
    headroom_share: float


def costs_of(
    text: str | None, resolvers: Collection[str] = (), told: Collection[str] = ()
) -> CopyCosts:
    """Return the costs in "resolver=1,worker=0.5,tags=2"; raise SpecError for what names none.

    Of the `resolvers` of a system the copies of those `told` are told one by one; without a price
    of its own each costs what a resolver does.
    """
    parts = [name for name in resolvers if name in told]
    found = [_COST.fullmatch(part.strip()) for part in (text.split(",") if text else ())]
    if not all(one and one[1] in {*_PRICED, *parts} for one in found):
        also = f", or {' and '.join(parts)}, told by --copies" if parts else ""
        raise SpecError(
            f"--cost takes resolver=1,worker=0.5,gateway=1 or some of it{also}; got {text!r}."
        )
    prices = {one[1]: float(one[2]) for one in found if one}
    usual = {name: prices.get(name, 1.0) for name in _PRICED}
    own = {name: prices.get(name, usual["resolver"]) for name in parts}
    return CopyCosts(**usual, parts=own, others=not parts or len(parts) < len(resolvers))


def solve(
    model: PredictiveModel,
    candidates: Iterable[CopyCounts],
    question: Question,
    costs: CopyCosts,
    *,
    refuted: Sequence[CopyCounts] = (),
) -> Solution | None:
    """Return the cheapest candidate that should hold, else the one that comes nearest.

    A candidate holds when its p99 is within the SLO, and its maximum above the rate, each at the
    bound that it keeps with 80 %; with spare parts, when what is left after losing any of one kind
    still does. Of equally cheap ones the one with the lower p99 is taken. What was `refuted` by a
    measurement is left out. None where there is no candidate.
    """
    left = sorted((one for one in candidates if one not in refuted), key=costs.of)
    nearest: Solution | None = None
    cheapest: Solution | None = None
    for at in left:
        if cheapest and costs.of(at) > cheapest.cost:
            break
        found = solution(model, at, question, costs)
        if found is None:
            continue
        if found.holds and (cheapest is None or _sure(found) < _sure(cheapest)):
            cheapest = found
        if nearest is None or _sure(found) < _sure(nearest):
            nearest = found
    if cheapest is None:
        return nearest
    return replace(cheapest, headroom_share=headroom(model, cheapest.weakest, question))


def solution(
    model: PredictiveModel, at: CopyCounts, question: Question, costs: CopyCosts
) -> Solution | None:
    """Return what the model says of one candidate; None where a spare part leaves nothing."""
    left = dict(without(at, question.spare, costs)) if question.spare else {"": at}
    if any(min(one.sizes) < 1 for one in left.values()):
        return None
    judged = [_judged(model, at, one, lost, question, costs) for lost, one in left.items()]
    return max(judged, key=lambda one: (not one.holds, _sure(one)))


def without(
    at: CopyCounts, spare: int, costs: CopyCosts | None = None
) -> Iterator[tuple[str, CopyCounts]]:
    """Yield what is left of a configuration when so many of one kind are lost, kind by kind."""
    known = costs or CopyCosts()
    for name in known.parts:
        yield A_COPY.format(name=name), at.with_copies(name, at.copies_of(name) - spare)
    if known.others:
        yield RESOLVER, replace(at, resolvers=at.resolvers - spare)
    yield WORKER, replace(at, service_workers=at.service_workers - spare)
    yield GATEWAY, replace(at, gateway_workers=at.gateway_workers - spare)


def headroom(model: PredictiveModel, at: CopyCounts, question: Question) -> float:
    """Return by which share the rate may grow before a configuration should hold no longer."""
    rate_per_s = question.rate_per_s
    while rate_per_s < question.rate_per_s * (1 + _MOST_HEADROOM):
        if not keeps(model, at, rate_per_s * _STEP, question.slo_p99_ms):
            break
        rate_per_s *= _STEP
    return rate_per_s / question.rate_per_s - 1


def keeps(model: PredictiveModel, at: CopyCounts, rate_per_s: float, slo_p99_ms: float) -> bool:
    """Tell whether a configuration should keep an SLO at a rate."""
    p99_ms, carries_per_s = model.p99_ms(at, rate_per_s).sure, model.carries(at).sure
    return (
        p99_ms is not None
        and p99_ms <= slo_p99_ms
        and carries_per_s is not None
        and carries_per_s >= rate_per_s
    )


def _judged(  # noqa: PLR0913, PLR0917 -- the parts of one judgement
    model: PredictiveModel,
    at: CopyCounts,
    left: CopyCounts,
    lost: str,
    question: Question,
    costs: CopyCosts,
) -> Solution:
    return Solution(
        at=at,
        weakest=left,
        lost=lost,
        cost=costs.of(at),
        p99_ms=model.p99_ms(left, question.rate_per_s),
        carries_per_s=model.carries(left),
        limit=model.limits(left)[0],
        holds=keeps(model, left, question.rate_per_s, question.slo_p99_ms),
        headroom_share=0.0,
    )


def _sure(one: Solution) -> tuple[float, float]:
    """Order solutions: the lower p99 first, then what carries more."""
    p99_ms = float("inf") if one.p99_ms.sure is None else one.p99_ms.sure
    return p99_ms, -(one.carries_per_s.sure or 0.0)
