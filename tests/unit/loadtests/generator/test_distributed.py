"""A master and its workers, over a channel without a network."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from loadtests.generator import distributed, worker
from loadtests.generator.assignment import Assignment, open_loop
from loadtests.generator.distributed import DistributedGenerators
from loadtests.generator.generators import GeneratorsLostError
from loadtests.generator.merged_results import PartialResult
from loadtests.generator.messages import ORDER, REPLY, Lost, Open, packed, reply_in
from loadtests.generator.recorder import PhaseTally, Sample
from loadtests.generator.traffic import Told
from loadtests.generator.warm_up import WindowSample, WindowTotals
from loadtests.generator.worker import GeneratorWorker
from loadtests.plan.arrivals import parse
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
class Side:
    """A runner of locust's, as far as messages go; sends to `other` at once."""

    name: str = "master"
    listeners: dict[str, Callable[..., None]] = field(default_factory=dict)
    others: dict[str, "Side"] = field(default_factory=dict)

    def register_message(
        self, kind: str, listener: Callable[..., None], *, concurrent: bool = False
    ) -> None:
        assert concurrent is (self.name != "master")
        self.listeners[kind] = listener

    def send_message(self, kind: str, data: bytes, client_id: str = "master") -> None:
        if other := self.others.get(client_id):
            other.listeners[kind](msg=Message(data, self.name), environment=None)

    @property
    def worker_indexes(self) -> dict[str, int]:
        return {name: -number for number, name in enumerate(self.others)}

    @property
    def clients(self) -> dict[str, "Side"]:
        return self.others


class Sent:
    """Traffic that is over at once: each request that is due was answered."""

    def __init__(self, part: int) -> None:
        self.part = part
        self.did: list[str] = []

    def open(self, connections: int) -> None:
        self.did.append(f"open {connections}")

    def drive(self, assignment: Assignment, told: Told) -> PartialResult:
        assert assignment.part == self.part
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

    def equipped(plan: Plan, _event: object, *, part: int, parts: int, tasks: object) -> Sent:
        assert (plan, part < parts, tasks) == (PLAN, True, None)
        return made.setdefault(part, Sent(part))

    monkeypatch.setattr(worker, "traffic_for", equipped)
    monkeypatch.setattr(distributed, "_MARGIN_S", 0.05)
    return made


def connected(count: int) -> Side:
    """Return a master's side with so many workers on it."""
    master = Side()
    for number in range(count):
        side = Side(name=f"worker {number}", others={"master": master})
        GeneratorWorker(side, None)  # type: ignore[arg-type]  # nobody listens
        master.others[side.name] = side
    return master


def test_every_due_request_is_sent_by_exactly_one_worker(traffic: dict[int, Sent]) -> None:
    moments: list[WindowTotals] = []
    generators = DistributedGenerators(connected(3), PLAN)

    def watch(moment: WindowTotals) -> bool:
        moments.append(moment)
        return False

    shares = generators.drive(WHOLE, watch)

    assert [share.outcomes["a"].samples for share in shares] == [34, 33, 33]
    assert [moment.throughput_per_s for moment in moments] == [200.0]
    assert sorted(traffic) == [0, 1, 2]


def test_all_workers_are_told_when_it_is_enough(traffic: dict[int, Sent]) -> None:
    DistributedGenerators(connected(2), PLAN).drive(WHOLE, lambda _: True)

    assert [one.did for one in traffic.values()] == [["enough"], ["enough"]]


def test_connections_are_shared_out_and_everything_is_left_tidy(traffic: dict[int, Sent]) -> None:
    generators = DistributedGenerators(connected(2), PLAN)
    generators.open(9)
    generators.clear_up(within_s=1.0)
    generators.close()

    assert [one.did for one in traffic.values()] == [["open 5", "clear up 1.0", "close"]] * 2


def test_a_worker_that_fails_says_why(
    traffic: dict[int, Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    generators = DistributedGenerators(connected(2), PLAN)

    def broken(_: int) -> None:
        raise OSError("too many open files")

    monkeypatch.setattr(traffic[1], "open", broken)

    with pytest.raises(
        GeneratorsLostError, match=r"could not do its part: OSError: too many open files\."
    ):
        generators.open(2)


@pytest.mark.usefixtures("traffic")
def test_a_worker_that_is_gone_is_missed_within_a_bound() -> None:
    master = connected(2)
    generators = DistributedGenerators(master, PLAN)
    gone = master.others.pop("worker 1")

    with pytest.raises(GeneratorsLostError, match=r"1 of 2 workers did not answer in time"):
        generators.open(2)
    assert gone.name == "worker 1"


def test_an_order_before_the_plan_is_refused() -> None:
    master = connected(1)
    said: list[object] = []
    master.register_message(REPLY, lambda *, msg, **_: said.append(reply_in(msg.data)))
    master.send_message(ORDER, packed(Open(connections=1)), client_id="worker 0")

    assert said == [Lost(reason="LookupError: an order came before its plan")]
