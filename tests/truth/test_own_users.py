"""Of a team's own users each request shows what it took, and a server that stands still is seen.

What is expected is calculated from the plan (which task is due when), from the stub's own record of
how long it took, and from when it stood still.
"""

import statistics
import time
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace

from loadtests.command.users_option import own_users
from loadtests.generator.assignment import open_loop
from loadtests.generator.phases import OPEN
from loadtests.plan.arrivals import parse
from reports.judgement import validity_gates
from tests.truth import stubs
from tests.truth.figures import WITHIN, Pair, Tell, first_within
from tests.truth.trial import Trial, plan, try_out

# So long that 2 % of it is more than a shared machine makes a request late.
TAKES_US: Final = {"look": 200_000, "search": 300_000, "pick": 240_000, "pay": 400_000}
# The requests of each task, each after so many seconds of sleep.
TASKS: Final = {
    "Shopper.look": (("look", 0.0),),
    "Shopper.find": (("search", 0.0), ("pick", 0.15)),
    "Shopper.pay": (("pay", 0.0),),
}
FILE: Final = """
import time
from locust import {base}, between, task

class Shopper({base}):
    wait_time = between(1, 5)

    def on_start(self):
        self.client.get("/fixed/50000", name="log in")

    @task(3)
    def look(self):
        self.client.get("/fixed/200000", name="look")

    @task(2)
    def find(self):
        self.client.get("/fixed/300000", name="search")
        time.sleep(0.15)
        self.client.get("/fixed/240000", name="pick")

    @task
    def pay(self):
        self.client.get("/fixed/400000", name="pay")
"""
TASKS_PER_S: Final = 40.0
RUN_S: Final = 30.0
FROZEN_S: Final = 1.0
LEAD_S: Final = 8.0

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("base", [pytest.param("HttpUser", marks=pytest.mark.long), "FastHttpUser"])
def test_the_requests_of_own_users_take_what_plan_and_server_say_while_it_stands_still(
    base: str, tmp_path: Path, tell: Tell
) -> None:
    pairs = first_within(base, lambda number: _tried(base, tmp_path / str(number)), tell)

    for name, q, theory_ms, seen_ms in pairs:
        assert seen_ms == pytest.approx(theory_ms, rel=WITHIN), (name, q)


def _tried(base: str, folder: Path) -> list[Pair]:
    """Return each call, quantile, what it should be in ms, and what was seen, of one trial."""
    folder.mkdir()
    file = folder / "shoppers.py"
    file.write_text(FILE.format(base=base))
    began: list[float] = []

    def disturb() -> float:
        time.sleep(LEAD_S)
        began.append(time.monotonic())
        return stubs.freeze([stub.pid], for_s=FROZEN_S)

    with stubs.stub(slots=4_096) as stub:
        calls = own_users(file).calls
        asked = plan(stub.url, calls, folder, rate_per_s=TASKS_PER_S, run_s=RUN_S)
        trial = try_out(replace(asked, users=file), disturbance=disturb)
    planned = open_loop(asked, OPEN, parse("constant"), TASKS_PER_S, RUN_S)
    due = [(s, calls[n].name) for s, n in zip(planned.due_s, planned.calls, strict=True)]
    _require_whole(trial, due)
    frozen_s = began[0] - trial.counts.begin_s
    expected_ms = _expected_ms(trial, due, frozen_s, frozen_s + trial.disturbed_s)
    return [
        (name, q, _quantile(times_ms, q), _seen_ms(trial, name, q))
        for name, times_ms in expected_ms.items()
        for q in (0.5, 0.99)
    ]


def _require_whole(trial: Trial, due: list[tuple[float, str]]) -> None:
    """Require that every task was begun when it was due, and each request answered well."""
    count = sum(len(TASKS[task]) for _, task in due)
    assert (trial.phase.samples, trial.phase.failed, trial.phase.unknown) == (count, 0, 0)
    assert trial.phase.offered_per_s == pytest.approx(count / RUN_S, abs=0.001)
    assert validity_gates.rate_was_kept(trial.phase)[0] == "pass"
    assert trial.phase.pool_waits == 0
    (flow,) = trial.phase.flows
    assert (flow.sessions, flow.broken, flow.steps_sent) == (len(due), 0, count)


def _expected_ms(
    trial: Trial, due: list[tuple[float, str]], frozen_s: float, thawed_s: float
) -> dict[str, list[float]]:
    """Return the times in ms of each call and of all, task by task."""
    takes_s = {name: _takes_s(trial, name) for name in TAKES_US}
    found: dict[str, list[float]] = {name: [] for name in (*TAKES_US, "all")}
    for arrival_s, task in due:
        now_s = arrival_s
        for name, sleep_s in TASKS[task]:
            due_s = now_s + sleep_s
            now_s = _answered_s(due_s, takes_s[name], frozen_s, thawed_s)
            found[name].append((now_s - due_s) * 1_000)
            found["all"].append((now_s - due_s) * 1_000)
    return found


def _answered_s(due_s: float, takes_s: float, frozen_s: float, thawed_s: float) -> float:
    """Return when a server that stands still for a while answers."""
    if frozen_s <= due_s < thawed_s:
        return thawed_s + takes_s
    ended_s = due_s + takes_s
    return thawed_s if frozen_s <= ended_s < thawed_s else ended_s


def _takes_s(trial: Trial, name: str) -> float:
    """Return what the stub says that it takes for a call, while it does not stand still."""
    return statistics.median(int(one.note) / 1e6 for one in trial.requests if one.endpoint == name)


def _seen_ms(trial: Trial, name: str, q: float) -> float:
    return trial.ms(q) if name == "all" else trial.endpoint_ms(name, q)


def _quantile(times_ms: list[float], q: float) -> float:
    """Return the time at the nearest rank, as HdrHistogram has it.

    Arrivals stand so far apart that its neighbour is 2 % away.
    """
    return sorted(times_ms)[max(0, int(q * len(times_ms) + 0.5) - 1)]
