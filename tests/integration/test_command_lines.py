"""Bad input ends with code 2 and one sentence, whichever command it is given to."""

import subprocess
import sys
from pathlib import Path

import pytest

SYSTEM = Path(__file__).parents[2] / "system"


def refused(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        env={"PATH": "/usr/bin:/bin", "NO_COLOR": "1", "COLUMNS": "400"},
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.strip()


@pytest.mark.parametrize("command", ["testcontainers_fixtures", "loadtests"])
def test_an_unknown_engine_is_refused(command: str) -> None:
    assert "containers, processes" in refused(command, "--engine", "magic")


@pytest.mark.parametrize("command", ["testcontainers_fixtures", "loadtests"])
def test_a_stack_file_that_is_not_there_is_refused(command: str) -> None:
    sentence = refused(command, "--stack", "gone.toml")

    assert "gone.toml" in sentence
    assert "\n" not in sentence


def test_a_count_below_one_is_refused() -> None:
    assert "resolvers" in refused("testcontainers_fixtures", "--resolvers", "0")


def test_an_unknown_part_in_a_placeholder_is_refused_before_anything_starts(tmp_path: Path) -> None:
    text = (SYSTEM / "stack.toml").read_text(encoding="utf-8")
    (tmp_path / "stack.toml").write_text(text.replace("{supplier.url}", "{nobody.url}"))
    options = ["--stack", str(tmp_path / "stack.toml"), "--engine", "processes"]

    assert "{nobody.url}, which is unknown here" in refused("testcontainers_fixtures", *options)


def test_a_resolver_without_its_password_says_which_variable_is_missing() -> None:
    sentence = refused("system.rpc")

    assert "RMQ_PASS" in sentence
    assert "local.yaml: key broker" in sentence
    assert "\n" not in sentence
