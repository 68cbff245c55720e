"""Repetitions are taken together by their samples, never by their percentiles."""

import pytest
from msgspec.structs import replace

from reports.judgement.pooling import missing_reason, pool, pooled
from reports.record import latency
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
