"""Of a system whose calls use something behind its resolvers, the model finds what that allows."""

import dataclasses
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace

from loadtests.capacity import model_records
from loadtests.capacity.backing_parts import backing_parts
from loadtests.capacity.core_limits import core_limits
from loadtests.capacity.measured_points import DrivenPhase
from loadtests.capacity.model_records import capacities, model_for
from loadtests.capacity.resolver_kinds import kinds_of, visited
from loadtests.capacity.service_demands import demands_of, roles_of
from loadtests.capacity.solver import CopyCosts, solve
from loadtests.capacity.utilisation_law import MACHINE, RESOLVERS
from reports.record.capacity import Question
from reports.record.measurements import Configuration, Node, Repetition
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file
from tests.unit.loadtests.capacity import backed_shop, two_kinds
from tests.unit.loadtests.capacity.backed_shop import BackedShop

POSTGRES: Final = 'role = "database"\nimage = "postgres:16"'
LIMITED: Final = BackedShop(
    said=f"{POSTGRES}\ncontainer = {{ cpus = 1 }}", behind_ms=6.0, servers=1
)
ONE_THREAD: Final = BackedShop(said='role = "cache"\nimage = "redis:7"', behind_ms=5.0, servers=1)
TWO_CORES: Final = BackedShop(
    said='role = "stub"\ncommand = ["stub"]\ncores = 2', behind_ms=12.0, servers=2
)
# Half of its CPU time is the database's, which uses every core there is.
SHARED: Final = BackedShop(
    said=POSTGRES,
    behind_ms=12.0,
    servers=backed_shop.ANY,
    cores=4,
    front_ms=2.0,
    broker_ms=1.5,
)
BEHIND: Final = "the CPU of behind, which can use 1 core"
SYSTEMS: Final = {
    "a database limited to a core": (LIMITED, BEHIND),
    "a cache with one thread": (ONE_THREAD, BEHIND),
    "a stub said to use two cores": (TWO_CORES, "the CPU of behind, which can use 2 cores"),
    "cores that a database takes half of": (SHARED, MACHINE),
}


def at(workers: int) -> CopyCounts:
    return CopyCounts(resolvers=workers)


@pytest.mark.parametrize("workers", [2, 4])
@pytest.mark.parametrize("name", SYSTEMS)
def test_what_binds_behind_the_resolvers_is_known_before_more_of_them_ran(
    name: str, workers: int, tmp_path: Path
) -> None:
    shop, binds = SYSTEMS[name]
    model = model_for(backed_shop.run(shop, 1), shop.spec(tmp_path), "shop")
    most_per_s = shop.most_per_s(workers)
    path = DrivenPhase(rate_per_s=0.8 * most_per_s, duration_s=40.0, seed=9)

    assert model.limits(at(1))[0].resource == RESOLVERS
    assert model.limits(at(workers))[0].resource == binds
    assert model.carries(at(workers)).value == pytest.approx(most_per_s, rel=0.03)
    assert model.p99_along_ms(at(workers), [path]).value == pytest.approx(
        shop.p99_ms(workers, path), rel=0.15
    )


def test_a_limit_that_an_engine_told_binds_all_copies_that_it_ran(tmp_path: Path) -> None:
    shop = BackedShop(said='role = "database"\nimage = "pg"', behind_ms=12.0, servers=2)
    nodes = [Node(name=name, cores=8.0, here=True, copies={"behind": 1}) for name in "ab"]
    run = backed_shop.run(shop, 1, core_limits={"behind": 1.0}, nodes=tuple(nodes))

    model = model_for(run, shop.spec(tmp_path), "shop")

    assert model.limits(at(4))[0].resource == "the CPU of behind, which can use 2 cores"
    assert model.carries(at(4)).value == pytest.approx(shop.most_per_s(4), rel=0.03)


@pytest.mark.parametrize(
    ("nodes", "cores"),
    [
        pytest.param((("a", 8.0, {"worker": 1}), ("b", 2.0, {"behind": 1})), 2.0, id="its node's"),
        pytest.param((("a", 8.0, {"behind": 1}), ("b", 2.0, {"behind": 1})), 10.0, id="two nodes'"),
        pytest.param((("a", None, {"behind": 1}),), None, id="not told"),
    ],
)
def test_what_is_behind_can_use_the_cores_of_its_nodes(
    nodes: tuple[tuple[str, float | None, dict[str, int]], ...],
    cores: float | None,
    tmp_path: Path,
) -> None:
    told = tuple(
        Node(name=name, cores=has, here=False, copies=copies, reasons={"cores": "no right"})
        for name, has, copies in nodes
    )
    spec = SHARED.spec(tmp_path)
    [measured] = backed_shop.run(SHARED, 1, nodes=told).configurations

    assert core_limits(measured, spec, backing_parts(spec)).whole("behind") == cores


