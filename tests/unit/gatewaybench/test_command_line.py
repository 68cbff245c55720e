"""The installed command knows its subcommands by name, and imports the one that was typed."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from gatewaybench import late_commands
from gatewaybench.command_line import app
from gatewaybench.late_commands import COMMANDS, LateCommand

# What a help must not pay for.
HEAVY = ("docker", "httpx", "jinja2", "msgspec", "numpy", "pytest", "requests", "testcontainers")
# Of those that measure: what asks an engine, and what fits a curve to five levels.
RARE = ("docker", "scipy.optimize")


def said(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words), env={"COLUMNS": "200", "NO_COLOR": "1"})
    return done.exit_code, done.output


def test_the_help_has_every_command_with_its_summary() -> None:
    code, text = said("--help")

    assert code == 0
    assert [one.name for one in COMMANDS if f"{one.name} " not in text] == []
    assert [one.name for one in COMMANDS if one.summary not in text] == []


def test_the_version_is_the_distributions() -> None:
    assert said("--version") == (0, "gatewaybench 0.1.0\n")


@pytest.mark.parametrize("one", COMMANDS, ids=lambda one: one.name)
def test_each_command_is_the_application_that_its_module_has(one: LateCommand) -> None:
    own = typer.main.get_command(import_module(one.module).app)
    known = own.commands[one.within] if one.within else own  # type: ignore[attr-defined] # a group's

    assert one.imported().help == known.help
    assert one.imported().help


@pytest.mark.parametrize("one", COMMANDS, ids=lambda one: one.name)
def test_each_command_shows_its_own_help_under_its_name(one: LateCommand) -> None:
    code, text = said(one.name, "--help")

    assert code == 0
    assert f"gatewaybench {one.name}" in text


def test_a_help_imports_nothing_that_takes_long() -> None:
    script = (
        "import sys\nfrom gatewaybench.command_line import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n"
        f"    print([one for one in {HEAVY!r} if one in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True
    )

    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("module", ["loadtests", "testcontainers_fixtures"])
def test_what_takes_long_and_few_runs_need_is_imported_where_it_is_used(module: str) -> None:
    script = (
        f"import sys\nimport {module}.__main__\n"
        f"print([one for one in {RARE!r} if one in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True
    )

    assert done.stdout.splitlines()[-1] == "[]"


def test_a_word_that_is_no_command_is_told_with_the_nearest() -> None:
    code, text = said("lod")

    assert code == 2
    assert "Did you mean 'load'?" in text


def test_a_package_that_is_missing_is_told_with_the_extra_that_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lacking(name: str) -> None:
        _ = name
        raise ModuleNotFoundError("No module named 'locust'", name="locust")

    monkeypatch.setattr(late_commands, "import_module", lacking)
    code, text = said("load")

    assert code == 2
    assert text == (
        "gatewaybench load needs the package 'locust', which is not installed: "
        "pip install 'gatewaybench[load]'.\n"
    )


def test_a_shell_is_told_of_commands_and_of_their_options() -> None:
    def completed(line: str) -> list[str]:
        asked = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
        done = subprocess.run(
            [sys.executable, "-m", "gatewaybench"],
            env=os.environ | asked | {"_GATEWAYBENCH_COMPLETE": "complete_bash"},
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        return done.stdout.split()

    assert completed("gatewaybench compa") == ["compare"]
    assert "--engine" in completed("gatewaybench stack --en")


def test_every_package_of_ours_is_found_first_where_others_have_their_names(
    tmp_path: Path,
) -> None:
    for name in ("reports", "loadtests", "system"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('not ours')\n")
    done = subprocess.run(
        [sys.executable, "-m", "gatewaybench", "report", "schema"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("{")


@pytest.mark.parametrize("name", ["doctor", "faults", "load", "stack"])
def test_a_stack_file_that_is_not_there_is_one_sentence(name: str) -> None:
    code, text = said(name, "--stack", "nowhere.toml")

    assert code == 2, text
    assert "nowhere.toml; there is none" in text


@pytest.mark.parametrize("name", ["doctor", "faults", "load", "stack"])
def test_settings_that_cannot_be_read_are_one_sentence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gatewaybench.toml").write_text("engine = [")
    code, text = said(name)

    assert code == 2, text
    assert "gatewaybench.toml" in text


def test_a_fault_that_nobody_knows_is_one_sentence() -> None:
    code, text = said("faults", "--fault", "none-of-them")

    assert code == 2, text
    assert text.startswith("Expected a fault out of ")
