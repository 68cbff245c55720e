"""From W = 1 and 2 workers of a known speed the model predicts W = 4, and says how sure it is."""

import math
from dataclasses import replace
from typing import Final

import pytest

from loadtests.capacity import simulation
from loadtests.capacity.core_limits import CoreLimits
from loadtests.capacity.measured_points import DrivenPhase, MeasuredPoint, OpenPhasePoint
from loadtests.capacity.model_records import handed_on
from loadtests.capacity.no_model import NoModelError
from loadtests.capacity.predictor import Model, model_of
from loadtests.capacity.queueing_network import BackingTimes, QueueingNetwork, ServiceTimes
from loadtests.capacity.service_demands import ServiceDemands
from loadtests.capacity.turns import turns_of_workers
from loadtests.capacity.utilisation_law import limits as limits_of
from loadtests.plan.arrivals import poisson
from testcontainers_fixtures.copy_counts import CopyCounts
from tests.truth import theory

HELD_MS = 50.0
CORES = 8
WORKS = ServiceTimes(
    generator_ms=0.3,
    gateway_ms=0.8,
    broker_ms=0.5,
    resolver_ms=0.9,
    services_ms=(0.5,),
    parts=(1.0,),
    holds_ms=(HELD_MS,),
)


def layout(workers: int, turns: int = 1) -> QueueingNetwork:
    return QueueingNetwork(
        cores=CORES,
        resolvers=1,
        gateway_workers=1,
        service_workers=workers,
        prefetch=32,
        turns=turns,
        dispatch="shared",
    )


def p99_ms(workers: int, path: DrivenPhase) -> float:
    due_s = poisson(path.rate_per_s, path.duration_s, path.seed)
    return theory.quantile(simulation.open_ms(layout(workers), WORKS, due_s), 0.99)


MANY: Final = CopyCounts(service_workers=160, resolvers=16, gateway_workers=16, prefetch=512)


def evidence(
    workers: int, *, off: float = 1.0, turns: int = 1, told: float = 1.0, load: float = 0.7
) -> MeasuredPoint:
    """Return what a system shows whose workers take so many calls at a time.

    `off` multiplies its maximum, `told` what its demands and holding times are said to be; `load`
    is the share of its maximum at which it was watched.
    """
    made, users = layout(workers, turns), 4 * workers * turns
    most_per_s = off * simulation.closed_per_s(made, WORKS, users)
    path = DrivenPhase(rate_per_s=load * most_per_s, duration_s=60.0, seed=5)
    due_s = poisson(path.rate_per_s, path.duration_s, path.seed)
    times_ms = simulation.open_ms(made, WORKS, due_s)
    seen = OpenPhasePoint(
        paths=(path,),
        p50_ms=theory.quantile(times_ms, 0.50),
        p99_ms=theory.quantile(times_ms, 0.99),
    )
    works = WORKS.slower(told)
    shown = ServiceDemands(rate_per_s=most_per_s, cores=CORES, others=0.0, works=works, by_part={})
    return MeasuredPoint(
        at=CopyCounts(service_workers=workers),
        users=users,
        most_per_s=most_per_s,
        full=shown,
        light=shown,
        seen=(seen,),
        shares=(1 / workers,) * workers,
        generators=1,
    )


def test_four_workers_are_predicted_from_one_and_two() -> None:
    model = model_of([evidence(1), evidence(2)])
    four = CopyCounts(service_workers=4)
    carries = model.carries(four)
    rate_per_s = 0.8 * 4 * 1_000 / HELD_MS

    truth_ms = p99_ms(4, DrivenPhase(rate_per_s=rate_per_s, duration_s=200.0, seed=9))

    assert model.turns == 1
    assert model.dispatch == "shared"
    assert carries.value == pytest.approx(4 * 1_000 / HELD_MS, rel=0.10)
    assert carries.low
    assert carries.high
    assert carries.low < 80 < carries.high
    assert model.p99_ms(four, rate_per_s).value == pytest.approx(truth_ms, rel=0.25)


