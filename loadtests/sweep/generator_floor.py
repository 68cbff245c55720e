"""Measures what the generator itself adds: its latency against a server that does nothing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from loadtests.plan.durations import FLOOR
from loadtests.plan.plan import Plan, PlannedCall, Results
from loadtests.sweep.cpu_pinning import CpuPinning, on_cores
from loadtests.sweep.load_process import LoadFailedError, generate
from loadtests.sweep.locust_process import own_packages_first
from loadtests.sweep.trial import bare_plan, results_of
from reports.record import latency
from reports.record.measurements import Floor
from testcontainers_fixtures.stack_spec import Telemetry

USUAL_PER_S: Final = 500.0
_USERS: Final = 16
_READY_S: Final = 10.0


def measured_floor(
    run_folder: Path,
    *,
    rate_per_s: float = USUAL_PER_S,
    seed: int = 1,
    placement: CpuPinning | None = None,
) -> Floor:
    """Return the floor at a rate, and what the generator's closed loop reaches; about 4 s.

    The responder runs where the system would. Raises LoadFailedError when nothing was measured.
    """
    results_file = results_of(run_folder, "floor")
    with null_responder(placement.stack if placement else None) as url:
        plan = bare_plan(
            host=url,
            calls=(PlannedCall(name="nothing", request="GET /"),),
            seed=seed,
            results=results_file,
            telemetry=Telemetry(),
        )
        with on_cores(placement.generator if placement else None):
            return floor_in(generate(_floor_plan(plan, rate_per_s), lambda _: None))


def floor_in(results: Results) -> Floor:
    """Return the floor that a trial against the null responder found."""
    if results.common is None or results.common_per_s is None:
        raise LoadFailedError("The generator's floor was not measured: there was no open phase.")
    histogram = latency.merge(
        latency.decode(one.latency) for one in results.common.endpoints.values()
    )
    return Floor(
        rate_per_s=round(results.common_per_s, 3),
        most_per_s=round(results.best.throughput_per_s, 3),
        latency_ms=latency.summary(histogram),
        histogram=latency.encode(histogram),
    )


@contextmanager
def null_responder(cores: frozenset[int] | None = None) -> Iterator[str]:
    """Give the URL of a server that does nothing; it ends with this block, or with this process."""
    with on_cores(cores):
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "loadtests.sweep.null_responder", str(os.getpid())],
            env=own_packages_first(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
    try:
        yield f"http://127.0.0.1:{_port(process)}"
    finally:
        process.kill()
        process.wait(timeout=_READY_S)
        if process.stdout:
            process.stdout.close()


def _floor_plan(plan: Plan, rate_per_s: float) -> Plan:
    return replace(plan, closed_users=_USERS, common_per_s=rate_per_s, timing=FLOOR)


def _port(process: subprocess.Popen[bytes]) -> int:
    # It prints its port or ends, so that this read cannot wait for good.
    line = process.stdout.readline() if process.stdout else b""
    if not line.strip().isdigit():
        raise LoadFailedError("Expected the null responder to tell its port; it ended instead.")
    return int(line)
