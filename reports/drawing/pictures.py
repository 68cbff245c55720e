"""Pictures of a scenario, each left out where it would show nothing, and their numbers."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup
from msgspec import Struct

from reports.drawing import charts, curves
from reports.judgement.configuration_rows import ConfigurationRow
from reports.judgement.findings import IMBALANCE, imbalance
from reports.record import number_formats


class PictureTable(Struct, frozen=True, kw_only=True):
    """The numbers of a picture."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


class Picture(Struct, frozen=True, kw_only=True):
    """A chart with its caption and, where the section's own table lacks them, its numbers."""

    title: str
    caption: str
    svg: Markup
    table: PictureTable | None = None


def throughput(scenario: str, rows: Sequence[ConfigurationRow]) -> Iterator[Picture]:
    """Yield each configuration's maximum throughput as a bar; one alone stands in the table."""
    measured = [
        charts.Bar(
            label=row.label,
            value=row.closed.throughput_per_s,
            text=number_formats.rate(row.closed.throughput_per_s),
        )
        for row in rows
        if row.closed
    ]
    if len(measured) > 1:
        yield Picture(
            title="Maximum throughput",
            caption="Most requests/s that succeeded in the closed loop. Longer is better.",
            svg=charts.bars(f"{scenario}: maximum throughput by configuration", measured),
        )


def levels(scenario: str, rows: Sequence[ConfigurationRow]) -> Iterator[Picture]:
    """Yield the closed loops' throughput over their users; the numbers stand with the latency."""
    measured = [(row.label, row.closed.levels) for row in rows if row.closed and row.closed.levels]
    if all(len(steps) == 1 for _, steps in measured):
        return
    courses = [
        curves.Curve(
            name=label,
            class_=f"s{index % curves.COLOURS + 1}",
            points=sorted((level.users, level.throughput_per_s) for level in steps),
        )
        for index, (label, steps) in enumerate(measured)
    ]
    yield Picture(
        title="How it fills up",
        caption="Requests/s over users in the closed loop, doubled until the gain is small.",
        svg=curves.level_curves(f"{scenario}: throughput over users", courses),
    )


def worker_shares(scenario: str, rows: Sequence[ConfigurationRow]) -> Iterator[Picture]:
    """Yield how the requests of each service were spread over its workers, if it has several."""
    spreads, numbers = [], []
    for row in rows:
        for service, shares in (row.common.worker_shares if row.common else {}).items():
            workers = max(len(shares), row.configuration.service_workers)
            if workers == 1:
                continue
            factor = imbalance(shares, workers)
            spreads.append(
                charts.ShareBar(
                    label=f"{row.label} {service}",
                    shares=tuple(shares.values()),
                    text=f"busiest {number_formats.times(factor)} even",
                    uneven=factor > IMBALANCE,
                )
            )
            numbers += [
                (
                    row.label,
                    service,
                    number_formats.visible(worker, 80),
                    number_formats.percent(share),
                )
                for worker, share in sorted(shares.items(), key=lambda item: -item[1])
            ]
    if spreads:
        yield Picture(
            title="Who did the work",
            caption="Share of the requests per service worker at the common rate; "
            f"a busiest worker above {number_formats.times(IMBALANCE)} its even share is named.",
            svg=charts.spreads(f"{scenario}: requests per service worker", spreads),
            table=PictureTable(head=("configuration", "service", "worker", "share"), rows=numbers),
        )
