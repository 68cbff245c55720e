"""Noise of a service is told apart from what its gateway changes; in doubt it is the gateway's."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import msgspec
import pytest

from contract_tests.hops.counterparts import Counterparts
from contract_tests.hops.paired_client import SentRequest
from contract_tests.hops.parity import ObservedResponse, mismatches
from contract_tests.hops.parity_rules import rules_for
from contract_tests.hops.path_map import AS_IT_IS
from contract_tests.hops.service_probe import ServiceProbe
from contract_tests.hops.volatile_places import ServedSystem, VolatilePlaces
from testcontainers_fixtures.stack_spec import Contract

Answers = Callable[[], Any]
READ = SentRequest(method="GET", target="/items/1")
WRITE = SentRequest(method="POST", target="/items")


def answer(body: Any, status: int = 200) -> ObservedResponse:  # noqa: ANN401 -- any JSON
    return ObservedResponse(status=status, headers={}, body=msgspec.json.encode(body))


class Sides:
    """A gateway, a service and its twin that each say something anew with each request."""

    def __init__(self, gateway: Answers, service: Answers | None, twin: Answers) -> None:
        self.asked = {"gateway": 0, "service": 0, "twin": 0}
        self._said: dict[str, Answers | None] = {
            "gateway": gateway,
            "service": service,
            "twin": twin,
        }
        own = (lambda _: self.ask("service")) if service else None
        self.probe = ServiceProbe(
            gateway=lambda _: self.ask("gateway"), service=own, twin=lambda _: self.ask("twin")
        )

    def says(self, **said: Answers) -> None:
        """Have sides say something else from now on."""
        self._said |= said

    def ask(self, side: str) -> ObservedResponse:
        """Return what a side says, a status before it or none."""
        self.asked[side] += 1
        said = self._said[side]
        assert said is not None
        found = said()
        return answer(*found) if isinstance(found, tuple) else answer(found)


def always(value: Any) -> Answers:  # noqa: ANN401 -- any JSON
    return lambda: value


def each(make: Callable[[int], Any], numbers: Iterator[int]) -> Answers:
    return lambda: make(next(numbers))


def held(
    sides: Sides, sent: SentRequest = READ, *, ours: bool = False
) -> tuple[list[str], list[tuple[str, str]]]:
    """Return what is the gateway's, and what is proposed, by place and rule."""
    drift, places = looked(sides, sent, ours=ours)
    return drift, [(one.rule.place, one.rule.rule) for one in places.proposals]


def looked(
    sides: Sides, sent: SentRequest = READ, *, ours: bool = False
) -> tuple[list[str], VolatilePlaces]:
    system = ServedSystem(
        service="items",
        ours=ours,
        label=lambda method, target: (
            f"{method} /items/{{id}}" if target.count("/") > 1 else f"{method} /items"
        ),
        templates=["/items", "/items/{id}"],
        paths=AS_IT_IS,
    )
    places = VolatilePlaces(system, Contract(), sides.probe, Counterparts())
    first, theirs = sides.ask("gateway"), sides.ask("twin")
    promises = rules_for(places.promises, sent.method, sent.target)
    found = mismatches(first, theirs, promises)
    assert found
    return [one.what for one in places.sorted_out(sent, first, theirs, found)], places


def counting(numbers: Iterator[int], other: Iterator[int]) -> Sides:
    made = each(lambda n: {"id": n, "price": 5}, numbers)
    return Sides(made, made, each(lambda n: {"id": n, "price": 5}, other))


def test_an_id_that_each_side_counts_is_proposed_and_rows_are_found_by_it() -> None:
    sides = counting(count(17), count(9))
    drift, places = looked(sides, WRITE)
    [one] = places.proposals

    assert drift == []
    assert (one.rule.place, one.rule.rule, one.rule.where) == ("body /id", "id", "POST /items")
    assert places.rows.at_twin("/items/17") == "/items/9"
    assert one.varying


def test_what_writes_is_sent_to_service_and_twin_equally_often() -> None:
    sides = counting(count(17), count(9))
    looked(sides, WRITE)

    assert sides.asked["gateway"] + sides.asked["service"] == sides.asked["twin"] == 4


def test_a_service_that_agrees_with_itself_and_not_with_its_gateway_shows_drift() -> None:
    price = {"price": 5}
    sides = Sides(always({"price": 6}), always(price), always(price))

    assert held(sides) == (["body /price"], [])


