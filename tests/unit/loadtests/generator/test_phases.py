"""Which phases a plan has, and at which rates."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from loadtests.generator.assignment import Assignment
from loadtests.generator.generators import Watching
from loadtests.generator.phases import Phases
from loadtests.generator.recorder import PhaseTally, Sample
from loadtests.generator.samples import Outcome
from loadtests.generator.sessions.session_samples import SessionSample
from loadtests.generator.warm_up import WindowTotals
from loadtests.generator.workers.clock_offsets import ClockOffset
from loadtests.generator.workers.enrolment import EnrolledWorker
from loadtests.generator.workers.worker_figures import left_figures
from loadtests.plan.counts import PhaseCounts
from loadtests.plan.plan import Plan, PlannedCall, Timing

CAPACITY_PER_S = 100.0
GONE = left_figures(
    EnrolledWorker(id="alpha_1", name="alpha", beside=True),
    ClockOffset(monotonic_s=0.0, wall_s=0.0, within_s=0.0),
)


@dataclass
class Model:
    """A coordinator of nothing: a system that carries 100 requests a second from two users on."""

    outcome: Outcome = "ok"
    coordinated: list[Assignment] = field(default_factory=list)
    cleared: bool = False
    requests_a_task: int = 0
    leaving: list[bool] = field(default_factory=list)

    def coordinate(self, assignment: Assignment, watching: Watching | None = None) -> PhaseCounts:
        self.coordinated.append(assignment)
        users = assignment.users
        rate_per_s = assignment.offered_per_s or CAPACITY_PER_S * min(1.0, (users or 1) / 2)
        tally = PhaseTally(
            arrivals=assignment.arrivals,
            users=users,
            begin_s=0.0,
            duration_s=assignment.duration_s,
            offered_per_s=assignment.offered_per_s,
        )
        if self.requests_a_task:
            tally.sessions.add(
                SessionSample(
                    began_s=0.0,
                    planned=self.requests_a_task,
                    sent=self.requests_a_task,
                    waited_s=0.0,
                    outcome="ok",
                )
            )
        for number in range(round(rate_per_s * assignment.duration_s)):
            due_s = number / rate_per_s
            sample = Sample(
                intended_s=due_s,
                began_s=due_s,
                ended_s=due_s,
                outcome=self.outcome,
                reason=None if self.outcome == "ok" else "HTTP 500",
            )
            tally.add("a", sample)
        if watching:
            for _ in range(3):
                watching(WindowTotals(throughput_per_s=rate_per_s, times_ms=(1.0,)))
        gone = (GONE,) if self.leaving and self.leaving.pop(0) else ()
        return replace(tally.counts(), load_workers=gone)

    def clear_up(self, *, within_s: float) -> None:
        self.cleared = within_s > 0


def driven(model: Model, **more: Any) -> Any:  # noqa: ANN401 -- a plan's fields
    plan = Plan(
        **{  # type: ignore[arg-type]  # a plan's fields by name
            "host": "http://127.0.0.1:1",
            "calls": (PlannedCall(name="a", request="GET /a"),),
            "seed": 5,
            "arrivals": "constant",
            "common_per_s": None,
            "rpc_metric": None,
            "worker_header": None,
            "results": Path("results.json"),
            "parent_pid": 1,
            "timing": Timing(warm_up_s=2.0, level_s=1.0, open_s=2.0, open_most_s=2.0),
        }
        | more
    )
    coordinator: Any = model
    return Phases(plan, coordinator).run()


def shape(model: Model) -> list[tuple[str, str, int | None, float | None]]:
    return [
        (one.name, one.arrivals, one.users, one.offered_per_s and round(one.offered_per_s, 3))
        for one in model.coordinated
    ]


def test_a_search_doubles_the_users_until_two_levels_bring_nothing() -> None:
    model = Model()
    results = driven(model)

    assert shape(model) == [
        ("warm-up", "closed", 4, None),
        *(("closed loop", "closed", users, None) for users in (1, 2, 4, 8)),
        ("open loop", "constant", None, 70.0),
        ("common rate", "constant", None, 70.0),
    ]
    assert results.best.users == 2
    assert results.warmed.stable
    assert model.cleared


def test_a_warm_up_and_a_level_that_a_worker_leaves_are_driven_anew() -> None:
    #          the warm-up, anew, a level, anew
    model = Model(leaving=[True, False, True])
    results = driven(model, closed_users=2)

    assert [one.name for one in model.coordinated[:4]] == ["warm-up"] * 2 + ["closed loop"] * 2
    assert results.warm_up.load_workers == ()
    assert len(results.warmed.windows) == 3
    assert [one.load_workers for one in results.levels] == [()]


def test_an_open_phase_alone_has_an_even_warm_up_and_exactly_its_length() -> None:
    model = Model()
    results = driven(model, open_per_s=40.0, arrivals="poisson")

    assert shape(model) == [
        ("warm-up", "constant", None, 40.0),
        ("open loop", "poisson", None, 40.0),
    ]
    assert model.coordinated[1].duration_s == 2.0
    assert (results.levels, results.common, results.common_per_s) == ((), None, 40.0)


def test_rates_that_change_are_the_common_rate_and_no_share_of_a_maximum() -> None:
    model = Model()
    results = driven(model, arrivals="steps:20,60")

    assert shape(model)[-2:] == [
        ("open loop", "poisson", None, 70.0),
        ("common rate", "steps:20,60", None, 40.0),
    ]
    assert results.common_per_s == 40.0


def test_rates_that_change_need_no_rate_beside_them() -> None:
    model = Model()
    driven(model, arrivals="ramp:0-60", open_per_s=1_000.0)

    assert shape(model) == [
        ("warm-up", "constant", None, 30.0),
        ("open loop", "ramp:0-60", None, 30.0),
    ]


def test_a_known_level_is_not_searched_for() -> None:
    model = Model()
    results = driven(model, closed_users=3, common_per_s=50.0)

    assert shape(model)[1:] == [
        ("closed loop", "closed", 3, None),
        ("common rate", "constant", None, 50.0),
    ]
    assert results.open is None


def test_only_open_phases_are_taken_apart_and_only_the_first_is_written_down() -> None:
    model = Model()
    driven(model, samples=Path("samples.csv"))

    assert [one.name for one in model.coordinated if one.takes_apart] == [
        "open loop",
        "common rate",
    ]
    assert [one.name for one in model.coordinated if one.writes_down] == ["open loop"]


def test_a_system_that_answers_nothing_well_is_offered_no_rate_and_what_it_answered_is_kept() -> (
    None
):
    results = driven(Model(outcome="failed"))

    assert results.common_per_s is results.open is results.common is None
    assert results.best.errors["HTTP 500"] == results.best.samples > 0


def test_of_own_users_tasks_are_offered_so_many_as_the_search_got_through() -> None:
    model = Model(requests_a_task=4)
    results = driven(model, users=Path("users.py"))

    assert shape(model)[-2:] == [
        ("open loop", "constant", None, 17.5),
        ("common rate", "constant", None, 17.5),
    ]
    assert results.common_per_s == 17.5
    assert {one.connections for one in model.coordinated[-2:]} == {51}
