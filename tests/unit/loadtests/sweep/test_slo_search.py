"""The search for a rate begins at what was measured, ends with its budget, and tells each probe."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from loadtests.sweep.load_process import LoadFailedError, WorkersMissingError
from loadtests.sweep.phase_records import repetition, void_repetition
from loadtests.sweep.rate_probe import RateProber, open_length_s
from loadtests.sweep.rate_search import FIRST_SHARE, NARROW
from loadtests.sweep.slo_search import NO_RATE, NO_START, knee
from loadtests.sweep.trial import SweepTrial
from reports.record.measurements import Configuration, Phase
from testcontainers_fixtures.copy_counts import CopyCounts
from tests.unit.loadtests.sample_plans import run_plan
from tests.unit.loadtests.sample_results import results
from tests.unit.reports.sample_runs import phase

DRIVE = SweepTrial(scenario="crud", configuration=CopyCounts(), number=0)
CARRIES_PER_S = 300.0
MEASURED = Configuration(
    scenario="crud",
    resolvers=1,
    service_workers=1,
    gateway_workers=1,
    prefetch=32,
    repetitions=(repetition(results(), None),),
)
VOID = Configuration(
    scenario="crud",
    resolvers=1,
    service_workers=1,
    gateway_workers=1,
    prefetch=32,
    repetitions=(void_repetition("the process ended with 1"),),
)


def answered(rate_per_s: float, middle_ms: float) -> Phase:
    """Return what an otherwise idle machine shows."""
    return phase(
        rate_per_s=rate_per_s,
        duration_s=open_length_s(rate_per_s),
        middle_ms=middle_ms,
        busy=min(1.0, rate_per_s / 500),
    )


class Gateway:
    """Answers in 2 ms up to a rate, and in 80 ms above it; a prober of it counts what it offers."""

    def __init__(self, folder: Path, most_per_s: float, whole_s: float | None = None) -> None:
        self.run_plan = run_plan(folder, whole_s=whole_s)
        self.most_per_s = most_per_s
        self.offered: list[tuple[str, float, int]] = []

    def offer(self, scenario: str, name: str, rate_per_s: float, number: int) -> Phase:
        assert scenario == "crud"
        self.offered.append((name, rate_per_s, number))
        middle_ms = 2.0 if rate_per_s <= self.most_per_s else 80.0
        return answered(rate_per_s, middle_ms)

    @property
    def prober(self) -> RateProber:
        return cast("RateProber", self)


def test_the_search_begins_at_half_of_what_the_closed_loop_carried(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, 200.0)

    found = knee(gateway.prober, DRIVE, MEASURED, 50.0)

    assert gateway.offered[0] == (f"{DRIVE.name}-rate", FIRST_SHARE * CARRIES_PER_S, 0)
    assert [number for *_, number in gateway.offered] == list(range(len(found.probes)))
    assert 200.0 / NARROW**2 <= (found.most_per_s or 0.0) <= 200.0
    assert (found.scenario, found.configuration) == ("crud", MEASURED.label)
    assert found.probes[-1].confirms


def test_where_nothing_was_measured_nothing_is_searched(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, 200.0)

    found = knee(gateway.prober, DRIVE, VOID, 50.0)

    assert gateway.offered == []
    assert found.most_per_s is None
    assert found.reasons["most_per_s"] == NO_START


def test_a_gateway_that_never_keeps_the_slo_has_no_rate(tmp_path: Path) -> None:
    found = knee(Gateway(tmp_path, 0.0).prober, DRIVE, MEASURED, 50.0)

    assert found.most_per_s is None
    assert found.reasons["most_per_s"] == NO_RATE
    assert {one.verdict for one in found.probes} == {"fail"}
    # Below, no p99 could be told: a search for what is not there ends soon.
    assert [round(one.rate_per_s, 1) for one in found.probes] == [150.0, 75.0, 37.5, 18.8]


def test_a_budget_ends_the_search_and_leaves_what_was_tried(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, 200.0, whole_s=1.0)

    found = knee(gateway.prober, DRIVE, MEASURED, 50.0)

    assert gateway.offered == []
    assert found.most_per_s is None
    assert found.reasons["most_per_s"] == "the run's budget was spent before a rate was confirmed"
    assert not found.complete


def test_a_search_of_which_every_probe_was_void_says_why_and_nothing_of_the_system(
    tmp_path: Path,
) -> None:
    def offer(*_: object) -> Any:  # noqa: ANN401 -- it stands for a method
        raise LoadFailedError("the load process ended with 1")

    stub = SimpleNamespace(run_plan=run_plan(tmp_path), offer=offer)

    found = knee(cast("RateProber", stub), DRIVE, MEASURED, 50.0)

    assert not found.shows_none
    assert found.reasons["most_per_s"] == "the load process ended with 1"


def test_workers_that_do_not_come_are_waited_for_once(tmp_path: Path) -> None:
    offered: list[float] = []

    def offer(_scenario: str, _name: str, rate_per_s: float, number: int) -> Any:  # noqa: ANN401 -- it stands for a method
        offered.append(rate_per_s)
        if number:
            raise WorkersMissingError("Expected 2 workers, and 1 came (alpha)", ("alpha",))
        return answered(rate_per_s, 2.0)

    stub = SimpleNamespace(run_plan=run_plan(tmp_path), offer=offer)

    found = knee(cast("RateProber", stub), DRIVE, MEASURED, 50.0)

    assert len(offered) == 2
    assert [one.verdict for one in found.probes] == ["pass"]
    assert not found.complete
    assert found.reasons["most_per_s"] == "Expected 2 workers, and 1 came (alpha)"


def test_a_probe_that_measured_nothing_is_void_and_made_once_more(tmp_path: Path) -> None:
    def offer(_scenario: str, _name: str, rate_per_s: float, number: int) -> Any:  # noqa: ANN401 -- it stands for a method
        if number < 2:
            raise LoadFailedError("the load process ended with 1")
        return answered(rate_per_s, 2.0)

    stub = SimpleNamespace(run_plan=run_plan(tmp_path), offer=offer)

    found = knee(cast("RateProber", stub), DRIVE, MEASURED, 50.0)

    assert [one.verdict for one in found.probes[:3]] == ["unknown", "unknown", "pass"]
    assert found.probes[0].sentence == "the load process ended with 1"
    assert found.probes[0].rate_per_s == found.probes[1].rate_per_s
    assert found.probes[2].rate_per_s < found.probes[1].rate_per_s
