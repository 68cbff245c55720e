"""A configuration from the inside: the pictures show what the record holds, no more."""

import itertools
import json
import re
from xml.etree import ElementTree as ET

import pytest
from markupsafe import Markup
from msgspec.structs import replace

from reports.drawing.hop_pictures import breakdown_picture, colours, waterfall_picture
from reports.drawing.latency_maps import latency_map
from reports.drawing.time_charts import time_chart
from reports.judgement.configuration_rows import row
from reports.judgement.timeline import moments
from reports.page.configuration_details import detail
from reports.page.page import run_page
from reports.record import latency
from reports.record.measurements import LoadWorker, Node, Phase, Timeline
from tests.unit.reports.sample_runs import HOSTILE, floor, hostile_load_run, load_run, phase

RUN = load_run(points=[(1, 1)])
ONE = RUN.configurations[0]
REPETITION = ONE.repetitions[0]
CLOCK = ["250", "0.20", "-0.10"]
COLD = replace(REPETITION, warm_up=None, reasons={"warm_up": "skipped"})


def _strokes(svg: Markup, class_: str) -> list[tuple[float, float, float]]:
    """Return where each level stroke of a class begins, how high, and how long it is."""
    found = re.search(rf'<path d="([^"]*)" class="{class_}"', svg)
    steps = re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)", found[1] if found else "")
    return [(float(x), float(y), float(length)) for x, y, length in steps]


def _measured(values_ms: list[float]) -> Phase:
    histogram = latency.new_histogram()
    for value in values_ms:
        latency.record_us(histogram, value * 1_000)
    texts = (latency.encode(histogram),)
    few = phase(duration_s=1.0)
    return replace(few, histograms=replace(few.histograms, seconds=texts), timeline=Timeline())


def test_the_bars_of_a_rank_are_its_hops_end_to_end() -> None:
    common = REPETITION.common
    assert common is not None
    names = colours(common)

    picture = breakdown_picture("s", common, names)

    assert picture is not None
    bars = [_strokes(picture.svg, class_) for class_ in names.values()]
    last = [strokes[-1] for strokes in bars]
    assert all(
        here[0] + here[2] == pytest.approx(there[0], abs=1.5)
        for here, there in itertools.pairwise(last)
    )
    whole, *_ = (one for one in common.hops if one.rank == 99.0)
    lengths = [length for _, _, length in last]
    assert lengths[list(names).index("wait")] / sum(lengths) == pytest.approx(
        whole.hops_ms["wait"] / (whole.whole_ms or 1), abs=0.02
    )


def test_a_waterfall_shows_each_slow_request_once_with_its_spans_in_order() -> None:
    common = REPETITION.common
    assert common is not None

    names = colours(common)
    picture = waterfall_picture("s", common, names)

    assert picture is not None
    assert len(_strokes(picture.svg, "whole")) == 10
    publish, wait = (_strokes(picture.svg, names[name]) for name in ("publish", "wait"))
    assert all(a[0] + a[2] <= b[0] + 2 and a[1] < b[1] for a, b in zip(publish, wait, strict=True))
    assert picture.table is not None
    assert [line[4] for line in picture.table.rows] == [one.trace_id for one in common.slowest]


def test_one_slow_request_is_enough_to_show_on_the_map() -> None:
    course = moments(_measured([10.0] * 500 + [900.0]))

    picture = latency_map("s", COLD, course, None)

    assert picture is not None
    assert 'class="q1"' in picture.svg
    assert 'class="q5"' in picture.svg
    assert "900" in picture.svg


def test_the_warm_up_is_shaded_before_the_phase_and_its_length_is_told() -> None:
    common = REPETITION.common
    assert common is not None

    picture = latency_map("s", REPETITION, moments(common), floor())
    without = latency_map("s", COLD, moments(common), floor())

    assert picture is not None
    assert without is not None
    assert picture.caption == "3.0 s of warm-up were cut before: it had settled."
    assert ('class="cut"' in picture.svg, 'class="cut"' in without.svg) == (True, False)
    assert "floor p50" in picture.svg


def test_the_chart_to_zoom_into_holds_what_the_still_one_shows() -> None:
    common = REPETITION.common
    assert common is not None

    chart = time_chart("s", common, moments(common), floor())

    assert chart is not None
    data = json.loads(chart.data)
    assert data["x"] == [second + 0.5 for second in range(6)]
    titles = [panel["title"] for panel in data["panels"]]
    assert all(title in chart.svg for title in titles)
    assert [panel.get("ratio", False) for panel in data["panels"]] == [True, False, False, False]
    name, colour, *values = data["panels"][1]["series"][0]
    assert (name, colour) == ("in flight", "s1")
    assert values == list(common.timeline.in_flight)
    assert ET.fromstring(chart.svg).get("role") == "img"  # noqa: S314 -- our own markup


