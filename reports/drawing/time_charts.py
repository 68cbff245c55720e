"""Lays latency, CPU, memory and queue of a phase on one time axis, still and to zoom into."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup
from msgspec import Struct

from reports.drawing.pictures import PictureTable
from reports.drawing.time_panels import Panel, Series, stacked
from reports.judgement.timeline import TimelinePoint, Top, moments, top
from reports.record import number_formats
from reports.record.measurements import Floor, Phase

COLOURS = 6
# To zoom into there may be ten times as many moments as a still picture shows.
MOST_TO_ZOOM = 600


class TimeChart(Struct, frozen=True, kw_only=True):
    """A chart over time: the picture, the same courses as JSON to zoom into, and the numbers."""

    caption: str
    svg: Markup
    data: Markup
    table: PictureTable


def time_chart(
    subject: str, phase: Phase, still: Sequence[TimelinePoint], floor: Floor | None
) -> TimeChart | None:
    """Return the chart of one repetition's phase; None where nothing was kept by the second.

    `still` are the moments of the still picture; to zoom into, there may be more.
    """
    if not still:
        return None
    whole = all(one.length_s == 1 for one in still)
    finer = still if whole else moments(phase, MOST_TO_ZOOM)
    name = top(moment.latency_ms for moment in still)
    drawn = list(_panels(still, name, floor))
    if not drawn:
        return None
    middles = [moment.start_s + moment.length_s / 2 for moment in still]
    end_s = still[-1].start_s + still[-1].length_s
    return TimeChart(
        caption=_caption(name, still[0].length_s),
        svg=stacked(f"{subject}: latency and resources over time", drawn, middles, end_s),
        data=_json(finer, name, floor),
        table=_table(still, name),
    )


def _caption(name: Top, length_s: float) -> str:
    each = "" if length_s == 1 else f"{length_s:g} s each. "
    return each if name == "p99" else f"{each}Above is the {name}: a p99 needs 459 requests a time."


def _panels(all_: Sequence[TimelinePoint], name: Top, floor: Floor | None) -> Iterator[Panel]:
    floor_ms = floor.latency_ms.p50 if floor else None
    latencies = [
        Series(name=name, class_="s2", values=[getattr(one.latency_ms, name) for one in all_]),
        Series(name="p50", class_="s1", values=[one.latency_ms.p50 for one in all_]),
        Series(name="floor p50", class_="floor", values=[floor_ms] * len(all_)),
    ]
    queue = [
        Series(name="in flight", class_="s1", values=[one.in_flight for one in all_]),
        Series(name="unacked", class_="s2", values=[one.unacknowledged for one in all_]),
        Series(name="ready", class_="s3", values=[one.ready for one in all_]),
    ]
    memory = Series(name="memory", class_="s6", values=[_sum(one.memory_mb) for one in all_])
    for panel in (
        Panel(title="latency, ms", series=_known(latencies), ratio=True),
        Panel(title="requests in flight and in the queue", series=_known(queue)),
        Panel(title="CPU, cores", series=_by_part([one.cpu for one in all_])),
        Panel(title="memory of all parts, MB", series=_known([memory])),
    ):
        if panel.series:
            yield panel


def _sum(parts: Mapping[str, float]) -> float | None:
    return math.fsum(parts.values()) if parts else None


def _known(series: Sequence[Series]) -> list[Series]:
    return [one for one in series if any(value is not None for value in one.values)]


def _by_part(all_: Sequence[Mapping[str, float]]) -> list[Series]:
    names = dict.fromkeys(name for one in all_ for name in one)
    return [
        Series(
            name=name,
            class_=f"s{index % COLOURS + 1}",
            values=[one.get(name) for one in all_],
        )
        for index, name in enumerate(names)
    ]


def _json(all_: Sequence[TimelinePoint], name: Top, floor: Floor | None) -> Markup:
    """Return the courses as JSON that cannot end the element it stands in."""
    courses = {
        "x": [one.start_s + one.length_s / 2 for one in all_],
        "panels": [
            {
                "title": panel.title,
                **({"ratio": True} if panel.ratio else {}),
                # Each is its name, its colour, and what follows.
                "series": [
                    [number_formats.short(one.name), one.class_, *map(_lean, one.values)]
                    for one in panel.series
                ],
            }
            for panel in _panels(all_, name, floor)
        ],
    }
    text = json.dumps(courses, separators=(",", ":"))
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)  # noqa: S704 -- JSON without a letter that HTML reads


def _lean(value: float | None) -> float | None:
    """Return a value with the three digits that are shown of it, and no .0 behind a whole one."""
    if value is None:
        return None
    short = float(f"{value:.3g}")
    return int(short) if short.is_integer() else short


def _table(all_: Sequence[TimelinePoint], name: Top) -> PictureTable:
    parts = list(dict.fromkeys(part for one in all_ for part in one.cpu))
    head = ["second", "requests", "p50 ms", f"{name} ms", "in flight", "ready", "unacked"]
    rows = [
        [
            number_formats.tick(one.start_s),
            number_formats.count(one.latency_ms.samples),
            number_formats.ms(one.latency_ms.p50),
            number_formats.ms(getattr(one.latency_ms, name)),
            *map(number_formats.ms, (one.in_flight, one.ready, one.unacknowledged)),
            *(number_formats.ms(one.cpu.get(part)) for part in parts),
        ]
        for one in all_
    ]
    return PictureTable(
        head=[*head, *(f"{number_formats.short(part)} cores" for part in parts)], rows=rows
    )
