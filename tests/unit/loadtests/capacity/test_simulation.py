"""The simulation waits as queueing theory says, and hands calls on as the system does."""

import statistics
from collections.abc import Sequence
from dataclasses import replace

import pytest

from loadtests.capacity import simulation
from loadtests.capacity.queueing_network import (
    BackingTimes,
    Dispatch,
    QueueingNetwork,
    ResolverCopies,
    ServiceTimes,
    VisitTimes,
)
from loadtests.capacity.utilisation_law import PLACES, limits
from loadtests.plan.arrivals import poisson
from tests.truth import theory

HELD_MS = 50.0
NOTHING_ELSE = ServiceTimes(
    generator_ms=0.0,
    gateway_ms=0.0,
    broker_ms=0.0,
    resolver_ms=0.0,
    services_ms=(0.0,),
    parts=(1.0,),
    holds_ms=(HELD_MS,),
)
CPU_ALONE = ServiceTimes(
    generator_ms=0.3,
    gateway_ms=1.2,
    broker_ms=0.5,
    resolver_ms=0.8,
    services_ms=(1.2,),
    parts=(1.0,),
)


def layout(  # noqa: PLR0913 -- all but one by keyword, each with one meaning
    workers: int = 1,
    *,
    resolvers: int = 1,
    prefetch: int = 32,
    cores: float = 64,
    turns: int = 1,
    kind: Dispatch = "shared",
    shares: tuple[float, ...] = (),
) -> QueueingNetwork:
    return QueueingNetwork(
        cores=cores,
        resolvers=resolvers,
        gateway_workers=1,
        service_workers=workers,
        prefetch=prefetch,
        turns=turns,
        dispatch=kind,
        shares=shares,
    )


def p99(times_ms: list[float]) -> float:
    return theory.quantile(times_ms, 0.99)


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("load", [0.5, 0.8, 0.9])
def test_serial_workers_with_one_queue_are_the_queue_of_the_textbook(
    workers: int, load: float
) -> None:
    due_s = poisson(load * workers * 1_000 / HELD_MS, 120.0, 3)
    waits_s = theory.waits_s(due_s, [HELD_MS / 1_000] * len(due_s), servers=workers)
    expected = sorted(HELD_MS + 1_000 * wait_s for wait_s in waits_s)

    times_ms = simulation.open_ms(layout(workers), NOTHING_ELSE, due_s)

    assert times_ms == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_most_that_serial_workers_carry_is_one_call_each_per_holding_time(workers: int) -> None:
    most_per_s = simulation.closed_per_s(layout(workers), NOTHING_ELSE, 4 * workers)

    assert most_per_s == pytest.approx(workers * 1_000 / HELD_MS, rel=0.01)


@pytest.mark.parametrize("kind", ["fewest", "shared"])
@pytest.mark.parametrize("turns", [1, 2, 4])
def test_a_worker_that_takes_so_many_calls_at_a_time_carries_so_many_per_holding_time(
    turns: int, kind: Dispatch
) -> None:
    made = layout(2, turns=turns, kind=kind)

    most_per_s = simulation.closed_per_s(made, NOTHING_ELSE, 32)

    assert most_per_s == pytest.approx(2 * turns * 1_000 / HELD_MS, rel=0.02)


def test_workers_that_hold_many_calls_at_once_are_bound_by_the_resolver_s_places() -> None:
    def most(prefetch: int) -> float:
        return simulation.closed_per_s(layout(prefetch=prefetch, turns=0), NOTHING_ELSE, 64)

    assert most(4) == pytest.approx(4 * 1_000 / HELD_MS, rel=0.02)
    assert most(16) == pytest.approx(16 * 1_000 / HELD_MS, rel=0.02)


@pytest.mark.parametrize(("cores", "copies"), [(1, 1), (2, 2), (1.5, 2), (2, 8)])
def test_where_requests_cost_cpu_alone_the_cores_bound_them(cores: float, copies: int) -> None:
    made = layout(copies, resolvers=copies, cores=cores, turns=0, kind="fewest")

    most_per_s = simulation.closed_per_s(made, CPU_ALONE, 64)

    assert most_per_s == pytest.approx(cores * 1_000 / CPU_ALONE.cpu_ms, rel=0.05)


def test_one_process_uses_one_core_however_many_there_are() -> None:
    made = layout(1, cores=64, turns=0, kind="fewest")

    most_per_s = simulation.closed_per_s(made, CPU_ALONE, 64)

    assert most_per_s == pytest.approx(1_000 / CPU_ALONE.gateway_ms, rel=0.05)


@pytest.mark.parametrize("resolvers", [0, 1, 2])
def test_a_resolver_without_services_answers_by_itself(resolvers: int) -> None:
    alone = ServiceTimes(generator_ms=0.1, gateway_ms=0.1, broker_ms=0.1, resolver_ms=5.0)

    most_per_s = simulation.closed_per_s(
        layout(workers=0, resolvers=resolvers, prefetch=2), alone, users=20
    )

    assert most_per_s == pytest.approx(200 * resolvers if resolvers else 10_000, rel=0.05)


