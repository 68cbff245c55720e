"""Maps resolvers x service workers: latency at the common rate, and what each point carries."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from markupsafe import Markup

from reports.drawing import charts
from reports.drawing.pictures import Picture
from reports.judgement.configuration_rows import ConfigurationRow
from reports.record import number_formats


def heat_maps(scenario: str, rows: Sequence[ConfigurationRow]) -> Iterator[Picture]:
    """Yield maps for each setting of the other two sizes; one field alone is no map."""
    for (gateways, prefetch, of_parts), same in groupby(sorted(rows, key=_others), key=_others):
        group = list(same)
        if len(group) > 1:
            where = f"{gateways} gateway worker{'s' if gateways > 1 else ''}, prefetch {prefetch}"
            where += "".join(f", {copies} x {name}" for name, copies in of_parts)
            yield _latency_map(scenario, group, where)
            yield _throughput_map(scenario, group, where)


def _others(row: ConfigurationRow) -> tuple[int, int, tuple[tuple[str, int], ...]]:
    one = row.configuration
    return one.gateway_workers, one.prefetch, tuple(one.of_parts.items())


def _latency_map(scenario: str, rows: Sequence[ConfigurationRow], where: str) -> Picture:
    """Map p99; where any field lacks the samples for it, map p50 in all of them."""
    measured = [row.common.latency_ms for row in rows if row.common]
    name = "p99" if all(one.p99 is not None for one in measured) else "p50"
    fallback = "" if name == "p99" else " The p50, because not every p99 has its 459 samples."
    values = [getattr(row.common.latency_ms, name) if row.common else None for row in rows]
    return Picture(
        title=f"{name} at the common rate, ms",
        caption=f"HTTP response time. Stronger is slower.{fallback} {where}.",
        svg=_map(f"{scenario}: {name} in ms at the common rate ({where})", rows, values),
    )


def _throughput_map(scenario: str, rows: Sequence[ConfigurationRow], where: str) -> Picture:
    values = [row.closed.throughput_per_s if row.closed else None for row in rows]
    return Picture(
        title="Maximum throughput, requests/s",
        caption=f"Closed loop. Stronger is more. {where}.",
        svg=_map(f"{scenario}: maximum throughput ({where})", rows, values),
    )


def _map(title: str, rows: Sequence[ConfigurationRow], values: Iterable[float | None]) -> Markup:
    figure = {_place(row): value for row, value in zip(rows, values, strict=True)}
    across, down = zip(*figure, strict=True)
    cells = [
        charts.HeatMapCell(
            column=column,
            row=row,
            value=figure.get((column, row)),
            text=_cell_text(figure, (column, row)),
        )
        for row in sorted(set(down))
        for column in sorted(set(across))
    ]
    return charts.heat_map(title, cells, columns="resolvers", rows="service workers")


def _place(row: ConfigurationRow) -> tuple[int, int]:
    return row.configuration.resolvers, row.configuration.service_workers


def _cell_text(figure: dict[tuple[int, int], float | None], place: tuple[int, int]) -> str:
    if place not in figure:
        return "not run"
    value = figure[place]
    return "not enough samples" if value is None else number_formats.number(value)
