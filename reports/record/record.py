"""The run record: one JSON file that says what was run, where, and what came of it.

`write_record` and `read_record` check the whole tree both ways. The same tree as JSON Schema is
kept in `run.schema.json` (`python -m reports schema` prints it). Records of earlier versions that
`earlier_versions` knows are read as well.
"""

import errno
import json
from datetime import datetime
from inspect import cleandoc
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from reports.record.atomic_files import write_whole
from reports.record.capacity import Capacity, RateSearch
from reports.record.earlier_versions import LIFTED, lifted
from reports.record.errors import RecordError
from reports.record.failures import Exercised, Failure, MethodCoverage, RecordedRequest
from reports.record.fault_trials import ColdStarts, FaultTrial
from reports.record.measurements import (
    Amount,
    Configuration,
    Count,
    Endpoint,
    Floor,
    Histograms,
    Latency,
    Level,
    Phase,
    Positive,
    Reasoned,
    Repetition,
    Transport,
    Unmeasured,
)
from reports.record.mutants import LadderRung, Mutant
from reports.record.objectives import Objective

__all__ = [
    "FORMAT_VERSION",
    "RECORD_NAME",
    "Check",
    "ColdStarts",
    "Conditions",
    "Configuration",
    "E2eRun",
    "Endpoint",
    "FaultTrial",
    "FaultsRun",
    "Floor",
    "Histograms",
    "Latency",
    "Level",
    "LoadRun",
    "Phase",
    "RecordError",
    "Repetition",
    "RunRecord",
    "Unmeasured",
    "Verdict",
    "read_record",
    "schema",
    "schema_text",
    "write_record",
]

FORMAT_VERSION: Final = 3
RECORD_NAME = "run.json"

Verdict = Literal["pass", "fail", "unknown", "not applicable"]
FileName = Annotated[str, Meta(pattern=r"^\w[\w.-]*$")]
Utc = Annotated[datetime, Meta(tz=True)]