@pytest.mark.parametrize(
    ("limited", "named"),
    [
        ("worker", "the resolvers' own CPU (0.8 cores a process)"),
        ("front", "the gateway workers' own CPU (0.08 cores a process)"),
        ("broker", "the CPU of the broker, which can use 0.05 cores"),
    ],
)
def test_a_limit_of_the_way_s_own_parts_binds_too(limited: str, named: str, tmp_path: Path) -> None:
    cores = {"worker": 0.8, "front": 0.08, "broker": 0.05}[limited]
    run = backed_shop.run(LIMITED, 1, core_limits={limited: cores})

    model = model_for(run, LIMITED.spec(tmp_path), "shop")

    assert model.limits(at(1))[0].resource == named


def test_the_solver_promises_no_more_than_what_is_behind_allows(tmp_path: Path) -> None:
    model = model_for(backed_shop.run(LIMITED, 1), LIMITED.spec(tmp_path), "shop")
    grid = [at(workers) for workers in range(1, 9)]

    held = solve(model, grid, Question(rate_per_s=130.0, slo_p99_ms=500.0), CopyCosts())
    over = solve(model, grid, Question(rate_per_s=200.0, slo_p99_ms=500.0), CopyCosts())

    assert held
    assert (held.holds, held.at.resolvers, held.limit.resource) == (True, 2, BEHIND)
    assert over
    assert (over.holds, over.limit.resource) == (False, BEHIND)


def seen(shop: BackedShop, share: float, *workers: int) -> tuple[Configuration, ...]:
    """Return configurations in which the busiest thread took a share of what is behind."""
    return tuple(_with_share(one, share) for one in backed_shop.run(shop, *workers).configurations)


def _with_share(one: Configuration, share: float) -> Configuration:
    [repetition] = one.repetitions
    closed = repetition.closed
    assert closed
    used = closed.used | {"behind": replace(closed.used["behind"], one_thread_share=share)}
    shown: Repetition = replace(repetition, closed=replace(closed, used=used))
    return replace(one, repetitions=(shown,))


def test_a_part_of_which_nothing_is_known_is_in_no_figure_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_records, "MOST_OUTLOOKS", 1)
    [one] = backed_shop.run(LIMITED, 1).configurations
    [repetition] = one.repetitions
    blind = {
        name: replace(phase, used={n: use for n, use in phase.used.items() if n != "behind"})
        for name in ("closed", "open")
        if (phase := getattr(repetition, name))
    }
    run = replace(
        backed_shop.run(LIMITED),
        configurations=(replace(one, repetitions=(replace(repetition, **blind),)),),
    )

    [capacity] = capacities(run, LIMITED.spec(tmp_path), CopyCosts())

    assert capacity.unmeasured == ("behind",)
    assert capacity.outlooks
    assert not any("behind" in bound.resource for bound in capacity.outlooks[0].bounds)


PARTS: Final = """
format_version = 2
name = "shop"

[broker]
vhost = "/"
user = "shop"
work_queues = ["a"]

[parts.front]
role = "gateway"
port = 80
command = ["front", {front}]

[parts.orders]
role = "resolver"
ready = "queue a"
command = ["orders", {orders}]

[parts.articles]
role = "resolver"
ready = "queue a"
command = ["articles", {articles}]

[parts.store]
role = "database"
port = 5432
command = ["store", {store}]

[parts.bank]
role = "stub"
port = 9000
command = ["bank", {bank}]
{more}
"""
SRV: Final = '[parts.srv]\nrole = "service"\nport = 1\ncommand = ["srv", "{store.port}"]'
BEFORE: Final = '[links.l]\nsource = "store"\ntarget = "front"'
LINK: Final = '[links.l]\nsource = "orders"\ntarget = "store"'


def shop(folder: Path, more: str = "", **words: str) -> StackSpec:
    file = folder / "stack.toml"
    names = ("front", "orders", "articles", "store", "bank")
    said = {name: f'"{words.get(name, "")}"' for name in names}
    file.write_text(PARTS.format(more=more, **said))
    return read_stack_file(file)


@pytest.mark.parametrize(
    ("words", "place", "askers"),
    [
        pytest.param({}, "resolver", set(), id="nothing tells: all, furthest in"),
        pytest.param({"orders": "{store.url}"}, "resolver", {"orders"}, id="a placeholder"),
        pytest.param({"orders": "pg://u@store:5432/x"}, "resolver", {"orders"}, id="a host"),
        pytest.param({"orders": "restore:1"}, "resolver", set(), id="no host: a longer word"),
        pytest.param({"front": "{store.host}"}, "gateway", set(), id="the gateway alone"),
        pytest.param({"store": "{front.url}"}, "gateway", set(), id="it stands before the gateway"),
        pytest.param(
            {"bank": "{store.url}", "articles": "{bank.url}"},
            *("resolver", {"articles"}),
            id="by way of another",
        ),
        pytest.param({"more": SRV, "orders": "{store.url}"}, "service", set(), id="a service too"),
        pytest.param({"more": LINK}, "resolver", {"orders"}, id="a link"),
        pytest.param({"more": BEFORE}, "gateway", set(), id="a link to the gateway"),
        pytest.param({"store": "front.internal:80"}, "gateway", set(), id="the gateway's host"),
    ],
)
def test_who_waits_for_a_part_the_stack_file_tells(
    words: dict[str, str], place: str, askers: set[str], tmp_path: Path
) -> None:
    found = {one.name: one for one in backing_parts(shop(tmp_path, **words))}

    assert found["store"].place == place
    assert found["store"].askers == askers


