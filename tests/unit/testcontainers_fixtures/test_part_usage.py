"""What parts use is read from where the kernel accounts for it, and added up over copies."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from testcontainers_fixtures.engines.attached import AttachedPart
from testcontainers_fixtures.engines.cgroups import cgroup_of
from testcontainers_fixtures.engines.container_usage import usage_in
from testcontainers_fixtures.engines.engine import Measured, ThreadTimes, Usage
from testcontainers_fixtures.engines.process_usage import (
    MOST_THREADS,
    descendants,
    thread_times,
    usage_of_tree,
)
from testcontainers_fixtures.part_usage import PartUsages, together
from testcontainers_fixtures.stack_spec import StackSpec
from tests.unit.loadtests.capacity.backed_shop import BackedShop

BUSY = (
    "import os, time\nif os.fork() == 0:\n while True: pass\nprint(1, flush=True)\ntime.sleep(60)"
)


class Meter:
    """A copy that says what it was told to say."""

    name = url = ""

    def __init__(self, usage: Usage | None) -> None:
        self._usage = usage

    def alive(self) -> bool:
        return True

    def log_tail(self, lines: int = 20) -> str:
        return str(lines)

    def stop(self, *, grace_s: float) -> None:
        raise NotImplementedError(grace_s)

    def usage(self) -> Usage | None:
        return self._usage


def used(cpu_s: float, *, throttled_s: float | None = None) -> Usage:
    return Usage(cpu_s=cpu_s, memory_bytes=1_000, throttled_s=throttled_s)


@pytest.fixture
def tree() -> Iterator["subprocess.Popen[str]"]:
    """Start a process that sleeps and has a child that keeps a core busy."""
    command = [sys.executable, "-c", BUSY]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout
        process.stdout.readline()
        yield process
        os.killpg(process.pid, 9)


def test_a_part_s_worker_processes_count_as_the_part(tree: "subprocess.Popen[str]") -> None:
    began_s, first = time.monotonic(), usage_of_tree(tree.pid)
    assert first
    burnt_s, resident = 0.0, 0
    while burnt_s < 0.2 and time.monotonic() - began_s < 20:
        time.sleep(0.05)
        last = usage_of_tree(tree.pid)
        assert last
        burnt_s, resident = last.cpu_s - first.cpu_s, last.memory_bytes or 0

    # The parent sleeps: what is burnt is its child's, one core's at most.
    assert len(list(descendants(tree.pid))) == 1
    assert 0.2 <= burnt_s <= time.monotonic() - began_s + 0.1
    assert resident > 2_000_000


def test_without_a_list_of_children_the_session_tells_them(
    tree: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    assert list(descendants(tree.pid, proc=tmp_path)) == list(descendants(tree.pid))


def test_a_process_that_is_gone_has_no_usage(tmp_path: Path) -> None:
    assert usage_of_tree(4_194_303, proc=tmp_path) is None


def files(folder: Path, **texts: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name.replace("__", ".")).write_text(text)


def version_2(tmp_path: Path, limit: str) -> Usage | None:
    group = tmp_path / "root" / "docker" / "abc"
    files(
        group,
        cpu__stat="usage_usec 2500000\nuser_usec 1\nnr_throttled 3\nthrottled_usec 700000\n",
        cpu__max=limit,
        memory__current="5000\n",
        memory__stat="anon 3000\ninactive_file 1500\n",
    )
    files(tmp_path / "proc" / "7", cgroup="0::/docker/abc\n")
    found = cgroup_of(7, proc=tmp_path / "proc", root=tmp_path / "root")
    return found.usage() if found else None


def test_a_control_group_of_version_2_tells_cpu_memory_and_throttling(tmp_path: Path) -> None:
    found = version_2(tmp_path, "50000 100000\n")

    assert found == Usage(cpu_s=2.5, memory_bytes=3_500, throttled_s=0.7)


def test_a_group_without_a_limit_is_never_throttled(tmp_path: Path) -> None:
    found = version_2(tmp_path, "max 100000\n")

    assert found
    assert found.throttled_s is None


@pytest.mark.parametrize(("quota", "throttled_s"), [("50000", 0.25), ("-1", None)])
def test_a_control_group_of_version_1_tells_the_same(
    tmp_path: Path, quota: str, throttled_s: float | None
) -> None:
    root, name = tmp_path / "root", Path("docker/abc")
    files(root / "cpuacct" / name, cpuacct__usage="2500000000\n")
    files(root / "memory" / name, memory__usage_in_bytes="5000\n")
    files(root / "memory" / name, memory__stat="cache 2000\ntotal_inactive_file 1500\n")
    files(root / "cpu" / name, cpu__cfs_quota_us=quota)
    files(root / "cpu" / name, cpu__stat="nr_periods 9\nthrottled_time 250000000\n")
    lines = "4:memory:/docker/abc\n2:cpuacct:/docker/abc\n1:cpu:/docker/abc\n0::/\n"
    files(tmp_path / "proc" / "7", cgroup=lines)

    found = cgroup_of(7, proc=tmp_path / "proc", root=root)

    assert found
    assert found.usage() == Usage(cpu_s=2.5, memory_bytes=3_500, throttled_s=throttled_s)


def test_a_group_that_is_not_here_is_none_and_one_that_went_has_no_usage(tmp_path: Path) -> None:
    files(tmp_path / "proc" / "7", cgroup="0::/elsewhere\n")

    assert cgroup_of(7, proc=tmp_path / "proc", root=tmp_path) is None
    assert cgroup_of(8, proc=tmp_path / "proc", root=tmp_path) is None


def test_what_a_docker_engine_says_is_understood() -> None:
    stats = {
        "cpu_stats": {
            "cpu_usage": {"total_usage": 2_500_000_000},
            "throttling_data": {"periods": 10, "throttled_time": 100_000_000},
        },
        "memory_stats": {"usage": 5_000, "stats": {"inactive_file": 1_500}},
    }

    assert usage_in(stats) == Usage(cpu_s=2.5, memory_bytes=3_500, throttled_s=0.1)
    assert usage_in({"cpu_stats": {}, "memory_stats": {}}) is None


def test_copies_add_up_and_the_longest_throttling_is_kept() -> None:
    copies = [Meter(used(1.0, throttled_s=0.2)), Meter(used(2.5, throttled_s=0.5))]

    assert together(list(copies)) == Usage(cpu_s=3.5, memory_bytes=2_000, throttled_s=0.5)


@pytest.mark.parametrize("last", [Meter(None), AttachedPart("gate", "http://127.0.0.1:9")])
def test_a_part_is_left_out_when_one_of_its_copies_cannot_be_measured(
    last: Meter | AttachedPart,
) -> None:
    assert together([Meter(used(1.0)), last]) is None
    assert together([]) is None


def test_an_attached_part_is_not_measured() -> None:
    assert not isinstance(AttachedPart("gate", "http://127.0.0.1:9"), Measured)


def listed(proc: Path, pid: int, parent: int, **threads: tuple[float, float]) -> None:
    """Let a process table have a process; of each thread its CPU time, and when it began."""
    files(proc / str(pid), stat=f"{pid} (x) S {parent} {'0 ' * 30}")
    for name, (cpu_s, began_s) in threads.items():
        line = (
            f"{name[1:]} (a b) S {'0 ' * 10}{round(100 * cpu_s)} 0 {'0 ' * 6}{100 * began_s:.0f} 0"
        )
        files(proc / str(pid) / "task" / name[1:], stat=line)


def test_a_worker_s_thread_is_told_with_what_started_it(tree: "subprocess.Popen[str]") -> None:
    [worker] = descendants(tree.pid)
    ends_s, busy_s, at_rest_s = time.monotonic() + 20, 0.0, 1.0
    while busy_s < 0.1 and time.monotonic() < ends_s:
        time.sleep(0.05)
        found = usage_of_tree(tree.pid, threads=True)
        assert found
        [told] = found.threads
        assert told.cpu_s == found.cpu_s
        [at_rest_s, busy_s] = [told.of_threads[thread] for thread in sorted(told.of_threads)]

    assert {thread for thread, _ in told.of_threads} == {tree.pid, worker}
    assert busy_s >= 0.1 > at_rest_s
    assert all(0 < began_s <= told.read_s for _, began_s in told.of_threads)


def test_threads_are_told_by_id_and_begin_from_the_table_that_is_given(tmp_path: Path) -> None:
    listed(tmp_path, 4_000_001, 1, t4_000_001=(0.5, 12.0), t4_000_007=(1.5, 14.0))

    [told] = thread_times([4_000_001], 2.0, proc=tmp_path)

    assert told.of_threads == {(4_000_001, 12.0): 0.5, (4_000_007, 14.0): 1.5}
    assert told.cpu_s == 2.0


def test_a_thread_that_ends_meanwhile_hides_no_other(tmp_path: Path) -> None:
    listed(tmp_path, 7, 1, t7=(0.0, 1.0), t8=(1.0, 1.0), t9=(2.0, 1.0), t10=(3.0, 1.0))
    for thread in ("8", "9"):
        (tmp_path / "7" / "task" / thread / "stat").unlink()

    [told] = thread_times([7], 3.0, proc=tmp_path)

    assert {thread for thread, _ in told.of_threads} == {7, 10}


def test_beyond_some_hundred_threads_none_are_told(tmp_path: Path) -> None:
    listed(tmp_path, 7, 1, **{f"t{number}": (0.0, 1.0) for number in range(7, 7 + MOST_THREADS)})
    assert thread_times([7], 3.0, proc=tmp_path)

    listed(tmp_path, 8, 7, t8=(0.0, 1.0))
    assert not thread_times([7, 8], 3.0, proc=tmp_path)


@pytest.mark.parametrize(
    ("parents", "copies"),
    [
        pytest.param({7: 1}, 1, id="one"),
        pytest.param({7: 1, 8: 7, 9: 8}, 1, id="one, by way of what started it"),
        pytest.param({7: 1, 8: 1}, 0, id="two beside each other"),
        pytest.param({7: 1, 8: 7, 9: 7}, 0, id="a master's two workers"),
        pytest.param({}, 0, id="none"),
    ],
)
def test_threads_are_told_of_one_process_that_works(
    parents: dict[int, int],
    copies: int,
    tmp_path: Path,
) -> None:
    for pid, parent in parents.items():
        listed(tmp_path, pid, parent, **{f"t{pid}": (1.0, 1.0)})

    assert len(thread_times(list(parents), 1.0, proc=tmp_path)) == copies


class Threaded(Meter):
    """A copy that can tell its threads apart, unless it has none to tell."""

    def __init__(self, *threads: ThreadTimes) -> None:
        super().__init__(used(1.0))
        self._threads = threads

    def usage_with_threads(self) -> Usage | None:
        return replace(used(1.0), threads=self._threads)


def test_threads_of_all_copies_are_told_or_none() -> None:
    one = ThreadTimes(read_s=1.0, cpu_s=0.5, of_threads={(1, 0.0): 0.5})
    two = ThreadTimes(read_s=1.0, cpu_s=1.5, of_threads={(2, 0.0): 1.5})

    assert threads_of(Threaded(one), Threaded(two)) == (one, two)
    assert threads_of(Threaded(one), Threaded()) == ()
    assert threads_of(Threaded(one), Meter(used(1.0))) == ()
    assert together([Threaded(one)]) == used(1.0)  # nobody asked


def threads_of(*copies: Meter) -> tuple[ThreadTimes, ...]:
    found = together(copies, threads=True)
    assert found
    return found.threads


@pytest.mark.parametrize(("every_s", "told"), [(60.0, [True, False, False]), (0.0, [True] * 3)])
def test_a_stack_s_threads_are_told_now_and_then(
    every_s: float, told: list[bool], tmp_path: Path
) -> None:
    copy = Threaded(ThreadTimes(read_s=1.0, cpu_s=0.5, of_threads={(1, 0.0): 0.5}))
    stack = cast("Any", SimpleNamespace(spec=shop(tmp_path), measured=lambda _: [copy]))
    usages = PartUsages(stack, threads_every_s=every_s)

    read = [usages() for _ in told]

    assert [bool(one["behind"].threads) for one in read] == told
    assert not any(one["worker"].threads for one in read)  # a resolver's copies are counted


def shop(folder: Path) -> StackSpec:
    return BackedShop(said='role = "cache"\nimage = "redis:7"', behind_ms=1.0, servers=1).spec(
        folder
    )


def test_a_control_group_knows_its_processes(tmp_path: Path) -> None:
    files(tmp_path / "root" / "abc", cgroup__procs="7\n9\n", cpu__stat="usage_usec 1\n")
    files(tmp_path / "proc" / "7", cgroup="0::/abc\n")
    found = cgroup_of(7, proc=tmp_path / "proc", root=tmp_path / "root")

    assert found
    assert found.processes() == [7, 9]
    (tmp_path / "root" / "abc" / "cgroup.procs").unlink()
    assert found.processes() == []
