"""Foretells what a configuration carries and how fast it answers, from measured ones.

Service demands and the utilisation law say what binds; a simulation that hands calls on as the
system does says how long they wait (`dispatch`). Where a configuration was measured, the simulation
is held against it, and the ratio corrects it there and next to there. How far one configuration's
figures miss when the others foretell them widens every interval.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from loadtests import arrivals, dispatch
from loadtests.demands import NoModel, between
from loadtests.evidence import Evidence, Path, Seen
from loadtests.layout import Dispatch, Layout, Works
from loadtests.utilisation import Limit, limits
from reports.capacities import Estimate, no_estimate
from reports.intervals import CONFIDENCE, t_quantile
from testcontainers_fixtures.configuration import Configuration

SURE: Final = 0.80
# A spread of the logs that counts as so many observations before anything was observed: p99 varies
# by a third from one repetition to the next on shared cores, and a maximum by a few per cent, to
# which comes what the model does not know.
BELIEVED_AS: Final = 4
PRIOR_CARRIES: Final = 0.08
PRIOR_P50: Final = 0.15
PRIOR_P99: Final = 0.35
# Beyond it something binds that no demand tells of: a lock, a limit, another machine.
MOST_CORRECTION: Final = 1.6
SATURATED_SHARE: Final = 0.98
_DISPATCHES: Final[tuple[Dispatch, ...]] = ("fewest", "shared", "shares")
_SEEDS: Final = (11, 12, 13)
_REQUESTS: Final = 1_200
_MOST_USERS: Final = 512
# A worker that runs one call at a time is never in more than one; at the maximum it always is.
_ONE_EACH: Final = (0.85, 1.08)
_FULL: Final = "more than this configuration carries, so that waits grow for as long as it lasts"


@dataclass(frozen=True)
class Model:
    """A model of one scenario on one system; `evidence` has at least one configuration."""

    evidence: tuple[Evidence, ...]

    @cached_property
    def serial(self) -> bool:
        """Tell whether a service worker runs one call at a time, as Little's law shows it.

        Calls within a service are its rate times what each takes there. Where calls are held
        without using the CPU, and at the maximum there was one for each worker though more were
        waiting, a worker takes no second one. Where calls use the CPU alone it makes no difference.
        """
        return any(_one_each(one) for one in self.evidence)

    @cached_property
    def dispatch(self) -> Dispatch:
        """Return how calls find a worker: what comes nearest to what was measured."""
        several = [one for one in self.evidence if one.at.service_workers > 1 and one.seen]
        if not several:
            return _DISPATCHES[0]
        known = [d for d in _DISPATCHES if d != "shares" or any(one.shares for one in several)]
        known = [d for d in known if d != "shared" or self.serial]

        def miss(kind: Dispatch) -> float:
            return math.fsum(self._miss(one, kind) for one in several)

        return min(known, key=miss)

    def carries(self, at: Configuration) -> Estimate:
        """Return the requests a second that a configuration carries at most."""
        one = self._nearest(at, self.evidence)
        return self._estimate(
            self._most_per_s(at, one) * self._corrections[one.at], self._carries_spread, above=False
        )

    def p99_ms(self, at: Configuration, rate_per_s: float) -> Estimate:
        """Return the p99 of the response time in ms at a rate; null where it would only grow."""
        one = self._nearest(at, self.evidence)
        if rate_per_s > SATURATED_SHARE * (self.carries(at).value or 0.0):
            return no_estimate(_FULL)
        value_ms = self._p99_ms(at, rate_per_s, one) * self._stretches.get(one.at, 1.0)
        return self._estimate(value_ms, self._p99_spread, above=True)

    def limits(self, at: Configuration) -> tuple[Limit, ...]:
        """Return what each resource allows, the binding one first."""
        one = self._nearest(at, self.evidence)
        return limits(self._layout(one, at), one.full.works)

    def is_measured(self, at: Configuration) -> bool:
        """Tell whether a configuration is part of what the model rests on."""
        return any(one.at == at for one in self.evidence)

    @cached_property
    def _corrections(self) -> dict[Configuration, float]:
        """Return measured over simulated maximum, by configuration."""
        return {
            one.at: one.most_per_s / self._most_per_s(one.at, one, users=one.users)
            for one in self.evidence
        }

    @cached_property
    def _stretches(self) -> dict[Configuration, float]:
        """Return measured over simulated p99, by configuration."""
        ratios = {
            one.at: [
                math.log(seen.p99_ms / _quantile(self._along(one, seen, self.dispatch), 0.99))
                for seen in one.seen
            ]
            for one in self.evidence
        }
        return {at: math.exp(math.fsum(logs) / len(logs)) for at, logs in ratios.items() if logs}

    @cached_property
    def _carries_spread(self) -> tuple[float, int]:
        def miss(one: Evidence, others: Sequence[Evidence]) -> float:
            near = self._nearest(one.at, others)
            foretold = self._most_per_s(one.at, near) * self._corrections[near.at]
            return math.log(one.most_per_s / foretold)

        return _spread(self._left_out(miss), PRIOR_CARRIES)

    @cached_property
    def _p99_spread(self) -> tuple[float, int]:
        def misses(one: Evidence, others: Sequence[Evidence]) -> Iterable[float]:
            near = self._nearest(one.at, others)
            stretch = self._stretches.get(near.at, 1.0)
            for seen in one.seen:
                foretold_ms = stretch * self._p99_ms(one.at, seen.rate_per_s, near)
                yield math.log(seen.p99_ms / foretold_ms)

        def mean(one: Evidence, others: Sequence[Evidence]) -> float:
            found = list(misses(one, others))
            return math.fsum(found) / len(found) if found else 0.0

        return _spread(self._left_out(mean), PRIOR_P99)

    def _left_out(self, miss: Callable[[Evidence, Sequence[Evidence]], float]) -> list[float]:
        """Return how far each configuration's figure misses when the others foretell it."""
        every = self.evidence
        if len(every) == 1:
            return []
        return [miss(one, [other for other in every if other is not one]) for one in every]

    def _nearest(self, at: Configuration, among: Sequence[Evidence]) -> Evidence:
        return min(among, key=lambda one: _distance(one.at, at))

    def _layout(self, one: Evidence, at: Configuration) -> Layout:
        return one.layout(at, serial=self.serial, dispatch=self.dispatch)

    def _most_per_s(self, at: Configuration, one: Evidence, *, users: int = 0) -> float:
        layout, works = self._layout(one, at), one.full.works
        if not users:
            more = limits(layout, works)[0].most_per_s / self._bound_per_s(one)
            users = min(_MOST_USERS, max(one.users, math.ceil(one.users * more)))
        return dispatch.closed_per_s(layout, works, users)

    def _bound_per_s(self, one: Evidence) -> float:
        return limits(self._layout(one, one.at), one.full.works)[0].most_per_s

    def _p99_ms(self, at: Configuration, rate_per_s: float, one: Evidence) -> float:
        layout, works = self._layout(one, at), self._works(one, rate_per_s)
        paths = (
            Path(rate_per_s=rate_per_s, duration_s=_REQUESTS / rate_per_s, seed=seed)
            for seed in _SEEDS
        )
        return _quantile(_driven(layout, works, paths), 0.99)

    def _works(self, one: Evidence, rate_per_s: float) -> Works:
        return between(one.light, one.full, rate_per_s)

    def _along(self, one: Evidence, seen: Seen, kind: Dispatch) -> list[float]:
        """Return simulated response times along the very arrivals that were driven, sorted."""
        layout = one.layout(one.at, serial=self.serial, dispatch=kind)
        return _driven(layout, self._works(one, seen.rate_per_s), seen.paths)

    def _miss(self, one: Evidence, kind: Dispatch) -> float:
        """Return how far a kind of dispatch is from what was measured, in squared deviations."""
        layout = one.layout(one.at, serial=self.serial, dispatch=kind)
        most_per_s = dispatch.closed_per_s(layout, one.full.works, one.users)
        pairs = [(one.most_per_s, most_per_s, PRIOR_CARRIES)]
        for seen in one.seen:
            times_ms = self._along(one, seen, kind)
            pairs.append((seen.p50_ms, _quantile(times_ms, 0.50), PRIOR_P50))
            pairs.append((seen.p99_ms, _quantile(times_ms, 0.99), PRIOR_P99))
        return math.fsum((math.log(a / b) / prior) ** 2 for a, b, prior in pairs)

    def _estimate(self, value: float, spread: tuple[float, int], *, above: bool) -> Estimate:
        """Return a figure with its intervals; `sure` is above it for a latency."""
        deviation, freedom = spread
        half = t_quantile(freedom, confidence=CONFIDENCE) * deviation
        # One-sided 80 % lie below the upper end of the two-sided 60 %.
        sure = t_quantile(freedom, confidence=2 * SURE - 1) * deviation
        return Estimate(
            value=round(value, 4),
            low=round(value * math.exp(-half), 4),
            high=round(value * math.exp(half), 4),
            sure=round(value * math.exp(sure if above else -sure), 4),
        )


