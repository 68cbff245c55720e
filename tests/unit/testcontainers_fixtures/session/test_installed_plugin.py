"""The plugin that every session of an environment loads disturbs none that asks for no stack."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLAIN = "def test_nothing():\n    pass\n"
# A project may have each of these options, and a package of each of these names.
THEIR_OPTIONS = """
def pytest_addoption(parser):
    for name in ("--engine", "--gateway", "--service", "--stack", "--seed", "--record", "--site"):
        parser.addoption(name)
"""
LATE = ("docker", "testcontainers", "httpx", "msgspec", "typer", "reports", "gatewaybench")
NO_STACK = """
format_version = 2
name = "x"
[parts.gateway]
role = "gateway"
port = 1
command = ["no-such-program-of-mine"]
"""


def session(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run pytest in a folder as whoever has the package installed does."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words],
        cwd=folder,
        env={**os.environ, "STACK_ENGINE": "processes", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_theirs.py").write_text(PLAIN)
    return tmp_path


def test_options_and_packages_of_a_project_are_its_own(project: Path) -> None:
    (project / "conftest.py").write_text(THEIR_OPTIONS)
    for name in ("reports", "system", "loadtests", "contract_tests"):
        (project / name).mkdir()
        (project / name / "__init__.py").write_text(f"WHOSE = 'theirs, {name}'\n")
    (project / "test_theirs.py").write_text(
        "import contract_tests, loadtests, reports, system\n"
        "def test_theirs():\n"
        "    for one in (contract_tests, loadtests, reports, system):\n"
        "        assert one.WHOSE == f'theirs, {one.__name__}'\n"
    )
    done = session(project, "--engine=of-theirs")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "gatewaybench" in done.stdout.splitlines()[3] + done.stdout


def test_a_session_that_asks_for_no_stack_imports_nothing_for_one(project: Path) -> None:
    (project / "test_theirs.py").write_text(
        "import sys\n"
        "def test_light():\n"
        f"    assert [one for one in {LATE!r} if one in sys.modules] == []\n"
    )
    # What else is installed here loads such packages itself.
    done = session(project, "--disable-plugin-autoload", "-p", "gatewaybench")

    assert done.returncode == 0, done.stdout


def test_the_fixtures_and_the_prefixed_options_are_there(project: Path) -> None:
    fixtures = session(project, "--fixtures").stdout
    options = session(project, "--help").stdout

    assert "stack [session scope]" in fixtures
    assert "gateway_url [session scope]" in fixtures
    assert "--gatewaybench-engine" in options
    assert "\n  --engine" not in options


@pytest.mark.parametrize(
    "words",
    [("-p", "testcontainers_fixtures.plugin"), ()],
    ids=["named on the line", "named by its conftest"],
)
def test_a_suite_that_names_the_plugin_itself_has_short_options_and_has_it_once(
    project: Path, words: tuple[str, ...]
) -> None:
    if not words:
        text = 'pytest_plugins = ["testcontainers_fixtures.plugin"]\n'
        (project / "conftest.py").write_text(text)
    done = session(project, *words, "--engine", "processes")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "system/stack.toml on processes" in done.stdout


def test_it_can_be_left_out(project: Path) -> None:
    done = session(project, "-p", "no:gatewaybench", "--gatewaybench-engine=processes")

    assert done.returncode == 4
    assert "unrecognized arguments: --gatewaybench-engine" in done.stderr


def test_a_stack_file_is_looked_for_where_it_was_typed(project: Path) -> None:
    (project / "deep").mkdir()
    (project / "deep" / "mine.toml").write_text(NO_STACK)
    (project / "deep" / "test_deep.py").write_text("def test_one(stack):\n    pass\n")
    found = session(project / "deep", "--gatewaybench-stack=mine.toml")
    elsewhere = session(project, "--gatewaybench-stack=mine.toml", "deep")

    assert found.returncode == 2, found.stdout
    assert "no-such-program-of-mine" in found.stdout + found.stderr
    assert f"Expected a stack file at {project / 'mine.toml'}" in (
        elsewhere.stdout + elsewhere.stderr
    )


def test_an_option_that_cannot_be_ends_the_session_before_it_collects(project: Path) -> None:
    done = session(project, "--gatewaybench-engine=horses")

    assert done.returncode == 2
    assert "Expected an engine out of containers, processes; seen: 'horses'." in (
        done.stdout + done.stderr
    )


def test_the_settings_of_a_project_are_those_of_its_sessions(project: Path) -> None:
    (project / "mine.toml").write_text(NO_STACK)
    (project / "gatewaybench.toml").write_text('stack = "mine.toml"\nengine = "processes"\n')
    (project / "test_theirs.py").write_text(
        "def test_one(stack_spec):\n    assert stack_spec.name == 'x'\n"
    )
    done = session(project)

    assert done.returncode == 0, done.stdout