class Conditions(Reasoned, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a run took place; `details` holds what one engine alone can say (image digests)."""

    engine: str
    network_mode: str
    cpu_model: str
    cpu_count: Positive
    kernel: str
    python: str
    rabbitmq: str | None
    erlang: str | None
    commit: str | None
    packages: dict[str, str]
    details: dict[str, str] = {}  # noqa: RUF012 -- msgspec copies an empty default


class Check(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One promise of the contract suite, its verdict, and a request that shows a failure.

    `sentence` says what was promised, or what was seen instead; `reason` why it does not apply to
    the system, where that is so. `curl` is of older records: it is read and never shown, since a
    line for a shell is drawn from a request alone.
    """

    name: str
    verdict: Verdict
    sentence: str
    reason: str = ""
    seconds: Amount
    curl: str | None = None
    request: RecordedRequest | None = None


class Run(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every run says of itself. `notes` are sentences for the reader: what was left out."""

    format_version: Literal[3] = FORMAT_VERSION
    started_at: Utc
    duration_s: Amount
    command: str
    seed: int
    stack: str
    conditions: Conditions
    ready_s: dict[str, Amount] = {}
    notes: tuple[str, ...] = ()


class LoadRun(
    Run, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="load"
):
    """A load run: scenario descriptions by name, and a configuration per point and scenario.

    `target` is the URL of a server that was up already, of whose parts nothing is known; it is
    empty where a stack was started. `floor` is what the generator itself adds to a latency.
    `capacity` is what a model predicts of each scenario, `rate_searches` the most that kept an
    SLO, where that was looked for. `transports` are the scenarios of a run that compares ways of
    asking over a queue, the one first to which the others are held. `objectives` are the SLOs that
    every configuration was held to; `unmeasured` is what load processes that died left open.
    """

    objectives: tuple[Objective, ...] = ()
    scenarios: dict[str, str] = {}
    target: str = ""
    floor: Floor | None = None
    configurations: Annotated[tuple[Configuration, ...], Meta(min_length=1)]
    capacity: tuple[Capacity, ...] = ()
    rate_searches: tuple[RateSearch, ...] = ()
    transports: tuple[Transport, ...] = ()
    unmeasured: tuple[Unmeasured, ...] = ()

    @property
    def kind(self) -> Literal["load"]:
        """Return the kind, as it stands in the file."""
        return "load"


class E2eRun(
    Run, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="e2e"
):
    """A run of the contract suite; `cases` counts generated requests, `junit` names its XML.

    `har` names the file of the requests, `requests` is a digest of all that were generated, in
    their order: two runs with one seed have one digest. `baseline` is the record whose failures
    are known; those fail nothing. `mutants` and `ladder` are of a run that put defects into the
    system on purpose, to try the suite itself.
    """

    checks: tuple[Check, ...]
    cases: Count
    junit: FileName | None = None
    har: FileName | None = None
    requests: str = ""
    baseline: str = ""
    failures: tuple[Failure, ...] = ()
    cells: tuple[MethodCoverage, ...] = ()
    exercised: tuple[Exercised, ...] = ()
    mutants: tuple[Mutant, ...] = ()
    ladder: tuple[LadderRung, ...] = ()

    @property
    def kind(self) -> Literal["e2e"]:
        """Return the kind, as it stands in the file."""
        return "e2e"


class FaultsRun(
    Run, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="faults"
):
    """A run of the fault matrix: a trial for each fault and engine, in the table's order.

    `conditions` are those of the first engine that answered, `engines` those of each by its name.
    """

    trials: Annotated[tuple[FaultTrial, ...], Meta(min_length=1)]
    engines: dict[str, Conditions] = {}
    cold_starts: tuple[ColdStarts, ...] = ()

    @property
    def kind(self) -> Literal["faults"]:
        """Return the kind, as it stands in the file."""
        return "faults"


class _Versioned(Struct, frozen=True, kw_only=True):
    """What every record says of itself, those of a later version included."""

    format_version: int


RunRecord: TypeAlias = LoadRun | E2eRun | FaultsRun
_DECODER: Final[msgspec.json.Decoder[RunRecord]] = msgspec.json.Decoder(RunRecord)


def write_record(path: Path, record: RunRecord) -> Path:
    """Write a record that has been read back first; raise RecordError when it would not read."""
    try:
        data = msgspec.json.format(msgspec.json.encode(record), indent=1)
    except (UnicodeEncodeError, OverflowError) as error:
        raise RecordError(f"The run record {path} cannot be written: {error}.") from error
    _decoded(data, path, "written")
    return write_whole(path, data + b"\n")


def read_record(path: Path) -> RunRecord:
    """Read a run record from a file or its folder; raise RecordError when it does not fit."""
    file = path
    try:
        file = path / RECORD_NAME if path.is_dir() else path
        return _decoded(_bytes_of(file), file, "read")
    except OSError as error:
        raise RecordError(
            f"Expected a run record at {file}, but: {str(error.strerror or error).lower()}; "
            f"give a run's folder or its {RECORD_NAME}."
        ) from error


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a run record."""
    made = msgspec.json.schema(RunRecord)
    # From Python 3.13 on docstrings come without what they are indented by.
    for one in made["$defs"].values():
        one["description"] = cleandoc(one["description"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Run record, format version {FORMAT_VERSION}",
    } | made


def schema_text() -> str:
    """Return the schema as it stands in the repository."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _bytes_of(file: Path) -> bytes:
    """Return what a file holds; a pipe would be waited for without end, so it is no record."""
    if file.exists() and not file.is_file():
        raise OSError(errno.EINVAL, "it is no file")
    return file.read_bytes()


def _decoded(data: bytes, path: Path, done: str) -> RunRecord:
    try:
        return _lifted(data) if _version(data) in LIFTED else _DECODER.decode(data)
    except (ValueError, RecursionError) as error:
        why = _why(_version(data), error)
        raise RecordError(f"The run record {path} cannot be {done}: {why}") from error


def _lifted(data: bytes) -> RunRecord:
    found: RunRecord = msgspec.convert(lifted(msgspec.json.decode(data)), RunRecord)
    return found


def _version(data: bytes) -> int | None:
    """Return the version that a record says it is of; None where it says none."""
    try:
        return msgspec.json.decode(data, type=_Versioned).format_version
    except (ValueError, RecursionError):
        return None


def _why(version: int | None, error: Exception) -> str:
    if version is not None and version > FORMAT_VERSION:
        return f"its format_version is later than {FORMAT_VERSION}; read it with what wrote it."
    fitting = (version,) if version in LIFTED else (*LIFTED, FORMAT_VERSION)
    return f"it is not of format version {' or '.join(map(str, fitting))}: {error}."
