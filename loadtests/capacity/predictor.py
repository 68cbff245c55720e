"""Predicts what a configuration carries and how fast it answers, from measured ones.

Service demands and the utilisation law say what binds; a simulation that hands calls on as the
system does says how long they wait (`dispatch`). Where a configuration was measured, the simulation
is held against it, and the ratio corrects it there and next to there. How far one configuration's
figures miss when the others predict them widens every interval, and so do cores that were not
equally fast all the while, as far as they bind.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import geometric_mean
from typing import Final

from loadtests.capacity import simulation
from loadtests.capacity.measured_points import (
    DrivenPhase,
    MeasuredPoint,
    OpenPhasePoint,
    mean_per_s,
)
from loadtests.capacity.no_model import NoModelError
from loadtests.capacity.prediction_intervals import (
    PRIOR_CARRIES,
    PRIOR_P50,
    PRIOR_P99,
    LogSpread,
    spread,
)
from loadtests.capacity.queueing_network import Dispatch, QueueingNetwork, ServiceTimes
from loadtests.capacity.service_demands import between
from loadtests.capacity.turns import turns_of_kind, turns_of_workers
from loadtests.capacity.utilisation_law import Limit, limits
from loadtests.plan import arrivals
from reports.judgement.cpu_speed import wander
from reports.record.capacity import Estimate, no_estimate
from testcontainers_fixtures.copy_counts import CopyCounts

# Beyond it something binds that no demand tells of: a lock, a limit, another machine.
MOST_CORRECTION: Final = 1.6
SATURATED_SHARE: Final = 0.98
_DISPATCHES: Final[tuple[Dispatch, ...]] = ("fewest", "shared", "shares")
_SEEDS: Final = (11, 12, 13)
_REQUESTS: Final = 1_200
_MOST_USERS: Final = 512
_AS_NEAR: Final = 1e-9
_FULL: Final = "more than this configuration carries, so that waits grow for as long as it lasts"


@dataclass(frozen=True)
class Model:
    """A model of one scenario on one system; `evidence` has at least one configuration."""

    evidence: tuple[MeasuredPoint, ...]

    @cached_property
    def turns(self) -> int:
        """Return how many calls a service worker takes at a time, as Little's law shows; 0: any.

        Calls within a worker are its rate times what each takes there. Where calls are held without
        using the CPU, more were asked than it answered, cores were left, and each configuration
        shows about the same whole number of them, then that is all that a worker takes.
        """
        found = {turns for one in self.evidence if (turns := turns_of_workers(one)) is not None}
        return found.pop() if len(found) == 1 else 0

    @cached_property
    def takes(self) -> Mapping[str, int]:
        """Return how many calls a copy of each kind of resolver takes at a time; 0: any.

        Where kinds keep calls without using the CPU, that is what the longest queue before one
        showed. A kind that nobody waited for was not seen to have a bound.
        """
        names = [kind.name for kind in self.evidence[0].kinds]
        return {name: turns_of_kind(self.evidence, name) for name in names}

    @cached_property
    def dispatch(self) -> Dispatch:
        """Return how calls find a worker: what comes nearest to what was measured."""
        several = [one for one in self.evidence if one.at.service_workers > 1 and one.seen]
        if not several:
            return _DISPATCHES[0]
        known = [d for d in _DISPATCHES if d != "shares" or any(one.shares for one in several)]
        known = [d for d in known if d != "shared" or self.turns]

        def miss(kind: Dispatch) -> float:
            return math.fsum(self._miss(one, kind) for one in several)

        return min(known, key=miss)

    def carries(self, at: CopyCounts) -> Estimate:
        """Return the requests a second that a configuration carries at most."""
        value = self._carried_per_s(at, self.evidence)
        return self._carries_spread.beside(self._unsure(at)).around(value, above=False)

    def p99_ms(self, at: CopyCounts, rate_per_s: float) -> Estimate:
        """Return the p99 of the response time in ms at a rate; null where it would only grow."""
        return self.p99_along_ms(at, _paths(rate_per_s))

    def p99_along_ms(self, at: CopyCounts, paths: Sequence[DrivenPhase]) -> Estimate:
        """Return the p99 in ms along the very arrivals that some open phases at one rate have.

        At a high load the luck of a few hundred arrivals moves a p99 by a third: what was measured
        along some is held against what is predicted along the same ones.
        """
        rate_per_s = mean_per_s(paths)
        if rate_per_s > SATURATED_SHARE * self._carried_per_s(at, self.evidence):
            return no_estimate(_FULL)
        value_ms = self._p99_ms(at, paths, self.evidence) * self._stretch(self.evidence)
        return self._p99_spread.beside(self._unsure(at)).around(value_ms, above=True)

    def limits(self, at: CopyCounts) -> tuple[Limit, ...]:
        """Return what each resource allows, the binding one first."""
        one, *_ = self._nearest(at, self.evidence)
        return limits(self._layout(one, at), one.full.works)

    def is_measured(self, at: CopyCounts) -> bool:
        """Tell whether a configuration is part of what the model rests on."""
        return any(one.at == at for one in self.evidence)

    @cached_property
    def _corrections(self) -> dict[CopyCounts, float]:
        """Return measured over simulated maximum, by configuration."""
        return {
            one.at: one.most_per_s / self._most_per_s(one.at, one, users=one.users)
            for one in self.evidence
        }

    @cached_property
    def _misfits(self) -> dict[CopyCounts, list[tuple[float, float]]]:
        """Return the logs of measured over simulated p99, each with its requests."""
        return {
            one.at: [
                (seen.requests, math.log(seen.p99_ms / _quantile(self._along(one, seen), 0.99)))
                for seen in one.seen
            ]
            for one in self.evidence
        }

    def _stretch(self, among: Sequence[MeasuredPoint]) -> float:
        """Return measured over simulated p99: one figure for all, by the requests behind each.

        Each configuration's own is mostly the luck of its run: over stored runs, those of all
        predicted a p99 left out better than those of the nearest.
        """
        found = [pair for one in among for pair in self._misfits[one.at]]
        requests = math.fsum(weight for weight, _ in found)
        return math.exp(math.fsum(w * log for w, log in found) / requests) if requests else 1.0

    @cached_property
    def _wander(self) -> float:
        return wander(ms for one in self.evidence for ms in one.paces_ms)

    def _unsure(self, at: CopyCounts) -> float:
        return math.hypot(self._drift(at), self._across_nodes(at))

    def _across_nodes(self, at: CopyCounts) -> float:
        """Return by how much less what binds allows on the worst nodes for it than on the best.

        Where the engine ran those measured on other numbers of nodes, nobody knows on how many it
        would run this one; nor on which of several it would put copies beyond those that ran.
        """
        if self.is_measured(at):
            return 0.0
        one, *_ = self._nearest(at, self.evidence)
        found = [limits(made, one.full.works)[0].most_per_s for made in self._grounds(one, at)]
        return math.log(max(found) / min(found))

    def _grounds(self, one: MeasuredPoint, at: CopyCounts) -> Iterator[QueueingNetwork]:
        """Yield how a configuration may be laid out on the nodes of each that was measured."""
        usual = self._layout(one, at)
        by_core = usual.cores / one.full.cores
        for each in self.evidence:
            there = replace(each, full=replace(one.full, others=each.full.others))
            if not each.pools:
                yield replace(usual, cores=each.full.cores * by_core, placement=None)
            for leaning in (None, *range(len(each.pools))) if each.pools else ():
                yield self._layout(there, at, leaning)

    def _drift(self, at: CopyCounts) -> float:
        """Return by how much less what binds allows on cores as much slower as the pace wandered.

        Where a wait binds and no core, that is next to nothing.
        """
        one, *_ = self._nearest(at, self.evidence)
        layout, works = self._layout(one, at), one.full.works
        slow = works.on_slower_cores(math.exp(self._wander))
        return math.log(limits(layout, works)[0].most_per_s / limits(layout, slow)[0].most_per_s)

    @cached_property
    def _carries_spread(self) -> LogSpread:
        def miss(one: MeasuredPoint, others: Sequence[MeasuredPoint]) -> float:
            return math.log(one.most_per_s / self._carried_per_s(one.at, others))

        return spread(self._left_out(miss), PRIOR_CARRIES)

    @cached_property
    def _p99_spread(self) -> LogSpread:
        def misses(one: MeasuredPoint, others: Sequence[MeasuredPoint]) -> Iterable[float]:
            stretch = self._stretch(others)
            for seen in one.seen:
                foretold_ms = stretch * self._p99_ms(one.at, _paths(seen.rate_per_s), others)
                yield math.log(seen.p99_ms / foretold_ms)

        def mean(one: MeasuredPoint, others: Sequence[MeasuredPoint]) -> float:
            found = list(misses(one, others))
            return math.fsum(found) / len(found) if found else 0.0

        return spread(self._left_out(mean), PRIOR_P99)

    def _left_out(
        self, miss: Callable[[MeasuredPoint, Sequence[MeasuredPoint]], float]
    ) -> list[float]:
        """Return how far each configuration's figure misses when the others predict it."""
        every = self.evidence
        if len(every) == 1:
            return []
        return [miss(one, [other for other in every if other is not one]) for one in every]

    def _nearest(self, at: CopyCounts, among: Sequence[MeasuredPoint]) -> tuple[MeasuredPoint, ...]:
        """Return what was measured nearest; of several that are as near none tells it better."""
        least = min(_distance(one.at, at) for one in among)
        return tuple(one for one in among if _distance(one.at, at) <= least + _AS_NEAR)

    def _carried_per_s(self, at: CopyCounts, among: Sequence[MeasuredPoint]) -> float:
        return geometric_mean(self._from_per_s(one, at) for one in self._nearest(at, among))

    def _from_per_s(self, one: MeasuredPoint, at: CopyCounts) -> float:
        """Return the maximum that one measured configuration predicts of another."""
        return self._most_per_s(at, one) * self._corrections[one.at]

    def _layout(
        self, one: MeasuredPoint, at: CopyCounts, leaning: int | None = None
    ) -> QueueingNetwork:
        return one.layout(
            at, turns=self.turns, dispatch=self.dispatch, takes=self.takes, leaning=leaning
        )

    def _most_per_s(self, at: CopyCounts, one: MeasuredPoint, *, users: int = 0) -> float:
        layout, works = self._layout(one, at), one.full.works
        if not users:
            more = limits(layout, works)[0].most_per_s / self._bound_per_s(one)
            users = min(_MOST_USERS, max(one.users, math.ceil(one.users * more)))
        return simulation.closed_per_s(layout, works, users)

    def _bound_per_s(self, one: MeasuredPoint) -> float:
        return limits(self._layout(one, one.at), one.full.works)[0].most_per_s

    def _p99_ms(
        self, at: CopyCounts, paths: Sequence[DrivenPhase], among: Sequence[MeasuredPoint]
    ) -> float:
        """Return the simulated p99 in ms along some arrivals, all full at the maximum predicted."""
        most_per_s = self._carried_per_s(at, among)
        rate_per_s = mean_per_s(paths)

        def p99_ms(one: MeasuredPoint) -> float:
            works = self._works(one, rate_per_s).slower(self._from_per_s(one, at) / most_per_s)
            return _quantile(_driven(self._layout(one, at), works, paths), 0.99)

        return geometric_mean(map(p99_ms, self._nearest(at, among)))

    def _works(self, one: MeasuredPoint, rate_per_s: float) -> ServiceTimes:
        """Return what a request takes at a rate, so that at the measured maximum all is full.

        A wait grows with how near the maximum is, so the maximum must be the one that was measured.
        """
        return between(one.light, one.full, rate_per_s).slower(1 / self._corrections[one.at])

    def _along(self, one: MeasuredPoint, seen: OpenPhasePoint) -> list[float]:
        """Return simulated response times along the very arrivals that were driven, sorted."""
        return _driven(self._layout(one, one.at), self._works(one, seen.rate_per_s), seen.paths)

    def _miss(self, one: MeasuredPoint, kind: Dispatch) -> float:
        """Return how far a kind of dispatch is from what was measured, in squared deviations."""
        layout = one.layout(one.at, turns=self.turns, dispatch=kind, takes=self.takes)
        most_per_s = simulation.closed_per_s(layout, one.full.works, one.users)
        pairs = [(one.most_per_s, most_per_s, PRIOR_CARRIES)]
        for seen in one.seen:
            works = between(one.light, one.full, seen.rate_per_s)
            times_ms = _driven(layout, works.slower(most_per_s / one.most_per_s), seen.paths)
            pairs.append((seen.p50_ms, _quantile(times_ms, 0.50), PRIOR_P50))
            pairs.append((seen.p99_ms, _quantile(times_ms, 0.99), PRIOR_P99))
        return math.fsum((math.log(a / b) / prior) ** 2 for a, b, prior in pairs)


