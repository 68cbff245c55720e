"""Models of several scenarios are made beside each other, and are those made one by one."""

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from loadtests.capacity.model_records import capacities
from loadtests.capacity.solver import CopyCosts
from loadtests.sweep import models_beside as beside
from loadtests.sweep.models_beside import models_beside
from reports.record.record import LoadRun
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file
from tests.unit.loadtests.capacity import two_kinds

ROOT = Path(__file__).parents[4]
STACK_FILES = sorted(
    one
    for one in ROOT.glob("*/**/*.toml")
    if "format_version" in one.read_text(encoding="utf-8")
    and not {".nox", "node_modules"}.intersection(one.parts)
)
ENDS_WITHIN_S = 20.0


def processes() -> list[int]:
    """Return the processes below this one that make models, or are about to."""
    found = []
    for one in Path("/proc").glob("[0-9]*"):
        try:
            words = (one / "cmdline").read_bytes().decode().split("\0")
            parent = (one / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if beside.__name__ in words and int(parent) == os.getpid():
            found.append(int(one.name))
    return found


def not_here(*_: object, **__: object) -> None:
    raise AssertionError("made by this very process")


@pytest.fixture
def spec(tmp_path: Path) -> StackSpec:
    known = two_kinds.spec(tmp_path)
    [shop] = known.scenarios.values()
    return replace(known, scenarios={"shop": shop, "again": shop})


@pytest.fixture(scope="module")
def run() -> LoadRun:
    """Give a run of two scenarios; why neither has a model, a real one, is found in no time."""
    [shop] = two_kinds.run([(2, 2)]).configurations
    alike = replace(shop, resolvers=2, of_parts={})
    return two_kinds.run([], configurations=(alike, replace(alike, scenario="again")))


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    assert processes() == []


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)


@pytest.mark.usefixtures("two_cores")
def test_each_scenario_has_the_model_that_it_would_have_alone(
    run: LoadRun, spec: StackSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = capacities(run, spec, CopyCosts())
    monkeypatch.setattr(beside, "capacities", not_here)
    with models_beside(run, spec, CopyCosts()) as modelled:
        assert len(processes()) == 2
        found = modelled()

    assert [one.scenario for one in found] == ["shop", "again"]
    assert all("carried 0.05 times" in one.reasons["outlooks"] for one in found)
    assert found == expected


def test_on_one_core_a_process_makes_one_after_the_other(
    run: LoadRun, spec: StackSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    monkeypatch.setattr(beside, "capacities", not_here)
    with models_beside(run, spec, CopyCosts()) as modelled:
        assert len(processes()) == 1
        assert [one.scenario for one in modelled()] == ["shop", "again"]


def test_a_single_scenario_starts_no_process(run: LoadRun, spec: StackSpec) -> None:
    alone = replace(run, configurations=run.configurations[:1])
    with models_beside(alone, spec, CopyCosts()) as modelled:
        assert processes() == []
        assert [one.scenario for one in modelled()] == ["shop"]


def test_what_ends_the_run_ends_them(run: LoadRun, spec: StackSpec) -> None:
    with pytest.raises(KeyboardInterrupt), models_beside(run, spec, CopyCosts()):
        raise KeyboardInterrupt


@pytest.mark.usefixtures("two_cores")
def test_the_models_are_made_here_where_a_process_was_killed(run: LoadRun, spec: StackSpec) -> None:
    with models_beside(run, spec, CopyCosts()) as modelled:
        os.kill(processes()[0], signal.SIGKILL)
        assert modelled() == capacities(run, spec, CopyCosts())


def test_the_models_are_made_here_where_a_process_takes_too_long(
    run: LoadRun, spec: StackSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    with models_beside(run, spec, CopyCosts()) as modelled:
        monkeypatch.setattr(beside, "WITHIN_S", 0.0)
        assert modelled() == capacities(run, spec, CopyCosts())
        monkeypatch.setattr(beside, "WITHIN_S", ENDS_WITHIN_S)


def test_our_packages_are_found_whoever_else_has_such_names(
    run: LoadRun, spec: StackSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "__init__.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(beside, "capacities", not_here)
    with models_beside(run, spec, CopyCosts()) as modelled:
        assert [one.scenario for one in modelled()] == ["shop", "again"]


def test_what_something_prints_is_no_part_of_a_model(
    run: LoadRun, spec: StackSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('hello')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(beside, "capacities", not_here)
    with models_beside(run, spec, CopyCosts()) as modelled:
        assert [one.scenario for one in modelled()] == ["shop", "again"]


def test_the_folder_that_a_run_was_started_in_may_be_gone(
    run: LoadRun, spec: StackSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    monkeypatch.setattr(beside, "capacities", not_here)
    with models_beside(run, spec, CopyCosts()) as modelled:
        assert [one.scenario for one in modelled()] == ["shop", "again"]


def test_without_room_for_a_file_the_models_are_made_here(
    run: LoadRun, spec: StackSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with models_beside(run, spec, CopyCosts()) as modelled:
        assert modelled() == capacities(run, spec, CopyCosts())


def test_they_end_with_whoever_was_killed() -> None:
    waits = (
        "import subprocess, sys, time, pathlib\n"
        "from loadtests.sweep import models_beside as beside\n"
        "with beside._modelling(time.sleep, [600]) as (process, _):\n"
        "    print(process.pid, flush=True)\n"
        "    time.sleep(600)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", waits], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = Path("/proc") / parent.stdout.readline().strip()
    assert child.exists()
    parent.kill()
    parent.communicate(timeout=ENDS_WITHIN_S)
    until_s = time.monotonic() + ENDS_WITHIN_S
    while child.exists() and time.monotonic() < until_s:
        time.sleep(0.02)

    assert not child.exists()


@pytest.mark.parametrize("file", STACK_FILES, ids=lambda file: file.stem)
def test_what_a_stack_file_says_reaches_a_process(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SHOP_JWT_SECRET", "SHOP_PASSWORD"):
        monkeypatch.setenv(name, "a secret")
    spec = read_stack_file(file)

    assert pickle.loads(pickle.dumps(spec)) == spec  # noqa: S301 -- our own
