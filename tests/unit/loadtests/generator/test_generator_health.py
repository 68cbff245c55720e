"""How busy the processor was, and how long the event loop stood still."""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import time
from pathlib import Path

import gevent
import pytest

from loadtests.generator.generator_health import CpuUsage, EventLoopLag, read_jiffies


def test_busy_is_what_is_neither_idle_nor_waiting_for_a_disk(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    stat.write_text("cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 1 1 1\n")
    stretch = CpuUsage(stat)
    stat.write_text("cpu  160 0 110 720 110 0 0 0 90 0\ncpu0 1 1 1 1\n")

    assert stretch.host_busy() == pytest.approx(0.7)


def test_where_no_kernel_tells_it_the_share_is_unknown(tmp_path: Path) -> None:
    assert read_jiffies(tmp_path / "none") is None
    assert CpuUsage(tmp_path / "none").host_busy() is None


def test_a_greenlet_that_keeps_the_loop_is_seen() -> None:
    with EventLoopLag() as gaps:
        gevent.sleep(0.03)
        time.sleep(0.2)  # gevent's own sleep would let the others run
        gevent.sleep(0.03)

    assert 180 < gaps.longest_ms < 1_500


def test_a_loop_that_turns_has_small_gaps() -> None:
    with EventLoopLag() as gaps:
        gevent.sleep(0.1)

    assert gaps.longest_ms < 100