def test_what_one_kind_of_resolver_asks_is_a_visit_of_that_kind_alone(tmp_path: Path) -> None:
    stamped = f"[parts.bank]\n{TWO_CORES.said}\nport = 9000\n\n{two_kinds.STAMPED}"
    spec = two_kinds.spec(tmp_path, orders='resolver = "orders"', more=stamped)
    asking = replace(spec.parts["orders"], settings={"BANK": "{bank.url}"})
    spec = replace(spec, parts=spec.parts | {"orders": asking})
    shown = two_kinds.shown(1, 1)
    usual = roles_of(spec)
    roles = dataclasses.replace(usual, kinds=visited([shown], kinds_of(spec, "shop")))
    # Of each order 5 of the 20 ms that it is held, and of no article.
    share = roles.kinds[0].share
    used = shown.used | {"bank": backed_shop.use(5.0 * share, 100.0)}

    works = demands_of(replace(shown, used=used), roles, cores=8).works

    [bank] = works.backing
    assert (bank.of, bank.part) == ((0,), share)
    assert bank.visit_ms == pytest.approx(5.0)
    assert [visit.hold_ms for visit in works.visits] == [
        pytest.approx(two_kinds.HELD_MS["orders"] - 5.0, rel=0.02),
        pytest.approx(two_kinds.HELD_MS["articles"], rel=0.02),
    ]
    assert [works.used_ms("resolver", number) for number in (0, 1)] == [pytest.approx(5.0), 0.0]
    assert demands_of(shown, roles, cores=8, borrowed_ms={"bank": 5.0 * share}).works == works


def test_what_a_service_waits_for_behind_it_is_no_holding_time_of_its_own(tmp_path: Path) -> None:
    more = f'{SRV}\n[telemetry]\nhops = {{ srv = "" }}'
    roles = roles_of(shop(tmp_path, more=more))
    run = backed_shop.run(LIMITED, 1).configurations[0].repetitions[0].open
    assert run
    used = {"front": 1.0, "orders": 1.0, "articles": 0.0, "srv": 2.0, "store": 10.0}
    histograms = replace(run.histograms, hops={"srv": backed_shop.histogram([40.0] * 200)})
    phase = replace(
        run,
        histograms=histograms,
        used={name: backed_shop.use(ms, 100.0) for name, ms in used.items()},
    )

    works = demands_of(phase, roles, cores=4).works

    assert works.hold_ms == pytest.approx(28.0, rel=0.01)
    assert works.cpu_ms == pytest.approx(14.0 + works.generator_ms)


def without(measured: Configuration, part: str) -> Configuration:
    """Return a configuration in which nobody told what a part used."""
    [one] = measured.repetitions
    blind = {
        name: replace(phase, used={k: use for k, use in phase.used.items() if k != part})
        for name in ("closed", "open")
        if (phase := getattr(one, name))
    }
    return replace(measured, repetitions=(replace(one, **blind),))


@pytest.mark.parametrize("blind", [0, 1])
def test_a_part_that_one_configuration_does_not_tell_of_costs_there_what_it_costs_elsewhere(
    blind: int, tmp_path: Path
) -> None:
    run = backed_shop.run(LIMITED, 1, 2)
    told = [
        without(one, "behind") if n == blind else one for n, one in enumerate(run.configurations)
    ]
    run = replace(run, configurations=tuple(told))
    spec = LIMITED.spec(tmp_path)
    model = model_for(run, spec, "shop")

    assert model.limits(at(4))[0].resource == BEHIND
    assert model.carries(at(4)).value == pytest.approx(LIMITED.most_per_s(4), rel=0.05)


def test_what_a_part_used_of_which_a_configuration_does_not_tell_is_nobody_else_s(
    tmp_path: Path,
) -> None:
    run = backed_shop.run(SHARED, 1, 2)
    told, other = run.configurations
    run = replace(run, configurations=(told, without(other, "behind")))
    model = model_for(run, SHARED.spec(tmp_path), "shop")

    assert model.evidence[1].full.others == pytest.approx(0.0, abs=0.01)
    assert model.limits(at(4))[0].resource == MACHINE
    assert model.carries(at(4)).value == pytest.approx(SHARED.most_per_s(4), rel=0.05)


def test_a_part_that_no_configuration_tells_of_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_records, "MOST_OUTLOOKS", 1)
    run = backed_shop.run(LIMITED, 1, 2)
    told = [without(one, "behind") for one in run.configurations]
    [found] = capacities(
        replace(run, configurations=tuple(told)), LIMITED.spec(tmp_path), CopyCosts()
    )

    assert found.unmeasured == ("behind",)
