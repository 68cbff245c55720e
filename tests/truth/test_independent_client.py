"""A client that shares no line with ours sees what ours sees, in the same run."""

# mypy: allow-untyped-calls
# hdrh ships no types.

import json
import subprocess
from pathlib import Path
from typing import Final

import pytest

from loadtests.plan.plan import PlannedCall
from reports.record import latency
from tests.truth import figures, stubs, theory
from tests.truth.figures import Tell
from tests.truth.stubs import Stub
from tests.truth.trial import Trial, plan, try_out

PATH: Final = "/shifted/20000"  # at least 20 ms, 30 on average
SLOTS: Final = 4
RATE_PER_S: Final = 100.0  # three quarters of what the slots carry
RUN_S: Final = 5.0
ROUNDS: Final = 2
CLIENT: Final = Path(__file__).with_name("independent.py")


@pytest.mark.timeout(120)
def test_an_independent_client_sees_the_same_latencies(tmp_path: Path, tell: Tell) -> None:
    ours, theirs_ms = [], []
    with stubs.stub(slots=SLOTS) as stub:
        for number in range(ROUNDS):
            trial = _ours(stub, tmp_path / str(number), seed=number)
            theirs_ms += _theirs_ms(stub, tmp_path / str(number), trial, seed=number)
            ours.append(latency.decode(trial.phase.histograms.total))
    merged = latency.merge(ours)

    assert merged.get_total_count() == len(theirs_ms) == ROUNDS * RATE_PER_S * RUN_S
    for q, within in ((0.5, 0.05), (0.99, 0.10)):
        seen_ms, other_ms = latency.value_ms(merged, q * 100), theory.quantile(theirs_ms, q)
        title, bound = f"independent client, p{q * 100:g}", f"{within:.0%}"
        tell(figures.ms(title, expected_ms=other_ms, measured_ms=seen_ms, bound=bound))
        assert seen_ms == pytest.approx(other_ms, rel=within)


def _ours(stub: Stub, folder: Path, *, seed: int) -> Trial:
    def seeded() -> float:
        stubs.seed(stub, seed)
        return 0.0

    call = PlannedCall(name="shifted", request=f"GET {PATH}")
    asked = plan(
        stub.url,
        (call,),
        folder,
        rate_per_s=RATE_PER_S,
        run_s=RUN_S,
        arrivals="poisson",
        seed=seed,
    )
    # Seeded when the warm-up is over, whose requests have drawn from the stub's times as well.
    return try_out(asked, disturbance=seeded)


def _theirs_ms(stub: Stub, folder: Path, trial: Trial, *, seed: int) -> list[float]:
    """Return what the other client sees, sending when ours should have sent."""
    planned, out = folder / "schedule.json", folder / "times.json"
    planned.write_text(json.dumps([request.intended_s for request in trial.requests]))
    stubs.seed(stub, seed)
    command = stubs.first(str(CLIENT), str(stub.port), PATH, str(planned), str(out))
    subprocess.run(command, check=True, timeout=60, start_new_session=True)
    return [seconds * 1_000 for seconds in json.loads(out.read_text())]
