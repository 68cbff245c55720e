"""Of a flow each step shows what it took, and a step that stands still is seen in full, there only.

What is expected is calculated from the plan (when sessions arrive, how long they think), from the
stub's own record of how long it took, and from when it let one step wait.
"""

import statistics
import time
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Final

import pytest

from loadtests.generator.assignment import Assignment, open_loop
from loadtests.generator.phases import OPEN
from loadtests.plan.arrivals import parse
from loadtests.plan.plan import Plan, PlannedCall, PlannedStep
from reports.record import latency
from tests.truth import stubs
from tests.truth.figures import WITHIN, Pair, Tell, first_within
from tests.truth.trial import Trial, plan, try_out

# So long that 2 % of it is more than a shared machine makes a request late.
TAKES_US: Final = {"log in": 200_000, "browse": 300_000, "put in": 240_000, "pay": 400_000}
THINKS_S: Final = {"browse": (0.05, 0.3), "put in": (0.1, 0.1), "pay": (0.2, 1.0)}
FROZEN: Final = "put in"
SESSIONS_PER_S: Final = 40.0
RUN_S: Final = 30.0
FROZEN_S: Final = 2.0
LEAD_S: Final = 8.0

pytestmark = pytest.mark.timeout(300)


def steps() -> Iterator[PlannedCall]:
    """Yield the steps; each later one tells what it was told before."""
    for at, (name, takes_us) in enumerate(TAKES_US.items()):
        yield PlannedCall(
            name=name,
            request=f"GET /fixed/{takes_us}",
            headers={"X-Before-Us": "{took}"} if at else {},
            keeps={"took": f"header {stubs.SERVICE_HEADER}"},
            step=PlannedStep(think_s=THINKS_S.get(name, (0.0, 0.0))),
        )


def test_each_step_of_a_flow_takes_what_plan_and_server_say_while_one_stands_still(
    tmp_path: Path, tell: Tell
) -> None:
    pairs = first_within("flow", lambda number: _tried(tmp_path / str(number)), tell)

    for name, q, theory_ms, seen_ms in pairs:
        assert seen_ms == pytest.approx(theory_ms, rel=WITHIN), (name, q)


def _tried(folder: Path) -> list[Pair]:
    """Return each step, quantile, what it should be in ms, and what was seen, of one trial."""
    held: list[float] = []
    folder.mkdir()

    def disturb() -> float:
        time.sleep(LEAD_S)
        held.append(stubs.hold(stub, TAKES_US[FROZEN], for_s=FROZEN_S))
        return FROZEN_S

    with stubs.stub(slots=4_096) as stub:
        calls, rate_per_s = tuple(steps()), SESSIONS_PER_S * len(TAKES_US)
        asked = plan(stub.url, calls, folder, rate_per_s=rate_per_s, run_s=RUN_S)
        trial = try_out(asked, disturbance=disturb)
    _require_whole(trial, rate_per_s)
    planned = open_loop(asked, OPEN, parse("constant"), rate_per_s, RUN_S)
    expected_ms = _expected_ms(trial, asked, planned, held[0] - trial.counts.begin_s)
    return [
        (name, q, _quantile(times_ms, q), _seen_ms(trial, name, q))
        for name, times_ms in expected_ms.items()
        for q in (0.5, 0.99)
    ]


def _require_whole(trial: Trial, rate_per_s: float) -> None:
    """Require that every session was sent, and each step of it answered well."""
    count = round(SESSIONS_PER_S * RUN_S)
    assert (trial.phase.samples, trial.phase.failed, trial.phase.unknown) == (4 * count, 0, 0)
    assert (trial.phase.offered_per_s, trial.phase.achieved_per_s) == (rate_per_s, rate_per_s)
    (flow,) = trial.phase.flows
    assert (flow.sessions, flow.broken, flow.steps_sent) == (count, 0, 4 * count)


def _expected_ms(
    trial: Trial, asked: Plan, planned: Assignment, held_at_s: float
) -> dict[str, list[float]]:
    """Return the times in ms of each step and of the whole, session by session."""
    took_s = {name: _took_s(trial, name) for name in TAKES_US}
    found: dict[str, list[float]] = {name: [] for name in (*TAKES_US, "session")}
    for row, (arrival_s, session) in enumerate(zip(planned.due_s, planned.sessions, strict=True)):
        now_s, waits_s = arrival_s, []
        for number, think_s in zip(session.steps, session.thinks_s, strict=True):
            name, due_s = asked.calls[number].name, now_s + think_s
            held = name == FROZEN and held_at_s <= due_s < held_at_s + FROZEN_S
            wait_s = took_s[name][row] + (held_at_s + FROZEN_S - due_s if held else 0.0)
            found[name].append(wait_s * 1_000)
            waits_s.append(wait_s)
            now_s = due_s + wait_s
        found["session"].append(1_000 * list(accumulate(waits_s))[-1])
    return found


def _took_s(trial: Trial, name: str) -> list[float]:
    """Return what the stub says that it took for a step; without what it held somebody up."""
    told_s = [int(one.note) / 1e6 for one in trial.requests if one.endpoint == name]
    return [statistics.median(told_s)] * len(told_s) if name == FROZEN else told_s


def _seen_ms(trial: Trial, name: str, q: float) -> float:
    if name == "session":
        return latency.value_ms(latency.decode(trial.phase.histograms.flow or ""), q * 100)
    return trial.endpoint_ms(name, q)


def _quantile(times_ms: list[float], q: float) -> float:
    """Return the time that a share q of all is not above."""
    return sorted(times_ms)[max(0, -int(-q * len(times_ms) // 1) - 1)]
