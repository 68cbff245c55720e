"""Pictures of a scenario, each left out where it would show nothing, and their numbers."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup
from msgspec import Struct

from reports import charts, curves, figures, latency
from reports.findings import IMBALANCE, imbalance
from reports.measurements import Level
from reports.rows import Row

LEAST_MS = 0.01
# Dense where a curve bends: the tail counts more than the middle.
CURVE_STOPS = (
    *(10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 75.0, 80.0, 85.0, 90.0, 92.0, 94.0, 95.0),
    *(96.0, 97.0, 98.0, 98.5, 99.0, 99.3, 99.5, 99.7, 99.8, 99.9),
)


class Table(Struct, frozen=True, kw_only=True):
    """The numbers of a picture."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


class Picture(Struct, frozen=True, kw_only=True):
    """A chart with its caption and, where the section's own table lacks them, its numbers."""

    title: str
    caption: str
    svg: Markup
    table: Table | None = None


def latency_pictures(scenario: str, rows: Sequence[Row]) -> list[Picture]:
    """Return one picture per configuration: HTTP beside RPC over the percentiles, on one scale."""
    drawn = {one.label: courses for one in rows if (courses := _courses(one))}
    heights = [ms for courses in drawn.values() for course in courses for _, ms in course.points]
    return [
        Picture(
            title=label,
            caption="",
            svg=curves.percentile_curves(
                f"{scenario}: latency percentiles at the common rate, {label}",
                courses,
                low_ms=min(heights),
                high_ms=max(heights),
            ),
        )
        for label, courses in drawn.items()
    ]


def _courses(row: Row) -> list[curves.Course]:
    if row.common is None:
        return []
    encoded = {"HTTP": row.common.histograms.total, "RPC": row.common.histograms.rpc}
    courses = [
        curves.Course(name=name, class_=name.lower(), points=_curve(text))
        for name, text in encoded.items()
        if text
    ]
    return [course for course in courses if course.points]


def _curve(text: str) -> list[tuple[float, float]]:
    histogram = latency.decode(text)
    stops = [stop for stop in CURVE_STOPS if latency.carries(histogram, stop)]
    values = latency.values_ms(histogram, stops)
    return [(stop, max(values[stop], LEAST_MS)) for stop in stops]


def throughput(scenario: str, rows: Sequence[Row]) -> Iterator[Picture]:
    """Yield the maximum throughput of each configuration as a bar."""
    measured = [
        charts.Bar(
            label=row.label,
            value=row.closed.throughput_per_s,
            text=figures.rate(row.closed.throughput_per_s),
        )
        for row in rows
        if row.closed
    ]
    if measured:
        yield Picture(
            title="What it carries",
            caption="Most requests/s that succeeded in the closed loop. Longer is better.",
            svg=charts.bars(f"{scenario}: maximum throughput by configuration", measured),
        )


def levels(scenario: str, rows: Sequence[Row]) -> Iterator[Picture]:
    """Yield the closed loops' throughput over their users, with the latencies as numbers."""
    measured = [(row.label, row.closed.levels) for row in rows if row.closed and row.closed.levels]
    if not measured:
        return
    courses = [
        curves.Course(
            name=label,
            class_=f"s{index % curves.COLOURS + 1}",
            points=sorted((level.users, level.throughput_per_s) for level in steps),
        )
        for index, (label, steps) in enumerate(measured)
    ]
    numbers = [
        (
            label,
            figures.count(level.users),
            figures.rate(level.throughput_per_s),
            figures.ms(level.latency_ms.p50),
            _p99(level),
            figures.count(level.failed),
        )
        for label, steps in measured
        for level in steps
    ]
    yield Picture(
        title="How it fills up",
        caption="Requests/s over users in the closed loop, doubled until the gain is small.",
        svg=curves.level_curves(f"{scenario}: throughput over users", courses),
        table=Table(
            head=("configuration", "users", "requests/s", "p50 ms", "p99 ms", "failed"),
            rows=numbers,
        ),
    )


def _p99(level: Level) -> str:
    return figures.ms(level.latency_ms.p99) if level.latency_ms.p99 else "not enough samples"


def worker_shares(scenario: str, rows: Sequence[Row]) -> Iterator[Picture]:
    """Yield how the requests of each service were spread over its workers, if it has several."""
    spreads, numbers = [], []
    for row in rows:
        for service, shares in (row.common.worker_shares if row.common else {}).items():
            workers = max(len(shares), row.configuration.service_workers)
            if workers == 1:
                continue
            factor = imbalance(shares, workers)
            spreads.append(
                charts.Spread(
                    label=f"{row.label} {service}",
                    shares=tuple(shares.values()),
                    text=f"busiest {figures.times(factor)} even",
                    uneven=factor > IMBALANCE,
                )
            )
            numbers += [
                (row.label, service, figures.visible(worker, 80), figures.percent(share))
                for worker, share in sorted(shares.items(), key=lambda item: -item[1])
            ]
    if spreads:
        yield Picture(
            title="Who did the work",
            caption="Share of the requests per service worker at the common rate; "
            f"a busiest worker above {figures.times(IMBALANCE)} its even share is named.",
            svg=charts.spreads(f"{scenario}: requests per service worker", spreads),
            table=Table(head=("configuration", "service", "worker", "share"), rows=numbers),
        )