def test_a_long_phase_is_taken_together_where_it_stands_still_and_not_where_it_zooms() -> None:
    common = phase(duration_s=120.0, rate_per_s=5.0)

    chart = time_chart("s", common, moments(common), None)

    assert chart is not None
    assert len(chart.table.rows) == 60
    assert len(json.loads(chart.data)["x"]) == 120
    assert chart.caption.startswith("2 s each.")


def test_a_hostile_part_cannot_end_the_data_it_stands_in() -> None:
    run = hostile_load_run()
    inside = detail(row(run.configurations[0]), "crud", None)

    assert inside is not None
    assert inside.chart is not None
    assert "<" not in inside.chart.data
    assert HOSTILE[:11] in json.dumps(json.loads(inside.chart.data))


def test_a_record_that_says_nothing_of_its_inside_has_no_detail() -> None:
    few = phase(duration_s=1.0)
    bare = replace(
        few,
        hops=(),
        slowest=(),
        timeline=Timeline(),
        histograms=replace(few.histograms, seconds=()),
    )
    only = replace(COLD, common=bare, open=None, reasons=COLD.reasons | {"open": "left out"})

    assert detail(row(replace(ONE, repetitions=(only,))), "crud", floor()) is None


def test_the_workers_of_several_machines_stand_in_a_table_with_their_clocks() -> None:
    worker = LoadWorker(
        name=HOSTILE,
        samples=300,
        lag_ms_p99=0.4,
        cpu=0.25,
        loop_gap_ms_max=2.0,
        pool_waits=0,
        clock_ahead_ms=250.0,
        clock_within_ms=0.2,
        clock_wandered_ms=-0.1,
    )
    common = REPETITION.common
    assert common is not None
    sent = replace(common, load_workers=(worker,))
    made = detail(row(replace(ONE, repetitions=(replace(REPETITION, common=sent),))), "s", None)

    assert made is not None
    assert made.workers is not None
    assert "clock ahead, ms" in made.workers.head
    assert made.workers.rows[0][1:] == ["300", "0.40", "25\N{NO-BREAK SPACE}%", "2.00", *CLOCK]
    assert detail(row(ONE), "s", None).workers is None  # type: ignore[union-attr]


def test_what_a_worker_that_left_had_counted_is_no_figure_and_the_page_has_both_tables() -> None:
    gone = LoadWorker(
        name="gone",
        left=True,
        samples=0,
        lag_ms_p99=None,
        cpu=0.0,
        loop_gap_ms_max=0.0,
        pool_waits=0,
        clock_ahead_ms=1.0,
        clock_within_ms=0.2,
        clock_wandered_ms=None,
        reasons={"lag_ms_p99": "it left", "clock_wandered_ms": "it left"},
    )
    near = Node(name="near", cores=4.0, here=True, copies={"rpc": 1})
    common = REPETITION.common
    assert common is not None
    shown = replace(REPETITION, common=replace(common, load_workers=(gone,)), nodes=(near,))
    configuration = replace(ONE, repetitions=(shown,))
    made = detail(row(configuration), "s", None)
    html = run_page(replace(RUN, configurations=(configuration,)))

    assert made is not None
    assert made.workers is not None
    assert made.workers.rows == [["gone (left)", *["—"] * 4, "1.00", "0.20", "—"]]
    assert "Where the load came from: 1 worker, and their clocks" in html
    assert "Where its copies ran, in that repetition" in html


def test_it_is_shown_where_copies_ran_and_why_cores_are_not_known() -> None:
    far = Node(name="far", cores=None, here=False, copies={"rpc": 2}, reasons={"cores": "no right"})
    near = Node(name=HOSTILE, cores=4.0, here=True, copies={"rpc": 1, "gateway": 1})
    shown = detail(
        row(replace(ONE, repetitions=(replace(REPETITION, nodes=(near, far)),))), "s", None
    )

    assert shown
    assert shown.nodes
    [first, second] = shown.nodes.rows
    assert first[1:] == ["4.00", "1 rpc, 1 gateway"]
    assert second == ["far", "no right", "2 rpc"]
