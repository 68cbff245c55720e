"""What a start lacks is said before anything is started, made or pulled."""

from pathlib import Path
from unittest.mock import Mock

import docker
import pytest

from testcontainers_fixtures import stack
from testcontainers_fixtures.copy_counts import AS_STATED
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.images import part_images
from testcontainers_fixtures.stack import start_stack
from testcontainers_fixtures.stack_spec import read_stack_file

STACK = """
format_version = 2
name = "alone"
[parts.gateway]
role = "gateway"
port = 8000
command = ["{program}"]
[[seed]]
part = "gateway"
request = "POST /things"
headers = {{ X-Key = "{{secrets.SEED_KEY}}", X-Other = "{{secrets.OTHER_KEY}}" }}
"""


def started(folder: Path, program: str) -> None:
    (folder / "stack.toml").write_text(STACK.format(program=program))
    spec = read_stack_file(folder / "stack.toml")
    with start_stack(spec, run_folder=folder / "run", engine="processes"):
        pass


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "choose_engine", Mock(side_effect=AssertionError("it began")))
    for name in ("SEED_KEY", "OTHER_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_a_command_that_was_not_filled_in_ends_the_start(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"fill in `command` under \[parts.gateway\]"):
        started(tmp_path, "fill-in-how-it-is-started")


def test_all_variables_that_are_not_set_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"SEED_KEY, OTHER_KEY .* for seed of gateway"):
        started(tmp_path, "sh")


def test_a_start_without_a_configuration_is_of_what_the_stack_file_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = Mock()
    monkeypatch.setattr(stack, "choose_engine", Mock())
    monkeypatch.setattr(stack.Stack, "start", begun)
    monkeypatch.setattr(stack.Stack, "close", Mock())
    for name in ("SEED_KEY", "OTHER_KEY"):
        monkeypatch.setenv(name, "x")
    started(tmp_path, "sh")

    begun.assert_called_once_with(AS_STATED, seeded=True)


def test_no_base_is_looked_for_where_there_is_no_dockerfile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part_images, "find_bases", Mock(side_effect=AssertionError("it began")))
    (tmp_path / "stack.toml").write_text(STACK.format(program="sh"))
    spec = read_stack_file(tmp_path / "stack.toml")

    with pytest.raises(SpecError, match="Expected a Dockerfile"):
        part_images.find_images(Mock(spec=docker.DockerClient), spec)
