"""Measures a server that is already up: nothing is started, nothing is known of its parts."""

import dataclasses
import socket
import ssl
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from msgspec.structs import replace

from loadtests.plan.data_rows import DataRows
from loadtests.plan.durations import open_trial_s
from loadtests.plan.load_workers import ExpectedWorkers
from loadtests.plan.own_users import OwnUsers, sent_by
from loadtests.plan.plan import OpenArrivals, Plan, PlannedCall, Timing
from loadtests.plan.requests_file import TARGET
from loadtests.sweep.generator_floor import measured_floor
from loadtests.sweep.load_process import LoadFailedError, generate
from loadtests.sweep.machines.roll_call import assembled
from loadtests.sweep.outputs.figures_out import FiguresOut
from loadtests.sweep.phase_records import repetition, void_repetition
from loadtests.sweep.progress import Display
from loadtests.sweep.trial import bare_plan, results_of
from reports.publication import publish
from reports.record.conditions import local_conditions
from reports.record.measurements import USUAL_PREFETCH, Configuration, Repetition, Unmeasured
from reports.record.objectives import Objective
from reports.record.record import LoadRun
from testcontainers_fixtures.errors import LoginError, SpecError
from testcontainers_fixtures.http_client.trust import OPTION, VARIABLE, trusted
from testcontainers_fixtures.logins import log_in
from testcontainers_fixtures.output.redaction import hidden_in, noted_in, read, without_passwords
from testcontainers_fixtures.stack_file.login_spec import Login
from testcontainers_fixtures.stack_spec import Telemetry

REACHED_WITHIN_S: Final = 5.0
NOTE: Final = (
    "A server that was up already: how many parts it has, what they use and what it carries at "
    "most are not known."
)
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetPlan:
    """What is sent to which server, how fast and how long; `telemetry` names what answers tell."""

    url: str
    calls: tuple[PlannedCall, ...]
    rate_per_s: float
    arrivals: OpenArrivals
    timing: Timing
    processes: int
    seed: int
    telemetry: Telemetry
    command: str
    run_folder: Path
    objectives: tuple[Objective, ...] = ()
    login: Login | None = None
    figures_out: FiguresOut = field(default_factory=FiguresOut)
    data: DataRows | None = None
    users: OwnUsers | None = None
    workers: ExpectedWorkers | None = None

    @property
    def lengths_s(self) -> tuple[float, ...]:
        """Return about how long the one trial takes."""
        return (open_trial_s(self.timing),)

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what is to be known of the run."""
        return (NOTE, *self.users.said) if self.users else (NOTE,)

    @property
    def rate(self) -> str:
        """Return the rate in words."""
        return f"{self.rate_per_s:g} {'tasks' if self.users else 'requests'}/s"


def run_target(run_plan: TargetPlan, display: Display) -> LoadRun:
    """Measure a server that is up, and publish it.

    1. Where other machines send, wait until their workers have come.
    2. Measure the generator's own floor at the same rate, which shows that a load process starts.
    3. Start a load process, which warms up at the rate and then sends it for the whole duration.
    4. Dismiss the workers.
    5. Write the run record, with one configuration of one open phase, and its page.

    Raises LoadFailedError when not even the floor can be measured, or too few workers come. A load
    process that dies later leaves a gap, which is recorded with its last words.
    """
    started_at, began_s = datetime.now(UTC), time.monotonic()
    for note in run_plan.notes:
        display.note(note)
    with assembled(run_plan.workers, run_plan.run_folder, display) as workers:
        record = _recorded(dataclasses.replace(run_plan, workers=workers), display, started_at)
    record = replace(record, duration_s=round(time.monotonic() - began_s, 3))
    record = hidden_in(record)
    publish(record, run_plan.run_folder)
    return record


def _recorded(run_plan: TargetPlan, display: Display, started_at: datetime) -> LoadRun:
    floor = measured_floor(run_plan.run_folder, rate_per_s=run_plan.rate_per_s, seed=run_plan.seed)
    display.begin(f"{run_plan.url}, {run_plan.rate}")
    unmeasured: list[Unmeasured] = []
    one, niceness = _measured(run_plan, display, unmeasured)
    return LoadRun(
        started_at=started_at,
        duration_s=0.0,
        command=run_plan.command,
        seed=run_plan.seed,
        stack=TARGET,
        conditions=local_conditions(_said(run_plan, niceness)),
        notes=(*run_plan.notes, *display.noted),
        objectives=run_plan.objectives,
        scenarios={TARGET: _described(run_plan)},
        target=run_plan.url,
        floor=floor,
        configurations=(_configuration(one),),
        unmeasured=tuple(unmeasured),
    )


def plan_for(run_plan: TargetPlan) -> Plan:
    """Return the plan of one open phase at the rate that was asked for."""
    plan = bare_plan(
        host=run_plan.url,
        calls=run_plan.calls,
        seed=run_plan.seed,
        results=results_of(run_plan.run_folder, TARGET),
        telemetry=run_plan.telemetry,
        login=run_plan.login,
        logs_requests=run_plan.figures_out.need_requests,
        data=run_plan.data,
        users=run_plan.users,
    )
    return replace(
        plan,
        arrivals=run_plan.arrivals,
        open_per_s=run_plan.rate_per_s,
        timing=run_plan.timing,
        processes=run_plan.processes,
        workers=run_plan.workers,
    )


def base_url(text: str) -> str:
    """Return a target's URL without a slash at its end; raise SpecError for what is no base URL."""
    text = noted_in(read("--target", text))
    url = urlsplit(text)
    try:
        good = url.scheme in _PORTS and url.hostname and url.port != 0
    except ValueError:
        good = False
    if not good or url.query or url.fragment or url.username:
        raise SpecError(
            f"--target takes a base URL such as http://127.0.0.1:9000; got "
            f"{without_passwords(text)!r}. Paths go into --request."
        )
    return text.rstrip("/")


