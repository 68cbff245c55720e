"""Draws the search for the most requests a second within an SLO: the hockey stick and its knee."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from reports.drawing import curves
from reports.drawing.curves import BOTTOM, HEIGHT, LEFT, TOP, Curve
from reports.drawing.pictures import Picture, PictureTable
from reports.drawing.scales import Scale, linear, logarithmic, ratio_ticks, round_ticks
from reports.drawing.svg import line, picture, tag, text
from reports.record import number_formats
from reports.record.capacity import Probe, RateSearch

# What a label takes: beside an upright line, and above a level one.
LABEL_WIDTH, LABEL_HEIGHT = 70.0, 14.0


def knee(search: RateSearch) -> Iterator[Picture]:
    """Yield a search as p50 and p99 over the rates it tried, with the rate it kept."""
    measured = sorted((one for one in search.probes if one.p99_ms), key=lambda one: one.rate_per_s)
    if measured:
        yield Picture(
            title=f"{search.scenario} {search.configuration}: {kept(search)}",
            caption="Ms (logarithmic) over planned requests/s. Rings are rates that did not keep "
            "the SLO, or whose run was void.",
            svg=_drawn(search, measured),
            table=PictureTable(
                head=("requests/s", "achieved", "samples", "failed", "p50 ms", "p99 ms", "why"),
                rows=[_row(one) for one in search.probes],
            ),
        )


def kept(search: RateSearch) -> str:
    """Return which rate was found to keep the SLO, or why there is none."""
    within = f"within {search.slo_p99_ms:g} ms (p99)"
    if search.most_per_s is None:
        found = "no rate" if search.shows_none else "rate not known"
        return f"{found} {within}, {number_formats.visible(search.reasons['most_per_s'])}"
    return f"{number_formats.rate(search.most_per_s)} requests/s {within}"


def _row(one: Probe) -> Sequence[str]:
    confirms = "confirms: " if one.confirms else ""
    return (
        number_formats.rate(one.rate_per_s),
        number_formats.rate(one.achieved_per_s),
        number_formats.count(one.samples),
        number_formats.count(one.failed),
        number_formats.ms(one.p50_ms),
        number_formats.ms(one.p99_ms),
        f"{confirms}{one.verdict}: {number_formats.visible(one.sentence, 200)}",
    )


def _drawn(search: RateSearch, probes: Sequence[Probe]) -> Markup:
    typical = Curve(
        name="p50",
        class_="s1 thin",
        points=[(one.rate_per_s, one.p50_ms) for one in probes if one.p50_ms],
    )
    slow = Curve(
        name="p99",
        class_="s2",
        points=[(one.rate_per_s, one.p99_ms) for one in probes if one.p99_ms],
    )
    heights = [ms for _, ms in [*typical.points, *slow.points]] + [search.slo_p99_ms]
    y_ticks = ratio_ticks(min(heights), max(heights))
    x_ticks = round_ticks(max(one.rate_per_s for one in probes), most=4)
    right = curves.right_end([typical, slow])
    across = linear(0, x_ticks[-1], LEFT, right)
    down = logarithmic(y_ticks[0], y_ticks[-1], BOTTOM, TOP)
    return picture(
        HEIGHT,
        f"{search.scenario} {search.configuration}: latency around the knee",
        f"{kept(search)}; {curves.said([typical, slow], 'ms')}",
        *curves.rules(
            [(number_formats.tick(tick), down(tick)) for tick in curves.thinned(y_ticks)], right
        ),
        *curves.feet([(number_formats.tick(tick), across(tick)) for tick in x_ticks]),
        text(right, HEIGHT - 2, "planned requests/s", "axis", "end"),
        line(LEFT, down(search.slo_p99_ms), right, down(search.slo_p99_ms), "floor"),
        text(LEFT + 4, down(search.slo_p99_ms) - 4, f"SLO {search.slo_p99_ms:g} ms", "tick"),
        *_kept(search, across, down),
        *curves.lines([typical, slow], across, down),
        *curves.names([typical, slow], down),
        *_rings(probes, across, down),
    )


def _kept(search: RateSearch, across: Scale, down: Scale) -> Iterator[Markup]:
    """Draw the rate that was kept; its name stands on the left, where latencies are low."""
    if search.most_per_s is None:
        return
    x, top = across(search.most_per_s), TOP + LABEL_HEIGHT
    y = top if down(search.slo_p99_ms) > top + LABEL_HEIGHT else BOTTOM - 6
    name = f"kept {number_formats.rate(search.most_per_s)}/s"
    yield line(x, TOP, x, BOTTOM, "floor")
    if x > LEFT + LABEL_WIDTH:
        yield text(x - 5, y, name, "tick", "end")
    else:
        yield text(x + 5, y, name, "tick")


def _rings(probes: Sequence[Probe], across: Scale, down: Scale) -> Iterator[Markup]:
    for one in probes:
        class_ = "s2" if one.verdict == "pass" else "ring s2"
        yield tag("circle", cx=across(one.rate_per_s), cy=down(one.p99_ms or 0), r=3, class_=class_)
