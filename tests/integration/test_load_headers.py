"""Load is let in where a gateway asks for a key, sends what it is told to, and keeps no secret."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.record.record import LoadRun, read_record
from testcontainers_fixtures.http_client.http_exchange import exchange
from tests.integration.server_scripts import serving
from tests.integration.test_load_run import ROOT

GATEWAY = Path(__file__).with_name("keyed_gateway.py")
SECRET = "k3y-of-the-gate"
CALLS = """
[[{table}]]
name = "letters"
request = "POST /letters"
body = {{ text = "Dear {{{{name}}}}" }}
keeps = {{ letter = "/id" }}
status = [201]

[[{table}]]
name = "letters"
request = "GET /headers"
headers = {{ X-Trail = "letter {{letter}}", Accept = "text/plain" }}
takes = "letter"
"""
STACK = """
format_version = 1
name = "keyed"
contract = {{ credentials = {{ X-Key = "KEY_OF_GATE" }} }}

[parts.gate]
role = "gateway"
port = 9000
ready = "GET /ready"
command = ["python", "{gateway}", "{{port}}"]
settings = {{ KEY = "{{credentials.x-key}}" }}

[scenarios.letters]
description = "Letters are written and read"
"""

pytestmark = pytest.mark.timeout(120)


def run(site: Path, *options: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "loadtests", "--site", str(site), *options]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def holding(folder: Path, secret: str) -> list[Path]:
    return [
        file
        for file in folder.rglob("*")
        if file.is_file() and secret.encode() in file.read_bytes()
    ]


@pytest.fixture
def gate() -> Iterator[str]:
    """Run the keyed gateway and give its URL."""
    with serving(GATEWAY, KEY=SECRET) as url:
        yield url


def seen(gate: str) -> dict[str, int]:
    return dict(json.loads(exchange(gate, "GET", "/ready", within_s=5.0).text))


def test_a_target_gets_each_calls_headers_and_the_key_is_kept_nowhere(
    gate: str, tmp_path: Path
) -> None:
    file = tmp_path / "calls.toml"
    file.write_text(CALLS.format(table="calls"))
    options = ("--target", gate, "--requests", str(file), "--rate=60", "--duration=2")

    done = run(
        tmp_path / "site", *options, "--header", "X-Key: {secrets.GATE_KEY}", GATE_KEY=SECRET
    )
    [folder] = (tmp_path / "site").glob("*-load")
    record = read_record(folder)
    assert isinstance(record, LoadRun)
    phase = record.configurations[0].repetitions[0].open

    assert done.returncode in {0, 3}, done.stdout + done.stderr
    assert phase
    assert phase.failed == 0
    assert [one.name for one in phase.endpoints] == ["letters"]
    assert phase.endpoints[0].samples == phase.samples
    assert seen(gate) == {"refused": 0, "unlike": 0}
    assert not holding(tmp_path, SECRET)
    assert SECRET not in done.stdout + done.stderr


@pytest.mark.long
def test_a_stack_that_asks_for_a_key_is_loaded_with_the_one_that_was_made_up(
    tmp_path: Path,
) -> None:
    file = tmp_path / "stack.toml"
    file.write_text(STACK.format(gateway=GATEWAY) + CALLS.format(table="scenarios.letters.calls"))

    options = ("--engine=processes", "--quick", "--duration=1", "--resolvers=1")
    done = run(tmp_path / "site", "--stack", str(file), *options, "--workers=1")
    [folder] = (tmp_path / "site").glob("*-load")
    record = read_record(folder)
    assert isinstance(record, LoadRun)
    closed = record.configurations[0].repetitions[0].closed

    assert done.returncode in {0, 3}, done.stdout + done.stderr
    assert closed
    assert closed.failed == 0


def test_a_secret_that_is_not_set_is_said_before_anything_is_started(tmp_path: Path) -> None:
    options = ("--target", "http://127.0.0.1:9", "--request", "GET /x")

    done = run(tmp_path / "site", *options, "--header", "X-Key: {secrets.NO_SUCH_KEY}")

    assert done.returncode == 2
    assert "environment variable NO_SUCH_KEY, which is not set" in done.stderr
    assert not (tmp_path / "site").exists()
