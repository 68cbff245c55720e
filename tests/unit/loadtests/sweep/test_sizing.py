"""An answer is what the model named and a run showed; a close call is run twice as long."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from msgspec.structs import replace as struct_replace

from loadtests.capacity.no_model import NoModelError
from loadtests.capacity.utilisation_law import TURNS, Limit
from loadtests.sweep import sizing
from loadtests.sweep.load_process import LoadFailedError
from loadtests.sweep.sizing import LEAST_S, MOST_TRIES, PROBES, Sizing
from loadtests.sweep.time_budget import TimeBudget
from reports.judgement.verdicts import EXIT_CODES
from reports.record.capacity import Estimate, Question, SizingAnswer
from reports.record.measurements import Phase
from testcontainers_fixtures.copy_counts import CopyCounts
from tests.unit.loadtests.sample_plans import display, run_plan
from tests.unit.reports.sample_runs import changed, load_run, phase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loadtests.sweep.rate_probe import RateProber
    from testcontainers_fixtures.stack import Stack

RATE_PER_S, SLO_P99_MS = 150.0, 60.0
GRID = tuple(
    CopyCounts(resolvers=resolvers, service_workers=workers)
    for resolvers in (1, 2, 3)
    for workers in (1, 2, 3, 4)
)


class EachCarries:
    """A model in which each worker carries 100 a second, and holds within 20 ms up to there."""

    def carries(self, at: CopyCounts) -> Estimate:
        value = 100.0 * at.service_workers
        return Estimate(value=value, low=value, high=value, sure=value)

    def p99_ms(self, at: CopyCounts, rate_per_s: float) -> Estimate:
        value = 20.0 if rate_per_s < 100.0 * at.service_workers else 1_000.0
        return Estimate(value=value, low=value, high=value, sure=value)

    def limits(self, at: CopyCounts) -> tuple[Limit, ...]:
        return (Limit(resource=TURNS, most_per_s=100.0 * at.service_workers),)

    def is_measured(self, at: CopyCounts) -> bool:
        return at == GRID[0]


class Lab:
    """A stack and its prober: by number of workers, what each stretch of traffic shows."""

    def __init__(self, folder: Path, middles_ms: dict[int, list[float]]) -> None:
        self.run_plan = run_plan(folder, GRID[0])
        self.display = display()
        self.gateway = "http://127.0.0.1:9"
        self.at = GRID[0]
        self.brought: list[CopyCounts] = []
        self.numbers: list[int] = []
        self.loop_gap_ms = 10.0
        self.pace_ms = USUAL_MS
        self.untold: set[int] = set()
        self._middles: dict[int, Iterator[float]] = {
            workers: iter(middles) for workers, middles in middles_ms.items()
        }

    def renew(self, at: CopyCounts) -> None:
        self.at = at
        self.brought.append(at)

    scale = renew

    def offer(
        self, scenario: str, name: str, rate_per_s: float, number: int, *, least_s: float
    ) -> Phase:
        assert (scenario, least_s) == ("crud", LEAST_S)
        assert name.startswith("trial-")
        self.numbers.append(number)
        middle_ms = next(self._middles[self.at.service_workers])
        told = phase(
            rate_per_s=rate_per_s,
            duration_s=LEAST_S,
            middle_ms=middle_ms,
            seed=number,
            busy=BUSY,
            loop_gap_ms_max=self.loop_gap_ms,
            yardstick_ms=(self.pace_ms, self.pace_ms),
        )
        return struct_replace(told, used={}) if number in self.untold else told

    def answer(
        self,
        *,
        spare: int = 0,
        grid: tuple[CopyCounts, ...] = GRID,
        whole_s: float | None = None,
    ) -> SizingAnswer:
        question = Question(rate_per_s=RATE_PER_S, slo_p99_ms=SLO_P99_MS, spare=spare)
        asked = Sizing(
            run_plan=replace(self.run_plan, grid=grid, budget=TimeBudget(whole_s=whole_s)),
            stack=cast("Stack", self),
            prober=cast("RateProber", self),
            question=question,
        )
        return asked.answer(MEASURED)


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the simple model in the place of one that is made of a record."""
    monkeypatch.setattr(sizing, "model_for", lambda *_, **__: EachCarries())


# How fast the machine was while the run measured what its model rests on.
USUAL_MS = 0.2
MEASURED = changed(load_run(points=[(1, 1)]), "common", yardstick_ms=(USUAL_MS, USUAL_MS))
# Of the sample's phases the p99 is about 3.7 times the middle: 18, 52, 70 and 185 ms.
WELL, JUST_WITHIN, JUST_ABOVE, BADLY = 5.0, 14.0, 19.0, 50.0
# What the sample's parts and generator use at this rate, of two cores.
BUSY = 0.3
FEW, MANY = PROBES, 2 * PROBES


def test_what_holds_by_far_is_named_and_run_once(tmp_path: Path) -> None:
    lab = Lab(tmp_path, {2: [WELL] * FEW})

    found = lab.answer()

    assert found.verdict == "pass"
    assert lab.numbers == list(range(FEW))
    assert lab.brought == [CopyCounts(service_workers=2)]
    assert found.chosen
    assert found.chosen.service_workers == 2
    assert found.binding == TURNS


