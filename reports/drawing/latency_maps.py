"""Maps when requests were due against how long they took: where a tail lies in time."""

# mypy: allow-untyped-calls
# hdrh ships no types.

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from markupsafe import Markup

from reports.drawing.pictures import Picture
from reports.drawing.scales import Scale, linear, logarithmic, ratio_ticks
from reports.drawing.svg import WIDTH, grid, group, line, picture, tag, text
from reports.drawing.svg import across as level
from reports.judgement.timeline import TimelinePoint, moments
from reports.record import latency, number_formats
from reports.record.measurements import Floor, Repetition

LEFT, TOP, BOTTOM, HEIGHT = 40.0, 18.0, 168.0, 202.0
SHADES: Final = 5
PER_DECADE: Final = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
MOST_WARM: Final = 20
# How far apart the warm-up and the phase stand, in columns: time went by between them.
BREAK: Final = 0.6
Field = tuple[float, int]


def latency_map(
    subject: str, repetition: Repetition, course: Sequence[TimelinePoint], floor: Floor | None
) -> Picture | None:
    """Return the map of one repetition's phase, its warm-up before it; None without seconds."""
    measured = [one for one in course if one.histogram]
    if not measured:
        return None
    length_s = measured[0].length_s
    warm = _warm_up(repetition, length_s)
    svg = _drawn(f"{subject}: latencies over time", warm, measured, floor)
    return Picture(
        title="When it was slow",
        caption=_cut(repetition, warm),
        svg=svg,
    )


def _warm_up(repetition: Repetition, length_s: float) -> list[TimelinePoint]:
    """Return the warm-up's last moments, as long as the phase's own."""
    if repetition.warm_up is None:
        return []
    seconds = len(repetition.warm_up.histograms.seconds)
    most = max(1, math.ceil(seconds / length_s))
    return [one for one in moments(repetition.warm_up, most) if one.histogram][-MOST_WARM:]


def _cut(repetition: Repetition, warm: Sequence[TimelinePoint]) -> str:
    """Say how much was cut away before measuring, and whether the system had settled by then."""
    warmed = repetition.warmed
    if not warm and not warmed.cut_s:
        return ""
    length = f"{warmed.cut_s:.1f} s of warm-up were cut before" if warmed.cut_s else "It was cut"
    settled = "it had settled" if warmed.stable else "it had not settled by then"
    return f"{length}: {settled}." if warmed.windows else f"{length}."


def _drawn(
    title: str,
    warm: Sequence[TimelinePoint],
    measured: Sequence[TimelinePoint],
    floor: Floor | None,
) -> Markup:
    shift = len(warm) + (BREAK if warm else 0.0)
    columns = [float(index) for index in range(len(warm))]
    columns += [shift + index for index in range(len(measured))]
    counted = [_counts(one.histogram or "") for one in [*warm, *measured]]
    edges = _edges(counted)
    floor_ms = floor.latency_ms.p50 if floor else None
    low = min(edges[0], floor_ms or edges[0])
    across = linear(0, columns[-1] + 1, LEFT, WIDTH - 4)
    down = logarithmic(low, edges[-1], BOTTOM, TOP)
    shaded = _shaded(columns, counted)
    parts = [
        *_rules(low, edges[-1], down),
        _fields(shaded, across, down),
        *_warm_shade(warm, across),
        *_feet(measured, shift, across),
        *_floor(floor_ms, down),
    ]
    return picture(HEIGHT, title, _said(measured), *parts)


def _counts(encoded: str) -> dict[int, int]:
    """Return how many requests fell into each latency bin, by the bin's number."""
    histogram = latency.decode(encoded)
    found: defaultdict[int, int] = defaultdict(int)
    for index, count in enumerate(histogram.counts):
        if count:
            found[_bin(histogram.get_value_from_index(index) / 1_000)] += count
    return found


def _bin(ms: float) -> int:
    decade = math.floor(math.log10(max(ms, 0.001)))
    step = sum(max(ms, 0.001) / 10.0**decade >= one for one in PER_DECADE) - 1
    return decade * len(PER_DECADE) + max(step, 0)


def _edge(number: int) -> float:
    """Return where a bin begins, in ms."""
    decade, step = divmod(number, len(PER_DECADE))
    return PER_DECADE[step] * 10.0**decade


