"""From counts to the run record."""

# mypy: allow-untyped-calls
# hdrh ships no types.

import pytest

from loadtests.measurement import phase, repetition, void_repetition, worker_shares
from loadtests.plan import PhaseCounts, Results
from loadtests.recorder import Outcome, Sample, Tally
from reports import latency


def counted(samples: int, *, users: int | None = None, failed: int = 0) -> PhaseCounts:
    offered = None if users else 50.0
    tally = Tally(
        arrivals="closed" if users else "poisson",
        users=users,
        begin_s=0.0,
        duration_s=10.0,
        offered_per_s=offered,
    )
    for number in range(samples):
        at_s = 9.9 * number / samples
        outcome: Outcome = "failed" if number < failed else "ok"
        one = Sample(
            intended_s=at_s,
            began_s=at_s + 0.001,
            ended_s=at_s + 0.02,
            outcome=outcome,
            reason="HTTP 500" if outcome == "failed" else None,
            worker=f"rows/{number % 2}",
        )
        tally.add("list", one)
        tally.add_rpc("list", one, 15.0)
    return tally.counts()


def test_an_open_phase_says_what_was_offered_sent_and_answered() -> None:
    made = phase(counted(500, failed=5), "rpc")

    assert made.offered_per_s == 50.0
    assert made.achieved_per_s == 50.0
    assert made.throughput_per_s == 49.5
    assert (made.samples, made.failed, made.errors) == (500, 5, {"HTTP 500": 5})
    assert made.latency_ms.p99 == pytest.approx(20, rel=0.01)
    assert made.rpc_ms
    assert made.rpc_ms.p99 == pytest.approx(15, rel=0.01)
    assert made.lag_ms_p99 == pytest.approx(1, rel=0.01)
    assert made.reasons.keys() == {"users", "host_cpu"}


def test_a_null_bears_its_reason() -> None:
    made = phase(counted(50, users=2), None)

    assert made.lag_ms_p99 is None
    assert made.reasons["offered_per_s"]
    assert made.latency_ms.p99 is None
    assert made.latency_ms.reasons["p99"] == "not enough samples (50 of 459)"


def test_without_an_rpc_metric_the_round_trip_is_null_with_the_reason() -> None:
    tally = Tally(arrivals="closed", users=1, begin_s=0.0, duration_s=1.0)

    assert phase(tally.counts(), None).reasons["rpc_ms"] == (
        "the stack file names no telemetry.rpc_metric"
    )
    assert "'rpc'" in phase(tally.counts(), "rpc").reasons["rpc_ms"]


def test_the_closed_phase_is_its_best_level_and_lists_them_all() -> None:
    levels = tuple(
        counted(samples, users=users) for users, samples in ((1, 100), (2, 300), (4, 200))
    )
    opened = counted(500)
    made = repetition(
        Results(
            niceness=0,
            common_per_s=50.0,
            warm_up=levels[0],
            levels=levels,
            open=opened,
            common=opened,
        ),
        "rpc",
    )

    assert made.closed
    assert made.closed.users == 2
    assert [level.users for level in made.closed.levels] == [1, 2, 4]


def test_a_drive_that_measured_nothing_leaves_a_gap_with_its_reason() -> None:
    made = void_repetition("it died")

    assert made.common is None
    assert made.reasons["common"] == "it died"


def test_worker_shares_add_up_within_each_service() -> None:
    shares = worker_shares({"a/1": 30, "a/2": 10, "b/7": 5, "lonely": 2})

    assert shares == {"a": {"1": 0.75, "2": 0.25}, "b": {"7": 1.0}, "workers": {"lonely": 1.0}}


def test_percentiles_come_from_all_calls_merged() -> None:
    counts = counted(500)
    made = phase(counts, "rpc")

    assert latency.decode(made.histograms.total).get_total_count() == 500
    assert made.histograms.endpoints.keys() == {"list"}
