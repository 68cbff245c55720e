"""What lies inside one configuration: its course over time, its hops, its slowest requests."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from reports.drawing.hop_pictures import breakdown_picture, colours, waterfall_picture
from reports.drawing.latency_maps import latency_map
from reports.drawing.pictures import Picture, PictureTable
from reports.drawing.time_charts import TimeChart, time_chart
from reports.judgement.configuration_rows import ConfigurationRow
from reports.judgement.timeline import moments
from reports.record import number_formats
from reports.record.measurements import (
    Configuration,
    Floor,
    LoadWorker,
    Phase,
    Reasoned,
    Repetition,
    Use,
)

# A page stays light enough to be sent by mail: of a sweep with more configurations than this, a
# few of each scenario are shown, and the rest stand in the record.
MOST_DETAILS: Final = 8
FEW: Final = 2


class ConfigurationDetail(Struct, frozen=True, kw_only=True):
    """One configuration from the inside, at the common rate or at the only one there is."""

    label: str
    chart: TimeChart | None
    pictures: Sequence[Picture]
    hops: dict[str, str]
    used: PictureTable | None
    workers: PictureTable | None = None
    nodes: PictureTable | None = None


def detail(row: ConfigurationRow, scenario: str, floor: Floor | None) -> ConfigurationDetail | None:
    """Return a configuration's detail; None where its record says nothing of its inside."""
    phase = row.planned
    first = _first(row.configuration)
    if phase is None or first is None:
        return None
    subject = f"{scenario} {row.label}"
    repetition, course = first[0], moments(first[1])
    hops = colours(phase)
    drawn = (
        latency_map(subject, repetition, course, floor),
        breakdown_picture(subject, phase, hops),
        waterfall_picture(subject, phase, hops),
    )
    chart = time_chart(subject, first[1], course, floor)
    pictures = [one for one in drawn if one]
    if chart is None and not pictures:
        return None
    return ConfigurationDetail(
        label=row.label,
        chart=chart,
        pictures=pictures,
        hops=hops,
        used=_used(phase.used),
        workers=_workers(phase.load_workers),
        nodes=_nodes(repetition),
    )


def _workers(workers: Sequence[LoadWorker]) -> PictureTable | None:
    """Return how each worker fared that sent the load, over all repetitions."""
    if not workers:
        return None
    head = ["worker", "requests", "late p99, ms", "CPU", "stood still, ms", "clock ahead, ms"]
    return PictureTable(
        head=[*head, "known within, ms", "wandered, ms"],
        rows=[_worker(one) for one in workers],
    )


def _worker(one: LoadWorker) -> list[str]:
    # What a worker counted goes with it.
    lost = one.left and not one.samples
    return [
        number_formats.visible(f"{one.name}{' (left)' if one.left else ''}", 60),
        number_formats.NONE if lost else number_formats.count(one.samples),
        number_formats.ms(one.lag_ms_p99),
        number_formats.percent(None if lost else one.cpu),
        number_formats.ms(None if lost else one.loop_gap_ms_max),
        number_formats.ms(one.clock_ahead_ms),
        number_formats.ms(one.clock_within_ms),
        number_formats.ms(one.clock_wandered_ms),
    ]


def _used(used: dict[str, Use]) -> PictureTable | None:
    """Return what the parts used over all repetitions; what is not known says why."""
    if not used:
        return None
    return PictureTable(
        head=["part", "CPU s", "CPU ms a request", "memory MB", "throttled s"],
        rows=[
            [
                number_formats.visible(name, 60),
                number_formats.ms(use.cpu_s),
                *(_known(use, figure) for figure in ("demand_ms", "memory_mb_max", "throttled_s")),
            ]
            for name, use in used.items()
        ],
    )


def _nodes(repetition: Repetition) -> PictureTable | None:
    """Return on which nodes the copies ran in a repetition; None where no engine tells."""
    if not repetition.nodes:
        return None
    return PictureTable(
        head=["node", "cores", "copies"],
        rows=[
            [
                number_formats.visible(one.name, 60),
                _known(one, "cores"),
                number_formats.visible(_listed(one.copies), 200),
            ]
            for one in repetition.nodes
        ],
    )


def _listed(copies: dict[str, int]) -> str:
    return ", ".join(f"{count} {part}" for part, count in copies.items())


def _known(use: Reasoned, figure: str) -> str:
    value = getattr(use, figure)
    return (
        number_formats.visible(use.reasons[figure], 80)
        if value is None
        else number_formats.ms(value)
    )


def _first(configuration: Configuration) -> tuple[Repetition, Phase] | None:
    """Return the first repetition that has a course: any other choice would be a selection."""
    for repetition in configuration.repetitions:
        phase = repetition.common or repetition.open
        if phase is not None:
            return repetition, phase
    return None
