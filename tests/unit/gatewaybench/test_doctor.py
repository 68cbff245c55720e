"""The doctor says what would be used, what is missing, and what mends it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gatewaybench import examinations
from gatewaybench.doctor import app
from gatewaybench.extras import missing_of

GATEWAY = """
format_version = 2
name = "alone"
[parts.gateway]
role = "gateway"
port = 8000
command = ["{program}"]
settings = {{ KEY = "{{secrets.SHOP_KEY}}" }}
"""

ELSEWHERE = """
[broker]
vhost = "/"
user = "shop"
password = "{secrets.BROKER_KEY}"
work_queue = "things"
[parts.things]
role = "resolver"
command = ["sh"]
ready = "queue things"
[[seed]]
part = "gateway"
request = "POST /things"
headers = { X-Key = "{secrets.SEED_KEY}" }
[login]
request = "POST /login"
form = { password = "{secrets.LOGIN_KEY}" }
token = "/token"
header = { Authorization = "Bearer {token}" }
[scenarios.reads]
description = "Reads"
headers = { X-Key = "{secrets.READS_KEY}" }
[[scenarios.reads.calls]]
name = "read"
request = "GET /things"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHOP_KEY", raising=False)
    monkeypatch.setenv("STACK_ENGINE", "processes")
    return tmp_path


def told(*words: str) -> tuple[int, dict[str, dict[str, Any]]]:
    done = CliRunner().invoke(app, ["--json", *words])
    return done.exit_code, {one["what"]: one for one in json.loads(done.stdout)}


def written(folder: Path, program: str) -> None:
    (folder / "stack.toml").write_text(GATEWAY.format(program=program))


def test_without_settings_it_is_the_reference_system(folder: Path) -> None:
    code, found = told()

    assert code == 0
    assert found["settings"]["found"].startswith("none:")
    assert "(the reference system)" in found["stack file"]["found"]
    assert found["engine"]["found"] == "processes, as asked for"
    assert found["pages and records"]["found"] == str(folder / "reports" / "site")


def test_a_variable_that_is_not_set_is_missing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(folder, "sh")
    without = told()
    monkeypatch.setenv("SHOP_KEY", "opens nothing")

    assert without[0] == 2
    assert without[1]["part gateway"]["mend"] == "export SHOP_KEY=..."
    assert told()[0] == 0


def test_a_program_that_is_nowhere_is_missing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_KEY", "opens nothing")
    written(folder, "no-such-program")
    code, found = told()

    assert code == 2
    assert "Expected the program 'no-such-program' of gateway" in found["part gateway"]["found"]


def test_a_stack_file_that_cannot_be_used_is_told_with_its_key(folder: Path) -> None:
    (folder / "stack.toml").write_text('format_version = 2\nname = "x"\nparts = {}\n')
    code, found = told()

    assert code == 2
    assert "line 3, parts" in found["stack file"]["found"]
    assert "gatewaybench init" in found["stack file"]["mend"]


def test_settings_that_cannot_be_used_are_told(folder: Path) -> None:
    (folder / "gatewaybench.toml").write_text("enginee = 'processes'\n")
    code, found = told()

    assert code == 2
    assert "did you mean `engine`?" in found["settings"]["found"]


def test_containers_without_an_engine_are_told_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ = folder
    monkeypatch.setattr(examinations, "docker_engine_answers", lambda: False)
    code, found = told("--engine", "containers")

    assert code == 2
    assert found["engine"]["mend"].startswith("start one")


def test_a_broker_that_can_neither_be_found_nor_unpacked_is_missing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examinations, "cache_folder", lambda: folder / "cache")
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    code, found = told()

    assert code == 2
    assert "without apt-get" in found["broker"]["found"]


def test_an_extra_lacks_what_is_not_installed_in_itself_and_in_those_within_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = (
        "msgspec>=0.2",
        "gatewaybench[report]; extra == 'load'",
        "no-such-locust>=2; extra == 'load'",
        "no-such-jinja; extra == 'report'",
        "msgspec; extra == 'report'",
    )
    monkeypatch.setattr("gatewaybench.extras.requires", lambda _: said)

    assert missing_of("load") == ["no-such-jinja", "no-such-locust"]
    assert missing_of("report") == ["no-such-jinja"]


def test_a_command_that_nobody_filled_in_is_missing_whatever_the_engine(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examinations, "docker_engine_answers", lambda: True)
    written(folder, "fill-in-how-it-is-started")
    (folder / "Dockerfile").write_text("FROM scratch\n")

    for engine in ("processes", "containers"):
        code, found = told("--engine", engine)

        assert (code, found["part gateway"]["state"]) == (2, "missing")


def test_containers_without_what_their_image_is_built_from_are_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examinations, "docker_engine_answers", lambda: True)
    monkeypatch.setenv("SHOP_KEY", "opens nothing")
    written(folder, "sh")

    code, found = told("--engine", "containers")

    assert code == 2
    assert "Expected a Dockerfile at" in found["image"]["found"]


def test_variables_are_missing_wherever_they_are_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_KEY", "")
    written(folder, "sh")
    with (folder / "stack.toml").open("a") as file:
        file.write(ELSEWHERE)

    code, found = told()

    assert code == 2
    assert {who: one["state"] for who, one in found.items() if "its variable" in one["found"]} == {
        "part gateway": "missing",
        "[broker]": "missing",
        "seed of gateway": "missing",
        "[login]": "optional",
        "scenario reads": "optional",
    }
