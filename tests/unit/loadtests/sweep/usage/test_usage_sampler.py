"""What is read of a system lies on the seconds of the phase, however the readings fell."""

import math
import threading
import time

import pytest

from loadtests.plan.plan import PhaseCounts
from loadtests.sweep.usage.usage_sampler import UsageReading, UsageSampler
from loadtests.sweep.usage.usage_timeline import (
    NO_LIMIT,
    NO_MEMORY,
    PhaseWindow,
    observed,
    part_seconds,
    queue_seconds,
    use,
)
from testcontainers_fixtures.broker.queue_depth import Depth
from testcontainers_fixtures.engines.engine import Usage
from tests.unit.reports.sample_runs import phase

STRETCH = PhaseWindow(begin_s=100.0, planned_s=3.0, whole_s=3.0)


def usage(cpu_s: float, *, throttled_s: float | None = None, memory_mb: float = 50.0) -> Usage:
    return Usage(cpu_s=cpu_s, memory_bytes=round(memory_mb * 1e6), throttled_s=throttled_s)


def steady(cores: float, *, limited: bool = False, offset_s: float = 0.1) -> list[UsageReading]:
    """Return four readings a second, from a second before the phase to a second after it."""
    readings = []
    for number in range(21):
        at_s = 98.9 + offset_s + number * 0.25
        cpu_s = 7.0 + cores * max(0.0, at_s - 100.0)
        held_s = 0.5 * cpu_s if limited else None
        depth = Depth(ready=number, unacknowledged=2, connections=3) if number % 4 == 0 else None
        readings.append(
            UsageReading(
                at_s=at_s, parts={"gateway": usage(cpu_s, throttled_s=held_s)}, depth=depth
            )
        )
    return readings


@pytest.mark.parametrize("offset_s", [0.0, 0.07, 0.1, 0.24])
def test_a_steady_part_shows_the_same_cores_in_every_second(offset_s: float) -> None:
    found = part_seconds(steady(0.6, offset_s=offset_s), "gateway", STRETCH)

    # Only the first second has a part of a reading's interval in which nothing was sent yet.
    assert found.cpu == pytest.approx((0.6, 0.6, 0.6), abs=0.08)
    assert found.cpu[1:] == (0.6, 0.6)
    assert found.throttled == ()
    assert found.memory_mb == (50.0, 50.0, 50.0)


def test_the_last_second_may_be_shorter_and_is_still_told_per_second() -> None:
    short = PhaseWindow(begin_s=100.0, planned_s=2.5, whole_s=2.5)

    assert short.edges_s == (100.0, 101.0, 102.0, 102.5)
    assert part_seconds(steady(0.4), "gateway", short).cpu[1:] == (0.4, 0.4)


def test_a_phase_a_hair_over_its_seconds_has_no_second_more() -> None:
    assert len(PhaseWindow(begin_s=0.0, planned_s=3.0004, whole_s=3.1).edges_s) == 4


def test_service_demand_is_cpu_time_by_request() -> None:
    found = use(steady(0.5), "gateway", STRETCH, requests=300)

    assert found.cpu_s == pytest.approx(1.5, abs=0.01)
    assert found.demand_ms == pytest.approx(5.0, abs=0.04)
    assert found.memory_mb_max == 50.0
    assert found.reasons == {"throttled_s": NO_LIMIT}


def test_what_is_worked_off_after_the_phase_counts_as_its_use_and_is_told_apart() -> None:
    late = PhaseWindow(begin_s=100.0, planned_s=2.0, whole_s=3.0)

    found = use(steady(0.5), "gateway", late, requests=300)

    assert found.cpu_s == pytest.approx(1.5, abs=0.01)
    assert found.late_cpu_s == pytest.approx(0.5, abs=0.01)


def test_throttling_is_a_share_of_each_second_and_a_time_in_all() -> None:
    readings = steady(0.5, limited=True)

    assert part_seconds(readings, "gateway", STRETCH).throttled[1:] == (0.25, 0.25)
    assert use(readings, "gateway", STRETCH, requests=0).throttled_s == pytest.approx(
        0.75, abs=0.01
    )
    assert use(readings, "gateway", STRETCH, requests=0).demand_ms is None