def _edges(counted: Sequence[dict[int, int]]) -> list[float]:
    numbers = list(itertools.chain.from_iterable(counted))
    return [_edge(number) for number in range(min(numbers), max(numbers) + 2)]


def _shaded(columns: Sequence[float], counted: Sequence[dict[int, int]]) -> dict[int, list[Field]]:
    """Return the fields of each shade; a moment's shares are compared, not its counts."""
    shares = [{one: n / sum(found.values()) for one, n in found.items()} for found in counted]
    most = max(itertools.chain.from_iterable(one.values() for one in shares))
    shaded: defaultdict[int, list[Field]] = defaultdict(list)
    for column, found in zip(columns, shares, strict=True):
        for number, share in found.items():
            shaded[math.ceil(math.sqrt(share / most) * SHADES)].append((column, number))
    return shaded


def _fields(shaded: dict[int, list[Field]], across: Scale, down: Scale) -> Markup:
    width = max(across(1) - across(0) - 0.5, 0.5)
    paths = (_path(shade, fields, across, down) for shade, fields in sorted(shaded.items()))
    return tag("g", *paths, class_="field", stroke_width=width)


def _path(shade: int, fields: Sequence[Field], across: Scale, down: Scale) -> Markup:
    """Return all fields of a shade as one path of thick strokes, neighbours as one stroke.

    An element a field would make the page ten times as long.
    """
    width = across(1) - across(0)
    columns: defaultdict[float, list[int]] = defaultdict(list)
    for column, number in sorted(fields):
        columns[column].append(number)
    steps = "".join(
        _stroke(across(column) + width / 2, first, last, down)
        for column, numbers in columns.items()
        for first, last in _runs(numbers)
    )
    return tag("path", d=steps, class_=f"q{shade}")


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Return the first and the last of each row of bins that follow each other."""
    first = last = numbers[0]
    for number in numbers[1:]:
        if number > last + 1:
            yield first, last
            first = number
        last = number
    yield first, last


def _stroke(x: float, first: int, last: int, down: Scale) -> str:
    begin, end = round(down(_edge(first))), round(down(_edge(last + 1)))
    return f"M{round(x, 1):g} {begin}v{end - begin}"


def _rules(low: float, high: float, down: Scale) -> Iterator[Markup]:
    ticks = [tick for tick in ratio_ticks(low, high) if low <= tick <= high]
    few = 7
    shown = ticks if len(ticks) <= few else [one for one in ticks if f"{one:e}".startswith("1")]
    yield grid(level(LEFT, WIDTH - 4, down(tick)) for tick in shown)
    names = (text(LEFT - 6, down(tick) + 4, number_formats.tick(tick)) for tick in shown)
    yield group(names, "tick", "end")


def _warm_shade(warm: Sequence[TimelinePoint], across: Scale) -> Iterator[Markup]:
    if warm:
        width = across(len(warm)) - across(0)
        yield tag("rect", x=LEFT, y=TOP, width=width, height=BOTTOM - TOP, class_="cut")
        yield text(LEFT, TOP - 6, "warm-up, cut", "tick")


def _feet(measured: Sequence[TimelinePoint], shift: float, across: Scale) -> Iterator[Markup]:
    length_s = measured[0].length_s
    every = max(1, math.ceil(len(measured) / 6))
    names = (
        text(across(shift + index), BOTTOM + 15, number_formats.tick(index * length_s))
        for index in range(0, len(measured), every)
    )
    yield group(names, "tick", "middle")
    yield text(WIDTH - 4, HEIGHT - 3, "seconds of the phase", "axis", "end")


def _floor(floor_ms: float | None, down: Scale) -> Iterator[Markup]:
    if floor_ms is not None:
        yield line(LEFT, down(floor_ms), WIDTH - 4, down(floor_ms), "floor")
        yield text(WIDTH - 4, down(floor_ms) - 4, "floor p50", "tick", "end")


def _said(measured: Sequence[TimelinePoint]) -> str:
    highs = [one.latency_ms.max or 0.0 for one in measured]
    slowest = max(range(len(highs)), key=highs.__getitem__)
    return (
        f"{len(measured)} moments; the slowest request, {number_formats.ms(highs[slowest])} ms, "
        f"was due at {measured[slowest].start_s:g} s"
    )