def test_drift_beside_noise_is_told_and_the_noise_is_proposed() -> None:
    numbers, others = count(17), count(9)
    sides = Sides(
        each(lambda n: {"id": n, "price": 6}, numbers),
        each(lambda n: {"id": n, "price": 5}, numbers),
        each(lambda n: {"id": n, "price": 5}, others),
    )

    assert held(sides, WRITE) == (["body /price"], [("body /id", "id")])


@pytest.mark.parametrize(
    ("gateway", "service"),
    [
        pytest.param(str, lambda n: n, id="as a text"),
        pytest.param(lambda _: None, lambda n: n, id="as null"),
        pytest.param(
            lambda n: f"2026-11-30T10:00:{n:02}Z",
            lambda n: f"2026-11-30T12:00:{n:02}Z",
            id="two hours ago",
        ),
        pytest.param(
            lambda n: f"2026-11-30T12:00:{n:02}+00:00",
            lambda n: f"2026-11-30T12:00:{n:02}Z",
            id="a moment written otherwise",
        ),
    ],
)
@pytest.mark.parametrize("ours", [True, False])
def test_what_varies_and_is_of_another_kind_at_the_gateway_is_drift(
    gateway: Callable[[int], Any], service: Callable[[int], Any], *, ours: bool
) -> None:
    numbers, others = count(17), count(9)
    sides = Sides(
        each(lambda n: {"at": gateway(n)}, numbers),
        each(lambda n: {"at": service(n)}, numbers),
        each(lambda n: {"at": service(n)}, others),
    )

    assert held(sides, ours=ours) == (["body /at"], [])


def test_a_clock_is_proposed_of_a_stack_of_ours_too() -> None:
    numbers = count(10)
    now = each(lambda n: {"at": f"2026-11-30T12:00:{n:02}Z"}, numbers)

    assert held(Sides(now, now, now), ours=True) == ([], [("body /at", "time")])


OTHERS = [
    pytest.param({"a": 1}, {"a": 2}, ("body /a", "type"), id="another number"),
    pytest.param([1, 2], [1], ("body", "type"), id="more rows"),
    pytest.param([1, 2], [2, 1], ("body /*", "type"), id="another order"),
    pytest.param({"a": 1}, {}, ("body /a", "volatile"), id="a field more"),
    pytest.param(({"a": 1}, 200), ({"b": 1}, 404), ("status", "volatile"), id="no such row"),
]


@pytest.mark.parametrize(("service", "twin", "proposed"), OTHERS)
def test_other_data_of_the_twin_s_is_proposed_where_gateway_and_service_agree(
    service: Any,  # noqa: ANN401 -- any JSON
    twin: Any,  # noqa: ANN401 -- any JSON
    proposed: tuple[str, str],
) -> None:
    sides = Sides(always(service), always(service), always(twin))
    drift, places = looked(sides)

    assert drift == []
    assert {(one.rule.place, one.rule.rule) for one in places.proposals} == {proposed}
    assert places.is_unequal
    assert places.promises.parity == ()


@pytest.mark.parametrize(("service", "twin", "proposed"), OTHERS)
def test_of_a_stack_of_ours_both_begin_alike_and_it_is_no_noise(
    service: Any,  # noqa: ANN401 -- any JSON
    twin: Any,  # noqa: ANN401 -- any JSON
    proposed: tuple[str, str],
) -> None:
    drift, places = looked(Sides(always(service), always(service), always(twin)), ours=True)

    assert proposed
    assert drift != []
    assert places.proposals == []


def test_a_service_that_counts_its_gateway_s_request_as_two_has_had_it_twice() -> None:
    numbers = count(17)

    def twice() -> Any:  # noqa: ANN401 -- any JSON
        return {"id": next(numbers) and next(numbers)}

    counted = each(lambda n: {"id": n}, numbers)
    sides = Sides(twice, counted, each(lambda n: {"id": n}, count(9)))

    assert held(sides, WRITE) == (["body /id"], [])


def test_a_service_that_counts_by_tens_is_one_that_others_write_into_as_well() -> None:
    counted = each(lambda n: {"id": n}, count(20, 10))
    sides = Sides(counted, counted, each(lambda n: {"id": n}, count(9)))

    assert held(sides, WRITE) == ([], [("body /id", "id")])


