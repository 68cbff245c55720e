"""A master and its workers, over a channel without a network."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from loadtests.generator.assignment import Assignment, open_loop
from loadtests.generator.generators import GeneratorsLostError
from loadtests.generator.merged_results import PartialResult
from loadtests.generator.recorder import PhaseTally, Sample
from loadtests.generator.traffic import Told
from loadtests.generator.warm_up import WindowSample, WindowTotals
from loadtests.generator.workers import distributed_generators, enrolment, generator_worker
from loadtests.generator.workers.distributed_generators import DistributedGenerators
from loadtests.generator.workers.enrolment import (
    EnrolledWorker,
    Enrolment,
    TooFewWorkersError,
)
from loadtests.generator.workers.generator_worker import GeneratorWorker
from loadtests.generator.workers.master_channel import MasterChannel
from loadtests.generator.workers.signatures import Seal
from loadtests.generator.workers.silences import LEAST_HEARTBEAT
from loadtests.plan.arrivals import parse
from loadtests.plan.load_workers import (
    Awaited,
    Dismissed,
    ExpectedWorkers,
    Joined,
    Noted,
    Unfit,
    WorkerLine,
)
from loadtests.plan.plan import Plan, PlannedCall, Timing

PLAN = Plan(
    host="http://127.0.0.1:1",
    calls=(PlannedCall(name="a", request="GET /a"),),
    seed=5,
    arrivals="constant",
    common_per_s=None,
    rpc_metric=None,
    worker_header=None,
    results=Path("results.json"),
    parent_pid=1,
    timing=Timing(answer_within_s=0.05),
)
WHOLE = open_loop(PLAN, "open loop", parse("constant"), 50.0, 2.0)


@dataclass
class Message:
    """A message of locust's."""

    data: bytes
    node_id: str


@dataclass
class Client:
    """What a runner of locust's knows of a worker."""

    heartbeat: int = 3


@dataclass
class Side:
    """A runner of locust's, as far as messages go; sends to `other` at once."""

    client_id: str = "master"
    listeners: dict[str, Callable[..., None]] = field(default_factory=dict)
    others: dict[str, "Side"] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    told: list[WorkerLine] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)

    def register_message(
        self, kind: str, listener: Callable[..., None], *, concurrent: bool = False
    ) -> None:
        assert concurrent is (self.client_id != "master")
        self.listeners[kind] = listener

    def send_message(self, kind: str, data: bytes, client_id: str = "master") -> None:
        self.sent.append(data)
        other = self.others.get(client_id)
        if other and (self.client_id != "master" or client_id in self.clients):
            other.listeners[kind](msg=Message(data, self.client_id), environment=None)

    @property
    def worker_indexes(self) -> dict[str, int]:
        return {name: -number for number, name in enumerate(self.others)}


class Sent:
    """Traffic that is over at once: each request that is due was answered."""

    def __init__(self, part: int) -> None:
        self.part = part
        self.did: list[str] = []
        self.begins_s = 0.0

    def open(self, connections: int) -> None:
        self.did.append(f"open {connections}")

    def drive(self, assignment: Assignment, told: Told) -> PartialResult:
        self.begins_s = assignment.begin_s
        tally = PhaseTally(arrivals="x", begin_s=0.0, duration_s=2.0, offered_per_s=25.0)
        for due_s in assignment.due_s:
            one = Sample(intended_s=due_s, began_s=due_s, ended_s=due_s + 0.1, outcome="ok")
            tally.add("a", one)
        told(WindowSample(number=1, good=len(assignment.due_s), times_ms=b""))
        return tally.share()

    def enough(self) -> None:
        self.did.append("enough")

    def clear_up(self, *, within_s: float) -> None:
        self.did.append(f"clear up {within_s}")

    def close(self) -> None:
        self.did.append("close")


@pytest.fixture
def traffic(monkeypatch: pytest.MonkeyPatch) -> dict[int, Sent]:
    """Give the traffic of each part, made when a worker gets its plan."""
    made: dict[int, Sent] = {}

    def equipped(_: Plan, _event: object, *, part: int, parts: int, tasks: object) -> Sent:
        assert (part < parts, tasks) == (True, None)
        return made.setdefault(part, Sent(part))

    monkeypatch.setattr(generator_worker, "traffic_for", equipped)
    monkeypatch.setattr(distributed_generators, "_MARGIN_S", 0.05)
    monkeypatch.setattr(enrolment, "SETTLED_S", 0.02)
    return made


