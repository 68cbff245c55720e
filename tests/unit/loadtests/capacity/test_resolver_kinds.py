"""Of a system with two kinds of resolver, the model finds what each carries and what binds."""

from itertools import product
from pathlib import Path

import pytest
from msgspec.structs import replace

from loadtests.capacity import model_records
from loadtests.capacity.model_records import candidates, capacities, model_for, outlook
from loadtests.capacity.no_model import NoModelError
from loadtests.capacity.predictor import Model
from loadtests.capacity.resolver_kinds import kinds_of, visited
from loadtests.capacity.solver import CopyCosts, costs_of, solve, without
from reports.record.capacity import Question
from reports.record.measurements import LoadWorker
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.errors import SpecError
from tests.unit.loadtests.capacity import two_kinds

QUICK = [(1, 1), (2, 2)]
SWEPT = [(1, 1), (1, 2), (2, 1), (2, 2)]
HELD_OUT = [(4, 2), (2, 4), (3, 3), (1, 4)]
GRID = list(product(range(1, 5), repeat=2))
STUB = '[parts.bank]\nrole = "stub"\nport = 9001\ncommand = ["python", "bank.py"]'
BOTH = ("orders", "articles")


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Return the model of a sweep that measured one of each and two of each."""
    spec = two_kinds.spec(tmp_path_factory.mktemp("quick"), **two_kinds.SAID)
    return model_for(two_kinds.run(QUICK), spec, "shop")


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Return the model of a sweep over both axes."""
    spec = two_kinds.spec(tmp_path_factory.mktemp("swept"), **two_kinds.SAID)
    return model_for(two_kinds.run(SWEPT), spec, "shop")


def at(orders: int, articles: int) -> CopyCounts:
    return CopyCounts(service_workers=1, of_parts=(("articles", articles), ("orders", orders)))


@pytest.mark.parametrize(
    "stamps",
    [
        pytest.param(False, id="said by the calls", marks=pytest.mark.long),
        pytest.param(True, id="stamped by each"),
    ],
)
def test_what_each_kind_takes_is_recovered(
    stamps: bool,  # noqa: FBT001 -- a column
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(model_records, "MOST_OUTLOOKS", 1)
    told = {"more": two_kinds.STAMPED} if stamps else two_kinds.SAID
    spec = two_kinds.spec(tmp_path, **told)

    [capacity] = capacities(two_kinds.run(SWEPT, stamps=stamps), spec, CopyCosts())
    shown = {one.part: one for one in capacity.visits}

    assert set(shown) == set(two_kinds.SHARES)
    for kind, one in shown.items():
        assert one.share == pytest.approx(two_kinds.SHARES[kind], rel=0.1)
        assert one.cpu_ms == pytest.approx(two_kinds.CPU_MS[kind], rel=0.1)
        assert one.hold_ms == pytest.approx(two_kinds.HELD_MS[kind], rel=0.02)
        assert one.turns == 1


def test_what_a_visit_takes_is_read_where_calls_waited_least(tmp_path: Path) -> None:
    late = two_kinds.run(QUICK, late_ms={(1, 1): 25.0})

    model = model_for(late, two_kinds.spec(tmp_path, **two_kinds.SAID), "shop")
    held_ms = [
        {visit.name: visit.hold_ms for visit in one.full.works.visits} for one in model.evidence
    ]

    assert held_ms == [pytest.approx(two_kinds.HELD_MS, rel=0.02)] * 2
    assert model.takes == {"orders": 1, "articles": 1}


@pytest.mark.parametrize("sweep", ["quick", "swept"])
@pytest.mark.parametrize("held_out", HELD_OUT, ids=str)
def test_what_was_not_measured_is_predicted_along_both_axes(
    sweep: str, held_out: tuple[int, int], request: pytest.FixtureRequest
) -> None:
    model: Model = request.getfixturevalue(sweep)
    known_per_s = two_kinds.most_per_s(*held_out)
    carries = model.carries(at(*held_out))
    rate_per_s = 0.7 * known_per_s
    foretold = model.p99_ms(at(*held_out), rate_per_s)

    assert carries.value == pytest.approx(known_per_s, rel=0.10)
    assert carries.low is not None
    assert carries.high is not None
    assert carries.low < known_per_s < carries.high
    assert foretold.value == pytest.approx(two_kinds.p99_ms(*held_out, rate_per_s), rel=0.25)


@pytest.mark.parametrize(
    ("point", "kind"), [((1, 1), "orders"), ((4, 2), "articles"), ((2, 4), "orders")], ids=str
)
def test_what_binds_is_named_by_its_kind(point: tuple[int, int], kind: str, swept: Model) -> None:
    assert swept.limits(at(*point))[0].resource.startswith(f"the {kind} resolvers, which take")


@pytest.mark.parametrize(
    ("rate_per_s", "slo_p99_ms"),
    [
        pytest.param(40.0, 600.0, id="one of each"),
        pytest.param(70.0, 500.0, id="more orders", marks=pytest.mark.long),
        pytest.param(100.0, 500.0, id="more of both", marks=pytest.mark.long),
    ],
)
def test_the_solver_names_the_cheapest_that_theory_allows(
    rate_per_s: float, slo_p99_ms: float, swept: Model
) -> None:
    costs = costs_of("resolver=2", BOTH, BOTH)
    question = Question(rate_per_s=rate_per_s, slo_p99_ms=slo_p99_ms)
    allowed = [
        at(*point)
        for point in GRID
        if rate_per_s < 0.95 * two_kinds.most_per_s(*point)
        and two_kinds.p99_ms(*point, rate_per_s) <= slo_p99_ms
    ]

    found = solve(swept, [at(*point) for point in GRID], question, costs)

    assert found
    assert found.holds
    assert costs.of(found.at) == min(map(costs.of, allowed))
    assert found.at in allowed


def test_with_a_spare_copy_each_kind_may_lose_one(swept: Model) -> None:
    grid = [
        CopyCounts(service_workers=2, gateway_workers=2, of_parts=at(*point).of_parts)
        for point in GRID
    ]
    question = Question(rate_per_s=40.0, slo_p99_ms=600.0, spare=1)

    found = solve(swept, grid, question, costs_of("", BOTH, BOTH))

    assert found
    assert found.holds
    assert dict(found.at.of_parts) == {"orders": 2, "articles": 2}
    assert found.lost.startswith("copy of ")


def test_predictions_have_the_copies_of_each_kind_and_go_on_along_both(quick: Model) -> None:
    points = candidates(two_kinds.run(QUICK), "shop")
    shown = outlook(quick, at(2, 1), CopyCosts())

    assert {one.copies_of("orders") for one in points} == {1, 2, 4}
    assert {one.copies_of("articles") for one in points} == {1, 2, 4}
    assert shown.of_parts == {"orders": 2, "articles": 1}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        pytest.param({}, "call 'read an order' .* give each of its calls", id="nothing"),
        pytest.param(
            {"orders": two_kinds.SAID["orders"]}, "call 'read an article'", id="half of it"
        ),
        pytest.param({"more": two_kinds.STAMPED}, "No answer told which resolver", id="no stamps"),
    ],
)
def test_where_nothing_tells_which_call_visits_which_kind_there_is_no_model(
    told: dict[str, str],
    said: str,
    tmp_path: Path,
) -> None:
    with pytest.raises(NoModelError, match=said):
        model_for(two_kinds.run(SWEPT), two_kinds.spec(tmp_path, **told), "shop")


