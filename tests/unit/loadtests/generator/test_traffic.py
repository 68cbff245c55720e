"""What one process sends of a phase, and when, against a system that answers at once."""

import csv
import time
from array import array
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from loadtests.generator.assignment import Assignment
from loadtests.generator.recorder import PhaseTally, Sample
from loadtests.generator.slowest_requests import TraceIds
from loadtests.generator.traffic import Traffic
from loadtests.generator.warm_up import WindowSample
from loadtests.plan.load_workers import ExpectedWorkers
from loadtests.plan.logged_requests import numbered
from loadtests.plan.plan import Plan, PlannedCall, Timing

CALLS = (PlannedCall(name="a", request="GET /a"), PlannedCall(name="b", request="GET /b"))


@dataclass
class Pool:
    """Connections that are always there."""

    waits: int = 0
    closings: int = 0


@dataclass
class First:
    """A mix of its first call alone."""

    def pick(self, _: object) -> PlannedCall:
        return CALLS[0]


@dataclass
class Instant:
    """A client whose requests are answered 1 ms after they were sent."""

    trace_ids: TraceIds = field(default_factory=lambda: TraceIds(1))
    connections: Pool = field(default_factory=Pool)
    mix: First = field(default_factory=First)
    late_s: list[float] = field(default_factory=list)
    identities: None = None

    def send(self, call: PlannedCall, *, intended_s: float, tally: PhaseTally) -> None:
        began_s = time.monotonic()
        time.sleep(0.001)
        self.connections.waits += 1
        self.connections.closings += 2
        self.late_s.append(began_s - intended_s)
        sample = Sample(
            intended_s=intended_s, began_s=began_s, ended_s=time.monotonic(), outcome="ok"
        )
        tally.add(call.name, sample)


def plan(samples: Path | None = None) -> Plan:
    return Plan(
        host="http://127.0.0.1:1",
        calls=CALLS,
        seed=5,
        arrivals="constant",
        common_per_s=None,
        rpc_metric=None,
        worker_header=None,
        results=Path("results.json"),
        parent_pid=1,
        timing=Timing(answer_within_s=1.0),
        samples=samples,
    )


def opened(duration_s: float, count: int, **more: object) -> Assignment:
    return Assignment(
        **{  # type: ignore[arg-type]  # an assignment's fields by name
            "name": "open loop",
            "arrivals": "constant",
            "begin_s": time.monotonic() + 0.05,
            "duration_s": duration_s,
            "window_s": 0.1,
            "offered_per_s": count / duration_s,
            "due_s": tuple(number * duration_s / count for number in range(count)),
            "calls": tuple(number % 2 for number in range(count)),
        }
        | more
    )


def traffic(client: Instant, samples: Path | None = None) -> Traffic:
    return Traffic(plan(samples), client)  # type: ignore[arg-type]  # what is used of one


def test_every_request_is_sent_when_it_is_due_and_never_before() -> None:
    client, pulses = Instant(), list[WindowSample]()
    share = traffic(client).drive(opened(0.5, 40), pulses.append)

    assert {name: one.samples for name, one in share.outcomes.items()} == {"a": 20, "b": 20}
    assert min(client.late_s) >= 0
    assert (share.pool_waits, share.closings) == (40, 80)
    assert len(pulses) >= 4
    assert pulses[0].number == 1
    assert sum(pulse.good for pulse in pulses) >= 30
    assert all(time_ms >= 1 for time_ms in array("d", pulses[0].times_ms))


def test_a_phase_that_is_enough_ends_early_and_counts_what_it_sent() -> None:
    made = traffic(Instant())
    began_s = time.monotonic()
    share = made.drive(opened(5.0, 250), lambda _: made.enough())

    assert time.monotonic() - began_s < 3
    assert 0.1 <= share.duration_s < 1.5
    assert 2 <= share.outcomes["a"].samples < 60


def test_a_worker_that_stood_still_for_long_sends_nothing_of_what_is_overdue(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("loadtests.generator.traffic.MASTER_BEARS_S", 0.5, raising=False)

    class Frozen(Instant):
        """A client whose process is frozen for a second once it has sent ten requests."""

        def send(self, call: PlannedCall, *, intended_s: float, tally: PhaseTally) -> None:
            super().send(call, intended_s=intended_s, tally=tally)
            if len(self.late_s) == 10:
                time.sleep(1.0)

    alone, one_of_several = Frozen(), Frozen()
    traffic(alone).drive(opened(0.4, 40), lambda _: None)
    of_machines = replace(plan(), workers=ExpectedWorkers(count=1))
    Traffic(of_machines, one_of_several).drive(opened(0.4, 40), lambda _: None)  # type: ignore[arg-type]  # what is used of one

    assert len(alone.late_s) == 40
    assert len(one_of_several.late_s) < 20


def test_users_send_until_the_end_and_a_process_without_users_waits_for_it() -> None:
    client = Instant()
    closed = opened(0.3, 1, offered_per_s=None, due_s=(), calls=(), seeds=("x", "y"))
    share = traffic(client).drive(closed, lambda _: None)

    assert share.outcomes["a"].samples > 20
    began_s = time.monotonic()
    none = opened(0.3, 1, offered_per_s=None, due_s=(), calls=(), seeds=())
    alone = traffic(client).drive(none, lambda _: None)

    assert alone.outcomes == {}
    assert time.monotonic() - began_s >= 0.3


@pytest.mark.parametrize(("part", "name"), [(0, "samples.csv"), (2, "samples-2.csv")])
def test_each_process_writes_its_requests_into_a_file_of_its_own(
    tmp_path: Path, part: int, name: str
) -> None:
    made = traffic(Instant(), tmp_path / "samples.csv")
    made.drive(opened(0.2, 10, writes_down=True, part=part), lambda _: None)
    with (tmp_path / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert [float(row["intended_s"]) for row in rows] == pytest.approx(
        [number * 0.02 for number in range(10)], abs=1e-5
    )
    assert numbered(tmp_path / "samples.csv", part) == tmp_path / name
