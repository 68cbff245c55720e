"""A stack that stood still shows for as long as it stood still, and nothing is left out.

Locust alone says 9 to 240 ms where these runs say 1,700: it sends nothing while it waits.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loadtests.plan.plan import PlannedCall
from tests.truth import descendants, figures, stubs, theory
from tests.truth.figures import Tell
from tests.truth.stubs import Stub
from tests.truth.trial import Trial, plan, try_out

NOW = PlannedCall(name="now", request="GET /now")
RATE_PER_S = 200.0
WITHIN = 0.02
# Beside the freeze: the short run must still be longer than all that the freeze delays.
LEAD_S = 2.0

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def stub() -> Iterator[Stub]:
    """Give a stub that answers at once."""
    with stubs.stub() as running:
        yield running


def frozen(pids: Callable[[], list[int]], *, for_s: float) -> Callable[[], float]:
    """Return a disturbance: processes stand still for a while, in the middle of the run."""

    def disturb() -> float:
        time.sleep(LEAD_S)
        return stubs.freeze(pids(), for_s=for_s)

    return disturb


def expected_ms(trial: Trial, q: float, *, capacity_per_s: float) -> float:
    """Return what the theory says of a trial's quantile."""
    return 1_000 * theory.frozen_quantile_s(
        q,
        frozen_s=trial.disturbed_s,
        run_s=trial.counts.duration_s,
        rate_per_s=RATE_PER_S,
        capacity_per_s=capacity_per_s,
    )


def planned_s(run_s: float) -> list[float]:
    """Return when each request of a run is due."""
    return [number / RATE_PER_S for number in range(round(run_s * RATE_PER_S))]


def due_s(trial: Trial) -> list[float]:
    """Return when each request was due, as the trial wrote it down."""
    return [request.intended_s for request in trial.requests]


def test_a_server_that_stood_still_for_two_seconds_shows_in_the_tail(
    stub: Stub, tmp_path: Path, tell: Tell
) -> None:
    run_s, planned = 30.0, 6_000
    asked = plan(stub.url, (NOW,), tmp_path, rate_per_s=RATE_PER_S, run_s=run_s)
    trial = try_out(asked, disturbance=frozen(lambda: [stub.pid], for_s=2.0))
    capacity_per_s = stubs.capacity_per_s(stub)

    assert capacity_per_s >= 5_000
    assert (trial.phase.samples, trial.phase.failed, trial.phase.unknown) == (planned, 0, 0)
    assert due_s(trial) == pytest.approx(planned_s(run_s), abs=1e-3)
    for q in (0.99, 0.999):
        theory_ms = expected_ms(trial, q, capacity_per_s=capacity_per_s)
        title = f"server frozen for 2 s, p{q * 100:g}"
        tell(figures.ms(title, expected_ms=theory_ms, measured_ms=trial.ms(q), bound="2 %"))
        assert trial.ms(q) == pytest.approx(theory_ms, rel=WITHIN)


def test_a_generator_that_stood_still_itself_hides_no_request(
    stub: Stub, tmp_path: Path, tell: Tell
) -> None:
    run_s, planned = 6.0, 1_200
    asked = plan(stub.url, (NOW,), tmp_path, rate_per_s=RATE_PER_S, run_s=run_s)
    trial = try_out(asked, disturbance=frozen(lambda: descendants.running("locust"), for_s=1.0))

    theory_ms = expected_ms(trial, 0.99, capacity_per_s=stubs.capacity_per_s(stub))
    title = "generator frozen for 1 s, p99"
    tell(figures.ms(title, expected_ms=theory_ms, measured_ms=trial.ms(0.99), bound="5 %"))

    assert (trial.phase.samples, trial.phase.failed, trial.phase.unknown) == (planned, 0, 0)
    assert trial.ms(0.99) == pytest.approx(theory_ms, rel=0.05)
    # The lateness is its own, and said as such.
    assert trial.phase.lag_ms_p99 == pytest.approx(theory_ms, rel=0.05)
    assert due_s(trial) == pytest.approx(planned_s(run_s), abs=1e-3)