def test_fixed_shares_carry_as_much_as_the_worker_with_the_largest() -> None:
    made = layout(4, kind="shares", shares=(0.5, 0.2, 0.2, 0.1))

    most_per_s = simulation.closed_per_s(made, NOTHING_ELSE, 512)

    assert most_per_s == pytest.approx(2 * 1_000 / HELD_MS, rel=0.10)


def test_the_worker_with_the_fewest_calls_is_nearly_the_next_one_that_is_free() -> None:
    due_s = poisson(0.8 * 4 * 1_000 / HELD_MS, 120.0, 5)

    one_queue = p99(simulation.open_ms(layout(4, kind="shared"), NOTHING_ELSE, due_s))
    fewest = p99(simulation.open_ms(layout(4, kind="fewest"), NOTHING_ELSE, due_s))
    by_share = p99(
        simulation.open_ms(layout(4, kind="shares", shares=(0.25,) * 4), NOTHING_ELSE, due_s)
    )

    assert one_queue <= fewest < 1.25 * one_queue
    assert by_share > 1.5 * one_queue


def test_every_request_is_answered_once_and_the_same_seed_gives_the_same_times() -> None:
    due_s = poisson(100.0, 5.0, 1)
    made = layout(2, resolvers=2, cores=2, turns=0, kind="fewest")

    first, again = (simulation.open_ms(made, CPU_ALONE, due_s, seed=7) for _ in range(2))

    assert len(first) == len(due_s)
    assert first == again


TWO_KINDS = replace(
    NOTHING_ELSE,
    services_ms=(),
    parts=(),
    holds_ms=(0.0,),
    visits=(
        VisitTimes(name="orders", part=0.75, cpu_ms=0.0, holds_ms=(20.0,)),
        VisitTimes(name="articles", part=0.25, cpu_ms=0.0, holds_ms=(60.0,)),
    ),
)


def kinds(orders: ResolverCopies, articles: ResolverCopies) -> QueueingNetwork:
    return replace(layout(workers=0, turns=0), kinds=(orders, articles))


@pytest.mark.parametrize("prefetch", [1, 32])
def test_calls_wait_for_their_own_kind_of_resolver_alone(prefetch: int) -> None:
    made = kinds(*(ResolverCopies(copies=n, prefetch=prefetch, turns=1) for n in (1, 20)))
    due_s = poisson(40.0, 60.0, 3)
    times_ms = simulation.open_ms(made, TWO_KINDS, due_s)
    # Twenty copies are more than are ever asked for at once: no article waits.
    articles = [ms for ms in times_ms if ms == pytest.approx(60.0)]

    assert len(articles) == pytest.approx(len(due_s) / 4, rel=0.1)
    assert min(times_ms) == pytest.approx(20.0)
    assert p99(times_ms) > 75.0


@pytest.mark.parametrize(
    ("orders", "articles", "most"), [(1, 1, 66.7), (1, 2, 66.7), (2, 1, 66.7), (3, 2, 133.3)]
)
def test_the_kind_that_is_full_first_bounds_all_calls(
    orders: int, articles: int, most: float
) -> None:
    made = kinds(*(ResolverCopies(copies=n, prefetch=1) for n in (orders, articles)))

    assert simulation.closed_per_s(made, TWO_KINDS, 128) == pytest.approx(most, rel=0.03)
    assert limits(made, TWO_KINDS)[0].most_per_s == pytest.approx(most, rel=0.01)


@pytest.mark.parametrize("dealt", [True, False])
def test_of_200_calls_as_many_are_dealt_each_time_or_are_drawn_as_by_a_coin(
    dealt: bool,  # noqa: FBT001 -- a column
) -> None:
    mix = simulation.CallMix((0.75, 0.25), 1, dealt=dealt)
    articles = [sum(mix.next_kind() for _ in range(200)) for _ in range(20)]

    assert (statistics.stdev(articles) == 0) == dealt
    assert statistics.mean(articles) == pytest.approx(50, rel=0.1)


def test_kinds_are_dealt_where_a_maximum_is_looked_for_and_drawn_where_queues_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[bool] = []

    class Noted(simulation.CallMix):
        def __init__(self, parts: Sequence[float], seed: int, *, dealt: bool) -> None:
            super().__init__(parts, seed, dealt=dealt)
            told.append(dealt)

    monkeypatch.setattr(simulation, "CallMix", Noted)
    made = kinds(*(ResolverCopies(copies=2, prefetch=32) for _ in range(2)))
    simulation.closed_per_s(made, TWO_KINDS, 3, requests=10)
    simulation.open_ms(made, TWO_KINDS, [])

    assert told == [True, False]


