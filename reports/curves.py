"""Draws courses: latency over its percentiles, and throughput over the number of users."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup
from msgspec import Struct

from reports import figures
from reports.scales import (
    Scale,
    linear,
    logarithmic,
    ratio_ticks,
    round_ticks,
    spread,
    tail,
)
from reports.svg import LETTER, WIDTH, line, path, picture, tag, text

LEFT, TOP, BOTTOM = 40.0, 12.0, 168.0
HEIGHT = BOTTOM + 36
LABEL_GAP = 14.0
PERCENTILE_TICKS = (50.0, 90.0, 99.0, 99.9)
COLOURS = 6


class Course(Struct, frozen=True, kw_only=True):
    """One line: its name, written at its end, its class (colour) and its points."""

    name: str
    class_: str
    points: Sequence[tuple[float, float]]


def percentile_curves(
    title: str, courses: Sequence[Course], *, low_ms: float, high_ms: float
) -> Markup:
    """Draw latencies (ms, logarithmic) over percentiles, each ten times thinner tail one step on.

    Pictures that are to be compared share `low_ms` and `high_ms`.
    """
    y_ticks = ratio_ticks(low_ms, high_ms)
    last = max((x for course in courses for x, _ in course.points), default=90.0)
    shown = [tick for tick in PERCENTILE_TICKS if tick <= max(last, 90.0)]
    right = _right(courses)
    across = linear(0, tail(max(last, 90.0)), LEFT, right)
    down = logarithmic(y_ticks[0], y_ticks[-1], BOTTOM, TOP)
    axes = [
        *_rules([(figures.tick(tick), down(tick)) for tick in _thinned(y_ticks)], right),
        *_feet([(f"p{tick:g}", across(tail(tick))) for tick in shown]),
        text(right, HEIGHT - 2, "percentile of the requests", "axis", "end"),
    ]
    lines = list(_courses(courses, lambda x: across(tail(x)), down))
    return picture(HEIGHT, title, _said(courses, "ms"), *axes, *lines)


def level_curves(title: str, courses: Sequence[Course]) -> Markup:
    """Draw throughput (per second, from zero) over users, which double from step to step."""
    points = [point for course in courses for point in course.points]
    y_ticks = round_ticks(max((y for _, y in points), default=0))
    users = sorted({x for x, _ in points})
    right = _right(courses)
    across = logarithmic(users[0], max(users[-1], users[0] * 2), LEFT, right)
    down = linear(0, y_ticks[-1], BOTTOM, TOP)
    axes = [
        *_rules([(figures.tick(tick), down(tick)) for tick in y_ticks], right),
        *_feet([(figures.tick(tick), across(tick)) for tick in users]),
        text(right, HEIGHT - 2, "users in the closed loop", "axis", "end"),
    ]
    return picture(HEIGHT, title, _said(courses, "/s"), *axes, *_courses(courses, across, down))


def _right(courses: Sequence[Course]) -> float:
    """Return where lines end, so that their names find room behind."""
    return WIDTH - max(44.0, LETTER * max((len(one.name) for one in courses), default=0) + 8)


def _rules(ticks: Sequence[tuple[str, float]], right: float) -> Iterator[Markup]:
    for name, y in ticks:
        yield line(LEFT, y, right, y, "grid")
        yield text(LEFT - 7, y + 4, name, "tick", "end")


def _feet(ticks: Sequence[tuple[str, float]]) -> Iterator[Markup]:
    for name, x in ticks:
        yield line(x, BOTTOM, x, BOTTOM + 4, "grid")
        yield text(x, BOTTOM + 17, name, "tick", "middle")


def _courses(courses: Sequence[Course], across: Scale, down: Scale) -> Iterator[Markup]:
    """Draw the lines, then their names at their ends, moved apart where they would overlap."""
    drawn = sorted((one for one in courses if one.points), key=lambda one: down(one.points[-1][1]))
    for course in drawn:
        places = [(across(x), down(y)) for x, y in course.points]
        yield path(places, f"course {course.class_}")
        yield tag("circle", cx=places[-1][0], cy=places[-1][1], r=2.5, class_=course.class_)
    ends = [down(course.points[-1][1]) for course in drawn]
    for course, y in zip(drawn, spread(ends, LABEL_GAP, TOP, BOTTOM), strict=True):
        yield text(_right(courses) + 6, y + 4, course.name, f"value name {course.class_}")


def _thinned(ticks: list[float]) -> list[float]:
    """Keep the powers of ten alone where 1, 2, 5 would crowd."""
    most = 7
    if len(ticks) <= most:
        return ticks
    return [tick for tick in ticks if f"{tick:e}".startswith("1")]


def _said(courses: Sequence[Course], unit: str) -> str:
    ends = (
        f"{course.name} ends at {figures.number(course.points[-1][1])} {unit}"
        for course in courses
        if course.points
    )
    return "; ".join(ends)