def connected(count: int, *, seals: Sequence[bytes | None] = ()) -> Side:
    """Return a master's side with so many workers on it."""
    master = Side()
    for number in range(count):
        side = Side(client_id=f"host_{number}", others={"master": master})
        secret = seals[number] if seals else None
        GeneratorWorker(
            side,
            None,  # type: ignore[arg-type]  # nobody listens
            seal=Seal(secret),
            name="host",
            tell=side.told.append,
        )
        master.others[side.client_id] = side
        master.clients[side.client_id] = Client()
    return master


def channel(master: Side, secret: bytes | None = None) -> MasterChannel:
    return MasterChannel(master, Seal.of_master(secret))


def generators(
    master: Side, plan: Plan = PLAN, notes: list[Noted] | None = None
) -> DistributedGenerators:
    """Return the generators of those that are connected, who are not asked who they are."""
    there = [
        EnrolledWorker(id=name, name=f"machine {name[-1]}", beside=False) for name in master.clients
    ]
    note = (notes if notes is not None else []).append
    return DistributedGenerators(channel(master), plan, there, note)


def of_machines(count: int) -> Plan:
    return replace(PLAN, workers=ExpectedWorkers(count=count))


def test_every_due_request_is_sent_by_exactly_one_worker(traffic: dict[int, Sent]) -> None:
    moments: list[WindowTotals] = []
    made = generators(connected(3))

    def watch(moment: WindowTotals) -> bool:
        moments.append(moment)
        return False

    made.prepare(WHOLE)
    driven = made.drive(WHOLE, watch)

    assert [share.outcomes["a"].samples for share in driven.shares] == [34, 33, 33]
    assert [moment.throughput_per_s for moment in moments] == [200.0]
    assert sorted(traffic) == [0, 1, 2]
    assert driven.workers == ()


def test_all_workers_are_told_when_it_is_enough(traffic: dict[int, Sent]) -> None:
    made = generators(connected(2))
    made.prepare(WHOLE)
    made.drive(WHOLE, lambda _: True)

    assert [one.did for one in traffic.values()] == [["open 1", "enough"]] * 2


def test_connections_are_shared_out_and_everything_is_left_tidy(traffic: dict[int, Sent]) -> None:
    made = generators(connected(2))
    made.prepare(replace(WHOLE, connections=9))
    made.clear_up(within_s=1.0)
    made.close()

    assert [one.did for one in traffic.values()] == [["open 5", "clear up 1.0", "close"]] * 2