def test_of_a_stack_of_ours_a_count_tells_that_a_write_was_done_twice() -> None:
    assert held(counting(count(17), count(16)), WRITE, ours=True) == (["body /id"], [])


CONFLICT = ({"no": 1}, 409)


@pytest.mark.parametrize(
    ("row", "found"),
    [
        pytest.param(({"id": 17}, 200), (["body /price"], [("body /id", "id")]), id="there"),
        pytest.param(({"no": 1}, 404), (["body /price", "body /id"], []), id="not there"),
    ],
)
def test_of_a_row_that_cannot_be_made_twice_the_id_is_right_that_leads_to_it(
    row: Any,  # noqa: ANN401 -- any answer
    found: tuple[list[str], list[tuple[str, str]]],
) -> None:
    gateway = iter([({"price": 6, "id": 17}, 201), CONFLICT])
    service = iter([CONFLICT, CONFLICT, row])
    twin = iter([({"price": 5, "id": 9}, 201), CONFLICT, CONFLICT, CONFLICT, ({"id": 9}, 200)])
    sides = Sides(lambda: next(gateway), lambda: next(service), lambda: next(twin))

    assert held(sides, WRITE) == found


@pytest.mark.parametrize(
    ("again", "drift"),
    [pytest.param(404, [], id="as all do"), pytest.param(204, ["status"], id="whatever is there")],
)
def test_that_the_twin_had_no_row_to_delete_is_other_data_where_all_agree_by_now(
    again: int, drift: list[str]
) -> None:
    sides = Sides(always({"a": 1}), always({"a": 1}), always({"a": 2}))
    _, places = looked(sides)
    sides.says(gateway=always((None, again)), service=always((None, 404)), twin=always((None, 404)))
    sent = SentRequest(method="DELETE", target="/items/1")
    first, theirs = answer(None, 204), answer(None, 404)
    found = mismatches(first, theirs, Contract())

    assert [one.what for one in places.sorted_out(sent, first, theirs, found)] == drift
    assert any(one.rule.status for one in places.proposals) == (not drift)


def test_what_is_gone_when_it_is_looked_at_is_no_noise() -> None:
    said = iter([{"a": 2}])
    sides = Sides(lambda: next(said, {"a": 1}), always({"a": 1}), always({"a": 1}))

    assert held(sides) == (["body /a"], [])


def test_without_the_service_s_address_its_twin_tells_what_varies() -> None:
    numbers, others = count(17), count(9)
    sides = Sides(
        each(lambda n: {"id": n, "price": 6}, numbers),
        None,
        each(lambda n: {"id": n, "price": 5}, others),
    )

    assert held(sides, WRITE) == (["body /price"], [("body /id", "id")])
    assert sides.asked["gateway"] == sides.asked["twin"] == 2


def test_a_place_that_drifts_is_not_looked_at_again() -> None:
    sides = Sides(always({"a": 2}), always({"a": 1}), always({"a": 1}))
    _, places = looked(sides)
    before = dict(sides.asked)
    first, theirs = answer({"a": 2}), answer({"a": 1})
    found = mismatches(first, theirs, Contract())

    assert places.sorted_out(READ, first, theirs, found) == found
    assert sides.asked == before


def test_when_there_is_no_time_left_what_is_proposed_is_let_be_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = {"a": 1, "b": 1}
    sides = Sides(always(said), always(said), always({"a": 2, "b": 1}))
    _, places = looked(sides)
    monkeypatch.setattr(places, "_left_s", 0.0)
    first, theirs = answer(said), answer({"a": 3, "b": 4})
    found = mismatches(first, theirs, Contract())

    assert [one.what for one in places.sorted_out(READ, first, theirs, found)] == ["body /b"]


def test_one_place_of_several_operations_is_one_proposal() -> None:
    numbers, others = count(17), count(9)
    sides = counting(numbers, others)
    _, places = looked(sides, WRITE)
    first, theirs = answer({"id": 17}), answer({"id": 9})
    sent = SentRequest(method="GET", target="/items/17")

    assert places.sorted_out(sent, first, theirs, mismatches(first, theirs, Contract())) == []
    [one] = places.proposals
    assert one.rule.where == ("POST /items", "GET /items/{id}")
