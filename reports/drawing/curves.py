"""Draws courses: latency over its percentiles, and throughput over the number of users."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup
from msgspec import Struct

from reports.drawing.scales import (
    Scale,
    linear,
    logarithmic,
    ratio_ticks,
    round_ticks,
    spread,
    tail,
)
from reports.drawing.svg import LETTER, WIDTH, grid, group, line, path, picture, tag, text
from reports.drawing.svg import across as level
from reports.drawing.svg import down as upright
from reports.record import number_formats

LEFT, TOP, BOTTOM = 40.0, 12.0, 168.0
HEIGHT = BOTTOM + 36
LABEL_GAP = 14.0
PERCENTILE_TICKS = (50.0, 90.0, 99.0, 99.9)
COLOURS = 6


class Curve(Struct, frozen=True, kw_only=True):
    """One line: its name, written at its end, its class (colour) and its points."""

    name: str
    class_: str
    points: Sequence[tuple[float, float]]


def percentile_curves(
    title: str,
    courses: Sequence[Curve],
    *,
    low_ms: float,
    high_ms: float,
    shaded: Sequence[tuple[float, float, float]] = (),
) -> Markup:
    """Draw latencies (ms, logarithmic) over percentiles, each ten times thinner tail one step on.

    Pictures that are to be compared share `low_ms` and `high_ms`. `shaded` is a band around the
    first course: percentile, low and high.
    """
    y_ticks = ratio_ticks(low_ms, high_ms)
    last = max((x for course in courses for x, _ in course.points), default=90.0)
    shown = [tick for tick in PERCENTILE_TICKS if tick <= max(last, 90.0)]
    right = right_end(courses)
    across = linear(0, tail(max(last, 90.0)), LEFT, right)
    down = logarithmic(y_ticks[0], y_ticks[-1], BOTTOM, TOP)
    axes = [
        *rules([(number_formats.tick(tick), down(tick)) for tick in thinned(y_ticks)], right),
        *feet([(f"p{tick:g}", across(tail(tick))) for tick in shown]),
        text(right, HEIGHT - 2, "percentile of the requests", "axis", "end"),
    ]
    inside = [
        *([band(shaded, lambda x: across(tail(x)), down)] if shaded else []),
        *drawn(courses, lambda x: across(tail(x)), down),
    ]
    return picture(HEIGHT, title, said(courses, "ms"), *axes, *inside)


def level_curves(title: str, courses: Sequence[Curve]) -> Markup:
    """Draw throughput (per second, from zero) over users, which double from step to step."""
    points = [point for course in courses for point in course.points]
    y_ticks = round_ticks(max((y for _, y in points), default=0))
    users = sorted({x for x, _ in points})
    right = right_end(courses)
    across = logarithmic(users[0], max(users[-1], users[0] * 2), LEFT, right)
    down = linear(0, y_ticks[-1], BOTTOM, TOP)
    axes = [
        *rules([(number_formats.tick(tick), down(tick)) for tick in y_ticks], right),
        *feet([(number_formats.tick(tick), across(tick)) for tick in users]),
        text(right, HEIGHT - 2, "users in the closed loop", "axis", "end"),
    ]
    return picture(HEIGHT, title, said(courses, "/s"), *axes, *drawn(courses, across, down))


def right_end(courses: Sequence[Curve]) -> float:
    """Return where lines end, so that their names find room behind."""
    return WIDTH - max(44.0, LETTER * max((len(one.name) for one in courses), default=0) + 8)


def rules(ticks: Sequence[tuple[str, float]], right: float) -> Iterator[Markup]:
    """Draw level lines, each with its figure."""
    yield grid(level(LEFT, right, y) for _, y in ticks)
    yield group((text(LEFT - 7, y + 4, name) for name, y in ticks), "tick", "end")


def feet(ticks: Sequence[tuple[str, float]]) -> Iterator[Markup]:
    """Write figures below the axis."""
    yield grid(upright(x, BOTTOM, BOTTOM + 4) for _, x in ticks)
    yield group((text(x, BOTTOM + 17, name) for name, x in ticks), "tick", "middle")


def drawn(courses: Sequence[Curve], across: Scale, down: Scale) -> Iterator[Markup]:
    """Draw the lines, then their names at their ends."""
    yield from lines(courses, across, down)
    yield from names(courses, down)


def lines(courses: Sequence[Curve], across: Scale, down: Scale) -> Iterator[Markup]:
    """Draw each course, with a dot where it ends."""
    for course in courses:
        if course.points:
            places = [(across(x), down(y)) for x, y in course.points]
            yield path(places, f"course {course.class_}")
            yield tag("circle", cx=places[-1][0], cy=places[-1][1], r=2.5, class_=course.class_)


def names(courses: Sequence[Curve], down: Scale) -> Iterator[Markup]:
    """Write the names at the right end, moved apart where they would overlap."""
    known = sorted((one for one in courses if one.points), key=lambda one: down(one.points[-1][1]))
    ends = [down(course.points[-1][1]) for course in known]
    for course, y in zip(known, spread(ends, LABEL_GAP, TOP, BOTTOM), strict=True):
        yield text(right_end(courses) + 6, y + 4, course.name, f"value name {course.class_}")


def band(points: Sequence[tuple[float, float, float]], across: Scale, down: Scale) -> Markup:
    """Shade what lies between two courses, given as x, low and high."""
    there = [(across(x), down(low)) for x, low, _ in points]
    back = [(across(x), down(high)) for x, _, high in reversed(points)]
    return path([*there, *back], "band")


def floor_line(floor_ms: float | None, down: Scale, right: float) -> Iterator[Markup]:
    """Draw what the generator itself adds, below which nothing can be measured."""
    if floor_ms is not None:
        yield line(LEFT, down(floor_ms), right, down(floor_ms), "floor")
        yield text(LEFT + 4, down(floor_ms) - 4, "floor p50", "tick")


def thinned(ticks: list[float]) -> list[float]:
    """Keep the powers of ten alone where 1, 2, 5 would crowd."""
    most = 7
    if len(ticks) <= most:
        return ticks
    return [tick for tick in ticks if f"{tick:e}".startswith("1")]


def said(courses: Sequence[Curve], unit: str) -> str:
    """Say in words where each course ends."""
    ends = (
        f"{course.name} ends at {number_formats.number(course.points[-1][1])} {unit}"
        for course in courses
        if course.points
    )
    return "; ".join(ends)
