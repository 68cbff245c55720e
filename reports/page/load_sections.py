"""Lays out a load run as one section per scenario: a sentence, a table's rows, pictures, errors."""

from collections.abc import Sequence
from itertools import chain

from msgspec import Struct

from reports.drawing.heat_maps import heat_maps
from reports.drawing.latency_over_rate import hockey_stick
from reports.drawing.percentile_spectra import spectra
from reports.drawing.pictures import Picture, levels, throughput, worker_shares
from reports.judgement.configuration_rows import ConfigurationRow, errors, row
from reports.judgement.findings import Finding, findings, scaling
from reports.page.configuration_details import FEW, MOST_DETAILS, ConfigurationDetail, detail
from reports.page.repetition_strips import doubt, strips
from reports.record.record import LoadRun


class Section(Struct, frozen=True, kw_only=True):
    """One scenario on the page."""

    name: str
    description: str
    sentence: str
    doubt: str
    rate: str
    rate_per_s: float | None
    rows: Sequence[ConfigurationRow]
    findings: Sequence[Finding]
    pictures: Sequence[Picture]
    spectra: Sequence[Picture]
    strips: Sequence[Picture]
    details: Sequence[ConfigurationDetail]
    left_out: int
    errors: Sequence[tuple[str, int]]


def sections(record: LoadRun) -> list[Section]:
    """Return a section per scenario, in the order of the record."""
    names = dict.fromkeys(one.scenario for one in record.configurations)
    room = FEW if len(record.configurations) > MOST_DETAILS else MOST_DETAILS
    return [_section(record, name, room) for name in names]


def _section(record: LoadRun, name: str, room: int) -> Section:
    """Lay out a scenario; of its configurations, `room` are shown from the inside."""
    configurations = [one for one in record.configurations if one.scenario == name]
    rows = [row(one, target=record.target) for one in configurations]
    common = any(one.common for one in rows)
    offered = (one.planned.offered_per_s for one in rows if one.planned)
    pictures = (
        *throughput(name, rows),
        *heat_maps(name, rows),
        *hockey_stick(name, rows, record.floor),
        *levels(name, rows),
        *worker_shares(name, rows),
    )
    return Section(
        name=name,
        description=record.scenarios.get(name, ""),
        sentence=scaling(record, name),
        doubt=doubt(configurations),
        rate="the common rate" if common or not record.target else "the planned rate",
        rate_per_s=next(offered, None),
        rows=rows,
        findings=list(chain.from_iterable(map(findings, configurations))),
        pictures=pictures,
        spectra=spectra(name, rows, record.floor),
        strips=list(strips(name, rows)),
        details=[one for each in _inside(rows, room) if (one := detail(each, name, record.floor))],
        left_out=max(0, len(rows) - room),
        errors=errors(rows),
    )


def _inside(rows: Sequence[ConfigurationRow], room: int) -> list[ConfigurationRow]:
    """Return all rows where there is room, else the smallest and those that carry most."""
    if len(rows) <= room:
        return list(rows)
    smallest = min(rows, key=lambda one: one.configuration.copies)
    others = [one for one in rows if one is not smallest]
    others.sort(key=lambda one: -(one.closed.throughput_per_s if one.closed else 0.0))
    return [smallest, *others[: room - 1]]
