"""Repetitions are taken together by their samples, never by their percentiles."""

import pytest
from msgspec.structs import replace

from reports.judgement.pooling import missing_reason, pool, pooled
from reports.record import latency
from reports.record.measurements import FlowFigures, Phase
from tests.unit.reports.sample_runs import load_run, phase


def test_one_repetition_stays_as_it_is() -> None:
    only = phase()

    assert pool([only]) is only


def test_samples_add_up_and_percentiles_come_from_the_merged_histogram() -> None:
    fast, slow = phase(middle_ms=5.0, seed=1), phase(middle_ms=50.0, seed=2)
    merged = latency.merge(latency.decode(one.histograms.total) for one in (fast, slow))

    both = pool([fast, slow])

    assert both.samples == fast.samples + slow.samples
    assert both.latency_ms == latency.summary(merged)
    assert both.rpc_ms is not None
    assert both.rpc_ms.samples == both.samples


def test_rates_and_cpu_are_averaged_and_the_worst_lag_is_kept() -> None:
    first = phase(achieved_per_s=100.0, host_cpu=0.4, lag_ms_p99=1.0)
    second = phase(achieved_per_s=110.0, host_cpu=0.6, lag_ms_p99=4.0)

    both = pool([first, second])

    assert both.achieved_per_s == pytest.approx(105.0)
    assert both.host_cpu == pytest.approx(0.5)
    assert both.lag_ms_p99 == pytest.approx(4.0)


def test_a_figure_that_one_repetition_lacks_is_null_with_its_reason() -> None:
    whole = phase()
    lacking = replace(phase(), host_cpu=None, reasons={"users": "open", "host_cpu": "no /proc"})

    both = pool([whole, lacking])

    assert both.host_cpu is None
    assert both.reasons["host_cpu"] == "no /proc"


def test_errors_and_endpoints_add_up() -> None:
    first, second = phase(errors={"503": 2}), phase(errors={"503": 1, "504": 4}, seed=2)

    both = pool([first, second])

    assert both.errors == {"503": 3, "504": 4}
    assert sum(one.samples for one in both.endpoints) == both.samples


def test_the_worst_spread_of_workers_is_kept() -> None:
    even = phase(worker_shares={"srv": {"1": 0.5, "2": 0.5}})
    uneven = phase(worker_shares={"srv": {"3": 0.9, "4": 0.1}})

    assert pool([even, uneven]).worker_shares == {"srv": {"3": 0.9, "4": 0.1}}


def test_a_phase_that_no_repetition_has_is_none_with_its_reason() -> None:
    one = load_run().configurations[0]
    without = replace(one.repetitions[0], open=None, reasons={"open": "left out of a quick run"})
    lacking = replace(one, repetitions=(without,))

    assert pooled(lacking, "open") is None
    assert missing_reason(lacking, "open") == "left out of a quick run"


def test_sessions_add_up_and_their_percentiles_come_from_the_merged_histogram() -> None:
    def of_a_flow(sessions: int, waited_us: float) -> Phase:
        histogram = latency.new_histogram()
        for _ in range(sessions):
            latency.record_us(histogram, waited_us)
        figures = FlowFigures(
            sessions=sessions,
            broken=1,
            steps_planned=3 * sessions,
            steps_sent=3 * sessions - 2,
            latency_ms=latency.summary(histogram),
        )
        histograms = replace(phase().histograms, flow=latency.encode(histogram))
        return replace(phase(), flows=(figures,), histograms=histograms, checked=2, unchecked=1)

    whole = pool([of_a_flow(900, 1_000.0), of_a_flow(300, 9_000.0)])
    (flow,) = whole.flows

    assert (flow.sessions, flow.broken) == (1_200, 2)
    assert (flow.steps_planned, flow.steps_sent) == (3_600, 3_596)
    assert flow.latency_ms.p50 == pytest.approx(1.0, rel=0.01)
    assert flow.latency_ms.p90 == pytest.approx(9.0, rel=0.01)
    assert (whole.checked, whole.unchecked) == (4, 2)
