"""What is shown of machine, parts and queues in a second."""

from pathlib import Path

from loadtests.sweep.live.live_figures import HostCpu, parts_now
from loadtests.sweep.usage.usage_sampler import UsageReading
from testcontainers_fixtures.broker.queue_depth import Depth
from testcontainers_fixtures.engines.engine import Usage


def reading(at_s: float, cpu_s: float, depth: Depth | None = None) -> UsageReading:
    use = Usage(cpu_s=cpu_s, memory_bytes=1, throttled_s=None)
    return UsageReading(at_s=at_s, parts={"gate": use}, depth=depth)


def test_a_part_s_cores_are_those_of_about_the_last_second() -> None:
    depth = Depth(ready=3, unacknowledged=4, connections=1)
    readings = [reading(0.0, 1.0), reading(1.0, 1.0, depth), reading(1.5, 1.2), reading(2.0, 1.5)]

    assert parts_now(readings) == {"cpu": {"gate": 0.5}, "queue": 7}


def test_before_a_second_of_readings_nothing_is_claimed() -> None:
    assert parts_now([]) == {"cpu": {}, "queue": None}
    assert parts_now([reading(0.0, 1.0), reading(0.25, 1.2)]) == {"cpu": {}, "queue": None}


def test_the_machine_s_share_is_what_was_not_idle_since_the_last_look(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    stat.write_text("cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1\n")
    made = HostCpu(stat)
    stat.write_text("cpu  160 0 140 780 120 0 0 0 90 0\ncpu0 1\n")

    assert made.percent() == 50.0
    assert made.percent() is None


def test_a_kernel_that_does_not_tell_is_unknown(tmp_path: Path) -> None:
    assert HostCpu(tmp_path / "none").percent() is None
