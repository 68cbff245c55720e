"""Draws where the time of requests went: hop by hop at three ranks, and the slowest one by one."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from markupsafe import Markup

from reports.drawing.pictures import Picture, PictureTable
from reports.drawing.scales import Scale, linear, round_ticks
from reports.drawing.svg import WIDTH, grid, group, picture, tag, text
from reports.drawing.svg import down as upright
from reports.record import number_formats
from reports.record.measurements import Breakdown, Phase, Trace

HOPS: Final = 9
ROW, BAR = 26.0, 15.0
TRACE_ROW, TRACE_BAR = 22.0, 3.0
LEFT, RIGHT = 44.0, WIDTH - 56
REST: Final = "rest"
Box = tuple[float, float, float, float]


def colours(phase: Phase) -> dict[str, str]:
    """Return the colour of each hop of a phase by its place on the way, and of the rest."""
    named = [name for one in phase.hops for name in one.hops_ms]
    named += [span.name for trace in phase.slowest for span in trace.spans]
    found = {name: f"h{index % HOPS + 1}" for index, name in enumerate(dict.fromkeys(named))}
    known = any(one.whole_ms is not None for one in phase.hops)
    return found | {REST: REST} if known else found


def breakdown_picture(subject: str, phase: Phase, names: dict[str, str]) -> Picture | None:
    """Return the bars of a phase's breakdowns; None where there are none."""
    bars = [one for one in phase.hops if one.whole_ms is not None]
    if not bars:
        return None
    return Picture(
        title="Where the time goes",
        caption="",
        svg=_bars(f"{subject}: hops around three ranks", bars, names),
        table=_table(bars, [name for name in names if name != REST]),
    )


def waterfall_picture(subject: str, phase: Phase, names: dict[str, str]) -> Picture | None:
    """Return the slowest requests as waterfalls; None where there are none."""
    if not phase.slowest:
        return None
    return Picture(
        title=f"The {len(phase.slowest)} slowest requests",
        caption="",
        svg=_waterfalls(f"{subject}: the slowest requests", phase.slowest, names),
        table=_traces(phase.slowest, [name for name in names if name != REST]),
    )


def _bars(title: str, bars: Sequence[Breakdown], names: dict[str, str]) -> Markup:
    longest = max(sum(_parts(one).values()) for one in bars)
    ticks = round_ticks(longest, most=4)
    place = linear(0, ticks[-1], LEFT, RIGHT)
    bottom = ROW * len(bars) + 4
    boxes: defaultdict[str, list[Box]] = defaultdict(list)
    labels: list[Markup] = []
    for index, one in enumerate(bars):
        y, end = index * ROW + 4, 0.0
        for name, ms in _parts(one).items():
            boxes[names.get(name, REST)].append((place(end), y, place(end + ms) - place(end), BAR))
            end += ms
        labels.append(text(LEFT - 8, y + 12, f"p{one.rank:g}", "label", "end"))
        labels.append(text(place(end) + 6, y + 12, number_formats.ms(one.whole_ms), "value"))
    said = "; ".join(f"around p{one.rank:g}: {number_formats.ms(one.whole_ms)} ms" for one in bars)
    axis = _axis(ticks, place, bottom)
    return picture(bottom + 20, title, said, *axis, *labels, *_all(boxes))


def _parts(one: Breakdown) -> dict[str, float]:
    """Return what the bar is made of; a rest below nothing (clocks differ) has no length."""
    parts = {name: max(ms, 0.0) for name, ms in one.hops_ms.items()}
    return parts | {REST: max(one.residual_ms or 0.0, 0.0)}


def _waterfalls(title: str, traces: Sequence[Trace], names: dict[str, str]) -> Markup:
    ticks = round_ticks(max(trace.whole_ms for trace in traces), most=4)
    place = linear(0, ticks[-1], LEFT / 2, RIGHT)
    order = [name for name in names if name != REST]
    height = max(TRACE_ROW, TRACE_BAR * len(order) + 5)
    boxes: defaultdict[str, list[Box]] = defaultdict(list)
    labels: list[Markup] = []
    for index, trace in enumerate(traces):
        y = index * height + 2
        boxes["whole"].append((place(0), y, place(trace.whole_ms) - place(0), height - 4))
        for span in trace.spans:
            x, row = place(max(span.start_ms, 0.0)), y + order.index(span.name) * TRACE_BAR + 0.5
            width = max(place(span.duration_ms) - place(0), 0.6)
            boxes[names[span.name]].append((x, row, width, TRACE_BAR - 0.5))
        labels.append(text(place(trace.whole_ms) + 5, y + height / 2 + 2, _rounded(trace)))
    numbers = (
        text(LEFT / 2 - 6, (index + 0.5) * height + 4, str(index + 1))
        for index in range(len(traces))
    )
    labels.append(group(numbers, "tick", "end"))
    bottom = height * len(traces) + 2
    said = "ms each: " + ", ".join(number_formats.ms(one.whole_ms) for one in traces)
    axis = _axis(ticks, place, bottom)
    return picture(bottom + 20, title, said, *axis, *_all(boxes), *labels)


def _rounded(trace: Trace) -> str:
    return number_formats.ms(trace.whole_ms)


def _axis(ticks: Sequence[float], place: Scale, bottom: float) -> Iterator[Markup]:
    yield grid(upright(place(tick), 0, bottom) for tick in ticks)
    names = [*map(number_formats.tick, ticks[:-1]), f"{number_formats.tick(ticks[-1])} ms"]
    shown = zip(names, ticks, strict=True)
    feet = (text(place(tick), bottom + 14, name) for name, tick in shown)
    yield group(feet, "tick", "middle")


def _all(boxes: dict[str, list[Box]]) -> Iterator[Markup]:
    """Draw the boxes of a colour as one path of thick strokes, the whole first and below the rest.

    All boxes of a colour are equally high; an element a box would be five times as long.
    """
    paths: defaultdict[float, list[Markup]] = defaultdict(list)
    for class_, same in sorted(boxes.items(), key=lambda item: item[0] != "whole"):
        steps = "".join(f"M{x:.0f} {y + h / 2:.0f}h{max(w, 1):.0f}" for x, y, w, h in same)
        paths[same[0][3]].append(tag("path", d=steps, class_=class_))
    for height, alike in paths.items():
        yield tag("g", *alike, stroke_width=height)


def _table(bars: Sequence[Breakdown], names: list[str]) -> PictureTable:
    return PictureTable(
        head=["around", "requests", "whole ms", *map(_shown, names), "rest"],
        rows=[
            [
                f"p{one.rank:g} ± {one.within_ranks:g}",
                number_formats.count(one.requests),
                number_formats.ms(one.whole_ms),
                *(number_formats.ms(one.hops_ms.get(name)) for name in names),
                number_formats.ms(one.residual_ms),
            ]
            for one in bars
        ],
    )


def _traces(traces: Sequence[Trace], names: list[str]) -> PictureTable:
    rows = []
    for index, trace in enumerate(traces):
        lengths = {span.name: span.duration_ms for span in trace.spans}
        rows.append(
            [
                str(index + 1),
                number_formats.ms(trace.whole_ms),
                f"{trace.at_s:.1f}",
                number_formats.visible(trace.endpoint, 60),
                number_formats.visible(trace.trace_id, 60),
                *(number_formats.ms(lengths.get(name)) for name in names),
            ]
        )
    head = ["slowest", "whole ms", "due at s", "endpoint", "trace id", *map(_shown, names)]
    return PictureTable(head=head, rows=rows)


def _shown(name: str) -> str:
    return number_formats.visible(name, 40)
