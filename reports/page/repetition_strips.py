"""Shows what each repetition measured, as one dot, and the interval that they make together."""

from collections.abc import Iterator, Sequence
from typing import Final

from markupsafe import Markup
from msgspec import Struct

from reports.drawing.pictures import Picture, PictureTable
from reports.drawing.scales import Scale, linear, round_ticks
from reports.drawing.svg import LETTER, WIDTH, grid, group, picture, tag, text
from reports.drawing.svg import down as upright
from reports.judgement.confidence_intervals import (
    LEAST_FOR_INTERVAL,
    LEAST_FOR_VERDICT,
    Interval,
    Metric,
    over_repetitions,
    values_of,
)
from reports.judgement.configuration_rows import ConfigurationRow
from reports.judgement.pooling import PhaseName, phases_of
from reports.record import number_formats
from reports.record.measurements import Configuration

ROW: Final = 24.0
METRICS: Final[dict[Metric, tuple[str, tuple[PhaseName, ...]]]] = {
    "p50": ("p50 at a planned rate, ms", ("common", "open")),
    "p99": ("p99 at a planned rate, ms", ("common", "open")),
    "throughput": ("Throughput of the closed loop, requests/s", ("closed", "open")),
}


class RepetitionStrip(Struct, frozen=True, kw_only=True):
    """One figure of one configuration: a value per repetition, and their interval."""

    label: str
    values: Sequence[float]
    interval: Interval


def strips(scenario: str, rows: Sequence[ConfigurationRow]) -> Iterator[Picture]:
    """Yield a picture a figure; of one repetition there is nothing to compare."""
    for metric, (title, phases) in METRICS.items():
        shown = [one for row in rows if (one := _strip(row.configuration, metric, phases))]
        if any(len(one.values) > 1 for one in shown):
            yield Picture(
                title=title,
                caption="One dot a repetition; the bar is the 95 % interval of their mean.",
                svg=_drawn(f"{scenario}: {title}, repetition by repetition", shown),
                table=_table(shown),
            )


def doubt(configurations: Sequence[Configuration]) -> str:
    """Return what too few repetitions leave open; nothing when there are five of each."""
    least = min(len(one.repetitions) for one in configurations)
    made = f"{least} repetition{'s' if least > 1 else ''}"
    if least < LEAST_FOR_INTERVAL:
        return f"No intervals: they need {LEAST_FOR_INTERVAL} repetitions, and this run has {made}."
    if least < LEAST_FOR_VERDICT:
        return (
            f"No verdict on what is better: it needs {LEAST_FOR_VERDICT} repetitions, and this run "
            f"has {made}."
        )
    return ""


def _strip(
    configuration: Configuration, metric: Metric, phases: Sequence[PhaseName]
) -> RepetitionStrip | None:
    measured = next((name for name in phases if phases_of(configuration, name)), None)
    if measured is None:
        return None
    values = values_of(phases_of(configuration, measured), metric)
    return RepetitionStrip(
        label=configuration.label,
        values=[value for value in values if value is not None],
        interval=over_repetitions(configuration, measured, metric),
    )


def _drawn(title: str, shown: Sequence[RepetitionStrip]) -> Markup:
    ends = [one.interval.high for one in shown if one.interval.high is not None]
    ticks = round_ticks(max([*ends, *(value for one in shown for value in one.values)]), most=4)
    left = LETTER * max(len(one.label) for one in shown) + 14
    place = linear(0, ticks[-1], left, WIDTH - 44)
    bottom = ROW * len(shown) + 4
    rules = grid(upright(place(tick), 0, bottom) for tick in ticks)
    names = (text(place(tick), bottom + 14, number_formats.tick(tick)) for tick in ticks)
    feet = group(names, "tick", "middle")
    marks = [part for index, one in enumerate(shown) for part in _row(one, index * ROW, place)]
    said = "; ".join(f"{one.label}: {_text(one.interval)}" for one in shown)
    return picture(bottom + 20, title, said, rules, feet, *marks)


def _row(one: RepetitionStrip, y: float, place: Scale) -> Iterator[Markup]:
    middle = y + ROW / 2 + 2
    yield text(place(0) - 8, middle + 4, one.label, "label", "end")
    low, high, estimate = one.interval.low, one.interval.high, one.interval.estimate
    if low is not None and high is not None:
        width = place(high) - place(low)
        yield tag("rect", x=place(low), y=middle - 6, width=width, height=12, class_="interval")
    steps = "".join(f"M{place(value):.1f} {middle:g}h0" for value in one.values)
    yield tag("path", d=steps, class_="dot")
    if estimate is not None:
        last = max([high or 0.0, *one.values])
        yield text(place(last) + 7, middle + 4, number_formats.number(estimate), "value")


def _text(one: Interval) -> str:
    if one.estimate is None:
        return one.reasons["estimate"]
    if one.low is None or one.high is None:
        return f"{number_formats.number(one.estimate)}, {one.reasons['low']}"
    span = f"{number_formats.number(one.low)} to {number_formats.number(one.high)}"
    return f"{number_formats.number(one.estimate)}, {span}"


def _table(shown: Sequence[RepetitionStrip]) -> PictureTable:
    return PictureTable(
        head=["configuration", "mean, 95 % interval", "repetitions"],
        rows=[
            [one.label, _text(one.interval), ", ".join(map(number_formats.number, one.values))]
            for one in shown
        ],
    )
