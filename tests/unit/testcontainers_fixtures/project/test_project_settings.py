"""A project's settings are found from where a command is typed, and what is typed comes first."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from testcontainers_fixtures.command_options import application, taking
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.project.configured_command import ConfiguredCommand
from testcontainers_fixtures.project.project_settings import found_settings

SHARED = """
[project]
name = "shop"

[tool.gatewaybench]
stack = "deploy/stack.toml"
site = "build/site"
engine = "processes"

[tool.gatewaybench.load]
slo = ["p99<50ms", "failed<0.1%"]
baseline = "main-run"
"""


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str, str], Path]:
    (tmp_path / ".git").mkdir()
    (tmp_path / "src" / "deep").mkdir(parents=True)

    def made(name: str, text: str) -> Path:
        (tmp_path / name).write_text(text)
        return tmp_path

    return made


Project = Callable[[str, str], Path]


def test_paths_are_relative_to_the_file_that_has_them(project: Project) -> None:
    root = project("pyproject.toml", SHARED)
    found = found_settings(root / "src" / "deep")

    assert found.file == root / "pyproject.toml"
    assert found.of_command("load") == {
        "stack": str(root / "deploy/stack.toml"),
        "site": str(root / "build/site"),
        "engine": "processes",
        "slo": ("p99<50ms", "failed<0.1%"),
        "baseline": "main-run",
    }
    assert "baseline" not in found.of_command("e2e")


def test_a_baseline_that_is_a_file_is_one_wherever_a_command_is_typed(project: Project) -> None:
    root = project("gatewaybench.toml", '[load]\nbaseline = "run.json"\n')
    (root / "run.json").write_text("{}")

    assert found_settings(root / "src").settings.load.baseline == str(root / "run.json")


def test_a_stack_file_by_itself_is_the_projects(project: Project) -> None:
    root = project("stack.toml", "format_version = 2\n")

    assert found_settings(root / "src").of_command("stack") == {"stack": str(root / "stack.toml")}


def test_a_file_of_its_own_comes_before_what_stands_in_the_shared_one(project: Project) -> None:
    root = project("pyproject.toml", SHARED)
    project("gatewaybench.toml", 'engine = "containers"\n')

    assert found_settings(root).of_command("stack") == {"engine": "containers"}


def test_nothing_is_looked_for_above_the_repository(project: Project) -> None:
    root = project("pyproject.toml", SHARED)
    (root / "src" / ".git").mkdir()

    assert found_settings(root / "src" / "deep").file is None


@pytest.mark.parametrize("text", ["not toml at all [", "[project]\nname = 1\n"])
def test_a_shared_file_that_says_nothing_of_us_is_not_ours_to_judge(
    project: Project, text: str
) -> None:
    assert found_settings(project("pyproject.toml", text)).file is None


def test_a_key_that_is_unknown_is_told_with_its_line_and_the_nearest(project: Project) -> None:
    root = project("pyproject.toml", SHARED.replace("engine =", "engin ="))

    with pytest.raises(SpecError) as told:
        found_settings(root)

    assert "line 8, tool.gatewaybench.engin: unknown field" in str(told.value)
    assert "did you mean `engine`?" in str(told.value)


@dataclass(frozen=True, kw_only=True)
class Given:
    """Some of the options that settings know."""

    stack: Annotated[Path, typer.Option()] = Path("own.toml")
    engine: Annotated[str | None, typer.Option()] = None
    slo: Annotated[list[str], typer.Option()] = field(default_factory=list)


SEEN: list[Given] = []
app = application()


@app.command("load", cls=ConfiguredCommand)
@taking(Given)
def load(given: Given) -> None:
    """Note what was given."""
    SEEN.append(given)


def ran(*words: str) -> tuple[int, str]:
    SEEN.clear()
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.output


def test_what_is_typed_comes_before_what_is_set(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project("pyproject.toml", SHARED)
    monkeypatch.chdir(root / "src")

    assert ran("--engine", "containers") == (0, "")
    assert SEEN[0].engine == "containers"
    assert list(SEEN[0].slo) == ["p99<50ms", "failed<0.1%"]
    assert SEEN[0].stack == root / "deploy" / "stack.toml"
    assert ran() == (0, "")
    assert SEEN[0].engine == "processes"


def test_settings_that_cannot_be_used_end_a_command_with_one_sentence(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project("gatewaybench.toml", "engine = 3\n"))
    code, said = ran()

    assert code == 2
    assert "line 1, engine: Expected `str | null`, got `int`" in said
    assert len(said.splitlines()) == 1