def test_a_phase_begins_for_each_worker_by_its_own_clock(
    traffic: dict[int, Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, wall = time.monotonic, time.time

    class Ahead:
        """A worker's clocks: both 250 ms ahead of the master's."""

        monotonic = staticmethod(lambda: real() + 0.25)
        time = staticmethod(lambda: wall() + 0.25)

    monkeypatch.setattr(generator_worker, "time", Ahead)
    made = generators(connected(2), of_machines(2))
    begin_s = real() + 1.0
    made.prepare(WHOLE)
    driven = made.drive(replace(WHOLE, begin_s=begin_s), lambda _: False)

    assert [one.begins_s - begin_s for one in traffic.values()] == pytest.approx(
        [0.25, 0.25], abs=0.05
    )
    assert [one.clock_ahead_ms for one in driven.workers] == pytest.approx([250, 250], abs=50)
    assert all(abs(one.clock_wandered_ms or 0) < 50 for one in driven.workers)


def test_a_clock_that_wanders_within_a_phase_is_told(
    traffic: dict[int, Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = time.monotonic
    ahead_s = [0.0]

    class Wandering:
        """A worker's clocks, of which the monotonic one gains once it drives."""

        monotonic = staticmethod(lambda: real() + ahead_s[0])
        time = staticmethod(time.time)

    def drive(assignment: Assignment, told: Told) -> PartialResult:
        ahead_s[0] += 0.3
        return Sent(0).drive(assignment, told)

    monkeypatch.setattr(generator_worker, "time", Wandering)
    made = generators(connected(1), of_machines(1))
    made.prepare(WHOLE)
    monkeypatch.setattr(traffic[0], "drive", drive)
    [worker] = made.drive(WHOLE, lambda _: False).workers

    assert worker.clock_wandered_ms == pytest.approx(300, abs=50)


def test_a_worker_that_fails_says_why(
    traffic: dict[int, Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = generators(connected(2))

    def broken(_: int) -> None:
        raise OSError("too many open files")

    monkeypatch.setattr(traffic[1], "open", broken)

    with pytest.raises(
        GeneratorsLostError,
        match=r"machine 1 could not do its part: OSError: too many open files\.",
    ):
        made.prepare(replace(WHOLE, connections=2))


@pytest.mark.usefixtures("traffic")
def test_a_worker_that_is_silent_is_missed_within_a_bound() -> None:
    master = connected(2)
    made = generators(master)
    mute(master, "host_1")

    with pytest.raises(GeneratorsLostError, match=r"Worker machine 1 did not answer in time"):
        made.clear_up(within_s=0.0)


@pytest.mark.usefixtures("traffic")
def test_a_forked_worker_that_has_ended_ends_the_phase() -> None:
    master = connected(2)
    made = generators(master)
    made.prepare(WHOLE)
    del master.clients["host_1"]

    with pytest.raises(GeneratorsLostError, match=r"Worker machine 1 ended during the open loop"):
        made.drive(WHOLE, lambda _: False)


def test_a_worker_that_leaves_voids_the_phase_and_the_rest_drive_the_next_one(
    traffic: dict[int, Sent],
) -> None:
    notes: list[Noted] = []
    master = connected(3)
    made = generators(master, of_machines(2), notes)
    made.prepare(WHOLE)
    del master.clients["host_1"]
    first = made.drive(WHOLE, lambda _: False)
    made.prepare(WHOLE)
    second = made.drive(WHOLE, lambda _: False)

    assert [one.left for one in first.workers] == [False, True, False]
    assert [one.sentence for one in notes] == [
        "Worker machine 1 left during the open loop, which is void."
    ]
    assert [share.outcomes["a"].samples for share in second.shares] == [50, 50]
    assert [one.left for one in second.workers] == [False, False]
    # What was under way without it was of no more use.
    assert "enough" in traffic[0].did


def test_a_worker_that_fell_silent_is_told_to_end_and_outwaited_before_the_next_phase(
    traffic: dict[int, Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distributed_generators, "LINGERS_S", 0.4)
    master = connected(2)
    made = generators(master, of_machines(1))
    made.prepare(WHOLE)

    def freezes(_: Assignment, _told: Told) -> PartialResult:
        master.clients["host_1"].heartbeat = LEAST_HEARTBEAT - 1
        raise OSError("nobody hears this")

    monkeypatch.setattr(traffic[1], "drive", freezes)
    monkeypatch.setattr(master.others["host_1"], "send_message", lambda *_, **__: None)
    began_s = time.monotonic()
    made.drive(WHOLE, lambda _: False)

    assert time.monotonic() - began_s > 0.4
    assert "enough" in traffic[1].did


def test_a_worker_that_said_that_it_leaves_is_not_outwaited(
    traffic: dict[int, Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distributed_generators, "LINGERS_S", 60.0)
    master = connected(2)
    made = generators(master, of_machines(1))
    made.prepare(WHOLE)
    del master.clients["host_1"]
    began_s = time.monotonic()
    made.drive(WHOLE, lambda _: False)

    assert time.monotonic() - began_s < 60.0
    assert "enough" in traffic[0].did


@pytest.mark.usefixtures("traffic")
def test_with_fewer_workers_than_expected_the_next_phase_is_not_driven() -> None:
    master = connected(2)
    made = generators(master, of_machines(2))
    made.prepare(WHOLE)
    del master.clients["host_0"]
    made.drive(WHOLE, lambda _: False)

    with pytest.raises(
        GeneratorsLostError,
        match=r"2 workers are expected, and before the open loop there remained 1 \(machine 1\)",
    ):
        made.prepare(WHOLE)


@pytest.mark.usefixtures("traffic")
def test_who_comes_is_asked_and_those_with_one_name_are_told_apart() -> None:
    lines: list[Awaited | Noted] = []
    found = Enrolment(channel(connected(2)), lines.append).complete(2, within_s=5.0)

    assert sorted(one.name for one in found) == ["host", "host (2)"]
    assert isinstance(lines[-1], Awaited)
    assert sorted(lines[-1].here) == ["host", "host (2)"]


def mute(master: Side, worker: str) -> None:
    """Have a worker answer nothing, as one of locust's own does, or one whose machine stands."""
    master.others[worker].listeners = {"loadtests-order": lambda **_: None}


@pytest.mark.usefixtures("traffic")
def test_who_is_connected_and_does_not_say_who_it_is_is_not_waited_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(enrolment, "USUAL_WITHIN_S", 0.2)
    master, lines = connected(3), list[Awaited | Noted]()
    mute(master, "host_2")
    found = Enrolment(channel(master), lines.append).complete(2, within_s=20.0)

    assert {one.id for one in found} == {"host_0", "host_1"}
    assert [one.sentence for one in lines if isinstance(one, Noted)] == [
        "Something on host connected, did not say who it is, and is not waited for."
    ]


@pytest.mark.usefixtures("traffic")
def test_enough_workers_are_enough_when_their_time_is_up() -> None:
    master = connected(3)
    mute(master, "host_2")
    found = Enrolment(channel(master), lambda _: None).complete(2, within_s=0.3)

    assert {one.id for one in found} == {"host_0", "host_1"}


@pytest.mark.usefixtures("traffic")
def test_a_worker_that_is_started_again_while_it_is_waited_for_keeps_its_name() -> None:
    master = connected(1)
    here = Enrolment(channel(master), lambda _: None)
    with pytest.raises(TooFewWorkersError):
        here.complete(2, within_s=0.2)
    del master.clients["host_0"]
    again = connected(2).others["host_1"]
    again.others = {"master": master}
    master.others["host_1"], master.clients["host_1"] = again, Client()

    assert [one.name for one in here.complete(1, within_s=5.0)] == ["host"]


@pytest.mark.usefixtures("traffic")
def test_too_few_workers_are_waited_for_within_a_bound_and_named() -> None:
    with pytest.raises(TooFewWorkersError) as missed:
        Enrolment(channel(connected(1)), lambda _: None).complete(2, within_s=0.3)

    assert missed.value.here == ("host",)


@pytest.mark.usefixtures("traffic")
def test_a_worker_of_another_version_is_refused_and_told_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(generator_worker, "package_version", lambda: "9.9")
    master, lines = connected(1), list[Awaited | Noted]()

    with pytest.raises(TooFewWorkersError):
        Enrolment(channel(master), lines.append).complete(1, within_s=0.3)

    [note] = [one for one in lines if isinstance(one, Noted)]
    assert "Worker host was refused: it has version 9.9 of gatewaybench" in note.sentence
    assert master.others["host_0"].told[-1] == Unfit(
        sentence=note.sentence.replace("Worker host was refused", "The run refused this worker")
    )
    assert master.clients == {}


@pytest.mark.usefixtures("traffic")
@pytest.mark.parametrize("other", ["boot", "network"])
def test_a_worker_that_has_another_loopback_address_than_what_is_loaded_is_refused(
    monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    monkeypatch.setattr(generator_worker, other, lambda: "another")
    lines: list[Awaited | Noted] = []
    here = Enrolment(channel(connected(1)), lines.append, only_beside=True)

    with pytest.raises(TooFewWorkersError):
        here.complete(1, within_s=0.3)
    [note] = [one for one in lines if isinstance(one, Noted)]
    assert note.sentence.startswith("Worker host was refused: it runs on another machine")
    assert Enrolment(channel(connected(1)), lines.append).complete(1, within_s=5.0)


@pytest.mark.usefixtures("traffic")
def test_a_worker_of_this_machine_loads_what_is_on_loopback() -> None:
    here = Enrolment(channel(connected(1)), lambda _: None, only_beside=True)

    assert [one.beside for one in here.complete(1, within_s=5.0)] == [True]


@pytest.mark.usefixtures("traffic")
@pytest.mark.parametrize(
    ("masters", "workers", "said"),
    [
        (b"one", b"two", "not signed with the secret of this side"),
        (b"one", None, "signed by the other side and not by this one"),
        (None, b"two", "signed by this one and not by the other side"),
    ],
    ids=["another secret", "no secret here", "no secret there"],
)
def test_a_worker_with_another_secret_takes_no_part(
    masters: bytes | None, workers: bytes | None, said: str
) -> None:
    master = connected(1, seals=[workers])

    with pytest.raises(TooFewWorkersError):
        Enrolment(channel(master, masters), lambda _: None).complete(1, within_s=0.3)

    [first, *_] = master.others["host_0"].told
    assert isinstance(first, Unfit)
    assert said in first.sentence


@pytest.mark.usefixtures("traffic")
def test_with_one_secret_they_work_together_and_it_stands_in_no_message() -> None:
    master = connected(1, seals=[b"hush-hush"])
    found = Enrolment(channel(master, b"hush-hush"), lambda _: None).complete(1, within_s=5.0)

    assert [one.name for one in found] == ["host"]
    assert master.others["host_0"].told == [Joined()]
    assert not any(b"hush-hush" in one for one in (*master.sent, *master.others["host_0"].sent))


@pytest.mark.usefixtures("traffic")
def test_a_worker_is_told_that_the_run_is_over() -> None:
    master = connected(2)
    Enrolment(channel(master), lambda _: None).dismiss(["host", "host (2)"], within_s=5.0)

    assert all(side.told[-1] == Dismissed() for side in master.others.values())


@pytest.mark.usefixtures("traffic")
def test_while_workers_are_told_that_the_run_is_over_it_is_told_who_has_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A master that says nothing for 30 s is ended.
    monkeypatch.setattr(enrolment, "TOLD_EVERY_S", 0.1)
    master, lines = connected(2), list[Awaited | Noted]()
    mute(master, "host_1")
    Enrolment(channel(master), lines.append).dismiss(["host", "host (2)"], within_s=1.0)
    waited = [one for one in lines if isinstance(one, Awaited) and one.remaining_s]

    assert len(waited) > 2
    assert waited[-1].here == ("host",)
    assert waited[-1].remaining_s < waited[0].remaining_s <= 1.0


@pytest.mark.usefixtures("traffic")
def test_one_that_had_left_and_came_back_takes_nobodys_farewell() -> None:
    master = connected(1)
    back = Side(client_id="away_1", others={"master": master})
    GeneratorWorker(back, None, name="gamma", tell=back.told.append)  # type: ignore[arg-type]  # nobody listens
    late = master.others.pop("host_0")
    del master.clients["host_0"]
    master.others["away_1"], master.clients["away_1"] = back, Client()

    def came(line: Awaited | Noted) -> None:
        if back.told and isinstance(line, Awaited):
            master.others["host_0"], master.clients["host_0"] = late, Client()

    Enrolment(channel(master), came).dismiss(["host"], within_s=20.0)

    assert back.told[-1] == Dismissed()
    assert late.told[-1] == Dismissed()


@pytest.mark.usefixtures("traffic")
def test_those_with_one_name_are_all_told_though_the_first_has_gone_meanwhile() -> None:
    master = connected(2)
    late = master.others.pop("host_1")
    del master.clients["host_1"]

    def quits(line: WorkerLine) -> None:
        if line == Dismissed():
            del master.clients["host_0"]
            master.others["host_1"], master.clients["host_1"] = late, Client()

    first = Side(client_id="host_0", others={"master": master})
    GeneratorWorker(first, None, name="host", tell=quits)  # type: ignore[arg-type]  # nobody listens
    master.others["host_0"] = first
    began_s = time.monotonic()
    Enrolment(channel(master), lambda _: None).dismiss(["host", "host (2)"], within_s=20.0)

    assert late.told[-1] == Dismissed()
    assert time.monotonic() - began_s < 20.0
