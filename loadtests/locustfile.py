"""The load process: `python -m locust -f loadtests/locustfile.py --headless --plan FILE`.

Composition root. Locust runs one user, which drives the phases of the plan, writes what it measured
and stops locust. The process dies with the runner that started it.
"""

import contextlib
import ctypes
import gc
import os
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
from locust import User, events, task

from loadtests.calls import Mix
from loadtests.connections import Connections
from loadtests.phases import Phases
from loadtests.plan import Plan, read_plan, write
from loadtests.recorder import on_request
from loadtests.users import RequestEvent, Traveller

_PR_SET_PDEATHSIG: Final = 1  # <linux/prctl.h>
_NICENESS: Final = -10


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]  # locust's
def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--plan", type=Path, required=True, help="the plan that the runner wrote")


class Gateway(User):
    """The whole traffic of a plan, as one locust user."""

    fixed_count = 1

    @task
    def drive(self) -> None:
        """Run the plan, write the results, stop locust; an error ends the process with 1."""
        try:
            plan = read_plan(self.environment.parsed_options.plan)
            _die_with(plan.parent_pid)
            _go_first()
            drive(plan, self.environment.events.request, say)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the runner must hear of it
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            self.environment.process_exit_code = 1
        else:
            self.environment.process_exit_code = 0
        self.environment.runner.quit()


def drive(plan: Plan, event: Any, say: Callable[[Any], None]) -> None:  # noqa: ANN401 -- locust's
    """Drive the phases of a plan and write its results."""
    event.add_listener(on_request)
    traveller = _traveller(plan, event)
    # Locust's own objects are never garbage: a collection must not walk them within a phase.
    gc.collect()
    gc.freeze()
    try:
        write(plan.results, Phases(plan, traveller, say).run())
    finally:
        traveller.connections.close()


def say(line: Any) -> None:  # noqa: ANN401 -- any line of the plan's protocol
    """Tell the runner something, as one line on standard output."""
    sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    sys.stdout.flush()


def _traveller(plan: Plan, event: RequestEvent) -> Traveller:
    return Traveller(
        mix=Mix(plan.calls),
        connections=Connections(plan.host, answer_within_s=plan.timing.answer_within_s),
        event=event,
        seed=plan.seed,
        rpc_metric=plan.rpc_metric,
        worker_header=plan.worker_header,
        note_header=plan.note_header,
    )


def _die_with(parent_pid: int) -> None:
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
