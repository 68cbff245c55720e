"""Pictures: escaped, described, and true to their scale."""

import itertools
import math
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from reports.drawing import charts, curves, scales
from tests.unit.reports.sample_runs import HOSTILE


def _parsed(svg: Markup) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 -- our own markup


def _bars(*values: float | None) -> Markup:
    return charts.bars("t", [charts.Bar(label=HOSTILE, value=one, text="x") for one in values])


def test_text_from_outside_is_escaped_in_a_picture() -> None:
    svg = _bars(1.0)

    assert "<script" not in svg
    assert "".join(_parsed(svg).itertext()).count("evil.example") == 2


def test_bars_are_as_long_as_their_figures() -> None:
    widths = [float(one.get("width", "")) for one in _parsed(_bars(100.0, 50.0, 0.0)).iter("rect")]

    assert widths[0] == pytest.approx(2 * widths[1], abs=0.2)
    assert widths[2] == 0


def test_bars_without_any_figure_still_draw() -> None:
    assert _parsed(_bars(None, None)).get("role") == "img"


def test_shades_count_from_zero_so_that_noise_makes_no_slope() -> None:
    cells = [
        charts.HeatMapCell(column=1, row=1, value=97.0, text="97"),
        charts.HeatMapCell(column=2, row=1, value=100.0, text="100"),
        charts.HeatMapCell(column=1, row=2, value=None, text="not enough samples"),
    ]

    svg = charts.heat_map("t", cells, columns="resolvers", rows="service workers")

    shades = [float(shade) for shade in re.findall(r'fill-opacity="([\d.]+)"', svg)]
    assert shades == [0.44, 0.45]
    assert 'class="void"' in svg
    assert "2 resolvers, 1 service workers: 100" in svg


def test_an_uneven_spread_is_marked() -> None:
    rows = [
        charts.ShareBar(label="even", shares=(0.5, 0.5), text="", uneven=False),
        charts.ShareBar(label="odd", shares=(0.1, 0.9), text="", uneven=True),
    ]

    marked = [
        one
        for one in _parsed(charts.spreads("t", rows)).iter("rect")
        if "uneven" in one.get("class", "")
    ]

    assert len(marked) == 1
    assert float(marked[0].get("width", "")) > 300


def test_curves_name_their_ends_without_overlap() -> None:
    courses = [
        curves.Curve(name=name, class_="s1", points=[(1, 1.0), (2, 100.0 + index)])
        for index, name in enumerate("abcd")
    ]

    svg = _parsed(curves.level_curves("t", courses))

    places = sorted(
        float(one.get("y", "")) for one in svg.iter("text") if "name" in one.get("class", "")
    )
    assert all(later - earlier >= 13.9 for earlier, later in itertools.pairwise(places))


def test_a_percentile_axis_ends_where_the_samples_do() -> None:
    course = curves.Curve(name="HTTP", class_="http", points=[(50.0, 5.0), (90.0, 9.0)])

    svg = curves.percentile_curves("t", [course], low_ms=5.0, high_ms=9.0)

    assert ">p90<" in svg
    assert ">p99<" not in svg


@given(st.floats(min_value=1e-3, max_value=1e6))
def test_round_ticks_reach_the_highest_figure_and_stay_few(high: float) -> None:
    ticks = scales.round_ticks(high)

    assert ticks[0] == 0
    assert ticks[-1] >= high * (1 - 1e-9)
    assert len(ticks) <= 6


@given(st.floats(min_value=1e-2, max_value=1e5), st.floats(min_value=1.0, max_value=1e4))
def test_ratio_ticks_hold_both_ends(low: float, factor: float) -> None:
    ticks = scales.ratio_ticks(low, low * factor)

    assert ticks[0] <= low
    assert ticks[-1] >= low * factor * (1 - 1e-9)
    assert ticks == sorted(set(ticks))


def test_each_step_on_a_percentile_axis_thins_the_tail_tenfold() -> None:
    assert [scales.tail(one) for one in (0.0, 90.0, 99.0)] == pytest.approx([0, 1, 2])


@given(st.lists(st.floats(min_value=0, max_value=100), min_size=1, max_size=6))
def test_names_are_moved_apart_and_kept_inside(places: list[float]) -> None:
    moved = scales.spread(sorted(places), 10.0, 0.0, 100.0)

    assert all(b - a >= 10 - 1e-6 for a, b in itertools.pairwise(moved))
    assert max(moved) <= 100 + 1e-6
    assert math.isfinite(sum(moved))
