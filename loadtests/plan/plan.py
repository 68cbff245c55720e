"""What the runner tells the load process, and what it hears back: plain data for both sides.

Plan (a file) -> load process -> Tick, PhaseDone (lines on its standard output) -> Results (a file)

This module is imported inside the locust process and outside it, so it imports neither locust nor
anything that knows a stack.
"""

from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from loadtests.plan.counts import EndpointCounts, PhaseCounts, Results, most_through
from loadtests.plan.data_rows import DataRows
from loadtests.plan.load_workers import Assembled, Awaited, ExpectedWorkers, Missing, Noted
from testcontainers_fixtures.stack_file.draw_spec import Draw
from testcontainers_fixtures.stack_file.login_spec import Login

__all__ = [
    "LEAST_GAIN",
    "LOAD_SHARE",
    "EndpointCounts",
    "Line",
    "OpenArrivals",
    "PhaseCounts",
    "PhaseDone",
    "Plan",
    "PlannedCall",
    "PlannedStep",
    "Results",
    "Tick",
    "Timing",
    "decoded",
    "encoded",
    "most_through",
    "read_line",
    "read_plan",
    "read_results",
    "write",
]

# Of its measured maximum, what a configuration is loaded with in the open loop.
LOAD_SHARE: Final = 0.7
# A level that gains less than this over the best one so far shows that the maximum is reached.
LEAST_GAIN: Final = 0.05

# As on the command line: poisson, constant, ramp:50-300, steps:50,100, ... (`arrivals.parse`).
OpenArrivals = str
Arrivals = str


class PlannedStep(Struct, frozen=True, kw_only=True):
    """When a session takes a step of its flow: the fields are those of a stack file's step.

    `think_s` are the shortest and the longest time, in seconds.
    """

    think_s: tuple[float, float] = (0.0, 0.0)
    share: float = 1.0
    choice: str = ""
    branch: str = ""
    weight: float = 1.0


class PlannedCall(Struct, frozen=True, kw_only=True):
    """One kind of request; the fields are those of a stack file's call.

    `expect_schema` is the schema itself. With a `step` it is one of a flow: then all calls of the
    plan are, in this order.
    """

    name: str
    request: str
    weight: float = 1.0
    headers: dict[str, str] = {}
    body: Any = None
    draw: dict[str, Draw] = {}
    keeps: dict[str, str] = {}
    takes: str | None = None
    status: tuple[int, ...] = (200, 201, 202, 204)
    expect: dict[str, Any] = {}
    expect_schema: Any = None
    step: PlannedStep | None = None


class Timing(Struct, frozen=True, kw_only=True):
    """How long each stretch of traffic lasts, in seconds; an open phase lasts at least `open_s`.

    It grows, up to `open_most_s`, until `open_samples` requests are planned, so that a slow system
    still gives a p99 that its samples can carry. The warm-up ends when the system is steady (three
    windows of `window_s` agree within 10 %), and at `warm_up_s` at the latest.
    """

    warm_up_s: float = 5.0
    window_s: float = 0.5
    settle_s: float = 0.25
    level_s: float = 1.5
    open_s: float = 6.0
    open_most_s: float = 15.0
    open_samples: int = 500
    most_users: int = 256
    answer_within_s: float = 10.0


class Plan(Struct, frozen=True, kw_only=True):
    """Everything one load process needs to drive one scenario against one configuration.

    `common_per_s` is None for the configuration that sets it: 70 % of its own maximum. `seed`
    decides arrivals and calls, so equal seeds offer equal traffic to every configuration. Rates are
    of requests, of a flow too: so many sessions arrive that their steps make that rate.

    `open_per_s` asks for an open phase alone: no closed loop, a warm-up at that rate, then exactly
    `timing.open_s` seconds at that rate (`Results.levels` is empty, `Results.common` None).
    `closed_users` asks for a closed loop of one level, with so many users, instead of a search;
    with `common_per_s` beside it the phase at the configuration's own rate is left out
    (`Results.open` is None).

    `samples` names a CSV file that gets a row for each request of the open phase: `intended_s`,
    `began_s`, `ended_s` (from the phase's begin), `outcome`, `endpoint`, and as `note` the value
    of the response header `note_header`. Each further generator process writes a file of its own,
    with its number before the suffix.

    `request_log` names a CSV file that gets a row for each request of every phase
    (`logged_requests.COLUMNS`); the requests' trace ids are then this run's own.

    Each request, or each session, that names a column of `data` has a row of it. With a `login`
    requests come from its users, who are logged in beforehand.

    `users` names a users file: the calls are then its tasks, and so are rates those of tasks.

    `hops` is the stack file's `telemetry.hops`; without any, no request is taken apart. `processes`
    above 1 lets locust fork so many workers, which share each phase. With `workers` they come from
    other machines, and are waited for. A `parent_pid` of 0 stands for a load process that was
    started by hand.
    """

    host: str
    calls: tuple[PlannedCall, ...]
    seed: int
    arrivals: OpenArrivals
    common_per_s: float | None
    rpc_metric: str | None
    worker_header: str | None
    results: Path
    parent_pid: int
    timing: Timing = Timing()
    open_per_s: float | None = None
    closed_users: int | None = None
    samples: Path | None = None
    note_header: str | None = None
    request_log: Path | None = None
    hops: dict[str, str] = {}
    login: Login | None = None
    data: DataRows | None = None
    users: Path | None = None
    processes: int = 1
    workers: ExpectedWorkers | None = None


class Tick(Struct, frozen=True, kw_only=True, tag="tick"):
    """A sign of life, once a second: what is being sent and how it is answered right now.

    `bad` requests of that second were not answered well; `in_flight` were due and not answered.
    """

    phase: str
    users: int | None
    rate_per_s: float
    p99_ms: float | None
    remaining_s: float
    p50_ms: float | None = None
    bad: int = 0
    in_flight: int = 0


class PhaseDone(Struct, frozen=True, kw_only=True, tag="done"):
    """A phase ended; for the closed loop `users` is the level that got through the most."""

    phase: str
    users: int | None
    throughput_per_s: float
    p50_ms: float | None
    p99_ms: float | None


Line = Tick | PhaseDone | Awaited | Assembled | Missing | Noted
_LINES: Final[msgspec.json.Decoder[Line]] = msgspec.json.Decoder(Line)


def read_line(line: bytes) -> Line | None:
    """Return what a line of the load process says, or None when it is something else's."""
    try:
        return _LINES.decode(line)
    except msgspec.MsgspecError:
        return None


def read_plan(path: Path) -> Plan:
    """Read the plan that the runner wrote."""
    return decoded(path.read_bytes())


def encoded(plan: Plan) -> bytes:
    """Return a plan as it stands in its file."""
    return msgspec.json.encode(plan, enc_hook=str)


def decoded(data: bytes) -> Plan:
    """Return the plan that was encoded."""
    return msgspec.json.decode(data, type=Plan, dec_hook=_path)


def read_results(path: Path) -> Results:
    """Read what the load process wrote."""
    return msgspec.json.decode(path.read_bytes(), type=Results)


def write(path: Path, content: Plan | Results) -> None:
    """Write a plan or its results."""
    path.write_bytes(msgspec.json.encode(content, enc_hook=str))


def _path(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value))
    raise NotImplementedError(kind)
