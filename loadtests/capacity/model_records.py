"""What the model of a run predicts, as it stands in the record: demands, bounds, latencies."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Final

from loadtests.capacity import usl
from loadtests.capacity.backing_parts import with_seen_threads
from loadtests.capacity.borrowed_parts import borrowed_ms
from loadtests.capacity.core_limits import core_limits
from loadtests.capacity.measured_points import MeasuredPoint, counts_of, measured_point_of
from loadtests.capacity.no_model import NoModelError
from loadtests.capacity.node_cores import cores_under
from loadtests.capacity.predictor import Model, model_of
from loadtests.capacity.resolver_kinds import ResolverKind, kinds_of, visited
from loadtests.capacity.service_demands import NOTHING, roles_of
from loadtests.capacity.shortest_visits import with_shortest_visits
from loadtests.capacity.solver import CopyCosts
from reports.judgement.pooling import JUDGED_PHASES, phases_of
from reports.record.capacity import Bound, Capacity, Demand, Forecast, Prediction, Visits
from reports.record.measurements import Configuration
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


def capacities(
    record: LoadRun, spec: StackSpec, costs: CopyCosts, *, generators: int = 1
) -> tuple[Capacity, ...]:
    """Return what the model of each scenario predicts, or why there is none."""
    return tuple(
        capacity_of(name, record, spec, costs, generators=generators) for name in scenarios(record)
    )


def scenarios(record: LoadRun) -> tuple[str, ...]:
    """Return the scenarios that a run measured, in its order."""
    return tuple(dict.fromkeys(one.scenario for one in record.configurations))


def capacity_of(
    scenario: str, record: LoadRun, spec: StackSpec, costs: CopyCosts, *, generators: int = 1
) -> Capacity:
    """Return what the model of one scenario predicts, or why there is none."""
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
    first = model.evidence[0]
    # As it was before there were kinds, a system of one kind is predicted with more workers too.
    found = candidates(
        record,
        scenario,
        has_services=not first.kinds or bool(roles_of(spec).services),
        has_resolvers=not _are_told(first.at.of_parts, spec),
    )
    points = sorted(found, key=lambda one: (costs.of(one), str(one)))
    return Capacity(
        scenario=scenario,
        bound_by=model.limits(first.at)[0].resource,
        dispatch=handed_on(model),
        demands=tuple(
            Demand(part=name, cpu_ms=round(ms, 4)) for name, ms in first.full.by_part.items()
        ),
        visits=tuple(_visits(model)),
        unmeasured=tuple(_unmeasured(model)),
        merged=next((one.merged for one in model.evidence if one.merged), ""),
        outlooks=tuple(outlook(model, at, costs) for at in points),
        scalings=scalings,
        reasons={"answer": "nothing was asked"},
    )


def model_for(record: LoadRun, spec: StackSpec, scenario: str, *, generators: int = 1) -> Model:
    """Return the model of a scenario; raise NoModelError where the record supports none."""
    measured = [one for one in record.configurations if one.scenario == scenario]
    usual = roles_of(spec)
    roles = replace(
        usual,
        kinds=_kinds(spec, scenario, measured),
        backing=with_seen_threads(usual.backing, measured, spec),
    )

    using = sorted(_told(measured).intersection(roles.parts))

    def point(one: Configuration, borrowed: Mapping[str, float] = NOTHING) -> MeasuredPoint:
        own = record.conditions.cpu_count
        machines = cores_under(one, spec, own, using)
        found = measured_point_of(
            one,
            roles,
            cores=machines.cores,
            pools=machines.pools,
            generators=generators,
            seed=record.seed,
            limits=core_limits(one, spec, roles.backing),
            borrowed_ms=borrowed,
        )
        return replace(found, merged=machines.merged)

    reasons, found = [], []
    for one in measured:
        try:
            found.append((one, point(one)))
        except NoModelError as error:
            reasons.append(str(error))
    if not found and reasons:
        raise NoModelError(reasons[0])
    points = [known for _, known in found]
    whole = [
        point(one, borrowed) if (borrowed := borrowed_ms(known, points)) else known
        for one, known in found
    ]
    return model_of(with_shortest_visits(whole))


def candidates(
    record: LoadRun, scenario: str, *, has_services: bool = True, has_resolvers: bool = True
) -> tuple[CopyCounts, ...]:
    """Return the configurations to predict: those measured, and those with up to twice the most.

    The nearest ones first, where there are many: a model is worth least far from its data. Of parts
    that are told one by one, those have more that were varied. Without services, workers of theirs
    are as they were, and so are the resolvers where each is told by its name.
    """
    measured = [counts_of(one) for one in record.configurations if one.scenario == scenario]
    told = [dict(one.of_parts) for one in measured]
    varied = {name: {one[name] for one in told} for name in told[0]}
    workers = {one.service_workers for one in measured}
    resolvers = {one.resolvers for one in measured}
    axes: list[list[int]] = [
        _further(resolvers) if has_resolvers else sorted(resolvers),
        _further(workers) if has_services else sorted(workers),
        _further({one.gateway_workers for one in measured}),
        sorted({one.prefetch for one in measured}),
    ]
    axes += [_further(copies) if len(copies) > 1 else [*copies] for copies in varied.values()]
    points = [
        CopyCounts(
            resolvers=resolvers,
            service_workers=workers,
            gateway_workers=gateways,
            prefetch=prefetch,
            of_parts=tuple(zip(varied, copies, strict=True)),
        )
        for resolvers, workers, gateways, prefetch, *copies in product(*axes)
    ]
    known = {one.sizes for one in measured}
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
        of_parts=dict(at.of_parts),
        cost=round(costs.of(at), 4),
        measured=model.is_measured(at),
        carries_per_s=carries,
        bounds=tuple(
            Bound(resource=one.resource, most_per_s=round(one.most_per_s, 3))
            for one in model.limits(at)
        ),
        forecasts=tuple(_rising(model, at, rates)),
    )


def _kinds(
    spec: StackSpec, scenario: str, measured: Sequence[Configuration]
) -> tuple[ResolverKind, ...]:
    """Return the kinds of resolver and which share of the requests visits each; none: one kind.

    Where it is not known and nothing hangs on it, they count as one kind: all had as many copies.
    Raises NoModelError where the copies of single parts were told and nothing tells what that does.
    """
    told = [one.of_parts for one in measured]
    varied = [name for name in (told or [{}])[0] if len({one[name] for one in told}) > 1]
    if others := [name for name in varied if name not in spec.named("resolver")]:
        raise NoModelError(
            f"The copies of {', '.join(others)} were varied, which takes calls from no queue: what "
            f"more of it brings the model does not know."
        )
    phases = [phase for one in measured for name in JUDGED_PHASES for phase in phases_of(one, name)]
    try:
        return visited(phases, kinds_of(spec, scenario))
    except NoModelError:
        if varied or any(name in spec.named("resolver") for one in told for name in one):
            raise
        return ()


def _told(measured: Iterable[Configuration]) -> set[str]:
    """Return the parts of which any configuration tells what they used of the CPU."""
    phases = (p for one in measured for name in JUDGED_PHASES for p in phases_of(one, name))
    return {name for phase in phases for name in phase.used}


def _are_told(of_parts: Iterable[tuple[str, int]], spec: StackSpec) -> bool:
    """Tell whether the copies of every resolver are told by its name."""
    resolvers = spec.named("resolver").keys()
    return bool(resolvers) and resolvers <= dict(of_parts).keys()


def _unmeasured(model: Model) -> Iterator[str]:
    """Yield the parts behind the services of which no configuration tells what they used."""
    known = {name for one in model.evidence for name in (*one.full.by_part, *one.light.by_part)}
    yield from (one.name for one in model.evidence[0].roles.backing if one.name not in known)


def _visits(model: Model) -> Iterator[Visits]:
    """Yield what is known of each kind of resolver, as it was at the first one measured."""
    for one in model.evidence[0].full.works.visits:
        yield Visits(
            part=one.name,
            share=round(one.part, 4),
            cpu_ms=round(one.cpu_ms, 4),
            hold_ms=round(one.hold_ms, 4),
            turns=model.takes[one.name],
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


def _far(one: CopyCounts, known: Iterable[tuple[int, ...]]) -> float:
    return min(
        math.fsum(abs(math.log2(a / b)) for a, b in zip(one.sizes, other, strict=True))
        for other in known
    )
