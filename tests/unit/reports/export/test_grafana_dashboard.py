"""The Grafana dashboard asks for figures that a run has."""

import json
import re
from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from reports.export.openmetrics import openmetrics_text
from tests.unit.reports.sample_runs import load_run

# mypy: allow-untyped-calls
# Prometheus's client is typed in part only.

DASHBOARD = Path(__file__).parents[4] / "docs" / "grafana-dashboard.json"


def test_every_figure_that_it_asks_for_is_one_that_is_written() -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    asked = {
        name
        for panel in panels
        for target in panel["targets"]
        for name in re.findall(r"gatewaybench_\w+", target["expr"])
    }
    text = openmetrics_text(load_run())
    written = {
        sample.name for family in text_string_to_metric_families(text) for sample in family.samples
    }

    assert len(panels) > 5
    # A run without failures has no reasons.
    assert asked - written <= {"gatewaybench_errors_total"}