def model_of(evidence: Iterable[Evidence]) -> Model:
    """Return the model of some measured configurations; raise NoModel where it explains nothing.

    The demands must account for what was measured: where the simulated maximum is another than the
    measured one by more than 1.6 times, what binds is none of the resources that are known.
    """
    known = tuple(evidence)
    if not known:
        raise NoModel("No configuration was measured; no model is made.")
    model = Model(evidence=known)
    for at, correction in model._corrections.items():  # noqa: SLF001 -- this module's own
        if not 1 / MOST_CORRECTION <= correction <= MOST_CORRECTION:
            raise NoModel(
                f"{at} carried {correction:.2f} times what its CPU times and places explain: "
                f"what binds it is not among the resources that are measured; no model is made."
            )
    return model


def _driven(layout: Layout, works: Works, paths: Iterable[Path]) -> list[float]:
    times_ms: list[float] = []
    for path in paths:
        due_s = arrivals.poisson(path.rate_per_s, path.duration_s, path.seed)
        times_ms += dispatch.open_ms(layout, works, due_s, seed=path.seed)
    return sorted(times_ms)


def _quantile(times_ms: Sequence[float], q: float) -> float:
    return times_ms[max(0, math.ceil(q * len(times_ms) - 1e-9) - 1)]


def _spread(misses: Sequence[float], prior: float) -> tuple[float, int]:
    """Return a standard deviation of the logs, and how many observations stand behind it."""
    freedom = BELIEVED_AS + len(misses)
    squares = BELIEVED_AS * prior**2 + math.fsum(miss**2 for miss in misses)
    return math.sqrt(squares / freedom), freedom


def _one_each(one: Evidence) -> bool:
    works, workers = one.full.works, one.at.service_workers
    hold_ms = one.light.works.hold_ms
    if not hold_ms or one.users <= workers:
        return False
    within = one.most_per_s * (hold_ms + works.service_ms) / 1_000 / workers
    least, most = _ONE_EACH
    return least <= within / max(1, len(works.services_ms)) <= most


def _distance(one: Configuration, other: Configuration) -> float:
    pairs = (
        (one.resolvers, other.resolvers),
        (one.service_workers, other.service_workers),
        (one.gateway_workers, other.gateway_workers),
        (one.prefetch, other.prefetch),
    )
    return math.fsum(abs(math.log2(a / b)) for a, b in pairs)
