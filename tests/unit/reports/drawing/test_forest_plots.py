"""A forest plot shows every ratio at its place, or where it lies beyond the edge."""

import xml.etree.ElementTree as ET

import pytest

from reports.drawing.forest_plots import ARROW, change, forests
from reports.judgement.comparison import Effect
from tests.unit.reports.lines import points


def effect(ratio: float, low: float | None, high: float | None) -> Effect:
    return Effect(
        scenario="crud",
        label="1 x 1",
        metric="p99",
        phase="common",
        before=(20.0,) * 5,
        after=(20.0 * ratio,) * 5,
        change="worse" if ratio > 1 else "better",
        ratio=ratio,
        low=low,
        high=high,
    )


def drawn(one: Effect) -> tuple[list[str], list[str], int]:
    """Return the figures written at an edge, where its arrows point, and how many dots there are.

    Drawn beside it is a figure that makes the plot as wide as it gets.
    """
    (picture,) = forests([one, effect(1.0, 0.25, 4.0)])
    svg = ET.fromstring(str(picture.svg))  # noqa: S314 -- our own picture
    steps = [path.get("d", "") for path in svg.iter("path") if path.get("class") != "grid"]
    arrows = [d for d in steps if len(points(d)) == 3]
    written = [t.text or "" for t in svg.iter("text") if t.get("class") == "tick"]
    return written, list(map(_pointing, arrows)), len(list(svg.iter("circle"))) - 1


def _pointing(arrow: str) -> str:
    (begin, _), (tip, _), _ = points(arrow)
    assert abs(begin - tip) == pytest.approx(ARROW, abs=0.11)
    return "right" if tip > begin else "left"


@pytest.mark.parametrize(
    ("one", "written", "arrows", "dots"),
    [
        pytest.param(effect(2.0, 1.5, 4.0), [], [], 1, id="within, up to the edge"),
        pytest.param(effect(3.0, 2.0, 5.5), [(5.5,)], ["right"], 1, id="an end beyond"),
        pytest.param(effect(6.0, 3.0, 9.0), [(9.0,)], ["right"], 0, id="the ratio too"),
        pytest.param(effect(6.0, 5.0, 9.0), [(5.0, 9.0)], ["right"], 0, id="all of it"),
        pytest.param(effect(0.1, 0.05, 0.5), [(0.05,)], ["left"], 0, id="much less"),
        pytest.param(
            effect(1.0, 0.1, 9.0), [(0.1,), (9.0,)], ["left", "right"], 1, id="either way"
        ),
        pytest.param(effect(6.0, None, None), [(6.0,)], ["right"], 0, id="no interval"),
    ],
)
def test_what_lies_beyond_an_edge_is_an_arrow_with_its_figure(
    one: Effect, written: list[tuple[float, ...]], arrows: list[str], dots: int
) -> None:
    assert drawn(one) == ([" to ".join(map(change, each)) for each in written], arrows, dots)
