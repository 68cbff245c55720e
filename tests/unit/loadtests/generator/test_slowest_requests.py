"""The bars of a slow request, and the ids it is known by."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.generator.hop_times import Hops
from loadtests.generator.slowest_requests import TraceIds, slowest, spans
from reports.record.measurements import Trace

SYSTEM = Hops({"gw": "", "rpc": "gw", "publish": "rpc", "resolver": "rpc"})


def test_bars_are_nested_and_follow_each_other() -> None:
    header = "gw;dur=8, rpc;dur=6, publish;dur=1, resolver;dur=4"
    bars = {bar.name: bar for bar in spans(SYSTEM, header, whole_ms=13.0, late_ms=3.0)}

    assert [(n, b.start_ms, b.duration_ms) for n, b in bars.items()] == [
        ("late", 0.0, 3.0),
        ("request", 3.0, 10.0),
        # 10 ms from sending to answer, 8 of them in the gateway: 1 ms on the way there.
        ("gw", 4.0, 8.0),
        ("rpc", 4.0, 6.0),
        ("publish", 4.0, 1.0),
        ("resolver", 5.0, 4.0),
    ]


def test_a_request_that_was_never_answered_has_no_hops() -> None:
    bars = spans(SYSTEM, "", whole_ms=5_000.0, late_ms=0.5)

    assert [bar.name for bar in bars] == ["late", "request"]


@given(st.lists(st.floats(min_value=0, max_value=100), min_size=4, max_size=4))
def test_no_bar_has_a_negative_length(values: list[float]) -> None:
    header = ", ".join(f"{n};dur={v}" for n, v in zip(SYSTEM.names, values, strict=True))

    assert all(bar.duration_ms >= 0 for bar in spans(SYSTEM, header, whole_ms=1.0, late_ms=2.0))


def test_the_ten_slowest_come_first_whoever_sent_them() -> None:
    traces = [
        Trace(endpoint="x", trace_id=str(n), at_s=0.0, whole_ms=float(n * 37 % 100), spans=())
        for n in range(100)
    ]

    assert [trace.whole_ms for trace in slowest(traces)] == [float(n) for n in range(99, 89, -1)]


def test_a_traceparent_is_one_by_the_book_and_names_the_trace_that_is_shown() -> None:
    ids = TraceIds(7)
    found = re.fullmatch(r"traceparent: 00-([0-9a-f]{32})-([0-9a-f]{16})-01\r\n", ids.header(258))

    assert found
    assert found[1] == ids.of(258)
    assert int(found[1], 16)
    assert int(found[2], 16)


def test_ids_are_equal_for_equal_seeds_and_differ_between_requests_and_processes() -> None:
    assert TraceIds(7).of(1) == TraceIds(7).of(1)
    assert len({TraceIds(7).of(1), TraceIds(7).of(2), TraceIds("7 1").of(1)}) == 3


@pytest.mark.parametrize("number", [1, 2**40])
def test_a_number_never_breaks_an_ids_length(number: int) -> None:
    assert len(TraceIds(1).of(number)) == 32
