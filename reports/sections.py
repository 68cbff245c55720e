"""Lays out a load run as one section per scenario: a sentence, a table's rows, pictures, errors."""

from collections.abc import Sequence
from itertools import chain

from msgspec import Struct

from reports.findings import Finding, findings, scaling
from reports.heat_maps import heat_maps
from reports.pictures import Picture, latency_pictures, levels, throughput, worker_shares
from reports.record import LoadRun
from reports.rows import Row, errors, row


class Section(Struct, frozen=True, kw_only=True):
    """One scenario on the page."""

    name: str
    description: str
    sentence: str
    common_per_s: float | None
    rows: Sequence[Row]
    findings: Sequence[Finding]
    pictures: Sequence[Picture]
    latency_pictures: Sequence[Picture]
    errors: Sequence[tuple[str, int]]


def sections(record: LoadRun) -> list[Section]:
    """Return a section per scenario, in the order of the record."""
    names = dict.fromkeys(one.scenario for one in record.configurations)
    return [_section(record, name) for name in names]


def _section(record: LoadRun, name: str) -> Section:
    configurations = [one for one in record.configurations if one.scenario == name]
    rows = [row(one) for one in configurations]
    offered = (one.common.offered_per_s for one in rows if one.common)
    return Section(
        name=name,
        description=record.scenarios.get(name, ""),
        sentence=scaling(record, name),
        common_per_s=next(offered, None),
        rows=rows,
        findings=list(chain.from_iterable(map(findings, configurations))),
        pictures=[
            picture
            for draw in (throughput, heat_maps, levels, worker_shares)
            for picture in draw(name, rows)
        ],
        latency_pictures=latency_pictures(name, rows),
        errors=errors(rows),
    )
