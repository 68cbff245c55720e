"""Call templates: what is drawn, lent, kept and taken."""

import random
from collections import Counter

import msgspec
import pytest

from loadtests.plan.answer_places import pointed_at
from loadtests.plan.calls import MOST_KEPT, PreparedRequest, TrafficMix, names_in
from loadtests.plan.data_rows import DataRows, RowSupply
from loadtests.plan.plan import PlannedCall

READ = PlannedCall(name="read", request="GET /rows?limit={limit}", draw={"limit": (1, 5)}, weight=3)
MAKE = PlannedCall(name="make", request="POST /rows", body={"x": "a"}, keeps={"row": "/id"})
CHANGE = PlannedCall(name="change", request="PATCH /rows/{row}", body={"x": "{row} b"})
DROP = PlannedCall(name="drop", request="DELETE /rows/{row}", takes="row")


@pytest.fixture
def draw() -> random.Random:
    return random.Random(1)  # noqa: S311 -- reproducible, not a secret


def made(mix: TrafficMix, draw: random.Random, number: int) -> PreparedRequest:
    order = mix.order(MAKE, draw)
    mix.settle(order, status=201, body=msgspec.json.encode({"id": number}))
    return order


def test_a_drawn_number_stays_within_its_bounds(draw: random.Random) -> None:
    mix = TrafficMix([READ])
    targets = {mix.order(READ, draw).target for _ in range(200)}

    assert targets == {f"/rows?limit={n}" for n in range(1, 6)}


def test_a_body_string_that_is_one_name_becomes_the_number(draw: random.Random) -> None:
    call = PlannedCall(
        name="make", request="POST /rows", body={"n": "{n}", "t": ["no {n}"]}, draw={"n": (7, 7)}
    )

    assert msgspec.json.decode(TrafficMix([call]).order(call, draw).body) == {"n": 7, "t": ["no 7"]}


def test_braces_that_name_nothing_stay_as_they_are(draw: random.Random) -> None:
    call = PlannedCall(name="make", request="POST /rows", body={"t": "{other} {}"})

    assert msgspec.json.decode(TrafficMix([call]).order(call, draw).body) == {"t": "{other} {}"}


def test_a_value_in_a_path_is_percent_encoded(draw: random.Random) -> None:
    mix = TrafficMix([MAKE, DROP])
    mix.settle(mix.order(MAKE, draw), status=201, body=b'{"id": "a/b c"}')

    assert mix.order(DROP, draw).target == "/rows/a%2Fb%20c"


def test_a_call_that_takes_uses_each_kept_value_once(draw: random.Random) -> None:
    mix = TrafficMix([MAKE, DROP])
    for number in (1, 2):
        made(mix, draw, number)
    taken = [mix.order(DROP, draw).target for _ in range(2)]

    assert taken == ["/rows/1", "/rows/2"]


def test_with_nothing_kept_yet_the_call_that_keeps_is_sent_instead(draw: random.Random) -> None:
    mix = TrafficMix([MAKE, CHANGE, DROP])

    assert mix.order(DROP, draw).call is MAKE
    assert mix.order(CHANGE, draw).call is MAKE


def test_a_row_that_is_lent_is_not_deleted_meanwhile(draw: random.Random) -> None:
    mix = TrafficMix([MAKE, CHANGE, DROP])
    made(mix, draw, 1)
    change = mix.order(CHANGE, draw)

    assert mix.order(DROP, draw).call is MAKE

    mix.settle(change, status=202)

    assert mix.order(DROP, draw).target == "/rows/1"


@pytest.mark.parametrize(
    ("status", "kept"),
    [
        pytest.param(202, False, id="it was taken"),
        pytest.param(503, True, id="it was refused, so it is still there"),
        pytest.param(404, False, id="it is not there"),
        pytest.param(None, False, id="no answer came, so it may be gone"),
    ],
)
def test_what_becomes_of_a_value_depends_on_the_answer(
    draw: random.Random, status: int | None, *, kept: bool
) -> None:
    mix = TrafficMix([MAKE, DROP])
    made(mix, draw, 1)
    mix.settle(mix.order(DROP, draw), status=status)

    assert (mix.order(DROP, draw).call is DROP) is kept


def test_a_request_that_never_left_gives_its_value_back(draw: random.Random) -> None:
    mix = TrafficMix([MAKE, DROP])
    made(mix, draw, 1)
    mix.give_back(mix.order(DROP, draw))

    assert mix.order(DROP, draw).target == "/rows/1"


