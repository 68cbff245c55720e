"""The load process: `python -m locust -f loadtests/locustfile.py --headless --plan FILE`.

Composition root. Locust runs one user, which drives the phases of the plan, writes what it measured
and stops locust. With `--processes N`, or `--master` here and `--worker` on other machines, the
master drives the phases and its workers send the requests. The process dies with the runner that
started it, and workers that it forked die with it.
"""

# mypy: allow-untyped-calls
# gevent's and locust's calls are typed in part only.

import contextlib
import ctypes
import os
import signal
import sys
import time
from argparse import ArgumentParser
from functools import partial
from pathlib import Path
from typing import Any, Final

import gevent
import msgspec
from locust import User, events, task
from locust.runners import LocalRunner, MasterRunner, WorkerRunner

from loadtests.generator.coordinator import Coordinator
from loadtests.generator.distributed import DistributedGenerators
from loadtests.generator.generators import Generators, LocalGenerator
from loadtests.generator.phases import Phases
from loadtests.generator.traffic import Tasks, traffic_for
from loadtests.generator.users.task_runner import task_runner
from loadtests.generator.worker import GeneratorWorker
from loadtests.plan.plan import Plan, read_plan, write

_PR_SET_PDEATHSIG: Final = 1  # <linux/prctl.h>
_NICENESS: Final = -10
_LONG_S: Final = 86_400.0
# A stack takes a minute at most to get ready, and the trials before this one their time.
_PLAN_WITHIN_S: Final = 600.0
_LOOK_S: Final = 0.05


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]  # locust's
def _options(parser: ArgumentParser) -> None:
    # A text and no Path: a master sends its options to its workers.
    parser.add_argument("--plan", help="the plan that the runner wrote; a worker gets it told")


@events.init.add_listener  # type: ignore[untyped-decorator]  # locust's
def _joined(environment: Any, runner: Any, **_: object) -> None:  # noqa: ANN401 -- locust's
    """Take orders as a worker; as a master, begin when all workers are there."""
    if isinstance(runner, WorkerRunner):
        if environment.parsed_options.processes:
            _die_with(os.getppid())
        _go_first()
        GeneratorWorker(runner, environment.events.request, partial(_tasks, environment))
    elif isinstance(runner, MasterRunner):
        environment.events.test_start.add_listener(lambda **_: gevent.spawn(_lead, environment))


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
        plan = _awaited(Path(environment.parsed_options.plan))
        _die_with(plan.parent_pid)
        _go_first()
        generators = _generators(environment, plan)
        try:
            write(plan.results, Phases(plan, Coordinator(plan, generators, say)).run())
        finally:
            generators.close()
    except Exception as error:  # noqa: BLE001 -- whatever it is, the runner must hear of it
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        environment.process_exit_code = 1
    else:
        environment.process_exit_code = 0
    environment.runner.quit()


def _awaited(path: Path) -> Plan:
    """Return the plan, once the runner that started this process ahead of time has written it."""
    if not path.exists():
        _die_with(os.getppid())
    until_s = time.monotonic() + _PLAN_WITHIN_S
    while not path.exists():
        if time.monotonic() > until_s:
            raise TimeoutError(f"no plan came within {_PLAN_WITHIN_S:.0f} s at {path}")
        gevent.sleep(_LOOK_S)
    return read_plan(path)


def _generators(environment: Any, plan: Plan) -> Generators:  # noqa: ANN401 -- locust's
    if isinstance(environment.runner, MasterRunner):
        return DistributedGenerators(environment.runner, plan)
    tasks = _tasks(environment, plan)
    return LocalGenerator(traffic_for(plan, environment.events.request, tasks=tasks))


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
