"""A fault is mended whatever happens, and one that struck nothing is not tried."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from msgspec.structs import replace as replace_struct
from msgspec.structs import replace as replaced

from contract_tests.agreement.agreed_documents import Agreement
from contract_tests.faults import fault_trial
from contract_tests.faults.fault_trial import TrialMoments, under_traffic
from contract_tests.faults.ledger import Attempt, Ending
from contract_tests.faults.stack_pool import StackPool
from contract_tests.faults.traffic import MOST_REQUESTS, FaultTraffic
from reports.record.fault_trials import Breach, FaultTrial
from testcontainers_fixtures.errors import (
    NotApplicableError,
    SpecError,
    StackError,
    StartError,
)
from testcontainers_fixtures.faults.catalogue import named
from testcontainers_fixtures.faults.fault import Fault
from testcontainers_fixtures.faults.signs import sign
from testcontainers_fixtures.faults.signs.sign import Marks, Sign
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.stack_spec import Broker, Contract, Part, StackSpec
from tests.unit.reports.sample_faults import CLEAN
from tests.unit.reports.sample_faults import trial as sample_trial

NO_STACK = cast("Stack", None)  # the faults below need none
SPEC = StackSpec(
    format_version=1,
    name="some",
    broker=Broker(vhost="v", user="me", work_queue="q"),
    parts={
        "gateway": Part(role="gateway", command=("x",), port=1),
        "worker": Part(role="resolver", command=("x",), port=2),
    },
)


class Lamp:
    """Something to break, and the fault that does so, or only says so."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.lit = True

    def fault(self, *, breaks: bool) -> Fault:
        @contextmanager
        def strike(_: Stack) -> Iterator[None]:
            self.told.append("struck")
            self.lit = not breaks
            try:
                yield
            finally:
                self.told.append("mended")

        return replace(
            named("service-paused"),
            strike=strike,
            sign=Sign(read=self.seen),
            lasts_s=0.05,
            outlasts=False,
        )

    def seen(self, _: Stack) -> Marks:
        return frozenset({"lit" if self.lit else "dark"})