def reach(url: str) -> None:
    """Raise SpecError unless something listens where the URL points, and is who it says to be."""
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or _PORTS[parts.scheme])
    try:
        with socket.create_connection(address, timeout=REACHED_WITHIN_S) as link:
            if parts.scheme == "https":
                trusted().wrap_socket(link, server_hostname=parts.hostname).close()
    except ssl.SSLCertVerificationError as error:
        raise SpecError(
            f"Expected a certificate at {url} that is trusted, but: {error.verify_message}; name "
            f"its authority with {OPTION} FILE or {VARIABLE}."
        ) from error
    except OSError as error:
        raise SpecError(
            f"Expected a server at {url}, but: {str(error.strerror or error).lower()}; start it, "
            f"or give another --target."
        ) from error


def let_in(url: str, login: Login | None) -> None:
    """Raise SpecError unless the first user of a login is let in."""
    try:
        if login:
            log_in(url, login)
    except LoginError as error:
        raise SpecError(str(error)) from error


def _measured(
    run_plan: TargetPlan, display: Display, unmeasured: list[Unmeasured]
) -> tuple[Repetition, int | None]:
    try:
        results = generate(plan_for(run_plan), display.show)
    except LoadFailedError as error:
        display.note(str(error))
        subject = f"{TARGET} at {run_plan.rate}"
        unmeasured.append(Unmeasured(subject=subject, sentence=str(error)))
        return void_repetition(str(error)), None
    return repetition(results, run_plan.telemetry.rpc_metric), results.niceness


def _configuration(one: Repetition) -> Configuration:
    # A record has a number for each of these; of a target they mean "one server".
    return Configuration(
        scenario=TARGET,
        resolvers=1,
        service_workers=1,
        gateway_workers=1,
        prefetch=USUAL_PREFETCH,
        repetitions=(one,),
    )


def _described(run_plan: TargetPlan) -> str:
    if run_plan.users:
        return run_plan.users.description
    return ", ".join(call.name for call in run_plan.calls)


def _said(run_plan: TargetPlan, niceness: int | None) -> dict[str, str]:
    workers = {"load workers": run_plan.workers.text} if run_plan.workers else {}
    return workers | {
        "engine": TARGET,
        "network_mode": f"as reached at {run_plan.url}",
        "generator": f"{sent_by(run_plan.users)}, niceness {niceness}",
    }
