"""The stack is broken under traffic: nothing is lost, doubled, mixed up or late; all comes back.

A stack of its own, because a fault changes what others rely on. Of a system that was attached to
nothing is broken. `nox -s faults` tries every fault on both engines; here are some of each layer.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from contract_tests.faults.fault_trial import run_trial
from contract_tests.faults.planted_weaknesses import WEAKNESSES, Weakness, home, weakened
from contract_tests.faults.stack_pool import MOST_TRIALS, StackPool
from contract_tests.faults.tailored_faults import STRIKES
from contract_tests.faults.traffic import FaultTraffic
from contract_tests.faults.writable_collections import WritableCollection
from reports.judgement.fault_verdicts import InvariantCell, cells
from reports.record.fault_trials import FaultTrial
from testcontainers_fixtures.faults.aim import faults_of
from testcontainers_fixtures.faults.catalogue import named
from testcontainers_fixtures.faults.fault import Fault
from testcontainers_fixtures.faults.targets import part_of
from testcontainers_fixtures.session_options import engine, is_attached, session_spec
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.stack_spec import StackSpec

# Each trial may start a stack first, which is given a minute a part at most; both take seconds.
ONE_TRIAL_S = 180
pytestmark = pytest.mark.timeout(MOST_TRIALS * ONE_TRIAL_S)

FAULTS = (
    named("resolver-sigkill-one-of-two"),
    named("gateway-worker-sigkill"),
    named("broker-restarted"),
    named("database-locked"),
    # Of a system that has such parts.
    named("database-sigkill"),
    named("cache-sigkill"),
    named("work-queue-deleted"),
    # Those that show a weakness below show nothing where there is none.
    *STRIKES,
)
Count = Callable[[str, object], None]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Try each fault that there is for the session's system, and those of its own stack file."""
    if "fault" in metafunc.fixturenames:
        metafunc.parametrize("fault", faults_of(session_spec(metafunc.config), FAULTS), ids=str)


@pytest.fixture(scope="module")
def ground(
    pytestconfig: pytest.Config, stack_spec: StackSpec, run_folder: Path
) -> Iterator[StackPool]:
    """Give a stack to break, on the session's engine."""
    if is_attached(pytestconfig):
        pytest.skip("What was attached to is not ours to break.")
    with StackPool(stack_spec, run_folder / "faults", engine(pytestconfig)) as ground:
        yield ground


@pytest.fixture(scope="module")
def weak_ground(stack_spec: StackSpec, run_folder: Path, ground: StackPool) -> Iterator[StackPool]:
    """Give a stack of processes to weaken: a container has no harness in it to do so."""
    ground.clear()  # two stacks at a time would be in each other's way
    with StackPool(stack_spec, run_folder / "weaknesses", "processes") as weak:
        yield weak


def test_under_a_fault_every_promise_is_kept(
    request: pytest.FixtureRequest, ground: StackPool, record_property: Count, fault: Fault
) -> None:
    trial = ground.trial(fault)
    record_property("cases", trial.attempts)
    if trial.not_applicable:
        pytest.skip(trial.not_applicable)

    record_property("spoilt", " ".join(trial.spoilt))

    bad = _not_green(trial)
    if trial.came_up and all(one.verdict == "unknown" for one in bad):
        request.applymarker("unjudged")  # as `nox -s faults` has it: only what is red has failed
    assert not trial.void, f"Nothing is known of this fault. {trial.void}"
    assert not [f"{one.invariant}: {one.sentence}" for one in bad]


@pytest.mark.self_test
@pytest.mark.parametrize("weakness", WEAKNESSES.values(), ids=WEAKNESSES)
def test_the_ledger_names_a_weakness_and_nothing_else(
    weak_ground: StackPool, stack_spec: StackSpec, record_property: Count, weakness: Weakness
) -> None:
    if why := weak_ground.why_not(weakness.fault):
        pytest.skip(why)
    part = home(stack_spec, weakness)
    if part is None:
        pytest.skip(
            f"Its {weakness.role} does not run {weakness.defect.module}, which is rewritten."
        )
    stack = weak_ground.prepared(weakness.fault)
    stack.spec = weakened(stack_spec, weakness, part)
    stack.restart(part)
    try:
        trial = run_trial(
            stack, weakness.fault, weak_ground.places, spoilt(stack, weak_ground.places)
        )
    finally:
        stack.spec = stack_spec
        stack.restart(part)
    record_property("cases", trial.attempts)

    red = _not_green(trial)
    seen = "; ".join(f"{one.invariant}, {one.sentence}" for one in red) or "nothing."
    expected = f"Expected a planted defect to show as {weakness.shows} alone; seen: {seen}"
    assert [one.invariant for one in red] == [weakness.shows], expected


def spoilt(stack: Stack, places: Sequence[WritableCollection]) -> FaultTraffic:
    """Return callers whose calls a weakness can spoil: enough of them go where it strikes.

    All go to the service that is struck, none with a key; a higher rate would do as well, but not
    on a busy machine, where it is the gateway that cannot keep up.
    """
    struck = [one for one in places if one.service == part_of(stack, "service")]
    return FaultTraffic(stack.gateway, stack.spec, struck, keyed_share=0)


def _not_green(trial: FaultTrial) -> list[InvariantCell]:
    return [one for one in cells(trial) if one.verdict in {"fail", "unknown"}]
