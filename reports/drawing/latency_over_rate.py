"""Draws latency over rate: flat while there is room, then upwards, where the system is full."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup
from msgspec import Struct

from reports.drawing import curves
from reports.drawing.curves import BOTTOM, HEIGHT, LEFT, TOP, Curve
from reports.drawing.pictures import Picture, PictureTable
from reports.drawing.scales import Scale, linear, logarithmic, ratio_ticks, round_ticks
from reports.drawing.svg import picture, tag, text
from reports.judgement.configuration_rows import ConfigurationRow
from reports.judgement.timeline import Top, top
from reports.record import number_formats
from reports.record.measurements import Floor, Latency


class RatePoint(Struct, frozen=True, kw_only=True):
    """What one step or phase carried, and how fast."""

    phase: str
    rate_per_s: float
    latency_ms: Latency
    failed: int


def hockey_stick(
    scenario: str, rows: Sequence[ConfigurationRow], floor: Floor | None
) -> Iterator[Picture]:
    """Yield p50 and p99 over what was carried: the closed loop's steps, and the open phases."""
    closed = {row.label: points for row in rows if (points := _closed(row))}
    opened = {row.label: _open(row) for row in rows if row.label in closed}
    if all(len(points) <= 1 for points in closed.values()):
        return
    risen = {label: _risen(points) for label, points in closed.items()}
    upper = top(point.latency_ms for points in closed.values() for point in points)
    yield Picture(
        title="Latency over rate",
        caption=f"Ms (logarithmic) over requests/s: the closed loop's steps, thick the p50, thin "
        f"the {upper}, each up to the most it carried. Rings are the p50 at a planned rate.",
        svg=_drawn(f"{scenario}: latency over rate", risen, opened, upper, floor),
        table=PictureTable(
            head=("configuration", "phase", "requests/s", "p50 ms", "p99 ms", "failed"),
            rows=[
                (
                    label,
                    point.phase,
                    number_formats.rate(point.rate_per_s),
                    number_formats.ms(point.latency_ms.p50),
                    number_formats.ms(point.latency_ms.p99),
                    number_formats.count(point.failed),
                )
                for label in closed
                for point in [*closed[label], *opened[label]]
            ],
        ),
    )


def _closed(row: ConfigurationRow) -> list[RatePoint]:
    """Return the steps at which something was answered well: the others have no place here."""
    steps = sorted(row.closed.levels, key=lambda level: level.users) if row.closed else []
    return [
        RatePoint(
            phase=f"{level.users} user{'s'[: level.users - 1]}",
            rate_per_s=level.throughput_per_s,
            latency_ms=level.latency_ms,
            failed=level.failed,
        )
        for level in steps
        if level.latency_ms.p50 is not None
    ]


def _risen(points: Sequence[RatePoint]) -> list[RatePoint]:
    """Return the steps up to that which carried most; past it a line turns back over itself."""
    rates = [point.rate_per_s for point in points]
    return list(points[: rates.index(max(rates)) + 1]) if rates else []


def _open(row: ConfigurationRow) -> list[RatePoint]:
    named = {name: phase for name, phase in row.phases.items() if phase is not row.closed}
    return [
        RatePoint(
            phase=name,
            rate_per_s=phase.throughput_per_s,
            latency_ms=phase.latency_ms,
            failed=phase.failed,
        )
        for name, phase in named.items()
    ]


def _drawn(
    title: str,
    closed: dict[str, list[RatePoint]],
    opened: dict[str, list[RatePoint]],
    upper: Top,
    floor: Floor | None,
) -> Markup:
    colours = {label: f"s{index % curves.COLOURS + 1}" for index, label in enumerate(closed)}
    middles = [
        Curve(name=label, class_=colours[label], points=_points(points, "p50"))
        for label, points in closed.items()
    ]
    tails = [
        Curve(name="", class_=f"{colours[label]} thin", points=_points(points, upper))
        for label, points in closed.items()
    ]
    rings = {label: _points(points, "p50") for label, points in opened.items()}
    every = [point for one in [*middles, *tails] for point in one.points]
    every += [point for points in rings.values() for point in points]
    floor_ms = floor.latency_ms.p50 if floor else None
    heights = [ms for _, ms in every] + ([floor_ms] if floor_ms else [])
    y_ticks = ratio_ticks(min(heights), max(heights))
    x_ticks = round_ticks(max(rate for rate, _ in every), most=4)
    right = curves.right_end(middles)
    across = linear(0, x_ticks[-1], LEFT, right)
    down = logarithmic(y_ticks[0], y_ticks[-1], BOTTOM, TOP)
    return picture(
        HEIGHT,
        title,
        curves.said(middles, "ms"),
        *curves.rules(
            [(number_formats.tick(tick), down(tick)) for tick in curves.thinned(y_ticks)], right
        ),
        *curves.feet([(number_formats.tick(tick), across(tick)) for tick in x_ticks]),
        text(right, HEIGHT - 2, "requests/s that succeeded", "axis", "end"),
        *curves.floor_line(floor_ms, down, right),
        *curves.lines(tails, across, down),
        *curves.lines(middles, across, down),
        *curves.names(middles, down),
        *_rings(rings, colours, across, down),
    )


def _points(points: Sequence[RatePoint], name: str) -> list[tuple[float, float]]:
    known = [(point.rate_per_s, getattr(point.latency_ms, name)) for point in points]
    return [(rate, ms) for rate, ms in known if ms]


def _rings(
    rings: dict[str, list[tuple[float, float]]],
    colours: dict[str, str],
    across: Scale,
    down: Scale,
) -> Iterator[Markup]:
    for label, points in rings.items():
        for rate, ms in points:
            yield tag("circle", cx=across(rate), cy=down(ms), r=4, class_=f"ring {colours[label]}")