@pytest.mark.parametrize("turns", [1, 2, 3, 4])
def test_how_many_calls_a_worker_takes_at_a_time_is_seen(turns: int) -> None:
    model = model_of([evidence(1, turns=turns), evidence(2, turns=turns, told=1.08)])

    assert model.turns == turns
    assert model.carries(CopyCounts(service_workers=4)).value == pytest.approx(
        4 * turns * 1_000 / HELD_MS, rel=0.10
    )


def test_how_calls_are_handed_on_is_told_in_words() -> None:
    model = model_of([evidence(1, turns=4), evidence(2, turns=4)])

    assert handed_on(model).endswith("and a worker takes 4 at a time")


def test_where_configurations_show_other_numbers_of_turns_none_is_believed() -> None:
    shown = [evidence(1, turns=1), evidence(1, turns=2)]

    assert Model(evidence=tuple(shown)).turns == 0


def test_as_many_users_as_turns_show_no_limit() -> None:
    few = replace(evidence(2, turns=4), users=8)

    assert Model(evidence=(few,)).turns == 0


def test_near_the_maximum_the_p99_is_that_of_the_maximum_that_was_measured() -> None:
    # Its demands are told a tenth too low, and it was watched where next to nobody waits: at 18/s,
    # of 19.6, whoever believes the demands sees a load of 83 % and half of the waits.
    model = model_of([evidence(1, told=0.9, load=0.2)])
    path = DrivenPhase(rate_per_s=18.0, duration_s=200.0, seed=9)

    found = model.p99_along_ms(CopyCounts(), [path])

    assert found.value == pytest.approx(p99_ms(1, path), rel=0.15)


def test_what_the_simulation_misses_is_taken_from_all_by_their_requests() -> None:
    def slower(one: MeasuredPoint, times: float) -> MeasuredPoint:
        (seen,) = one.seen
        return replace(one, seen=(replace(seen, p99_ms=times * seen.p99_ms),))

    at = CopyCounts(service_workers=4)
    path = DrivenPhase(rate_per_s=40.0, duration_s=60.0, seed=3)
    plain = model_of([evidence(1), evidence(2)]).p99_along_ms(at, [path]).value or 0.0
    # Of two workers twice as many requests were seen as of one.
    odd = model_of([slower(evidence(1), 8.0), evidence(2)]).p99_along_ms(at, [path]).value

    assert odd == pytest.approx(2 * plain, rel=0.03)


def test_more_than_it_carries_has_no_p99_and_says_why() -> None:
    model = model_of([evidence(1)])

    found = model.p99_ms(CopyCounts(), 25.0)

    assert found.value is None
    assert "more than this configuration carries" in found.reasons["value"]


def test_each_configuration_that_agrees_makes_the_interval_narrower() -> None:
    at = CopyCounts(service_workers=4)
    alone = model_of([evidence(1)]).carries(at)
    three = model_of([evidence(1), evidence(2), evidence(3)]).carries(at)

    assert (three.high or 0) / (three.low or 1) < (alone.high or 0) / (alone.low or 1)


def test_what_two_configurations_as_near_predict_is_the_middle_of_both() -> None:
    at = CopyCounts(service_workers=2)
    low, high = evidence(1, off=0.9), evidence(4, off=1.1)
    alone = [model_of([one]).carries(at).value or 0.0 for one in (low, high)]

    found = model_of([low, high]).carries(at).value

    assert alone[1] > 1.15 * alone[0]
    assert found == pytest.approx(math.sqrt(alone[0] * alone[1]), rel=0.03)


