"""However a whole stack ends, nothing of it is left: no process, no port, no container."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from testcontainers_fixtures.engines.child import wait_until
from testcontainers_fixtures.engines.docker_access import docker_client, docker_engine_answers
from testcontainers_fixtures.engines.engine_choice import choose_engine
from testcontainers_fixtures.engines.orphans import VARIABLE, Label
from testcontainers_fixtures.engines.ownership import SESSION_LABEL
from testcontainers_fixtures.engines.process_table import living, setting
from testcontainers_fixtures.stack_spec import read_stack_file

ROOT = Path(__file__).parents[2]
STACK_FILE = ROOT / "system" / "stack.toml"
ENDED_WITHIN_S = 30.0
GONE_WITHIN_S = 5.0
CTRL_C = 130

# In CI the Docker engine must be there: without one these tests fail instead.
NO_DOCKER = not (os.environ.get("CI") or docker_engine_answers())
CONTAINERS = pytest.param(
    "containers", marks=pytest.mark.skipif(NO_DOCKER, reason="no Docker engine answers")
)
# How a stack closes does not depend on what asked it to, and that its containers go with it is seen
# at each Ctrl-C; so these endings are tried on them only now and then.
SELDOM_CONTAINERS = pytest.param("containers", marks=[*CONTAINERS.marks, pytest.mark.long])
SELDOM = pytest.mark.parametrize("engine", [SELDOM_CONTAINERS, "processes"], indirect=True)
# The first start may have to make an image.
pytestmark = pytest.mark.timeout(600)

DYING = 'command = ["python", "-c", "raise SystemExit(\'no heart\')"]'
FAILING_TEST = """
import json, pathlib
def test_that_fails(stack):
    pathlib.Path("stack.json").write_text(json.dumps([stack.gateway, stack.amqp]))
    assert stack.gateway is None
"""


@pytest.fixture(params=[CONTAINERS, "processes"])
def engine(request: pytest.FixtureRequest) -> str:
    """Return each engine in turn."""
    return str(request.param)


def test_after_ctrl_c_nothing_is_left(engine: str, tmp_path: Path) -> None:
    with _harness(engine, tmp_path) as harness:
        urls = _urls(harness)
        started = _left(harness.pid)
        code = _ctrl_c(harness)

    assert (code, len(started) >= 8) == (0, True)
    assert _nothing_left(harness.pid, urls)
    assert not (tmp_path / "data").exists()


def test_after_ctrl_c_while_it_starts_nothing_is_left(engine: str, tmp_path: Path) -> None:
    with _harness(engine, tmp_path) as harness:
        assert harness.stderr is not None
        assert any(" ready in " in line for line in harness.stderr)
        started = _left(harness.pid)
        code = _ctrl_c(harness)

    assert (code, len(started) >= 1) == (CTRL_C, True)
    assert _nothing_left(harness.pid)
    assert not (tmp_path / "data").exists()


@SELDOM
def test_after_a_start_in_which_a_part_died_nothing_is_left(engine: str, tmp_path: Path) -> None:
    with _harness(engine, tmp_path, "--stack", str(_broken(tmp_path))) as harness:
        said = harness.communicate(timeout=120)[1]

    assert harness.returncode == 1
    assert "resolver ended before it was ready (exit code 1). Last log lines:\nno heart" in said
    assert "Traceback" not in said
    assert _nothing_left(harness.pid)


@SELDOM
def test_after_a_failed_test_nothing_is_left(engine: str, tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_failing.py").write_text(FAILING_TEST)
    options = ["-p", "testcontainers_fixtures.plugin", "--stack-file", str(STACK_FILE)]
    command = ["pytest", *options, "--engine", engine, str(tmp_path)]
    with _python(*command, cwd=tmp_path) as harness:
        said = harness.communicate(timeout=120)[0]
    urls = json.loads((tmp_path / "stack.json").read_text())

    assert harness.returncode == 1
    assert "1 failed" in said
    assert _nothing_left(harness.pid, urls)


def test_after_a_harness_was_killed_nothing_is_left_once_the_next_has_started(
    engine: str, tmp_path: Path
) -> None:
    with _harness(engine, tmp_path) as harness:
        urls = _urls(harness)
        started = _left(harness.pid)
        harness.kill()
        harness.wait(timeout=ENDED_WITHIN_S)
    if engine == "processes":
        assert _nothing_left(harness.pid, urls)
    else:
        assert len(_left(harness.pid)) >= len(started)
    spec = read_stack_file(STACK_FILE)
    choose_engine(engine, spec, tmp_path / "next", lambda _: None).close()

    assert len(started) >= 8
    assert _nothing_left(harness.pid, urls)


@contextmanager
def _harness(engine: str, folder: Path, *options: str) -> Iterator["subprocess.Popen[str]"]:
    command = ["testcontainers_fixtures", "--engine", engine, "--json", "--no-seeded"]
    with _python(*command, "--run-folder", str(folder), *options, cwd=ROOT) as harness:
        yield harness


@contextmanager
def _python(*command: str, cwd: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run a module as at a terminal: in a process group that Ctrl-C reaches as a whole."""
    harness = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "400"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    with harness:
        try:
            yield harness
        finally:
            harness.kill()


def _urls(harness: "subprocess.Popen[str]") -> list[str]:
    assert harness.stdout is not None
    found = json.loads(harness.stdout.readline())
    return [found["gateway"], *found["services"].values(), found["amqp"], found["management"]]


def _ctrl_c(harness: "subprocess.Popen[str]") -> int:
    os.killpg(harness.pid, signal.SIGINT)
    harness.communicate(timeout=ENDED_WITHIN_S)
    return harness.returncode


def _broken(folder: Path) -> Path:
    text = STACK_FILE.read_text(encoding="utf-8")
    places = {
        'context = ".."': f'context = "{ROOT}"',
        '"Dockerfile"': f'"{ROOT}/system/Dockerfile"',
    }
    resolver = 'command = ["python", "-m", "system.rpc"]'
    for old, new in {**places, resolver: DYING}.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "broken.toml").write_text(text)
    return folder / "broken.toml"


def _nothing_left(harness: int, urls: list[str] | None = None) -> bool:
    assert wait_until(lambda: not _left(harness), timeout_s=GONE_WITHIN_S), _left(harness)
    assert [url for url in urls or [] if _listens(url)] == []
    return True


def _left(harness: int) -> list[str]:
    """Return what bears a harness's mark: processes, its guardian; containers, networks, volumes.

    A process bears its label in its environment, the guardian among its arguments.
    """
    found = [str(one.pid) for one in living() if _marked(one.pid, harness)]
    return found if NO_DOCKER else [*found, *_in_docker(harness)]


def _marked(pid: int, harness: int) -> bool:
    label = Label.parse(setting(pid, VARIABLE) or "")
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    except OSError:
        return False
    guards = any(word.startswith(f"{harness}:") for word in words)
    return guards or (label is not None and label.harness == harness)


def _in_docker(harness: int) -> list[str]:
    client = docker_client()
    try:
        rows = [
            *client.api.containers(all=True, filters={"label": SESSION_LABEL}),
            *client.api.networks(filters={"label": SESSION_LABEL}),
            *(client.api.volumes(filters={"label": SESSION_LABEL})["Volumes"] or []),
        ]
    finally:
        client.close()
    mine = [row for row in rows if row["Labels"][SESSION_LABEL].startswith(f"{harness}:")]
    return [str(row.get("Id") or row["Name"]) for row in mine]


def _listens(url: str) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", urlsplit(url).port or 0)) == 0
