"""How a phase is coordinated: connections, ticks, an early end, and what is written."""

import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from loadtests.generator import coordinator
from loadtests.generator.assignment import Assignment, closed_loop, open_loop
from loadtests.generator.coordinator import MORE, MOST_OPENED, Coordinator, pool_size
from loadtests.generator.generators import Driven, Watching
from loadtests.generator.recorder import PhaseTally, Sample
from loadtests.generator.warm_up import WindowTotals
from loadtests.plan.arrivals import parse
from loadtests.plan.plan import PhaseDone, Plan, PlannedCall, Tick


def plan(folder: Path) -> Plan:
    return Plan(
        host="http://127.0.0.1:1",
        calls=(PlannedCall(name="a", request="GET /a"),),
        seed=5,
        arrivals="constant",
        common_per_s=None,
        rpc_metric=None,
        worker_header=None,
        results=folder / "results.json",
        parent_pid=1,
        hops={"gw": ""},
    )


@dataclass
class Quick:
    """Generators that need no time: four windows of one answer each."""

    opened: list[int] = field(default_factory=list)
    windows: int = 0

    def prepare(self, assignment: Assignment) -> None:
        self.opened.append(assignment.connections)

    def drive(self, assignment: Assignment, watching: Watching) -> Driven:
        tally = PhaseTally(
            arrivals=assignment.arrivals, begin_s=0.0, duration_s=2.0, offered_per_s=2.0
        )
        for _ in range(4):
            self.windows += 1
            tally.add("a", Sample(intended_s=0.5, began_s=0.5, ended_s=0.6, outcome="ok"))
            if watching(WindowTotals(throughput_per_s=2.0, times_ms=(100.0,))):
                break
        return Driven(shares=(tally.share(),))

    def clear_up(self, *, within_s: float) -> None:
        """Have nothing to clear."""

    def close(self) -> None:
        """Have nothing to close."""


def test_a_tick_tells_of_each_second_and_the_end_of_the_whole(tmp_path: Path) -> None:
    said: list[Tick | PhaseDone] = []
    made = plan(tmp_path)
    counts = Coordinator(made, Quick(), said.append).coordinate(closed_loop(made, "level", 3, 2.0))

    assert [type(line).__name__ for line in said] == ["Tick", "Tick", "PhaseDone"]
    assert isinstance(said[0], Tick)
    assert (said[0].rate_per_s, said[0].p99_ms, said[0].users) == (2.0, 100.0, 3)
    assert (said[0].p50_ms, said[0].bad, said[0].in_flight) == (100.0, 0, 3)
    assert counts.samples == 4
    # It began shortly after it was asked for, by this process's clock whatever theirs says.
    assert time.monotonic() - 5 < counts.begin_s <= time.monotonic() + 0.5
    assert list(tmp_path.iterdir()) == []


def test_a_tick_of_an_open_phase_counts_what_is_due_and_not_answered(tmp_path: Path) -> None:
    said: list[Tick | PhaseDone] = []
    phase = Assignment(
        name="open loop",
        arrivals="constant",
        duration_s=2.0,
        offered_per_s=6.0,
        due_s=tuple(number / 6 for number in range(12)),
    )
    Coordinator(plan(tmp_path), Quick(), said.append).coordinate(phase)

    # Of 7 that are due within the first second, its end included, 2 were answered; then 4 of 12.
    assert [line.in_flight for line in said if isinstance(line, Tick)] == [5, 8]


def test_the_machine_is_timed_before_a_phase_and_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    took_ms = iter((0.2, 0.3))
    monkeypatch.setattr(coordinator, "reference_work_ms", lambda: next(took_ms))
    made = plan(tmp_path)

    counts = Coordinator(made, Quick(), lambda _: None).coordinate(
        closed_loop(made, "level", 1, 2.0)
    )

    assert counts.yardstick_ms == (0.2, 0.3)


def test_connections_are_opened_before_the_phase_begins(tmp_path: Path) -> None:
    generators, made = Quick(), plan(tmp_path)
    Coordinator(made, generators, lambda _: None).coordinate(closed_loop(made, "level", 7, 2.0))

    assert generators.opened == [7]


def test_a_phase_ends_when_whoever_watches_has_seen_enough(tmp_path: Path) -> None:
    generators, made = Quick(), plan(tmp_path)
    seen: list[WindowTotals] = []

    def enough(moment: WindowTotals) -> bool:
        seen.append(moment)
        return len(seen) == 2

    Coordinator(made, generators, lambda _: None).coordinate(
        closed_loop(made, "level", 1, 2.0), enough
    )

    assert generators.windows == 2


def test_a_phase_that_is_taken_apart_leaves_a_log(tmp_path: Path) -> None:
    made = plan(tmp_path)
    arrivals = parse("constant")
    whole = open_loop(made, "open loop", arrivals, 2.0, 2.0)
    taken = Assignment(
        **{name: getattr(whole, name) for name in whole.__struct_fields__} | {"takes_apart": True}
    )
    Coordinator(made, Quick(), lambda _: None).coordinate(taken)

    assert [file.name for file in tmp_path.iterdir()] == ["open-loop.hlog"]


@pytest.mark.parametrize(
    ("rate_per_s", "p99_ms", "least", "expected"),
    [
        pytest.param(300, 200.0, 8, 240 + MORE, id="four times what Little's law asks for"),
        pytest.param(300, 5.0, 8, 180 + MORE, id="what a stall of 0.6 s piles up"),
        pytest.param(20, 1.0, 64, 64, id="never fewer than the closed loop used"),
        pytest.param(10, 200.0, 1, 10, id="none idles for over a second"),
        pytest.param(2_000, 900.0, 1, MOST_OPENED, id="bounded"),
        pytest.param(400, None, 4, 240 + MORE, id="the same where no p99 is known"),
    ],
)
def test_the_pool_is_large_enough_by_construction(
    rate_per_s: float, p99_ms: float | None, least: int, expected: int
) -> None:
    assert pool_size(rate_per_s, p99_ms, least) == expected
