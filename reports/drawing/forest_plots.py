"""Draws what became of each figure as a forest plot: a ratio, its interval, and the 5 % band."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from markupsafe import Markup

from reports.drawing.pictures import Picture, PictureTable
from reports.drawing.scales import Scale, logarithmic
from reports.drawing.svg import LETTER, WIDTH, down, grid, group, path, picture, tag, text
from reports.judgement.comparison import THRESHOLD, Effect
from reports.record import number_formats

ROW: Final = 32.0
TOP: Final = 6.0
ROOM: Final = 78.0
LEAST_SPAN: Final = 1.3
MOST_SPAN: Final = 4.0
ARROW: Final = 4.0
TICKS: Final = (0.25, 0.5, 1.0, 2.0, 4.0)
CLOSE_TICKS: Final = (0.5, 0.8, 1.0, 1.25, 2.0)
MINUS: Final = "\N{MINUS SIGN}"


def forests(effects: Sequence[Effect]) -> Iterator[Picture]:
    """Yield a forest plot for each scenario."""
    for scenario in dict.fromkeys(one.scenario for one in effects):
        shown = [one for one in effects if one.scenario == scenario]
        yield Picture(
            title=scenario,
            caption="The later run over the earlier one. The dot is the ratio, the bar what it may "
            "be, the shaded band 5 % either way; an arrow leads beyond the edge.",
            svg=_drawn(scenario, shown),
            table=table(shown),
        )


def table(effects: Sequence[Effect]) -> PictureTable:
    """Return what is drawn as numbers."""
    head = ["configuration", "figure", "verdict", "change", "interval", "before", "after", "why"]
    return PictureTable(head=head, rows=[_cells(one) for one in effects])


def change(ratio: float | None) -> str:
    """Return a ratio as a change: '+32 %', or times where it more than doubles."""
    if ratio is None:
        return number_formats.NONE
    if ratio >= 2:  # noqa: PLR2004 -- above, a factor reads better than +100 %
        return number_formats.times(ratio)
    share = 100 * (ratio - 1)
    sign = MINUS if share < 0 else "+"
    return f"{sign}{abs(share):.{0 if abs(share) >= 10 else 1}f}{number_formats.GLUE}%"  # noqa: PLR2004 -- two digits


def interval(effect: Effect) -> str:
    """Return how small and how large the change may be, at which confidence."""
    if effect.low is None or effect.high is None:
        return number_formats.NONE
    sure = f"{effect.confidence * 100:.1f}{number_formats.GLUE}%"
    return f"{change(effect.low)} to {change(effect.high)} ({sure} sure)"


def middle(values: Sequence[float]) -> str:
    """Return the geometric mean of the repetitions and their number."""
    if not values:
        return number_formats.NONE
    mean = math.exp(math.fsum(map(math.log, values)) / len(values))
    return f"{number_formats.number(mean)} (n = {len(values)})"


def _cells(one: Effect) -> list[str]:
    return [
        one.label,
        f"{one.metric}, {unit(one)}",
        one.change,
        change(one.ratio),
        interval(one),
        middle(one.before),
        middle(one.after),
        one.reason or number_formats.NONE,
    ]


def unit(one: Effect) -> str:
    """Return what a figure is counted in."""
    return "requests/s" if one.metric == "throughput" else "ms"


def _drawn(scenario: str, shown: Sequence[Effect]) -> Markup:
    ends = [end for one in shown for end in (one.ratio, one.low, one.high) if end]
    span = max([LEAST_SPAN, *(max(end, 1 / end) for end in ends)])
    span = min(span, MOST_SPAN)
    left = LETTER * max(len(one.label) + len(one.metric) + 1 for one in shown) + 12
    place = logarithmic(1 / span, span, min(left, WIDTH / 2), WIDTH - ROOM)
    bottom = TOP + ROW * len(shown)
    steps = TICKS if span > CLOSE_TICKS[-1] else CLOSE_TICKS
    ticks = [tick for tick in steps if 1 / span <= tick <= span]
    edge = 1 + THRESHOLD
    band = tag(
        "rect",
        x=place(1 / edge),
        y=TOP,
        width=place(edge) - place(1 / edge),
        height=bottom - TOP,
        class_="cut",
    )
    rules = grid(down(place(tick), TOP, bottom) for tick in ticks)
    names = (text(place(tick), bottom + 15, number_formats.tick(tick)) for tick in ticks)
    marks = [
        part
        for index, one in enumerate(shown)
        for part in _row(one, TOP + index * ROW, place, span)
    ]
    said = "; ".join(f"{one.label} {one.metric}: {one.change}, {interval(one)}" for one in shown)
    title = f"{scenario}: later run over earlier run"
    return picture(bottom + 22, title, said, band, rules, group(names, "tick", "middle"), *marks)


def _row(one: Effect, y: float, place: Scale, span: float) -> Iterator[Markup]:
    centre = y + ROW / 2
    yield text(0, centre + 4, f"{one.label} {one.metric}", "label")
    if one.low and one.high:
        ends = [place(_within(value, span)) for value in (one.low, one.high)]
        yield path([(end, centre) for end in ends], f"whisker {one.change}")
    if one.ratio and not _is_beyond(one.ratio, span):
        yield tag("circle", cx=place(one.ratio), cy=centre, r=4, class_=one.change)
    yield from _cut(one, centre, place, span)
    yield text(WIDTH - ROOM + 8, centre - 2, change(one.ratio), "name")
    yield text(WIDTH - ROOM + 8, centre + 11, one.change, f"{one.change} word")


def _cut(one: Effect, y: float, place: Scale, span: float) -> Iterator[Markup]:
    """Draw an arrow at an edge beyond which figures lie, and write them there."""
    known = [end for end in (one.low, one.high) if end] or [end for end in (one.ratio,) if end]
    beyond = [end for end in known if _is_beyond(end, span)]
    for edge, back, anchor in ((1 / span, ARROW, "start"), (span, -ARROW, "end")):
        figures_there = [change(end) for end in beyond if (end > 1) == (edge > 1)]
        if figures_there:
            x = place(edge)
            arrow = [(x + back, y - ARROW), (x, y), (x + back, y + ARROW)]
            yield path(arrow, f"whisker {one.change}")
            yield text(x, y - ARROW - 3, " to ".join(figures_there), "tick", anchor)


def _is_beyond(value: float, span: float) -> bool:
    # A hair's breadth: the span is itself made of the figures.
    return max(value, 1 / value) > span * (1 + 1e-9)


def _within(value: float, span: float) -> float:
    return min(max(value, 1 / span), span)
