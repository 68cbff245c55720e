"""What is counted from locust's events."""

# mypy: allow-untyped-calls
# hdrh ships no types.

import pytest

from loadtests.generator.recorder import (
    MOST_REASONS,
    OTHER_REASONS,
    RPC,
    PhaseTally,
    Sample,
    on_request,
)
from reports.record import latency


def closed() -> PhaseTally:
    return PhaseTally(arrivals="closed", users=2, begin_s=10.0, duration_s=2.0)


def opened() -> PhaseTally:
    return PhaseTally(arrivals="poisson", begin_s=10.0, duration_s=2.0, offered_per_s=50.0)


def sample(
    ended_s: float, *, intended_s: float = 10.1, began_s: float | None = None, **more: str
) -> Sample:
    began_s = intended_s if began_s is None else began_s
    return Sample(
        intended_s=intended_s,
        began_s=began_s,
        ended_s=ended_s,
        **({"outcome": "ok"} | more),  # type: ignore[arg-type]
    )


def fire(
    tally: PhaseTally | None, one: Sample, *, kind: str = "GET", response_time: float = 0
) -> None:
    context = {"tally": tally, "sample": one}
    on_request(
        request_type=kind, name="list", response_time=response_time, context=context, response=None
    )


def test_latency_counts_from_the_intended_start_and_lag_to_the_actual_one() -> None:
    tally = opened()
    fire(tally, sample(10.6, intended_s=10.1, began_s=10.4))
    counts = tally.counts()

    assert latency.value_ms(latency.decode(counts.endpoints["list"].latency), 100) == (
        pytest.approx(500, rel=0.01)
    )
    assert latency.value_ms(latency.decode(counts.service_time), 100) == pytest.approx(
        200, rel=0.01
    )
    assert counts.lag
    assert latency.value_ms(latency.decode(counts.lag), 100) == pytest.approx(300, rel=0.01)


def test_a_second_event_brings_the_rpc_round_trip_in_microseconds() -> None:
    tally = opened()
    fire(tally, sample(10.2))
    fire(tally, sample(10.2), kind=RPC, response_time=0.217)
    counts = tally.counts()

    assert counts.samples == 1
    assert counts.endpoints["list"].rpc
    assert latency.value_ms(latency.decode(counts.endpoints["list"].rpc), 100) == 0.217


def test_without_an_rpc_event_there_is_no_rpc_histogram() -> None:
    tally = opened()
    fire(tally, sample(10.2))

    assert tally.counts().endpoints["list"].rpc is None


def test_an_event_without_a_tally_is_not_measured() -> None:
    fire(None, sample(10.2))
    on_request(request_type="GET", name="x", response_time=1, context={})


def test_a_closed_loop_counts_the_answers_of_its_window() -> None:
    tally = closed()
    for ended_s in (9.9, 10.0, 11.9, 12.1):
        fire(tally, sample(ended_s, intended_s=9.8))
    counts = tally.counts()

    assert counts.samples == 2
    assert counts.throughput_per_s == 1.0


def test_a_closed_loop_does_not_forget_the_time_out_that_outlives_it() -> None:
    tally = closed()
    fire(tally, sample(21.0, outcome="unknown", reason="time-out"))

    assert tally.counts().unknown == 1


def test_an_open_loop_counts_every_request_that_was_due_however_late_its_answer() -> None:
    tally = opened()
    fire(tally, sample(14.0, intended_s=11.9))
    counts = tally.counts()

    assert counts.samples == 1
    assert counts.elapsed_s == pytest.approx(4.0)


def test_a_quick_refusal_does_not_make_the_system_look_fast() -> None:
    tally = opened()
    fire(tally, sample(10.101, outcome="failed", reason="HTTP 503"))
    fire(tally, sample(10.5))
    counts = tally.counts()
    histogram = latency.decode(counts.endpoints["list"].latency)

    assert counts.failed == 1
    assert histogram.get_total_count() == 1
    assert latency.value_ms(histogram, 0) > 300


def test_an_unanswered_request_took_at_least_as_long_as_it_was_waited_for() -> None:
    tally = opened()
    fire(tally, sample(20.1, outcome="unknown", reason="time-out"))
    histogram = latency.decode(tally.counts().endpoints["list"].latency)

    assert latency.value_ms(histogram, 100) == pytest.approx(10_000, rel=0.01)


def test_seconds_go_by_the_intended_start_without_a_gap() -> None:
    tally = opened()
    fire(tally, sample(10.3, intended_s=10.1))
    fire(tally, sample(13.9, intended_s=12.5, began_s=13.1))
    totals = [latency.decode(text).get_total_count() for text in tally.counts().seconds]

    assert totals == [1, 0, 1]


def test_answers_are_counted_by_worker() -> None:
    tally = opened()
    for worker in ("a/1", "a/1", "a/2"):
        fire(tally, sample(10.2, worker=worker))

    assert tally.counts().workers == {"a/1": 2, "a/2": 1}


def test_reasons_that_never_repeat_are_cut_off() -> None:
    tally = opened()
    for number in range(MOST_REASONS + 5):
        fire(tally, sample(10.2, outcome="failed", reason=f"HTTP 500 {number}"))
    errors = tally.counts().errors

    assert len(errors) == MOST_REASONS + 1
    assert errors[OTHER_REASONS] == 5