def test_traffic_that_no_stack_file_has_tells_nothing_unless_it_is_stamped(tmp_path: Path) -> None:
    said = two_kinds.spec(tmp_path, **two_kinds.SAID)
    with pytest.raises(NoModelError, match="'my users' are not in the stack file"):
        kinds_of(said, "my users")

    stamped = two_kinds.spec(tmp_path, more=two_kinds.STAMPED)
    assert [one.name for one in kinds_of(stamped, "my users")] == ["orders", "articles"]


def test_calls_of_one_name_that_visit_two_kinds_are_told_to_be_named_apart(tmp_path: Path) -> None:
    spec = two_kinds.spec(tmp_path, **two_kinds.SAID)
    shop = spec.scenarios["shop"]
    alike = replace(shop, calls=tuple(replace(one, name="read") for one in shop.calls))

    with pytest.raises(NoModelError, match="give them names of their own"):
        kinds_of(replace(spec, scenarios={"shop": alike}), "shop")


def test_where_all_have_as_many_copies_and_nothing_tells_kinds_count_as_one(
    tmp_path: Path,
) -> None:
    [one] = two_kinds.run([(2, 2)]).configurations
    alike = replace(one, resolvers=2, of_parts={})
    run = two_kinds.run([], configurations=(alike,))
    [capacity] = capacities(run, two_kinds.spec(tmp_path), CopyCosts())

    # One kind it is, of which nothing tells that calls are kept without CPU.
    assert "carried 0.05 times" in capacity.reasons["outlooks"]
    assert capacity.visits == ()


def test_copies_that_are_told_by_name_are_no_copies_of_one_kind_where_nothing_tells(
    tmp_path: Path,
) -> None:
    with pytest.raises(NoModelError, match="give each of its calls"):
        model_for(two_kinds.run([(3, 2)]), two_kinds.spec(tmp_path), "shop")