def test_so_many_calls_as_a_copy_takes_at_a_time_it_carries_per_holding_time() -> None:
    made = kinds(
        ResolverCopies(copies=1, prefetch=32, turns=3), ResolverCopies(copies=9, prefetch=32)
    )

    most_per_s = simulation.closed_per_s(made, TWO_KINDS, 64)

    assert most_per_s == pytest.approx(3 * 1_000 / 20.0 / 0.75, rel=0.05)


def test_what_the_gateway_answers_by_itself_passes_neither_broker_nor_resolver() -> None:
    works = ServiceTimes(
        generator_ms=0.0,
        gateway_ms=1.0,
        broker_ms=0.0,
        resolver_ms=2.5,
        visits=(VisitTimes(name="orders", part=0.25, cpu_ms=10.0),),
    )
    made = replace(layout(workers=0, turns=0), kinds=(ResolverCopies(copies=1, prefetch=4),))

    times_ms = simulation.open_ms(made, works, poisson(50.0, 60.0, 3))

    assert sum(ms < 10.0 for ms in times_ms) / len(times_ms) == pytest.approx(0.75, abs=0.05)
    assert simulation.closed_per_s(made, works, 32) == pytest.approx(400.0, rel=0.05)


def behind(cores: float | None, *, resolvers: int = 8, machine: float = 16) -> QueueingNetwork:
    made = layout(workers=0, resolvers=resolvers, cores=machine, turns=0)
    return replace(made, backing=(cores,))


BEHIND = replace(
    NOTHING_ELSE,
    resolver_ms=0.1,
    services_ms=(),
    parts=(),
    holds_ms=(0.0,),
    backing=(BackingTimes(name="store", cpu_ms=10.0, place="resolver"),),
)


@pytest.mark.parametrize(
    ("cores", "machine", "most_per_s"),
    [
        pytest.param(1.0, 16, 100.0, id="one thread"),
        pytest.param(3.0, 16, 300.0, id="three cores"),
        pytest.param(0.5, 16, 50.0, id="half a core"),
        pytest.param(1.5, 16, 150.0, id="a core and a half"),
        pytest.param(None, 4, 4_000 / 10.1, id="a process a call: the machine's cores"),
    ],
)
def test_a_part_behind_carries_what_its_cores_do(
    cores: float | None, machine: float, most_per_s: float
) -> None:
    made = behind(cores, machine=machine)

    assert limits(made, BEHIND)[0].most_per_s == pytest.approx(most_per_s, rel=0.001)
    assert simulation.closed_per_s(made, BEHIND, 32) == pytest.approx(most_per_s, rel=0.03)


@pytest.mark.parametrize("cores", [1, 2, 4])
def test_calls_wait_for_a_part_behind_as_for_the_queue_of_the_textbook(cores: int) -> None:
    due_s = poisson(0.8 * cores * 100, 60.0, 3)
    waits_s = theory.waits_s(due_s, [0.01] * len(due_s), servers=cores)
    expected = theory.quantile((10.1 + 1_000 * wait_s for wait_s in waits_s), 0.99)

    times_ms = simulation.open_ms(behind(float(cores)), BEHIND, due_s)

    assert p99(times_ms) == pytest.approx(expected, rel=0.02)


def test_a_limit_holds_nobody_back_who_does_not_reach_it() -> None:
    far_apart_s = [float(second) for second in range(20)]

    alone_ms = simulation.open_ms(behind(0.5), BEHIND, far_apart_s)

    assert alone_ms == pytest.approx([10.1] * 20)


def test_a_call_keeps_its_place_while_a_part_behind_works() -> None:
    one_place = replace(behind(4.0, resolvers=1), prefetch=1)

    assert limits(one_place, BEHIND)[0].resource == PLACES
    assert simulation.closed_per_s(one_place, BEHIND, 8) == pytest.approx(1_000 / 10.1, rel=0.03)


@pytest.mark.parametrize("at", ["gateway", "resolver", "service"])
def test_a_process_that_is_limited_carries_its_share_of_a_core(at: str) -> None:
    shares = {"gateway": 1.0, "resolver": 1.0, "service": 1.0} | {at: 0.25}
    made = replace(
        layout(turns=0, cores=16),
        gateway_core_share=shares["gateway"],
        resolver_core_share=shares["resolver"],
        service_core_shares=(shares["service"],),
    )
    most_per_s = limits(made, CPU_ALONE)[0].most_per_s

    taken_ms = {"gateway": 1.2, "resolver": 0.8, "service": 1.2}[at]
    assert most_per_s == pytest.approx(250 / taken_ms)
    assert "0.25 cores a process" in limits(made, CPU_ALONE)[0].resource
    assert simulation.closed_per_s(made, CPU_ALONE, 32) == pytest.approx(most_per_s, rel=0.03)
