"""Ways of asking over a queue, side by side: each one's figures, and its ratio to one of them.

Repetitions are paired: within one, all transports are measured within a minute, so what slows the
machine down slows all of them, and the ratio is surer than the figures.
"""

# mypy: allow-untyped-calls
# hdrh ships no types.

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from reports.drawing import charts
from reports.drawing.pictures import Picture
from reports.judgement.confidence_intervals import Interval, Metric, interval, values_of
from reports.judgement.pooling import PhaseName, phases_of
from reports.record import latency, number_formats
from reports.record.measurements import Configuration, Phase, Transport
from reports.record.record import LoadRun

US_PER_MS: Final = 1_000
# The hops that every transport has alike; what lies between them is the transport's own.
ENDS: Final = frozenset({"gw", "service"})
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
        return number_formats.NONE if known is None else number_formats.number(known)


class TransportRow(Struct, frozen=True, kw_only=True):
    """One transport: its figures in the order of FIGURES, and where its requests' time went.

    `hops_ms` is what each hop took for itself, mean of all requests at the one rate; `between` is
    how long gateway and service were apart (all hops but those two), and that of the reference's.
    """

    transport: Transport
    is_reference: bool
    ratios: Sequence[Ratio]
    hops_ms: dict[str, float]
    between: Ratio


def lines(record: LoadRun) -> list[TransportRow]:
    """Return a line a transport; the first transport of the record is what the others are held to.

    Empty for a run that compared none.
    """
    by_name = {one.scenario: one for one in record.configurations}
    if not record.transports:
        return []
    reference = by_name[record.transports[0].name]
    return [_line(one, by_name[one.name], reference) for one in record.transports]


def pictures(shown: Sequence[TransportRow]) -> Iterator[Picture]:
    """Yield throughput and typical latency as bars."""
    for number in (0, 1):
        title, _, _ = FIGURES[number]
        if shown:
            yield Picture(
                title=title,
                caption="With as many calls in flight as the run says, mean of the repetitions.",
                svg=charts.bars(f"{title} by transport", [_bar(one, number) for one in shown]),
            )


def promises(shown: Sequence[TransportRow]) -> list[str]:
    """Return every promise that some transport was asked about, in order."""
    return list(dict.fromkeys(name for one in shown for name in one.transport.keeps))


def told(ratio: Interval) -> str:
    """Return a ratio with its interval in words: '0.24 x (0.22-0.26)'."""
    if ratio.estimate is None:
        return number_formats.NONE
    if ratio.low is None or ratio.high is None:
        return f"{ratio.estimate:.2f} x"
    return f"{ratio.estimate:.2f} x ({ratio.low:.2f}-{ratio.high:.2f})"


def ratio(mine: Configuration, theirs: Configuration, phase: PhaseName, metric: Metric) -> Ratio:
    """Return one figure of a transport and its ratio to another's, repetition by repetition."""
    ours = values_of(phases_of(mine, phase), metric)
    return _paired(ours, values_of(phases_of(theirs, phase), metric))


def _paired(mine: Sequence[float | None], theirs: Sequence[float | None]) -> Ratio:
    pairs = zip(mine, theirs, strict=False)
    return Ratio(
        value=interval(value for value in mine if value),
        times=interval(one / other for one, other in pairs if one and other),
    )


def _line(transport: Transport, mine: Configuration, reference: Configuration) -> TransportRow:
    return TransportRow(
        transport=transport,
        is_reference=mine is reference,
        ratios=[ratio(mine, reference, phase, metric) for _, phase, metric in FIGURES],
        hops_ms=_hops_ms(phases_of(mine, "common")),
        between=_paired(_between_ms(mine), _between_ms(reference)),
    )


def _hops_ms(phases: Sequence[Phase]) -> dict[str, float]:
    """Return each hop's mean over all requests; means of parts add up, as percentiles do not."""
    names = dict.fromkeys(name for phase in phases for name in phase.histograms.hops)
    return {name: _mean_ms([phase.histograms.hops[name] for phase in phases]) for name in names}


def _mean_ms(encoded: Sequence[str]) -> float:
    merged = latency.merge(latency.decode(one) for one in encoded)
    return float(merged.get_mean_value()) / US_PER_MS


def _between_ms(mine: Configuration) -> list[float]:
    hops_ms = [_hops_ms([phase]) for phase in phases_of(mine, "common")]
    return [sum(ms for name, ms in one.items() if name not in ENDS) for one in hops_ms]


def _bar(one: TransportRow, number: int) -> charts.Bar:
    figure = one.ratios[number]
    times = "" if one.is_reference else f", {told(figure.times).partition(' (')[0]}"
    return charts.Bar(
        label=one.transport.name, value=figure.value.estimate, text=f"{figure.said}{times}"
    )
