"""Ways of asking over a queue, side by side: each one's figures, and its ratio to one of them.

Repetitions are paired: within one, all transports are measured within a minute, so what slows the
machine down slows all of them, and the ratio is surer than the figures.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from reports import charts, figures
from reports.costs import breakdowns
from reports.intervals import Interval, Metric, interval, values_of
from reports.measurements import Configuration, Transport
from reports.pictures import Picture
from reports.pooled import PhaseName, phases_of
from reports.record import LoadRun

TYPICAL: Final = 50.0
FIGURES: Final[tuple[tuple[str, PhaseName, Metric], ...]] = (
    ("Requests/s", "closed", "throughput"),
    ("p50, ms", "closed", "p50"),
    ("p99, ms", "closed", "p99"),
    ("p50 at one rate, ms", "common", "p50"),
    ("p99 at one rate, ms", "common", "p99"),
)


class Ratio(Struct, frozen=True, kw_only=True):
    """A transport's figure, and how many times the reference's it is (1.0: as much)."""

    value: Interval
    times: Interval

    @property
    def said(self) -> str:
        """Return the figure in words."""
        known = self.value.estimate
        return figures.NONE if known is None else figures.number(known)


class Line(Struct, frozen=True, kw_only=True):
    """One transport: its figures in the order of FIGURES, and where a typical request's time went.

    `hops_ms` are means around the median at the common rate; None where they are not known.
    """

    transport: Transport
    is_reference: bool
    ratios: Sequence[Ratio]
    hops_ms: dict[str, float] | None


def lines(record: LoadRun) -> list[Line]:
    """Return a line a transport; the first transport of the record is what the others are held to.

    Empty for a run that compared none.
    """
    by_name = {one.scenario: one for one in record.configurations}
    if not record.transports:
        return []
    reference = by_name[record.transports[0].name]
    return [_line(one, by_name[one.name], reference) for one in record.transports]


def pictures(shown: Sequence[Line]) -> Iterator[Picture]:
    """Yield throughput and typical latency as bars."""
    for number in (0, 1):
        title, _, _ = FIGURES[number]
        if shown:
            yield Picture(
                title=title,
                caption="With as many calls in flight as the run says, mean of the repetitions.",
                svg=charts.bars(f"{title} by transport", [_bar(one, number) for one in shown]),
            )


def promises(shown: Sequence[Line]) -> list[str]:
    """Return every promise that some transport was asked about, in order."""
    return list(dict.fromkeys(name for one in shown for name in one.transport.keeps))


def told(ratio: Interval) -> str:
    """Return a ratio with its interval in words: '0.24 x (0.22-0.26)'."""
    if ratio.estimate is None:
        return figures.NONE
    if ratio.low is None or ratio.high is None:
        return f"{ratio.estimate:.2f} x"
    return f"{ratio.estimate:.2f} x ({ratio.low:.2f}-{ratio.high:.2f})"


def ratio(mine: Configuration, theirs: Configuration, phase: PhaseName, metric: Metric) -> Ratio:
    """Return one figure of a transport and its ratio to another's, repetition by repetition."""
    ours = values_of(phases_of(mine, phase), metric)
    held_to = values_of(phases_of(theirs, phase), metric)
    pairs = zip(ours, held_to, strict=False)
    return Ratio(
        value=interval(value for value in ours if value is not None),
        times=interval(one / other for one, other in pairs if one and other),
    )


def _line(transport: Transport, mine: Configuration, reference: Configuration) -> Line:
    return Line(
        transport=transport,
        is_reference=mine is reference,
        ratios=[ratio(mine, reference, phase, metric) for _, phase, metric in FIGURES],
        hops_ms=_typical_hops(mine),
    )


def _typical_hops(mine: Configuration) -> dict[str, float] | None:
    around = [one for one in breakdowns(phases_of(mine, "common")) if one.rank == TYPICAL]
    return around[0].hops_ms if around else None


def _bar(one: Line, number: int) -> charts.Bar:
    figure = one.ratios[number]
    times = "" if one.is_reference else f", {told(figure.times).partition(' (')[0]}"
    return charts.Bar(
        label=one.transport.name, value=figure.value.estimate, text=f"{figure.said}{times}"
    )
