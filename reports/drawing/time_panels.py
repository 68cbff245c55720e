"""Draws courses over time as panels, one below the other on one time axis."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup
from msgspec import Struct

from reports.drawing.scales import Scale, linear, logarithmic, ratio_ticks, round_ticks, spread
from reports.drawing.svg import LETTER, WIDTH, grid, group, path, picture, text
from reports.drawing.svg import across as level
from reports.record import number_formats

LEFT, HEAD, FOOT, GAP = 48.0, 24.0, 34.0, 18.0
LEAST_HEIGHT = 64.0
NAME_GAP = 12.5


class Series(Struct, frozen=True, kw_only=True):
    """One line of a panel: its name, its class (colour), a value per moment (None: not known)."""

    name: str
    class_: str
    values: Sequence[float | None]


class Panel(Struct, frozen=True, kw_only=True):
    """Series of one unit over the same moments; `ratio` makes the upright axis logarithmic."""

    title: str
    series: Sequence[Series]
    ratio: bool = False

    @property
    def height(self) -> float:
        """Return its height: room for a name at the end of every line."""
        return max(LEAST_HEIGHT, NAME_GAP * len(self.series))

    @property
    def known(self) -> list[float]:
        """Return every value that is known."""
        return [value for one in self.series for value in one.values if value is not None]


def stacked(
    title: str, panels: Sequence[Panel], moments_s: Sequence[float], end_s: float
) -> Markup:
    """Draw panels from time 0 to `end_s`; `moments_s` are the middles of the moments."""
    longest = max(len(number_formats.short(one.name)) for panel in panels for one in panel.series)
    right = WIDTH - LETTER * longest - 8
    across = linear(0, end_s, LEFT, right)
    drawn: list[Markup] = []
    top = 0.0
    for panel in panels:
        drawn += _panel(panel, [round(across(moment)) for moment in moments_s], top + HEAD, right)
        top += HEAD + panel.height + GAP
    bottom = top - GAP
    ticks = [tick for tick in round_ticks(end_s) if tick <= end_s]
    names = (text(across(tick), bottom + 16, number_formats.tick(tick)) for tick in ticks)
    feet = group(names, "tick", "middle")
    axis = text(right, bottom + FOOT - 3, "seconds of the phase", "axis", "end")
    return picture(bottom + FOOT, title, _said(panels), *drawn, feet, axis)


def _panel(panel: Panel, places: Sequence[float], top: float, right: float) -> Iterator[Markup]:
    bottom = top + panel.height
    ticks, down = _upright(panel, top, bottom)
    yield text(0, top - 11, panel.title, "axis")
    yield grid(level(LEFT, right, down(tick)) for tick in ticks)
    names = (text(LEFT - 6, down(tick) + 4, number_formats.tick(tick)) for tick in ticks)
    yield group(names, "tick", "end")
    ends: list[tuple[float, Series]] = []
    for one in panel.series:
        points = [
            (place, down(value))
            for place, value in zip(places, one.values, strict=True)
            if value is not None
        ]
        if points:
            yield path(points, f"course {one.class_}")
            ends.append((points[-1][1], one))
    ends.sort(key=lambda end: end[0])
    moved = spread([place for place, _ in ends], NAME_GAP, top, bottom)
    named = zip(moved, ends, strict=True)
    yield group(
        (
            text(right + 6, y + 4, number_formats.short(one.name), one.class_)
            for y, (_, one) in named
        ),
        "value name",
    )


def _upright(panel: Panel, top: float, bottom: float) -> tuple[list[float], Scale]:
    known = panel.known
    if panel.ratio and known and min(known) > 0:
        ticks = ratio_ticks(min(known), max(known))
        few = ticks if len(ticks) <= 4 else [ticks[0], ticks[len(ticks) // 2], ticks[-1]]  # noqa: PLR2004 -- what a low panel has room for
        return few, logarithmic(ticks[0], ticks[-1], bottom, top)
    ticks = round_ticks(max(known, default=0.0), most=3)
    return ticks, linear(0, ticks[-1], bottom, top)


def _said(panels: Sequence[Panel]) -> str:
    number = number_formats.number
    return "; ".join(
        f"{panel.title}: {number(min(panel.known))} to {number(max(panel.known))}"
        for panel in panels
    )