class NoTraffic(FaultTraffic):
    """Callers who send nothing until they are stopped."""

    def __init__(self) -> None:
        super().__init__("http://gateway", SPEC, [])

    async def run(self) -> None:
        await self._stopped.wait()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a moment only."""
    for name in ("BEFORE_S", "AFTER_S"):
        monkeypatch.setattr(fault_trial, name, 0.01)
    monkeypatch.setattr(sign.Evidence.shown, "__kwdefaults__", {"timeout_s": 0.05})


async def done(fault: Fault) -> TrialMoments:
    async with asyncio.timeout(5):
        return await under_traffic(NoTraffic(), fault, NO_STACK)


async def test_what_was_seen_of_a_fault_is_told_with_its_moments() -> None:
    lamp = Lamp()
    moments = await done(lamp.fault(breaks=True))

    assert moments.evidence == "lit; then dark"
    assert moments.mending_s - moments.struck_s >= 0.05
    assert lamp.told == ["struck", "mended"]


async def test_a_fault_that_holds_calls_does_so_past_their_deadline_whatever_that_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("testcontainers_fixtures.faults.fault.OUTLASTS_S", 0.1)
    traffic = NoTraffic()
    traffic.deadline_s = 0.3
    fault = replace(Lamp().fault(breaks=True), outlasts=True)
    moments = await under_traffic(traffic, fault, NO_STACK)

    assert moments.mending_s - moments.struck_s >= 0.4


async def test_calls_are_paced_for_the_whole_of_a_trial() -> None:
    traffic = NoTraffic()
    traffic.rate_per_s = 500_000
    await under_traffic(traffic, Lamp().fault(breaks=True), NO_STACK)

    assert traffic.rate_per_s == pytest.approx(MOST_REQUESTS / (0.01 + 0.05 + 0.01))


def test_a_deadline_that_nobody_said_is_told_as_such() -> None:
    said = replace_struct(SPEC, format_version=2, contract=Contract(answers_within_s=30.0))

    assert FaultTraffic("http://gateway", said, []).due == "due within 30 s"
    assert NoTraffic().due == (
        "due within 1.5 s, unless `answers_within_s` of [contract] says otherwise"
    )


async def test_a_fault_that_struck_nothing_is_mended_and_said_to_have() -> None:
    lamp = Lamp()
    with pytest.raises(StackError, match="still as before: lit"):
        await done(lamp.fault(breaks=False))

    assert lamp.told == ["struck", "mended"]


async def test_a_fault_is_mended_when_its_trial_is_broken_off() -> None:
    lamp = Lamp()
    running = asyncio.create_task(done(replace(lamp.fault(breaks=True), lasts_s=60)))
    while not lamp.told:  # noqa: ASYNC110 -- a thread strikes
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert lamp.told == ["struck", "mended"]


def test_calls_that_failed_before_the_strike_are_named_with_how_often() -> None:
    def sent(call: str, ending: Ending, reason: str, at_s: float = 1.0) -> Attempt:
        return Attempt(
            key="k",
            write=True,
            sent_s=at_s,
            ended_s=at_s + 0.1,
            deadline_s=5.0,
            ending=ending,
            reason=reason,
            call=call,
        )

    journal = [
        *([sent("POST /loans", "refused", "409")] * 2),
        sent("POST /loans", "acknowledged", "201"),
        sent("POST /books", "acknowledged", "201"),
        # What fell to the fault says nothing of the time before it.
        *([sent("POST /books", "refused", "503", at_s=100.5)] * 9),
    ]
    moments = cast("TrialMoments", SimpleNamespace(striking_s=100.0))

    with pytest.raises(StackError, match=r"seen 50%: POST /loans 2 of 3 times 409\.$"):
        fault_trial._require_well(journal, moments)  # noqa: SLF001 -- what a trial begins with


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[StackPool]:
    """Give a ground on which nothing has been started yet."""
    with StackPool(SPEC, tmp_path, "processes") as one:
        yield one


def refusing(error: Exception, tries: list[int]) -> Callable[..., object]:
    def start(*_: object, **__: object) -> object:
        tries.append(1)
        raise error

    return start


def test_a_stack_that_never_starts_is_not_started_for_every_fault(
    ground: StackPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []
    monkeypatch.setattr(
        "contract_tests.faults.stack_pool.start_stack", refusing(StackError("no"), tries)
    )
    voids = [ground.trial(named("service-paused")).void for _ in range(4)]

    assert len(tries) == 2
    assert voids[:2] == ["no"] * 2
    assert all("did not start 2 times in a row" in void for void in voids[2:])


def test_a_stack_file_that_cannot_be_used_ends_the_run(
    ground: StackPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "contract_tests.faults.stack_pool.start_stack", refusing(SpecError("bad"), [])
    )

    with pytest.raises(SpecError, match="bad"):
        ground.trial(named("service-paused"))


class Trials:
    """Gives one trial after the other, after which the callers stood still for so long."""

    def __init__(self, *made: tuple[FaultTrial, float]) -> None:
        self.left = list(made)

    def __call__(
        self, _stack: Stack, _fault: Fault, _: object, traffic: FaultTraffic
    ) -> FaultTrial:
        made, gap_s = self.left.pop(0)
        traffic.stalls.append((made.mended_s, made.mended_s + gap_s))
        return made


@pytest.fixture
def starts(ground: StackPool, monkeypatch: pytest.MonkeyPatch) -> list[Fault]:
    """Let the ground need no stack; return the faults that it was prepared for."""
    prepared: list[Fault] = []

    def stack(fault: Fault) -> object:
        prepared.append(fault)
        return SimpleNamespace(gateway="http://gateway", spec=SPEC)

    monkeypatch.setattr(ground, "prepared", stack)
    return prepared


WELL = sample_trial()
LATE = sample_trial(recovery_s=None)
LOST = sample_trial(breaches=CLEAN | {"lost": Breach(count=1)})


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ([(LATE, 0.1)], LATE),
        ([(WELL, 0.9)], WELL),
        ([(LOST, 0.9)], LOST),
        ([(LATE, 0.9), (WELL, 0.9)], WELL),
        ([(LATE, 0.9), (LATE, 0.1)], LATE),
        ([(LATE, 0.9), (LOST, 0.9)], LOST),
    ],
    ids=[
        "late on a quiet machine is red",
        "green is green",
        "lost is red",
        "the second is green",
        "the second is red",
        "the second lost something",
    ],
)
def test_a_doubtful_trial_is_made_once_more_and_the_second_counts(
    ground: StackPool,
    starts: list[Fault],
    monkeypatch: pytest.MonkeyPatch,
    made: list[tuple[FaultTrial, float]],
    expected: FaultTrial,
) -> None:
    trials = Trials(*made)
    monkeypatch.setattr("contract_tests.faults.stack_pool.run_trial", trials)

    trial = ground.trial(named("service-paused"))

    assert replaced(trial, spoilt=()) == expected
    assert len(trial.spoilt) == len(made) - 1
    assert all("Seen: recovered: Never again 99 %" in one for one in trial.spoilt)
    assert len(starts) == len(made)
    assert not trials.left


def test_a_trial_that_is_doubtful_twice_is_unknown_and_says_what_was_seen(
    ground: StackPool, starts: list[Fault], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "contract_tests.faults.stack_pool.run_trial", Trials((LATE, 0.9), (LATE, 0.8))
    )
    trial = ground.trial(named("service-paused"))

    assert len(starts) == len(trial.spoilt) == 2
    assert "stood still for 0.90 s within" in trial.void
    assert "stood still for 0.80 s within" in trial.void
    assert "Seen: recovered: Never again" in trial.void


def test_a_trial_that_cannot_be_made_once_more_tells_what_was_seen_and_is_no_doubt(
    ground: StackPool, starts: list[Fault], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contract_tests.faults.stack_pool.run_trial", Trials((LATE, 0.9)))
    trial = ground.trial(named("service-paused"))

    assert trial.void.startswith("IndexError")
    assert len(starts) == 2
    assert len(trial.spoilt) == 1


@pytest.mark.parametrize(
    ("error", "came_up"), [(StartError("gate ended"), False), (StackError("no sign"), True)]
)
def test_a_part_that_ended_is_told_from_a_fault_that_did_not_strike(
    ground: StackPool, monkeypatch: pytest.MonkeyPatch, error: StackError, *, came_up: bool
) -> None:
    monkeypatch.setattr("contract_tests.faults.stack_pool.start_stack", refusing(error, []))
    trial = ground.trial(named("service-paused"))

    assert str(error) in trial.void
    assert trial.came_up is came_up


def test_what_was_red_in_a_spoilt_trial_is_told_where_the_next_one_breaks(
    ground: StackPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = named("service-paused")
    came = iter([(ground.empty(fault), "The callers stood still. Seen: late: 3 of 400.")])

    def tried_once(_: object) -> object:
        for one in came:
            return one
        raise StackError("no")

    monkeypatch.setattr(ground, "_tried", tried_once)
    trial = ground.trial(fault)

    assert trial.void == "no The callers stood still. Seen: late: 3 of 400."
    assert len(trial.spoilt) == 1


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (replaced(SPEC, broker=None), "and some has not both."),
        (replaced(SPEC, parts={"gateway": SPEC.parts["gateway"]}), "and some has not both."),
    ],
    ids=["no broker", "no resolver"],
)
def test_a_system_without_calls_over_a_broker_is_not_started_for_their_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: StackSpec, why: str
) -> None:
    tries: list[int] = []
    monkeypatch.setattr("contract_tests.faults.stack_pool.start_stack", refusing(OSError(), tries))
    with StackPool(spec, tmp_path, "processes") as pool:
        trial = pool.trial(named("service-paused"))
        with pytest.raises(NotApplicableError, match=why):
            pool.prepared(named("service-paused"))

    assert trial.not_applicable.endswith(why)
    assert not trial.void
    assert tries == []


class Bare:
    """A stack that runs, whose services publish nothing, and that was ended."""

    def __init__(self) -> None:
        self.spec, self.services = SPEC, {"shelf": "http://shelf"}
        self.ready_s: dict[str, float] = {}
        self.ended = 0

    def conditions(self) -> dict[str, str]:
        return {"engine": "processes"}

    @contextmanager
    def started(self, *_: object, **__: object) -> Iterator["Bare"]:
        yield self
        self.ended += 1


def test_a_stack_of_whose_rows_no_account_can_be_kept_is_started_once_and_ended(
    ground: StackPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = Bare()
    monkeypatch.setattr("contract_tests.faults.stack_pool.start_stack", bare.started)
    nothing = Agreement(documents={})
    monkeypatch.setattr("contract_tests.faults.places.agreement", lambda *_: nothing)
    trials = [ground.trial(named(name)) for name in ("service-paused", "broker-frozen")]

    assert [one.void for one in trials] == ["", ""]
    assert all("Seen: no document of shelf." in one.not_applicable for one in trials)
    assert bare.ended == 1
    assert ground.conditions == {"engine": "processes"}


def test_a_fault_of_what_is_not_there_is_not_applicable_and_costs_no_stack(
    ground: StackPool, starts: list[Fault], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_there(*_: object) -> FaultTrial:
        raise NotApplicableError("There is no link.")

    cleared: list[int] = []
    monkeypatch.setattr("contract_tests.faults.stack_pool.run_trial", none_there)
    monkeypatch.setattr(ground, "clear", lambda: cleared.append(1))
    trial = ground.trial(named("service-paused"))

    assert (trial.not_applicable, trial.void) == ("There is no link.", "")
    assert len(starts) == 1
    assert cleared == []
