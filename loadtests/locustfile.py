"""The load process: `python -m locust -f loadtests/locustfile.py --headless --plan FILE`.

Composition root. Locust runs one user, which drives the phases of the plan, writes what it measured
and stops locust. With `--processes N` the master drives the phases and the workers that it forked
send the requests. With `--master --workers-count N` it is led by nobody but its plan, and waits for
N workers of other machines, which `--worker` processes are. It dies with the runner that started
it, and workers that it forked die with it.
"""

# mypy: allow-untyped-calls
# gevent's and locust's calls are typed in part only.

import contextlib
import ctypes
import json
import os
import signal
import socket
import sys
import time
from argparse import ArgumentParser, Namespace
from functools import partial
from pathlib import Path
from typing import Any, Final

import gevent
import msgspec
from locust import User, events, task
from locust.runners import LocalRunner, MasterRunner, WorkerRunner

from loadtests.generator.coordinator import Coordinator
from loadtests.generator.generators import Generators, LocalGenerator
from loadtests.generator.phases import Phases
from loadtests.generator.traffic import Tasks, traffic_for
from loadtests.generator.users.task_runner import task_runner
from loadtests.generator.workers.distributed_generators import DistributedGenerators
from loadtests.generator.workers.enrolment import Enrolment, TooFewWorkersError
from loadtests.generator.workers.generator_worker import GeneratorWorker
from loadtests.generator.workers.master_channel import MasterChannel
from loadtests.generator.workers.signatures import Seal, secret_in
from loadtests.generator.workers.silences import LOOKS_EVERY_S, WORKER_BEARS_S
from loadtests.plan.load_workers import Assembled, Dismissed, Missing, Unfit, WorkerLine
from loadtests.plan.plan import Plan, read_plan, write

_PR_SET_PDEATHSIG: Final = 1  # <linux/prctl.h>
_NICENESS: Final = -10
_LONG_S: Final = 86_400.0
# A stack takes a minute at most to get ready, and the trials before this one their time.
_PLAN_WITHIN_S: Final = 600.0
_LOOK_S: Final = 0.05
# Forked workers come within a second or two.
_ENROLLED_WITHIN_S: Final = 60.0
DRIVE: Final = "drive"
FAREWELL: Final = "farewell"


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]  # locust's
def _options(parser: ArgumentParser) -> None:
    # A text and no Path: a master sends its options to its workers.
    parser.add_argument("--plan", help="the plan that the runner wrote; a worker gets it told")
    parser.add_argument("--errand", default=DRIVE, help="drive, roll-call or farewell")
    parser.add_argument("--workers-count", type=int, default=0, help="of other machines")
    parser.add_argument("--workers-names", default="[]", help="those that came before, as JSON")
    parser.add_argument("--workers-within", type=float, default=_ENROLLED_WITHIN_S)
    parser.add_argument("--workers-beside", action="store_true", help="of this machine alone")
    parser.add_argument("--worker-name", default="", help="what this worker is called")
    parser.add_argument("--secret-env", default="", help="the variable with the secret")


@events.init.add_listener  # type: ignore[untyped-decorator]  # locust's
def _joined(environment: Any, runner: Any, **_: object) -> None:  # noqa: ANN401 -- locust's
    """Take orders as a worker; as a master, lead those that come."""
    options = environment.parsed_options
    if isinstance(runner, WorkerRunner):
        if options.processes:
            _die_with(os.getppid())  # the kernel forgets it of whoever is forked
        _go_first()
        _serve(environment, runner)
    elif isinstance(runner, MasterRunner) and options.workers_count:
        # A master that runs without a page would end with the last worker, and hear nobody after.
        environment.parsed_options = Namespace(**vars(options) | {"headless": False})
        gevent.spawn(_lead, environment)
    elif isinstance(runner, MasterRunner):
        environment.events.test_start.add_listener(lambda **_: gevent.spawn(_lead, environment))


def _serve(environment: Any, runner: Any) -> None:  # noqa: ANN401 -- locust's
    options = environment.parsed_options
    forked = bool(options.processes)
    GeneratorWorker(
        runner,
        environment.events.request,
        tasks_of=partial(_tasks, environment),
        seal=Seal(secret_in(options.secret_env)),
        name=options.worker_name or socket.gethostname(),
        # What it forked shares the master's output, where nothing but the master's lines may be.
        tell=(lambda _: None) if forked else partial(_told, runner),
    )
    if not forked:
        gevent.spawn(_leave_when_alone, environment)