@pytest.mark.parametrize(
    ("at", "least", "most"),
    [
        pytest.param(CopyCounts(), 1.0, 1.1, id="the workers' sleep binds"),
        pytest.param(CopyCounts(service_workers=64, prefetch=512), 1.2, 9.0, id="the cores bind"),
    ],
)
def test_cores_that_were_not_equally_fast_widen_what_they_bind(
    at: CopyCounts, least: float, most: float
) -> None:
    rate_per_s = 15.0
    plain = [evidence(1), evidence(2)]
    even = model_of(replace(one, paces_ms=(0.2, 0.2)) for one in plain)
    uneven = model_of(
        replace(one, paces_ms=(ms, ms)) for one, ms in zip(plain, (0.2, 0.4), strict=True)
    )

    pairs = [
        (even.carries(at), uneven.carries(at)),
        (even.p99_ms(at, rate_per_s), uneven.p99_ms(at, rate_per_s)),
    ]

    for narrow, wide in pairs:
        wider = (wide.high or 0) / (wide.low or 1) * (narrow.low or 0) / (narrow.high or 1)
        assert narrow.value == wide.value
        assert least <= wider <= most


@pytest.mark.parametrize(
    ("at", "least", "most"),
    [
        pytest.param(CopyCounts(service_workers=2), 1.0, 1.01, id="it was measured"),
        pytest.param(CopyCounts(service_workers=3), 1.0, 1.01, id="the workers' sleep binds"),
        pytest.param(MANY, 1.2, 9.0, id="the cores bind"),
    ],
)
def test_other_numbers_of_nodes_widen_what_their_cores_bind_where_nothing_was_measured(
    at: CopyCounts, least: float, most: float
) -> None:
    one, two = evidence(1), evidence(2)
    spread_out = replace(one, full=replace(one.full, cores=2 * CORES))
    alike, unlike = (model_of(pair).carries(at) for pair in ([one, two], [spread_out, two]))

    wider = (unlike.high or 0) / (unlike.low or 1) * (alike.low or 0) / (alike.high or 1)
    assert least <= wider <= most


def test_what_no_known_resource_explains_gets_no_model() -> None:
    with pytest.raises(NoModelError, match="not among the resources"):
        model_of([evidence(4, off=0.5)])


@pytest.mark.parametrize(("cores", "shown"), [(1.0, False), (None, True)], ids=["full", "not"])
def test_where_what_is_behind_is_full_no_turns_are_shown(cores: float | None, shown: bool) -> None:  # noqa: FBT001 -- a column
    one = evidence(2)
    store = BackingTimes(name="store", cpu_ms=950 / one.most_per_s, place="service")
    full = replace(one.full, works=replace(one.full.works, backing=(store,)))
    limits = CoreLimits(of_copy={} if cores is None else {"store": cores})

    found = turns_of_workers(replace(one, full=full, limits=limits))

    assert (found is not None) == shown


@pytest.mark.parametrize(("users_of", "cpu_ms", "part"), [((), 10.0, 1.0), ((0,), 20.0, 0.5)])
def test_the_service_that_keeps_its_calls_the_longest_shows_the_turns(
    users_of: tuple[int, ...], cpu_ms: float, part: float
) -> None:
    store = BackingTimes(name="store", cpu_ms=cpu_ms, place="service", of=users_of, part=part)
    works = replace(
        WORKS, services_ms=(2.0, 2.0), parts=(0.5, 0.5), holds_ms=(20.0,), backing=(store,)
    )
    one = evidence(2)
    one = replace(
        one,
        users=64,
        full=replace(one.full, cores=64.0, works=works),
        light=replace(one.light, works=works),
    )
    most_per_s = limits_of(one.layout(one.at, turns=1, dispatch="fewest"), works)[0].most_per_s

    assert turns_of_workers(replace(one, most_per_s=most_per_s)) == 1


def test_everything_that_needs_a_core_is_slower_on_slower_ones() -> None:
    works = replace(WORKS, backing=(BackingTimes(name="store", cpu_ms=3.0, place="resolver"),))

    assert works.on_slower_cores(2).cpu_ms == pytest.approx(2 * works.cpu_ms)
    assert works.cpu_ms == pytest.approx(WORKS.cpu_ms + 3.0)
