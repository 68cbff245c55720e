"""One open phase of the load generator, and everything that it says of it afterwards."""

# mypy: allow-untyped-calls
# hdrh ships no types.

import csv
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loadtests.plan.plan import (
    Line,
    OpenArrivals,
    PhaseCounts,
    PhaseDone,
    Plan,
    PlannedCall,
    Timing,
)
from loadtests.sweep.load_process import generate
from loadtests.sweep.phase_records import phase
from reports.judgement import validity_gates
from reports.record import latency
from reports.record.measurements import Phase
from tests.truth.stubs import SERVICE_HEADER

WARM_UP_S: Final = 0.5
TRIES: Final = 3
_BEGINS_WITHIN_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request of a trial, in seconds from the phase's begin; `note` is the stub's header."""

    endpoint: str
    intended_s: float
    began_s: float
    ended_s: float
    outcome: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What was counted, the record's phase made of it, and each request in the order it was due.

    `disturbed_s` is how long the disturbance lasted that the trial was asked to have.
    """

    counts: PhaseCounts
    phase: Phase
    requests: tuple[Request, ...]
    disturbed_s: float

    def ms(self, q: float) -> float:
        """Return the response time in ms at a quantile, of the histogram that the record keeps."""
        return latency.value_ms(latency.decode(self.phase.histograms.total), q * 100)

    @property
    def mean_ms(self) -> float:
        """Return the mean response time in ms, of the same histogram."""
        histogram = latency.decode(self.phase.histograms.total)
        return float(histogram.get_mean_value()) / 1_000

    def endpoint_ms(self, name: str, q: float) -> float:
        """Return the response time in ms of one call at a quantile."""
        return latency.value_ms(latency.decode(self.phase.histograms.endpoints[name]), q * 100)

    @property
    def cpu_s_per_request(self) -> float:
        """Return the CPU seconds that the load process took for each request."""
        return self.counts.generator_cpu * self.counts.duration_s / self.counts.samples


def undisturbed() -> float:
    """Disturb nothing, for no time."""
    return 0.0


def nothing() -> None:
    """Prepare nothing."""


def try_out(plan: Plan, *, disturbance: Callable[[], float] = undisturbed) -> Trial:
    """Run a plan of one open phase; `disturbance` runs beside it from the phase's begin on.

    It returns for how many seconds it disturbed; what it raises is raised here.
    """
    begun = threading.Event()

    def listen(line: Line) -> None:
        if isinstance(line, PhaseDone):  # the first phase to be done is the warm-up
            begun.set()

    def disturb() -> float:
        if not begun.wait(_BEGINS_WITHIN_S):
            raise TimeoutError(f"The warm-up did not end within {_BEGINS_WITHIN_S:.0f} s.")
        return disturbance()

    with ThreadPoolExecutor(max_workers=1) as beside:
        disturbed = beside.submit(disturb)
        try:
            results = generate(plan, listen)
        finally:
            begun.set()
        disturbed_s = disturbed.result()
    if results.open is None:
        raise LookupError("The load process ran no open phase; a trial's plan asks for one alone.")
    return Trial(
        counts=results.open,
        phase=phase(results.open, plan.rpc_metric),
        requests=_requests(plan.samples),
        disturbed_s=disturbed_s,
    )


def try_until_it_counts(plan: Plan, *, before: Callable[[], None] = nothing) -> Trial:
    """Run a plan until no gate voids its phase, or for the last time.

    The load side itself refuses the figures of such a run, so they prove nothing either way. What
    voids every run is judged with the last one. `before` is done before each.
    """
    for _ in range(TRIES - 1):
        before()
        trial = try_out(plan)
        if not any(verdict == "unknown" for verdict, _ in _said(trial.phase)):
            return trial
    before()
    return try_out(plan)


def _said(phase: Phase) -> Iterator[validity_gates.Answer]:
    return (ask(phase) for ask in validity_gates.PHASE_GATES.values())


def plan(  # noqa: PLR0913 -- all but three by keyword, each with one meaning
    url: str,
    calls: tuple[PlannedCall, ...],
    folder: Path,
    *,
    rate_per_s: float,
    run_s: float,
    arrivals: OpenArrivals = "constant",
    seed: int = 1,
    samples: bool = True,
) -> Plan:
    """Return a plan of one open phase, which writes down each request unless told not to."""
    timing = Timing(warm_up_s=WARM_UP_S, open_s=run_s, open_most_s=run_s, answer_within_s=20.0)
    return Plan(
        host=url,
        calls=calls,
        seed=seed,
        arrivals=arrivals,
        common_per_s=None,
        open_per_s=rate_per_s,
        rpc_metric=None,
        worker_header=None,
        results=folder / "results.json",
        samples=folder / "samples.csv" if samples else None,
        note_header=SERVICE_HEADER,
        parent_pid=os.getpid(),
        timing=timing,
    )


def searching(url: str, calls: tuple[PlannedCall, ...], folder: Path) -> Plan:
    """Return a plan that finds in a closed loop what a system carries."""
    timing = Timing(warm_up_s=3.0, level_s=1.5, open_s=1.0, open_most_s=1.0)
    return Plan(
        host=url,
        calls=calls,
        seed=1,
        arrivals="poisson",
        common_per_s=1.0,
        rpc_metric=None,
        worker_header=None,
        results=folder / "results.json",
        parent_pid=os.getpid(),
        timing=timing,
    )


def _requests(samples: Path | None) -> tuple[Request, ...]:
    if samples is None:
        return ()
    with samples.open(encoding="utf-8", newline="") as lines:
        read = (_request(row) for row in csv.DictReader(lines))
        return tuple(sorted(read, key=lambda request: request.intended_s))


def _request(row: dict[str, str]) -> Request:
    return Request(
        endpoint=row["endpoint"],
        intended_s=float(row["intended_s"]),
        began_s=float(row["began_s"]),
        ended_s=float(row["ended_s"]),
        outcome=row["outcome"],
        note=row["note"],
    )