def _told(runner: Any, line: WorkerLine) -> None:  # noqa: ANN401 -- locust's
    say(line)
    if isinstance(line, (Dismissed, Unfit)):
        runner.quit()


def _leave_when_alone(environment: Any) -> None:  # noqa: ANN401 -- locust's
    """End this worker once its master is silent: the next one would not know it."""
    heard_s = [time.monotonic()]
    environment.events.heartbeat_received.add_listener(lambda **_: heard_s.append(time.monotonic()))
    while time.monotonic() - heard_s[-1] < WORKER_BEARS_S:
        gevent.sleep(LOOKS_EVERY_S)
        del heard_s[:-1]
    environment.runner.quit()


class GatewayUser(User):
    """The whole traffic of a plan, as one locust user; a worker's does nothing by itself."""

    fixed_count = 1

    @task
    def drive(self) -> None:
        """Run the plan, write the results, stop locust; an error ends the process with 1."""
        if isinstance(self.environment.runner, LocalRunner):
            _lead(self.environment)
        else:
            gevent.sleep(_LONG_S)


def _lead(environment: Any) -> None:  # noqa: ANN401 -- locust's
    try:
        _run(environment)
    except Exception as error:  # noqa: BLE001 -- whatever it is, the runner must hear of it
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        environment.process_exit_code = 1
    else:
        environment.process_exit_code = 0
    environment.runner.quit()
    if environment.parsed_options.workers_count:
        # Locust still waits for workers, for it was told of more than there are.
        raise SystemExit(environment.process_exit_code)


def _run(environment: Any) -> None:  # noqa: ANN401 -- locust's
    options = environment.parsed_options
    if isinstance(environment.runner, LocalRunner):
        plan = _begun(options)
        tasks = _tasks(environment, plan)
        _drive(plan, LocalGenerator(traffic_for(plan, environment.events.request, tasks=tasks)))
        return
    channel = MasterChannel(environment.runner, Seal.of_master(secret_in(options.secret_env)))
    enrolment = Enrolment(
        channel,
        say if options.workers_count else lambda _: None,
        only_beside=options.workers_beside,
    )
    count = options.workers_count or options.expect_workers
    names = json.loads(options.workers_names)
    if options.errand == FAREWELL:
        enrolment.dismiss(names, within_s=options.workers_within)
        return
    try:
        workers = enrolment.complete(count, within_s=options.workers_within, usual=len(names))
    except TooFewWorkersError as error:
        say(Missing(here=error.here))
        raise
    say(Assembled(here=enrolment.names))
    if options.errand == DRIVE:
        plan = _begun(options)
        _drive(plan, DistributedGenerators(channel, plan, workers, say))


def _begun(options: Any) -> Plan:  # noqa: ANN401 -- locust's
    plan = _awaited(Path(options.plan))
    _die_with(plan.parent_pid)
    _go_first()
    return plan


def _drive(plan: Plan, generators: Generators) -> None:
    try:
        write(plan.results, Phases(plan, Coordinator(plan, generators, say)).run())
    finally:
        generators.close()


def _awaited(path: Path) -> Plan:
    """Return the plan, once the runner that started this process ahead of time has written it."""
    until_s = time.monotonic() + _PLAN_WITHIN_S
    while not path.exists():
        if time.monotonic() > until_s:
            raise TimeoutError(f"no plan came within {_PLAN_WITHIN_S:.0f} s at {path}")
        gevent.sleep(_LOOK_S)
    return read_plan(path)


def _tasks(environment: Any, plan: Plan, part: int = 0) -> Tasks | None:  # noqa: ANN401 -- locust's
    return task_runner(plan, plan.users, environment, part=part) if plan.users else None


def say(line: Any) -> None:  # noqa: ANN401 -- any line of the plan's protocol
    """Tell the runner something, as one line on standard output."""
    sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    sys.stdout.flush()


def _die_with(parent_pid: int) -> None:
    if not parent_pid:
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        raise ConnectionAbortedError("the runner that wrote this plan is gone")


def _go_first() -> None:
    # On cores that the system keeps busy, a request would otherwise be due long before this process
    # gets its turn, and the wait would be counted as the system's. Only root may ask for it. Where
    # the kernel shares the cores among sessions (sched(7), autogroup), the session's own counts.
    with contextlib.suppress(OSError):
        os.nice(_NICENESS)
        Path("/proc/self/autogroup").write_text(str(_NICENESS), encoding="ascii")