def test_writes_pair_with_deletes_however_long_the_run_is(draw: random.Random) -> None:
    calls = [msgspec.structs.replace(MAKE, weight=3), DROP, READ]
    mix, sent = TrafficMix(calls), Counter[str]()
    for number in range(5_000):
        order = mix.order(mix.pick(draw), draw)
        sent[order.call.name] += 1
        mix.settle(order, status=201, body=b'{"id": %d}' % number)

    assert 0 <= sent["make"] - sent["drop"] <= MOST_KEPT

    left = [order.call.name for order in mix.leftovers(draw)]

    assert left == ["drop"] * (sent["make"] - sent["drop"])


def test_requests_in_flight_count_as_kept_so_that_a_slow_system_is_not_filled(
    draw: random.Random,
) -> None:
    mix = TrafficMix([READ, MAKE, DROP])
    orders = [mix.order(mix.pick(draw), draw) for _ in range(2_000)]

    assert sum(order.call is MAKE for order in orders) == MOST_KEPT
    assert not any(order.call is DROP for order in orders)


def test_an_answer_without_the_value_to_keep_is_told(draw: random.Random) -> None:
    mix = TrafficMix([MAKE, DROP])

    with pytest.raises(LookupError, match="the answer has no /id"):
        mix.settle(mix.order(MAKE, draw), status=201, body=b'{"key": 1}')


def test_calls_are_picked_by_weight(draw: random.Random) -> None:
    mix = TrafficMix([READ, MAKE])
    picked = Counter(mix.pick(draw).name for _ in range(4_000))

    assert picked["read"] / picked["make"] == pytest.approx(3, rel=0.1)


def test_names_are_found_wherever_they_stand() -> None:
    call = PlannedCall(
        name="x", request="PUT /a/{b}?c={d}", body={"e": ["{f}", {"g": "h {i}"}], "j": 1}
    )

    assert names_in(call) == {"b", "d", "f", "i"}


@pytest.mark.parametrize(
    ("pointer", "found"),
    [("", {"a/b": [{"~": 1}]}), ("/a~1b/0/~0", 1)],
    ids=["the whole", "escapes and positions"],
)
def test_a_json_pointer_follows_rfc_6901(pointer: str, found: object) -> None:
    assert pointed_at({"a/b": [{"~": 1}]}, pointer) == found


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("query{user{{name}}}", "query{user{name}}"),
        ("{{n}} is {n}", "{n} is 7"),
        ("{n", "{n"),
    ],
)
def test_braces_written_twice_are_braces(written: str, sent: str, draw: random.Random) -> None:
    call = PlannedCall(name="ask", request="POST /", body={"q": [written]}, draw={"n": (7, 7)})

    assert msgspec.json.decode(TrafficMix([call]).order(call, draw).body) == {"q": [sent]}


def test_a_header_takes_a_kept_value_in_one_line(draw: random.Random) -> None:
    look = PlannedCall(name="look", request="GET /", headers={"X-Row": "at {row}"})
    mix = TrafficMix([MAKE, look])
    mix.settle(mix.order(MAKE, draw), status=201, body=b'{"id": "1\\r\\nHost: \\u20ac"}')

    assert names_in(look) == {"row"}
    assert mix.order(look, draw).headers == "X-Row: at 1  Host: ?\r\n"


def test_calls_of_one_name_each_get_what_they_need(draw: random.Random) -> None:
    make = PlannedCall(name="rows", request="POST /rows", body={"x": 1}, keeps={"row": "/id"})
    drop = PlannedCall(name="rows", request="DELETE /rows/{row}", takes="row")
    for order in ([make, drop], [drop, make]):
        mix = TrafficMix(order)
        mix.settle(mix.order(drop, draw), status=201, body=b'{"id": 5}')

        assert mix.order(drop, draw).target == "/rows/5"


def test_only_a_call_with_a_column_in_it_takes_a_row_of_the_data() -> None:
    data = DataRows(file="f.csv", columns=("who", "age"), rows=(("Ann", "7"), ("Bob", "8")))
    plain = PlannedCall(name="a", request="GET /")
    named = PlannedCall(name="b", request="POST /{who}", body={"age": "{age}"})
    mix = TrafficMix((plain, named), RowSupply(data, seed=1))
    draw = random.Random(1)  # noqa: S311 -- not for secrets

    mix.order(plain, draw)
    made = [mix.order(named, draw) for _ in range(3)]

    assert [(one.target, one.body) for one in made] == [
        ("/Ann", b'{"age":"7"}'),
        ("/Bob", b'{"age":"8"}'),
        ("/Ann", b'{"age":"7"}'),
    ]