def test_each_second_has_the_queue_s_nearest_reading() -> None:
    found = queue_seconds(steady(0.5), STRETCH)

    # Depths were read at 99, 100, 101, 102, 103 and 104 s; the middles are 100.5, 101.5, 102.5.
    assert len(found.ready) == 3
    assert set(found.ready) <= {4, 8, 12, 16}
    assert list(found.ready) == sorted(found.ready)
    assert found.connections == (3, 3, 3)


def test_without_a_broker_the_queue_has_no_seconds() -> None:
    bare = [UsageReading(at_s=one.at_s, parts=one.parts) for one in steady(0.5)]

    assert queue_seconds(bare, STRETCH).ready == ()


def counts(begin_s: float) -> PhaseCounts:
    return PhaseCounts(
        arrivals="constant",
        users=None,
        duration_s=3.0,
        offered_per_s=100.0,
        begin_s=begin_s,
        elapsed_s=3.02,
        sending_s=3.0,
        endpoints={},
        seconds=(),
        service_time="",
        lag=None,
        workers={},
        errors={},
        host_cpu=None,
        generator_cpu=0.1,
    )


def test_a_phase_gets_what_its_parts_used() -> None:
    found = observed(phase(), counts(100.0), steady(0.5))

    assert found.timeline.parts["gateway"].cpu[1:] == (0.5, 0.5)
    assert found.used["gateway"].cpu_s == pytest.approx(1.51, abs=0.01)
    assert len(found.timeline.queue.ready) == 3


@pytest.mark.parametrize("begin_s", [95.0, 101.5, 500.0], ids=["before", "beyond", "far off"])
def test_readings_that_do_not_cover_a_phase_tell_nothing_of_it(begin_s: float) -> None:
    whole = phase()

    assert observed(whole, counts(begin_s), steady(0.5)) is whole


def test_a_part_that_was_not_always_there_is_left_out() -> None:
    readings = steady(0.5)
    readings[5] = UsageReading(at_s=readings[5].at_s, parts={})

    assert observed(phase(), counts(100.0), readings).used == {}


def test_a_part_that_was_not_there_before_the_phase_is_told_of_all_the_same() -> None:
    readings = steady(0.5)
    readings[0] = UsageReading(at_s=readings[0].at_s, parts={})

    assert observed(phase(), counts(100.0), readings).used.keys() == {"gateway"}


def fallen(readings: list[UsageReading], number: int, by_s: float) -> list[UsageReading]:
    """Return readings of a counter that loses some of its CPU seconds at the `number`th."""
    return [
        UsageReading(
            at_s=one.at_s,
            parts={
                "gateway": usage(one.parts["gateway"].cpu_s - (by_s if at >= number else 0.0)),
                "worker": one.parts["gateway"],
            },
        )
        for at, one in enumerate(readings)
    ]


@pytest.mark.parametrize("by_s", [300.0, 1.0], ids=["more than was used", "less than was used"])
def test_a_part_whose_counter_fell_meanwhile_is_left_out_and_named(by_s: float) -> None:
    # The last step begins before the phase's last answer, and ends after it.
    for number in (5, 10, 17):
        found = observed(phase(), counts(100.0), fallen(steady(0.5), number, by_s))

        assert found.used.keys() == found.timeline.parts.keys() == {"worker"}
        assert "what was told of gateway fell meanwhile" in found.reasons["used"]


def test_a_counter_that_fell_before_or_after_a_phase_or_by_a_rounding_is_no_matter() -> None:
    for number, by_s in ((4, 300.0), (18, 300.0), (10, 1e-9)):
        found = observed(phase(), counts(100.0), fallen(steady(0.5), number, by_s))

        assert found.used["gateway"].cpu_s == pytest.approx(1.51, abs=0.01)
        assert "used" not in found.reasons


