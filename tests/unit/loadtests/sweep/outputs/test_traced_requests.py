"""Which requests get a span, and what stands in it."""

from collections import Counter

from loadtests.sweep.outputs.traced_requests import EVERY, MOST_BAD, MOST_SLOW, Row, traced


def row(number: int, took_ms: float = 10.0, **changes: str) -> Row:
    usual = {
        "phase": "open loop",
        "users": "",
        "call": "read",
        "status": "200",
        "due_s": "1795999295.000100",
        "sent_s": "1795999295.000600",
        "done_s": f"{1795999295 + took_ms / 1_000:.6f}",
        "outcome": "ok",
        "reason": "",
        "trace_id": f"{7:016x}{number:016x}",
        "rpc_ms": "1.25",
        "gw_ms": "",
    }
    return usual | changes


def test_a_span_has_the_ids_that_the_system_got_and_whole_nanoseconds() -> None:
    (one,) = traced([row(0x1F)])

    assert (one.trace_id, one.span_id) == ((7 << 64) + 0x1F, 0x1F)
    assert (one.begin_ns, one.end_ns) == (1_795_999_295_000_600_000, 1_795_999_295_010_000_000)
    assert (one.name, one.is_good) == ("read", True)
    assert one.attributes["gatewaybench.hop.rpc_ms"] == 1.25
    assert "gatewaybench.hop.gw_ms" not in one.attributes
    assert one.attributes["gatewaybench.response_ms"] == 9.9
    assert one.attributes["gatewaybench.late_ms"] == 0.5
    assert one.attributes["http.response.status_code"] == 200


def test_the_slowest_of_each_phase_what_went_wrong_and_some_others_are_chosen() -> None:
    rows = [row(number, took_ms=float(number)) for number in range(1, 1_001)]
    rows += [row(number, outcome="failed", status="503") for number in range(2_000, 2_100)]
    rows += [row(number, phase="common rate") for number in range(3_000, 3_005)]

    found = Counter(
        (one.attributes["gatewaybench.phase"], one.attributes["gatewaybench.why"])
        for one in traced(rows)
    )

    assert found["open loop", "slowest"] == MOST_SLOW
    assert found["open loop", "went wrong"] == MOST_BAD
    assert found["open loop", "sampled"] == 1_000 / EVERY
    assert found["common rate", "slowest"] == 5


def test_the_warm_up_has_no_span() -> None:
    assert list(traced([row(1, phase="warm-up")])) == []


def test_a_request_without_an_answer_has_no_status() -> None:
    (one,) = traced([row(1, outcome="unknown", status="", reason="time-out")])

    assert not one.is_good
    assert one.reason == "time-out"
    assert "http.response.status_code" not in one.attributes
