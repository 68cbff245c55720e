"""How response times are taken apart."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.generator.hop_times import LATE, Hops, HopTable, durations_ms, within_ranks

SYSTEM = Hops({"gw": "", "rpc": "gw", "publish": "rpc", "resolver": "rpc", "service": "resolver"})
milliseconds = st.floats(min_value=0, max_value=10_000)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("gw;dur=9, rpc;dur=2.5", {"gw": 9.0, "rpc": 2.5}),
        ('rpc;desc="a, b;dur=7";dur=2', {"rpc": 2.0}),
        ("rpc;dur=2;desc=queue,gw;dur=1", {"rpc": 2.0, "gw": 1.0}),
        ("miss, hit;dur=soon", {}),
        (f"gw;dur={'9' * 5_000}, rpc;dur=nan, resolver;dur=inf, service;dur=1", {"service": 1.0}),
        ("", {}),
    ],
)
def test_a_server_timing_header_is_read_metric_by_metric(
    header: str, told: dict[str, float]
) -> None:
    assert durations_ms(header) == told


def test_a_hop_has_for_itself_what_the_hops_inside_it_leave() -> None:
    whole = SYSTEM.whole_ms("gw;dur=10, rpc;dur=8, publish;dur=1, resolver;dur=6, service;dur=5.5")

    assert SYSTEM.own_ms(whole) == [2.0, 1.0, 1.0, 0.5, 5.5]


def test_what_lies_in_a_hop_that_was_not_told_is_taken_from_the_next_around_it() -> None:
    whole = SYSTEM.whole_ms("gw;dur=10, rpc;dur=8, service;dur=5")
    own = SYSTEM.own_ms(whole)

    assert (own[0], own[1], own[4]) == (2.0, 3.0, 5.0)
    assert math.isnan(own[2])
    assert math.isnan(own[3])


rows = st.lists(
    st.tuples(milliseconds, milliseconds, st.lists(milliseconds, min_size=2, max_size=2)),
    min_size=1,
    max_size=8,
)


@given(rows)
def test_the_parts_add_up_to_the_whole_whatever_was_measured(
    given_rows: list[tuple[float, float, list[float]]],
) -> None:
    table = HopTable(["gw", "rpc"])
    for row in given_rows * 500:
        table.add(*row)
    made = [one for one in table.breakdowns() if one.whole_ms is not None]

    assert made
    for one in made:
        assert one.residual_ms is not None
        parts = math.fsum(one.hops_ms.values()) + one.residual_ms
        assert parts == pytest.approx(one.whole_ms, abs=1e-4)


def filled(count: int) -> HopTable:
    """Return a table of requests of 1, 2, 3, ... ms, of which a hop took half."""
    table = HopTable(["gw"])
    for number in reversed(range(1, count + 1)):
        table.add(number, 0.25, [number / 2])
    return table


def test_a_breakdown_is_the_mean_over_the_requests_around_the_rank() -> None:
    p50, p90, p99 = filled(20_000).breakdowns()

    assert (p50.rank, p50.requests, p50.within_ranks) == (50.0, 200, 0.5)
    assert p50.whole_ms == pytest.approx(10_000.5)
    assert p50.hops_ms == {LATE: 0.25, "gw": pytest.approx(5_000.25)}
    assert p50.residual_ms == pytest.approx(5_000.0)
    assert p90.whole_ms == pytest.approx(18_000.5)
    assert p99.whole_ms == pytest.approx(19_800.5)


def test_a_small_table_looks_further_and_says_so_but_never_to_one_side() -> None:
    p50, p90, p99 = filled(2_500).breakdowns()

    assert (p50.within_ranks, p50.requests, p50.whole_ms) == (2.0, 100, 1_250.5)
    assert (p90.within_ranks, p90.requests) == (2.0, 100)
    assert p99.whole_ms is None
    assert p99.requests == 50
    assert p99.reasons["whole_ms"] == (
        "only 50 of the 100 requests needed lie within 1 ranks; a longer run has more"
    )


def test_the_highest_rank_is_there_only_when_it_can_be_told() -> None:
    assert [one.rank for one in filled(60_000).breakdowns()] == [50.0, 90.0, 99.0, 99.9]
    assert [one.rank for one in filled(40_000).breakdowns()] == [50.0, 90.0, 99.0]


def test_tables_of_several_processes_are_one_table() -> None:
    whole, odd, even = (HopTable(["gw"]) for _ in range(3))
    for number in range(10_000):
        row = (float(number * 7_919 % 10_007), 1.0, [2.0])
        whole.add(*row)
        (odd if number % 2 else even).add(*row)

    assert HopTable(["gw"], [odd.encoded(), even.encoded()]).breakdowns() == whole.breakdowns()


@given(st.integers(min_value=0, max_value=10**6))
def test_a_window_is_never_wider_than_its_rank_allows(samples: int) -> None:
    assert 0.5 <= within_ranks(50.0, samples) <= 10.0
    assert 0.5 <= within_ranks(99.0, samples) <= 1.0
    assert within_ranks(99.9, samples) == pytest.approx(0.1)