def told(
    readings: list[UsageReading], every: int, *, until_s: float = math.inf
) -> list[UsageReading]:
    """Return readings of who hears of something new at each `every`th, and of the CPU alone."""
    found = []
    for number, one in enumerate(readings):
        heard = [new for new in readings[: number - number % every + 1] if new.at_s <= until_s][-1]
        usage = Usage(
            cpu_s=heard.parts["gateway"].cpu_s,
            memory_bytes=None,
            throttled_s=None,
            told_s=heard.at_s,
        )
        found.append(UsageReading(at_s=one.at_s, parts={"gateway": usage}))
    return found


@pytest.mark.parametrize(("every", "known"), [(1, True), (2, False)], ids=["12 times", "6 times"])
def test_what_somebody_else_reads_must_have_come_ten_times_in_a_phase(
    every: int, *, known: bool
) -> None:
    found = observed(phase(), counts(100.0), told(steady(0.5), every)).used

    assert bool(found) == known


def test_what_somebody_else_read_is_laid_to_when_it_was_heard_and_memory_may_be_unknown() -> None:
    whole = PhaseWindow(begin_s=100.0, planned_s=3.0, whole_s=3.0)
    found = use(told(steady(0.5), 4), "gateway", whole, requests=300)

    assert found.cpu_s == pytest.approx(1.5, abs=0.1)
    assert (found.memory_mb_max, found.reasons["memory_mb_max"]) == (None, NO_MEMORY)
    assert part_seconds(told(steady(0.5), 4), "gateway", whole).memory_mb == ()


@pytest.mark.parametrize("last_s", [102.0, 102.6, 103.2])
def test_what_is_told_no_more_before_a_phase_ends_rises_on_as_it_did(last_s: float) -> None:
    slow = PhaseWindow(begin_s=100.0, planned_s=3.0, whole_s=3.5)
    readings = told(steady(0.5), 1, until_s=last_s)

    assert use(readings, "gateway", slow, requests=300).cpu_s == pytest.approx(1.75, abs=0.01)
    assert use(readings, "gateway", slow, requests=300).late_cpu_s == pytest.approx(0.25, abs=0.01)
    assert part_seconds(readings, "gateway", slow).cpu[1:] == pytest.approx((0.5, 0.5), abs=0.01)


@pytest.mark.alone
def test_the_observer_reads_until_it_is_left_and_asks_the_broker_less_often() -> None:
    asked: list[float] = []

    def depth() -> Depth:
        asked.append(time.monotonic())
        return Depth(ready=1, unacknowledged=0, connections=2)

    with UsageSampler(lambda: {"gate": usage(1.0)}, depth, every_s=0.02) as observer:
        time.sleep(0.3)
    readings = len(observer.readings)
    time.sleep(0.06)

    assert 4 <= readings <= 20
    assert len(observer.readings) == readings
    assert len(asked) == 1
    assert observer.failure is None


def test_the_last_reading_is_made_after_the_end() -> None:
    with UsageSampler(lambda: {"gate": usage(1.0)}, every_s=60) as observer:
        time.sleep(0.1)
    ended_s = time.monotonic()

    assert len(observer.readings) == 2
    assert ended_s - 0.05 < observer.readings[-1].at_s <= ended_s


def test_reading_never_becomes_a_load() -> None:
    def slow() -> dict[str, Usage]:
        time.sleep(0.02)
        return {}

    with UsageSampler(slow, every_s=0.001) as observer:
        time.sleep(0.9)

    # 20 ms of reading take 400 ms of pause.
    assert len(observer.readings) <= math.ceil(0.9 / 0.42) + 1


def test_a_reading_that_fails_ends_the_watching_and_is_told() -> None:
    def broken() -> dict[str, Usage]:
        raise RuntimeError("gone")

    with UsageSampler(broken) as observer:
        time.sleep(0.05)

    assert observer.failure == "What the parts use is not known: RuntimeError: gone."
    assert not any(thread.name == "observer" for thread in threading.enumerate())
