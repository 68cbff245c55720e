"""From counts to the run record."""

# mypy: allow-untyped-calls
# hdrh ships no types.

import pytest

from loadtests.generator.recorder import Outcome, PhaseTally, Sample
from loadtests.plan.plan import PhaseCounts, Results
from loadtests.sweep.phase_records import phase, repetition, void_repetition, worker_shares
from reports.record import latency
from reports.record.measurements import WarmUp


def counted(samples: int, *, users: int | None = None, failed: int = 0) -> PhaseCounts:
    offered = None if users else 50.0
    tally = PhaseTally(
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
    tally = PhaseTally(arrivals="closed", users=1, begin_s=0.0, duration_s=1.0)

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


def test_a_phase_says_where_the_time_went_and_what_the_generator_itself_did() -> None:
    tally = PhaseTally(
        arrivals="poisson", begin_s=0.0, duration_s=2.0, offered_per_s=300.0, hops={"gw": ""}
    )
    for number in range(600):
        due_s = 2.0 * number / 600
        one = Sample(
            intended_s=due_s,
            began_s=due_s + 0.001,
            ended_s=due_s + 0.02,
            outcome="ok",
            timing="gw;dur=15",
        )
        tally.add("list", one)
    tally.loop_gap_ms_max, tally.pool_waits, tally.closings = 7.5, 3, 2
    made = phase(tally.counts(), None)

    assert (made.hops[0].requests, made.hops[0].whole_ms) == (100, 20.0)
    assert made.hops[0].hops_ms == {"late": 1.0, "gw": 15.0}
    assert made.hops[0].residual_ms == 4.0
    assert made.hops[1].whole_ms is None
    assert made.hops[1].reasons["whole_ms"].startswith("only 60 of the 100 requests needed")
    assert len(made.slowest) == 10
    assert made.timeline.in_flight == (6, 5)
    assert (made.loop_gap_ms_max, made.pool_waits, made.closings) == (7.5, 3, 2)
    assert latency.value_ms(latency.decode(made.histograms.hops["gw"]), 50) == pytest.approx(
        15, rel=0.001
    )


def test_a_repetition_says_what_its_warm_up_cut_away() -> None:
    warmed = WarmUp(cut_s=2.5, stable=True, windows=())
    made = repetition(
        Results(
            niceness=0,
            common_per_s=50.0,
            warm_up=counted(50),
            levels=(),
            open=counted(50),
            common=None,
            warmed=warmed,
        ),
        None,
    )

    assert made.warmed == warmed
