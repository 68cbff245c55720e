"""The same truths through gateway, broker, resolver and service; and gates that leave good runs be.

Minutes long, and a machine's other work shows in it: not for every commit.
"""

import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from loadtests.plan.plan import PlannedCall
from loadtests.plan.scenarios import calls_of
from loadtests.sweep.load_process import generate
from loadtests.sweep.phase_records import void_repetition
from reports.judgement.verdicts import judge
from reports.record import measurements
from reports.record.measurements import Phase, Repetition
from reports.record.record import LoadRun
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.engines.engine import Pausable
from testcontainers_fixtures.stack import Stack, start_stack
from testcontainers_fixtures.stack_spec import read_stack_file
from tests.truth import descendants, figures, theory
from tests.truth.figures import Figure, Tell
from tests.truth.trial import Request, plan, searching, try_out
from tests.unit.reports.sample_runs import load_run

STACK_FILE: Final = Path(__file__).parents[2] / "system" / "stack.toml"
READ: Final = PlannedCall(
    name="read", request="GET /clients/{client_id}", draw={"client_id": (1, 100)}
)
RATE_PER_S: Final = 100.0
RUN_S: Final = 30.0
AT_ONCE: Final = 4
NICENESS: Final = -9  # just behind the load process, which asks for -10
FROZEN_S: Final = 2.0
LEAD_S: Final = 8.0
FREEZE_WITHIN: Final = 0.03
RUNS: Final = 20
VOID_AT_MOST: Final = 1
SHARES: Final = (0.3, 0.4, 0.5, 0.6, 0.7)

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Give the reference system, as processes: one of each."""
    spec = read_stack_file(STACK_FILE)
    folder = tmp_path_factory.mktemp("stack")
    with start_stack(spec, run_folder=folder, engine="processes", twins=False) as stack:
        yield stack


def test_a_resolver_that_stood_still_for_two_seconds_shows_in_the_tail(
    running: Stack, tmp_path: Path, tell: Tell
) -> None:
    # The theory's server takes one after the other; a resolver with many at once lets the first
    # of a backlog wait for those behind it.
    running.scale(CopyCounts(prefetch=AT_ONCE))
    descendants.go_first(NICENESS)
    asked = plan(running.gateway, (READ,), tmp_path, rate_per_s=RATE_PER_S, run_s=RUN_S)
    trial = try_out(asked, disturbance=_frozen(running))
    capacity_per_s = drained_per_s(trial.requests, round(RATE_PER_S * trial.disturbed_s))
    theory_ms = 1_000 * theory.frozen_quantile_s(
        0.99,
        frozen_s=trial.disturbed_s,
        run_s=RUN_S,
        rate_per_s=RATE_PER_S,
        capacity_per_s=capacity_per_s,
    )
    title = f"resolver frozen for 2 s (drained at {capacity_per_s:.0f}/s), p99"
    tell(figures.ms(title, expected_ms=theory_ms, measured_ms=trial.ms(0.99), bound="3 %"))

    assert trial.phase.samples == RATE_PER_S * RUN_S == len(trial.requests)
    assert (trial.phase.failed, trial.phase.unknown, trial.phase.errors) == (0, 0, {})
    assert trial.ms(0.99) == pytest.approx(theory_ms, rel=FREEZE_WITHIN)


def test_good_runs_at_30_to_70_percent_of_the_load_are_not_voided(
    running: Stack, tmp_path: Path, tell: Tell
) -> None:
    running.scale(CopyCounts())
    descendants.go_first(NICENESS)
    name, scenario = next(iter(running.spec.scenarios.items()))
    calls = calls_of(name, scenario)
    found = generate(searching(running.gateway, calls, tmp_path / "search"), lambda _: None)
    most_per_s = found.best.throughput_per_s
    reasons: list[list[str]] = []
    for number in range(RUNS):
        rate_per_s = most_per_s * SHARES[number % len(SHARES)]
        asked = plan(
            running.gateway,
            calls,
            tmp_path / str(number),
            rate_per_s=rate_per_s,
            run_s=max(6.0, 500 / rate_per_s),
            arrivals="poisson",
            seed=number,
        )
        reasons.append(voided(try_out(asked).phase))
    void = [reason for reason in reasons if reason]
    tell(
        Figure(
            truth=f"runs voided at 30 to 70 % of {most_per_s:.0f}/s",
            expected="0",
            measured=f"{len(void)} of {RUNS}",
            bound=f"{VOID_AT_MOST} of {RUNS}",
        )
    )

    assert len(void) <= VOID_AT_MOST, void


def voided(phase: Phase) -> list[str]:
    """Return what the verdicts have against a phase, as they judge a stored record."""
    empty = void_repetition("not measured here")
    reasons = {name: reason for name, reason in empty.reasons.items() if name != "open"}
    repetition = Repetition(warm_up=None, closed=None, open=phase, common=None, reasons=reasons)
    configuration = measurements.Configuration(
        scenario="crud",
        resolvers=1,
        service_workers=1,
        gateway_workers=1,
        prefetch=32,
        repetitions=(repetition,),
    )
    return [
        f"{judgement.check}: {judgement.sentence}"
        for judgement in judge(_record(configuration))
        if judgement.verdict in {"fail", "unknown"}
    ]


def drained_per_s(requests: tuple[Request, ...], backlog: int) -> float:
    """Return how fast a backlog was answered after the longest pause between two answers."""
    ends_s = sorted(request.ended_s for request in requests)
    gaps = [after_s - before_s for before_s, after_s in pairwise(ends_s)]
    first = gaps.index(max(gaps)) + 1
    return (backlog - 1) / (ends_s[first + backlog - 1] - ends_s[first])


def _record(configuration: measurements.Configuration) -> LoadRun:
    return load_run(target="http://127.0.0.1", configurations=(configuration,))


def _frozen(stack: Stack) -> Callable[[], float]:
    def disturb() -> float:
        (resolver,) = stack.copies("resolver")
        assert isinstance(resolver, Pausable)
        time.sleep(LEAD_S)
        resolver.pause()
        begun_s = time.monotonic()
        try:
            time.sleep(FROZEN_S)
        finally:
            ended_s = time.monotonic()
            resolver.resume()
        return ended_s - begun_s

    return disturb