def model_of(evidence: Iterable[MeasuredPoint]) -> Model:
    """Return the model of measured configurations; raise NoModelError where it explains nothing.

    The demands must account for what was measured: where the simulated maximum is another than the
    measured one by more than 1.6 times, what binds is none of the resources that are known.
    """
    known = tuple(evidence)
    if not known:
        raise NoModelError("No configuration was measured; no model is made.")
    model = Model(evidence=known)
    for at, correction in model._corrections.items():  # noqa: SLF001 -- this module's own
        if not 1 / MOST_CORRECTION <= correction <= MOST_CORRECTION:
            raise NoModelError(
                f"{at} carried {correction:.2f} times what its CPU times and places explain: "
                f"what binds it is not among the resources that are measured; no model is made."
            )
    return model


def _paths(rate_per_s: float) -> tuple[DrivenPhase, ...]:
    return tuple(
        DrivenPhase(rate_per_s=rate_per_s, duration_s=_REQUESTS / rate_per_s, seed=seed)
        for seed in _SEEDS
    )


def _driven(
    layout: QueueingNetwork, works: ServiceTimes, paths: Iterable[DrivenPhase]
) -> list[float]:
    times_ms: list[float] = []
    for path in paths:
        due_s = arrivals.poisson(path.rate_per_s, path.duration_s, path.seed)
        times_ms += simulation.open_ms(layout, works, due_s, seed=path.seed)
    return sorted(times_ms)


def _quantile(times_ms: Sequence[float], q: float) -> float:
    return times_ms[max(0, math.ceil(q * len(times_ms) - 1e-9) - 1)]


def _distance(one: CopyCounts, other: CopyCounts) -> float:
    pairs = zip(one.sizes, other.sizes, strict=True)
    return math.fsum(abs(math.log2(a / b)) for a, b in pairs)
