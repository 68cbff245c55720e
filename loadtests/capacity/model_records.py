"""What the model of a run predicts, as it stands in the record: demands, bounds, latencies."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Final

from loadtests.capacity import usl
from loadtests.capacity.measured_points import counts_of, measured_point_of
from loadtests.capacity.node_cores import cores_under
from loadtests.capacity.predictor import Model, model_of
from loadtests.capacity.service_demands import NoModelError, roles_of
from loadtests.capacity.solver import CopyCosts
from reports.record.capacity import Bound, Capacity, Demand, Forecast, Prediction
from reports.record.record import LoadRun
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.stack_spec import StackSpec

# Of what a configuration carries: where its p99 is predicted.
SHARES: Final = (0.25, 0.5, 0.65, 0.8, 0.9, 0.95)
MOST_OUTLOOKS: Final = 18
_MOST_COPIES: Final = 64
HANDED_ON: Final = {
    "fewest": "a call goes to the worker with the fewest calls of its resolver",
    "shared": "a call goes to the next worker that is free",
    "shares": "each worker has a fixed share of the calls",
}


ONE_KIND: Final = (
    "the copies of single parts were varied, and the model knows resolvers as one kind of process"
)


def capacities(
    record: LoadRun, spec: StackSpec, costs: CopyCosts, *, generators: int = 1
) -> tuple[Capacity, ...]:
    """Return what the model of each scenario predicts, or why there is none."""
    names = dict.fromkeys(one.scenario for one in record.configurations)
    return tuple(_capacity(record, spec, name, costs, generators) for name in names)


def model_for(record: LoadRun, spec: StackSpec, scenario: str, *, generators: int = 1) -> Model:
    """Return the model of a scenario; raise NoModelError where the record supports none."""
    roles, reasons, found = roles_of(spec), [], []
    measured = [one for one in record.configurations if one.scenario == scenario]
    if any(one.of_parts != measured[0].of_parts for one in measured):
        raise NoModelError(ONE_KIND)
    for one in measured:
        try:
            evidence = measured_point_of(
                one,
                roles,
                cores=cores_under(one, spec, record.conditions.cpu_count),
                generators=generators,
                seed=record.seed,
            )
        except NoModelError as error:
            reasons.append(str(error))
        else:
            found.append(evidence)
    if not found and reasons:
        raise NoModelError(reasons[0])
    return model_of(found)


def candidates(record: LoadRun, scenario: str) -> tuple[CopyCounts, ...]:
    """Return the configurations to predict: those measured, and those with up to twice the most.

    The nearest ones first, where there are many: a model is worth least far from its data.
    """
    measured = [one for one in record.configurations if one.scenario == scenario]
    axes = [
        _further({one.resolvers for one in measured}),
        _further({one.service_workers for one in measured}),
        _further({one.gateway_workers for one in measured}),
        sorted({one.prefetch for one in measured}),
    ]
    of_parts = counts_of(measured[0]).of_parts
    points = [
        CopyCounts(resolvers=r, service_workers=w, gateway_workers=g, prefetch=p, of_parts=of_parts)
        for r, w, g, p in product(*axes)
    ]
    known = {(o.resolvers, o.service_workers, o.gateway_workers, o.prefetch) for o in measured}
    points.sort(key=lambda one: _far(one, known))
    return tuple(points[:MOST_OUTLOOKS])


def handed_on(model: Model) -> str:
    """Return in words how calls find a worker, and how many of them one takes at a time."""
    found = HANDED_ON[model.dispatch]
    return f"{found}, and a worker takes {model.turns} at a time" if model.turns else found


def outlook(model: Model, at: CopyCounts, costs: CopyCosts) -> Prediction:
    """Return what the model predicts of one configuration."""
    carries = model.carries(at)
    rates = [share * (carries.value or 0.0) for share in SHARES]
    return Prediction(
        resolvers=at.resolvers,
        service_workers=at.service_workers,
        gateway_workers=at.gateway_workers,
        prefetch=at.prefetch,
        cost=round(costs.of(at), 4),
        measured=model.is_measured(at),
        carries_per_s=carries,
        bounds=tuple(
            Bound(resource=one.resource, most_per_s=round(one.most_per_s, 3))
            for one in model.limits(at)
        ),
        forecasts=tuple(_rising(model, at, rates)),
    )


def _capacity(
    record: LoadRun, spec: StackSpec, scenario: str, costs: CopyCosts, generators: int
) -> Capacity:
    scalings = usl.scalings(record, scenario)
    try:
        model = model_for(record, spec, scenario, generators=generators)
    except NoModelError as error:
        return Capacity(
            scenario=scenario,
            outlooks=None,
            scalings=scalings,
            reasons={"outlooks": str(error), "answer": "nothing was asked"},
        )
    points = sorted(candidates(record, scenario), key=lambda one: (costs.of(one), str(one)))
    first = model.evidence[0]
    return Capacity(
        scenario=scenario,
        bound_by=model.limits(first.at)[0].resource,
        dispatch=handed_on(model),
        demands=tuple(
            Demand(part=name, cpu_ms=round(ms, 4)) for name, ms in first.full.by_part.items()
        ),
        outlooks=tuple(outlook(model, at, costs) for at in points),
        scalings=scalings,
        reasons={"answer": "nothing was asked"},
    )


def _rising(model: Model, at: CopyCounts, rates: Sequence[float]) -> Iterator[Forecast]:
    """Yield the p99 by rate, never falling: what falls is the luck of simulated arrivals."""
    highest = 0.0
    for rate_per_s in rates:
        p99_ms = model.p99_ms(at, rate_per_s)
        if p99_ms.value is not None and p99_ms.value >= highest:
            highest = p99_ms.value
            yield Forecast(rate_per_s=round(rate_per_s, 3), p99_ms=p99_ms)


def _further(values: Iterable[int]) -> list[int]:
    found = set(values)
    return sorted(found | {min(_MOST_COPIES, 2 * max(found))})


def _far(one: CopyCounts, known: Iterable[tuple[int, int, int, int]]) -> float:
    point = (one.resolvers, one.service_workers, one.gateway_workers, one.prefetch)
    return min(
        math.fsum(abs(math.log2(a / b)) for a, b in zip(point, other, strict=True))
        for other in known
    )