@pytest.mark.parametrize("first", [JUST_WITHIN, JUST_ABOVE], ids=["just within", "just above"])
@pytest.mark.parametrize(
    ("then", "verdict"), [(WELL, "pass"), (BADLY, "fail")], ids=["then well", "then badly"]
)
def test_a_close_call_is_run_twice_as_long_and_the_whole_decides(
    tmp_path: Path, first: float, then: float, verdict: str
) -> None:
    lab = Lab(tmp_path, {2: [first] * FEW + [then] * FEW, 3: [BADLY] * FEW, 4: [BADLY] * FEW})

    found = lab.answer(grid=GRID[:2])

    assert found.trials[0].verdict == found.verdict == verdict
    assert found.trials[0].samples == MANY * RATE_PER_S * LEAST_S
    assert lab.numbers == list(range(MANY))


def test_a_close_call_stays_one_where_the_budget_is_spent(tmp_path: Path) -> None:
    lab = Lab(tmp_path, {2: [JUST_WITHIN] * FEW})

    found = lab.answer(whole_s=0.001)

    assert found.verdict == "pass"
    assert lab.numbers == list(range(FEW))


def test_what_a_run_refutes_makes_room_for_what_is_larger_in_something(tmp_path: Path) -> None:
    lab = Lab(tmp_path, {2: [BADLY] * FEW, 3: [WELL] * FEW})

    found = lab.answer()

    assert found.verdict == "pass"
    assert [at.service_workers for at in lab.brought] == [2, 3]
    assert [one.verdict for one in found.trials] == ["pass"]


def test_after_three_refutations_none_is_said_to_hold(tmp_path: Path) -> None:
    lab = Lab(tmp_path, {workers: [BADLY] * FEW * MOST_TRIES for workers in (2, 3, 4)})

    found = lab.answer()

    assert found.verdict == "fail"
    assert len(lab.brought) == MOST_TRIES
    assert "No configuration was found that holds" in found.sentence


def test_a_run_that_something_disturbed_refutes_nothing_and_names_the_check(
    tmp_path: Path,
) -> None:
    lab = Lab(tmp_path, {2: [BADLY] * FEW})
    lab.loop_gap_ms = 80.0

    found = lab.answer()

    assert found.verdict == "unknown"
    assert EXIT_CODES[found.verdict] == 3
    assert found.sentence.startswith("Whether 1 resolver, 2 workers hold 150 requests/s")
    assert 'void, by the check "generator never stalled"' in found.sentence
    assert [at.service_workers for at in lab.brought] == [2]


@pytest.mark.parametrize(
    ("now_ms", "verdict"),
    [
        pytest.param(0.21, "fail", id="as fast"),
        pytest.param(0.25, "unknown", id="a quarter slower"),
    ],
)
def test_a_machine_that_has_become_slower_refutes_nothing(
    tmp_path: Path, now_ms: float, verdict: str
) -> None:
    lab = Lab(tmp_path, {2: [BADLY] * FEW})
    lab.pace_ms = now_ms

    found = lab.answer(grid=GRID[:2])

    assert found.verdict == verdict
    assert ("took 0.200 ms and now takes 0.250 ms" in found.sentence) == (verdict == "unknown")


def test_a_slower_machine_on_which_it_holds_all_the_same_is_no_doubt(tmp_path: Path) -> None:
    lab = Lab(tmp_path, {2: [WELL] * FEW})
    lab.pace_ms = 0.4

    assert lab.answer().verdict == "pass"


def test_a_stretch_that_does_not_tell_what_the_parts_used_refutes_nothing(tmp_path: Path) -> None:
    lab = Lab(tmp_path, {2: [BADLY] * FEW})
    lab.untold = {1}

    found = lab.answer(grid=GRID[:2])

    assert found.verdict == "unknown"
    assert "what the parts used is not known" in found.sentence


def test_with_a_spare_part_it_is_run_whole_and_without_the_worst_one(tmp_path: Path) -> None:
    lab = Lab(tmp_path, {2: [WELL] * FEW, 3: [WELL] * FEW})
    grid = tuple(replace(at, gateway_workers=2) for at in GRID)

    found = lab.answer(spare=1, grid=grid)

    assert found.verdict == "pass"
    assert [(at.resolvers, at.service_workers) for at in lab.brought] == [(2, 3), (2, 2)]
    assert [one.lost for one in found.trials] == ["", "worker"]


def test_with_no_model_the_answer_is_not_known_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object, **__: object) -> None:
        raise NoModelError("What the gateway used is not known; no model is made.")

    monkeypatch.setattr(sizing, "model_for", none)

    found = Lab(tmp_path, {}).answer()

    assert (found.verdict, found.trials) == ("unknown", ())
    assert found.sentence.startswith("What the gateway used is not known")


def test_a_load_process_that_fails_leaves_the_answer_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> Phase:
        raise LoadFailedError("The load process ended with 1.")

    lab = Lab(tmp_path, {})
    monkeypatch.setattr(lab, "offer", fails)

    found = lab.answer()

    assert found.verdict == "unknown"
    assert "ended with 1" in found.sentence
