"""A load run in OpenMetrics, read by Prometheus's own client."""

# mypy: allow-untyped-calls
# That client is typed in part only.

import pytest
from msgspec.structs import replace
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from reports.export.openmetrics import openmetrics_text
from reports.judgement.pooling import pooled
from reports.record.record import LoadRun
from tests.unit.reports.sample_runs import hostile_load_run, load_run, target_run

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(record: LoadRun) -> Samples:
    """Return the samples that the parser finds, by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(openmetrics_text(record))
        for sample in family.samples
    }


def of(found: Samples, name: str, **labels: str) -> float:
    """Return the one sample of a name that has these labels."""
    (value,) = [
        value for (one, has), value in found.items() if one == name and labels.items() <= set(has)
    ]
    return value


def test_the_figures_that_the_parser_reads_are_the_records() -> None:
    record = load_run(points=[(1, 1), (2, 1)])
    common = pooled(record.configurations[0], "common")
    assert common
    assert common.latency_ms.p50

    found, call = read(record), common.endpoints[0]
    at = {"scenario": record.configurations[0].scenario, "configuration": "1x1", "phase": "common"}

    asked = {**at, "call": call.name}
    good = of(found, "gatewaybench_requests_total", **asked, outcome="ok")
    assert good == call.samples - call.failed - call.unknown
    p50_s = of(found, "gatewaybench_response_seconds", **asked, quantile="0.5")
    assert p50_s == pytest.approx((call.latency_ms.p50 or 0) / 1_000)
    assert of(found, "gatewaybench_offered_per_second", **at) == common.offered_per_s
    assert of(found, "gatewaybench_run_info", verdict="pass", seed=str(record.seed)) == 1


def test_a_figure_that_is_not_known_has_no_line() -> None:
    found = read(load_run())

    assert not [
        labels
        for name, labels in found
        if name == "gatewaybench_offered_per_second" and ("phase", "closed") in labels
    ]


def test_of_a_server_that_was_up_no_copies_are_claimed() -> None:
    found = read(target_run())

    assert found
    assert not [labels for _, labels in found if any(key == "configuration" for key, _ in labels)]


def test_whatever_a_system_answers_is_one_label() -> None:
    record = hostile_load_run()
    reason = 'a "quoted"\nreason \\ with all {of} it='
    one = record.configurations[0]
    common = one.repetitions[0].common
    assert common
    hostile = replace(common, errors={reason: 7})
    whole = replace(one, repetitions=(replace(one.repetitions[0], common=hostile),))

    found = read(replace(record, configurations=(whole,)))

    assert of(found, "gatewaybench_errors_total", reason=reason) == 7