def test_where_each_resolver_is_told_by_name_no_others_are_predicted(
    quick: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    any_of_them = outlook(quick, at(1, 1), CopyCosts())
    monkeypatch.setattr(
        model_records, "outlook", lambda _, at, __: replace(any_of_them, resolvers=at.resolvers)
    )
    spec = two_kinds.spec(tmp_path, **two_kinds.SAID)
    [capacity] = capacities(two_kinds.run(QUICK), spec, CopyCosts())

    assert capacity.outlooks
    assert {one.resolvers for one in capacity.outlooks} == {1}


def test_generators_are_those_that_sent_the_load_from_the_systems_own_machine(
    tmp_path: Path,
) -> None:
    worker = LoadWorker(
        name="near",
        samples=300,
        lag_ms_p99=0.4,
        cpu=0.25,
        loop_gap_ms_max=2.0,
        pool_waits=0,
        clock_ahead_ms=0.0,
        clock_within_ms=0.2,
        clock_wandered_ms=0.0,
        beside=True,
    )
    [one] = two_kinds.run([(1, 1)]).configurations
    closed = one.repetitions[0].closed
    assert closed
    sent = (worker, replace(worker, name="nearer"), replace(worker, name="far", beside=False))
    shared = replace(one.repetitions[0], closed=replace(closed, load_workers=sent))
    run = two_kinds.run([], configurations=(replace(one, repetitions=(shared,)),))

    model = model_for(run, two_kinds.spec(tmp_path, **two_kinds.SAID), "shop")

    assert model.evidence[0].generators == 2


def test_parts_that_are_told_one_by_one_have_prices_of_their_own() -> None:
    own = costs_of("resolver=3,articles=0.5", BOTH, BOTH)

    assert costs_of("", BOTH, BOTH).of(at(2, 3)) == 5 + 2
    assert own.of(at(2, 3)) == 2 * 3.0 + 3 * 0.5 + 2
    with pytest.raises(SpecError, match="or orders and articles, told by --copies; got"):
        costs_of("tags=1", BOTH, BOTH)


@pytest.mark.parametrize(
    ("told", "lost"),
    [
        ([], ["resolver"]),
        (["orders"], ["copy of orders", "resolver"]),
        (["articles", "orders"], ["copy of orders", "copy of articles"]),
        (["cache"], ["resolver"]),
    ],
    ids=["none is told", "one is", "both are", "something else is"],
)
def test_what_is_told_by_name_is_lost_by_name(told: list[str], lost: list[str]) -> None:
    found = [name for name, _ in without(at(2, 2), 1, costs_of(None, BOTH, told))]

    assert found == [*lost, "worker", "gateway worker"]


def test_more_of_what_takes_no_calls_is_not_modelled_and_said_so(tmp_path: Path) -> None:
    spec = two_kinds.spec(tmp_path, **two_kinds.SAID, more=STUB)
    points = two_kinds.run(SWEPT).configurations
    varied = tuple(
        replace(one, of_parts={"bank": number}) for number, one in zip((1, 2), points, strict=False)
    )

    with pytest.raises(NoModelError, match="copies of bank were varied"):
        model_for(two_kinds.run(SWEPT, configurations=varied), spec, "shop")


def test_a_kind_that_no_call_visits_is_no_station(tmp_path: Path) -> None:
    spec = two_kinds.spec(tmp_path, orders='resolver = "orders"', articles='resolver = "orders"')

    found = visited([two_kinds.shown(1, 1)], kinds_of(spec, "shop"))

    assert [(one.name, one.share) for one in found] == [("orders", 1.0)]


def test_what_the_gateway_answers_itself_visits_no_kind(tmp_path: Path) -> None:
    spec = two_kinds.spec(tmp_path, orders='resolver = "orders"', articles='resolver = "front"')

    [orders] = visited([two_kinds.shown(1, 1)], kinds_of(spec, "shop"))

    assert orders.name == "orders"
    assert orders.share == pytest.approx(two_kinds.SHARES["orders"], rel=0.1)


def test_stamps_of_the_kinds_alone_tell_their_shares(tmp_path: Path) -> None:
    spec = two_kinds.spec(tmp_path, more=two_kinds.STAMPED)
    seen = two_kinds.shown(1, 1)
    hops = {name: text for name, text in seen.histograms.hops.items() if name != "gw"}
    alone = replace(seen, histograms=replace(seen.histograms, hops=hops))

    found = {one.name: one.share for one in visited([alone], kinds_of(spec, "shop"))}

    assert found == pytest.approx(two_kinds.SHARES, rel=0.1)


def test_calls_that_bear_the_stamps_of_both_kinds_are_not_modelled(tmp_path: Path) -> None:
    spec = two_kinds.spec(tmp_path, more=two_kinds.STAMPED)
    seen = two_kinds.shown(1, 1)
    hops = dict.fromkeys(seen.histograms.hops, seen.histograms.hops["gw"])
    both = replace(seen, histograms=replace(seen.histograms, hops=hops))

    with pytest.raises(NoModelError, match="visit several kinds"):
        visited([both], kinds_of(spec, "shop"))
