"""What trials measured is kept by scenario and configuration, and tells later trials what to do."""

import pytest

from loadtests.plan.plan import Results
from loadtests.sweep.generator_floor import floor_in
from loadtests.sweep.load_process import LoadFailedError
from loadtests.sweep.nodes import Whereabouts
from loadtests.sweep.phase_records import KNOWN_LEVEL
from loadtests.sweep.results import SweepResults
from loadtests.sweep.trial import EarlierResults, SweepTrial
from loadtests.sweep.usage.usage_sampler import UsageReading
from reports.record import latency
from reports.record.measurements import BY, Node
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.engines.engine import Usage
from tests.unit.loadtests.sample_results import counts, results

SMALL, LARGE = CopyCounts(), CopyCounts(resolvers=2, service_workers=2)


def readings() -> list[UsageReading]:
    return [
        UsageReading(
            at_s=number * 0.25,
            parts={"gate": Usage(cpu_s=number * 0.25 * 0.4, memory_bytes=50, throttled_s=None)},
        )
        for number in range(60)
    ]


def drive(configuration: CopyCounts, number: int = 0) -> SweepTrial:
    return SweepTrial(scenario="crud", configuration=configuration, number=number)


def test_the_first_drive_sets_the_common_rate_and_each_configuration_its_users() -> None:
    sweep_results = SweepResults()
    assert sweep_results.known(drive(SMALL)) == EarlierResults()

    sweep_results.add(drive(SMALL), results(users=4, common_per_s=210.0), None, [])
    sweep_results.add(drive(LARGE), results(users=16, common_per_s=500.0), None, [])
    sweep_results.add(drive(LARGE, 1), results(users=99, common_per_s=333.0), None, [])

    assert sweep_results.known(drive(SMALL, 1)) == EarlierResults(common_per_s=210.0, users=4)
    assert sweep_results.known(drive(LARGE, 1)) == EarlierResults(common_per_s=210.0, users=16)
    assert sweep_results.niceness == -10


def test_a_rate_that_a_baseline_set_stays_whatever_the_first_drive_comes_to() -> None:
    sweep_results = SweepResults(common_per_s={"crud": 123.0})
    assert sweep_results.known(drive(SMALL)) == EarlierResults(common_per_s=123.0, users=None)

    sweep_results.add(drive(SMALL), results(users=4, common_per_s=210.0), None, [])

    assert sweep_results.known(drive(SMALL, 1)) == EarlierResults(common_per_s=123.0, users=4)


def test_a_void_drive_leaves_the_rate_to_the_next_one() -> None:
    sweep_results = SweepResults()
    sweep_results.add_void(drive(SMALL), "the load process ended with 1")
    sweep_results.add(drive(LARGE), results(common_per_s=77.0), None, [])

    assert sweep_results.known(drive(SMALL, 1)) == EarlierResults(common_per_s=77.0, users=None)
    (void,) = sweep_results.measured("crud", SMALL).repetitions
    assert void.common is None
    assert void.reasons["common"] == "the load process ended with 1"
    assert [(one.subject, one.sentence) for one in sweep_results.unmeasured] == [
        (f"crud 1{BY}1, repetition 1", "the load process ended with 1")
    ]


def test_each_measured_phase_has_its_own_seconds_of_what_the_parts_used() -> None:
    sweep_results = SweepResults()
    sweep_results.add(drive(SMALL), results(), None, readings())

    (one,) = sweep_results.measured("crud", SMALL).repetitions
    for phase in (one.closed, one.open, one.common):
        assert phase
        assert phase.timeline.parts["gate"].cpu == (0.4, 0.4)
        assert phase.used["gate"].demand_ms == pytest.approx(0.8 / 600 * 1_000, rel=0.01)


def test_a_phase_that_was_left_out_stays_out_with_its_reason() -> None:
    sweep_results = SweepResults()
    sweep_results.add(drive(SMALL, 1), results(opened=False), None, readings())

    (one,) = sweep_results.measured("crud", SMALL).repetitions
    assert one.open is None
    assert one.reasons["open"] == KNOWN_LEVEL
    assert one.common
    assert one.common.used


def test_configurations_come_scenario_by_scenario_in_the_order_of_the_points() -> None:
    sweep_results = SweepResults()
    for scenario in ("supplier", "crud"):
        for at in (LARGE, SMALL):
            one = SweepTrial(scenario=scenario, configuration=at, number=0)
            sweep_results.add(one, results(), None, [])

    found = [
        (one.scenario, one.resolvers)
        for one in sweep_results.configurations({"crud": (), "supplier": ()}, (SMALL, LARGE))
    ]

    assert found == [("crud", 1), ("crud", 2), ("supplier", 1), ("supplier", 2)]


def test_the_floor_is_what_the_open_phase_against_nothing_showed() -> None:
    floor = floor_in(results(common_per_s=300.0))

    assert floor.rate_per_s == 300.0
    assert floor.most_per_s == 300.0
    assert floor.latency_ms.p50 == pytest.approx(1.3, rel=0.01)
    assert latency.summary(latency.decode(floor.histogram)).samples == 600


def test_without_an_open_phase_there_is_no_floor() -> None:
    missing = Results(
        niceness=0,
        common_per_s=1.0,
        warm_up=counts(0.0, users=1),
        levels=(counts(1.0, users=1),),
        open=None,
        common=None,
    )

    with pytest.raises(LoadFailedError, match="floor was not measured"):
        floor_in(missing)


def test_where_a_trial_was_and_what_limited_it_stand_with_what_it_measured() -> None:
    node = Node(name="n", cores=4.0, here=False, copies={"gate": 1})
    at = Whereabouts(nodes=(node,), apart=True, core_limits={"gate": 0.5})

    found = SweepResults().add(drive(SMALL), results(), None, [], at).repetition

    assert (found.nodes, found.core_limits) == ((node,), {"gate": 0.5})
