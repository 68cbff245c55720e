"""Keeps a load run in git as what later runs are held against, with only what a comparison needs.

A whole record has a megabyte, most of it histograms by call, hop and second. What is left here are
the repetitions' phases with their own percentiles, rates, gates, and what the parts used.
"""

from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from reports.record.atomic_files import write_whole
from reports.record.measurements import Histograms, Phase, Repetition, Timeline, WarmUp
from reports.record.record import RECORD_NAME, LoadRun, RecordError, read_record

# Where records are kept, from where a command was typed; the package brings some of its own.
FOLDER: Final = Path("reports/reference")
_BROUGHT: Final = Path(__file__).parents[1] / "reference"
_LEFT_OUT: Final = "left out of a reference record"


def keep(record: LoadRun, name: str, folder: Path = FOLDER) -> Path:
    """Write a slim copy of a load run as NAME.json and return the file."""
    if not name.replace("-", "").replace("_", "").isalnum():
        raise RecordError(
            f"Expected letters, digits, - and _ as a reference record's name, got {name!r}."
        )
    return write_slim(folder / f"{name}.json", record)


def write_slim(file: Path, record: LoadRun) -> Path:
    """Write a slim copy of a load run into a file."""
    return write_whole(file, msgspec.json.encode(slim(record)) + b"\n")


def found(text: str, site: Path) -> tuple[str, LoadRun]:
    """Return a load run and what to call it: a folder, a file, or a name in site or reference.

    Raises RecordError when there is none, or it is of another kind.
    """
    kept = (FOLDER / f"{text}.json", _BROUGHT / f"{text}.json")
    places = (Path(text), site / text, *kept)
    path = next((place for place in places if place.exists()), places[0])
    record = read_record(path)
    if not isinstance(record, LoadRun):
        raise RecordError(
            f"Expected a load run at {path}, found a run of kind {record.kind}; only load runs "
            f"have figures to compare."
        )
    named = path.resolve()
    return (named.parent.name if named.name == RECORD_NAME else named.stem), record


def slim(record: LoadRun) -> LoadRun:
    """Return a load run with only what a comparison reads of it."""
    return replace(
        record,
        floor=None,
        capacity=(),
        rate_searches=(),
        transports=(),
        configurations=tuple(
            replace(one, repetitions=tuple(map(_repetition, one.repetitions)))
            for one in record.configurations
        ),
    )


def _repetition(one: Repetition) -> Repetition:
    phases = {name: getattr(one, name) for name in ("closed", "open", "common")}
    return replace(
        one,
        warm_up=None,
        warmed=WarmUp(cut_s=one.warmed.cut_s, stable=one.warmed.stable, windows=()),
        reasons=one.reasons | {"warm_up": _LEFT_OUT},
        **{name: phase and _phase(phase) for name, phase in phases.items()},
    )


def _phase(phase: Phase) -> Phase:
    return replace(
        phase,
        histograms=Histograms(total=phase.histograms.total),
        endpoints=(),
        levels=(),
        hops=(),
        slowest=(),
        timeline=Timeline(),
        worker_shares={},
    )
