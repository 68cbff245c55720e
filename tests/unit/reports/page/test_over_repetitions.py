"""What several repetitions show together: bands, strips, and what too few leave open."""

import re

import pytest
from msgspec.structs import replace

from reports.drawing.curves import TOP
from reports.drawing.latency_over_rate import hockey_stick
from reports.drawing.percentile_spectra import spectra
from reports.drawing.pictures import levels, throughput
from reports.judgement.confidence_intervals import interval
from reports.judgement.configuration_rows import row
from reports.page.repetition_strips import doubt, strips
from reports.record import latency
from reports.record.measurements import Configuration
from tests.unit.reports.lines import points
from tests.unit.reports.sample_runs import floor, load_run

FIVE = load_run(points=[(1, 1)], repetitions=5).configurations[0]


def _made(repetitions: int) -> Configuration:
    return replace(FIVE, repetitions=FIVE.repetitions[:repetitions])


def test_a_dot_a_repetition_and_the_interval_that_they_make() -> None:
    pictures = {one.title: one for one in strips("crud", [row(FIVE)])}
    carried = [one.closed.throughput_per_s for one in FIVE.repetitions if one.closed]

    picture = pictures["Throughput of the closed loop, requests/s"]

    assert picture.svg.count("h0") == 5
    assert picture.svg.count('class="interval"') == 1
    assert picture.table is not None
    assert picture.table.rows[0][1].startswith(f"{interval(carried).estimate:.0f}, ")


def test_two_repetitions_are_dots_without_an_interval() -> None:
    picture = next(strips("crud", [row(_made(2))]))

    assert picture.svg.count("h0") == 2
    assert 'class="interval"' not in picture.svg
    assert picture.table is not None
    assert "2 of 3 repetitions needed" in picture.table.rows[0][1]


def test_one_repetition_has_nothing_to_compare() -> None:
    assert list(strips("crud", [row(_made(1))])) == []


@pytest.mark.parametrize(
    ("repetitions", "expected"),
    [
        (1, "No intervals: they need 3 repetitions, and this run has 1 repetition."),
        (2, "No intervals: they need 3 repetitions, and this run has 2 repetitions."),
        (
            4,
            (
                "No verdict on what is better: it needs 5 repetitions, and this run has "
                "4 repetitions."
            ),
        ),
        (5, ""),
    ],
)
def test_too_few_repetitions_are_said(repetitions: int, expected: str) -> None:
    assert doubt([FIVE, _made(repetitions)]) == expected


@pytest.mark.parametrize(("repetitions", "shaded"), [(1, False), (2, False), (3, True)])
def test_a_spectrum_has_a_band_from_three_repetitions_on(repetitions: int, *, shaded: bool) -> None:
    (picture,) = spectra("crud", [row(_made(repetitions))], floor())

    assert ('class="band"' in picture.svg) == shaded


def test_a_spectrum_names_response_service_round_trip_and_floor() -> None:
    (picture,) = spectra("crud", [row(FIVE)], floor())

    assert re.findall(r'class="value name [^"]*">(\w+)<', picture.svg) == [
        "response",
        "service",
        "RPC",
        "floor",
    ]


def test_a_hockey_stick_has_every_step_and_every_planned_rate() -> None:
    rows = [row(_made(1))]
    (picture,) = hockey_stick("crud", rows, floor())

    closed = rows[0].closed
    assert closed is not None
    assert picture.table is not None
    assert [line[1] for line in picture.table.rows] == [
        *(f"{users} user{'s' if users > 1 else ''}" for users in (1, 2, 4, 8, 16)),
        "70 % of own maximum",
        "common rate",
    ]
    assert picture.svg.count('class="ring') == 2
    assert "floor p50" in picture.svg


def test_a_hockey_stick_ends_where_a_configuration_carried_most_but_its_table_goes_on() -> None:
    one = FIVE.repetitions[0]
    assert one.closed is not None
    *steps, last = one.closed.levels
    thrashing = replace(last, throughput_per_s=steps[0].throughput_per_s)
    closed = replace(one.closed, levels=(*steps, thrashing))
    made = replace(FIVE, repetitions=(replace(one, closed=closed),))

    (picture,) = hockey_stick("crud", [row(made)], floor())

    (_, middle) = re.findall(r'<path d="(M[^"HV]+)"', picture.svg)
    across = [x for x, _ in points(middle)]
    assert len(across) == len(steps)
    assert across == sorted(across)
    assert picture.table is not None
    assert picture.table.rows[len(steps)][1] == f"{last.users} users"


def test_a_configuration_that_answered_nothing_well_is_left_out_of_a_hockey_stick() -> None:
    one = FIVE.repetitions[0]
    assert one.closed is not None
    nothing = latency.summary(latency.new_histogram())
    silent = tuple(
        replace(level, throughput_per_s=0.0, latency_ms=nothing) for level in one.closed.levels
    )
    left_out = dict.fromkeys(("open", "common"), "nothing was answered well")
    closed = replace(one.closed, levels=silent)
    none = replace(one, closed=closed, open=None, common=None, reasons=left_out)
    refusing = row(replace(FIVE, resolvers=2, repetitions=(none,)))

    (picture,) = hockey_stick("crud", [row(_made(1)), refusing], floor())

    assert picture.table is not None
    assert {line[0] for line in picture.table.rows} == {row(_made(1)).label}
    assert list(hockey_stick("crud", [refusing], floor())) == []


def test_without_a_closed_loop_there_is_no_hockey_stick() -> None:
    only = replace(FIVE.repetitions[0], closed=None, reasons={"closed": "left out"})

    assert list(hockey_stick("crud", [row(replace(FIVE, repetitions=(only,)))], None)) == []


def test_a_hockey_stick_is_as_high_as_the_slowest_step_wherever_the_ruled_lines_end() -> None:
    one = FIVE.repetitions[0]
    assert one.closed is not None
    *steps, last = one.closed.levels
    slow = replace(last, latency_ms=replace(last.latency_ms, p50=450.0, p99=460.0))
    closed = replace(one.closed, levels=(*steps, slow))
    made = replace(FIVE, repetitions=(replace(one, closed=closed),))

    (picture,) = hockey_stick("crud", [row(made)], floor())

    courses = re.findall(r'<path d="(M[^"HV]+)"', picture.svg)
    heights = [y for one in courses for _, y in points(one)]
    assert len(courses) == 2
    assert min(heights) >= TOP


def test_one_configuration_and_one_level_of_users_make_no_picture() -> None:
    one = FIVE.repetitions[0]
    assert one.closed is not None
    closed = replace(one.closed, levels=one.closed.levels[-1:])
    only = row(replace(FIVE, repetitions=(replace(one, closed=closed),)))

    assert list(throughput("crud", [only])) == []
    assert list(levels("crud", [only])) == []
    assert list(hockey_stick("crud", [only], floor())) == []
