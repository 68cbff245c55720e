"""A line is written short, and leads through its points all the same."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.drawing.svg import path
from tests.unit.reports.lines import points

PLACE = st.floats(min_value=-1e4, max_value=1e4)


@given(st.lists(st.tuples(PLACE, PLACE), min_size=1, max_size=50))
def test_a_line_leads_through_its_points_within_a_tenth_however_many_there_are(
    places: list[tuple[float, float]],
) -> None:
    found = re.search(r'd="([^"]*)"', path(places, "s1"))
    assert found

    assert len(points(found[1])) == len(places)
    for read, meant in zip(points(found[1]), places, strict=True):
        assert read == pytest.approx(meant, abs=0.0501)


@pytest.mark.parametrize(
    ("places", "steps"),
    [
        ([(67.0, 27.7)], "M67 27.7"),
        ([(67.0, 27.7), (106.0, 28.2), (105.5, 20.0)], "M67 27.7l39 .5-.5-8.2"),
        ([(0.0, 0.0), (10.0, 10.0)], "M0 0l10 10"),
    ],
)
def test_a_line_is_written_with_no_letter_too_many(
    places: list[tuple[float, float]], steps: str
) -> None:
    assert path(places, "s1") == f'<path d="{steps}" class="s1"/>'
