"""No secret that a run was given, or made, is in what it leaves, prints or shows to `ps`."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

import pytest

from testcontainers_fixtures.engines.process_table import living
from tests.integration.indiscreet import DOCUMENT, indiscreet

ROOT = Path(__file__).parents[2]
GATEWAY = Path(__file__).with_name("telling_gateway.py")
# As they come: one with what a URL has no place for.
AMQP, MANAGEMENT, TOKEN, KEY = (
    "amqp-pass/w0rd",
    "management-passw0rd",
    "Bearer t0ken-of-gate",
    "k3y-f0r",
)

ATTACHED = """
format_version = 1
name = "indiscreet"
contract = { credentials = { Authorization = "GATE_TOKEN" } }
broker = { vhost = "v", user = "me", work_queue = "q" }

[parts.gateway]
role = "gateway"
port = 8000
command = ["python"]
openapi = "/openapi.json"

[parts.echo]
role = "service"
port = 8001
command = ["python"]
openapi = "/openapi.json"
"""
# The gateway tells elsewhere what it was started with: the test must know what to look for.
STARTED = """
format_version = 1
name = "rows"
broker = { vhost = "v", user = "me", work_queue = "q" }

[parts.gateway]
role = "gateway"
port = 8000
command = ["python", "GATEWAY", "TOLD", "{port}"]
ready = "GET /count"

[parts.gateway.settings]
AMQP = "amqp://{broker.user}:{broker.password}@{broker.host}:{broker.port}/v"
DB_PASSWORD = "database-passw0rd"

[scenarios.reads]
description = "Rows are read"

[[scenarios.reads.calls]]
name = "read"
request = "GET /rows"
"""
FAILING = """
import json, logging, os, pathlib, sys
import aio_pika, pytest
from testcontainers_fixtures.broker.queue_depth import DepthGauge

def test_it_tells(stack):
    told = [stack.broker.password, stack.management.partition("harness:")[2].partition("@")[0]]
    pathlib.Path(os.environ["TOLD"]).write_text(json.dumps(told))

def test_an_argument_of_a_call_that_fails(stack):
    def ask(url, *, management):
        raise RuntimeError(f"not connected to {url}")
    ask(stack.amqp, management=stack.management)

async def test_a_connection_that_is_refused(stack):
    await aio_pika.connect(stack.amqp.replace("/gateway", "/nowhere"), timeout=5)

def test_an_assertion_about_it(stack):
    assert {"amqp": stack.amqp, "broker": vars(stack)} == {}

def test_what_is_printed_and_logged(stack):
    print(stack.amqp)
    sys.stderr.write(stack.management)
    logging.getLogger("x").warning("at %s", stack.broker.password)
    pytest.fail("now")

@pytest.fixture
def unset(stack):
    raise ValueError(stack.management)

def test_a_fixture_that_fails(unset): ...

@pytest.mark.xfail(reason="known", strict=True)
def test_known(stack):
    raise AssertionError(stack.amqp)

def test_skipped(stack):
    pytest.skip(stack.amqp)
"""

pytestmark = pytest.mark.timeout(300)


SUMMARY = "summary.md"


def read_by_ci(folder: Path) -> dict[str, str]:
    """Return the settings under which a CI service shows what a command tells it."""
    return {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(folder / SUMMARY)}


def kept(folder: Path, secrets: Iterable[str]) -> list[str]:
    """Return which of the files below a folder hold a secret, however it is spelt."""
    spelt = {one for secret in secrets for one in (secret, quote(secret, safe=""), quote(secret))}
    return [
        f"{path.relative_to(folder)}: {one}"
        for path in folder.rglob("*")
        if path.is_file()
        for one in spelt
        if one.encode() in path.read_bytes()
    ]


def ran(
    *words: str, secrets: Iterable[str], unseen: bool = False, **settings: str
) -> tuple[int, str]:
    """Return a command's code and all that it printed; no process may show a secret if `unseen`."""
    shown: set[str] = set()
    with subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "400", "NO_COLOR": "1"} | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        while unseen and process.poll() is None:
            shown |= {said for one in living() if (said := _words(one.pid, secrets))}
            if _closed(process, within_s=0.1):
                break
        said = process.communicate(timeout=200)[0]
    assert shown == set()
    return process.returncode, said


def _closed(process: "subprocess.Popen[str]", *, within_s: float) -> bool:
    try:
        process.wait(timeout=within_s)
    except subprocess.TimeoutExpired:
        return False
    return True


def _words(pid: int, secrets: Iterable[str]) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
    except OSError:
        return ""
    return words if any(secret in words for secret in secrets) else ""


def written(file: Path, text: str) -> str:
    file.write_text(text, encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("by_name", [True, False], ids=["by variables", "on the command line"])
def test_a_contract_run_on_an_attached_system_keeps_none(tmp_path: Path, *, by_name: bool) -> None:
    secrets = (AMQP, MANAGEMENT, TOKEN)
    (tmp_path / "site").mkdir()
    with indiscreet() as port:
        amqp = f"amqp://me:{quote(AMQP, safe='')}@127.0.0.1:5/v"
        management = f"http://me:{MANAGEMENT}@127.0.0.1:{port}"
        known = {"A": amqp, "M": management, "GATE_TOKEN": TOKEN}
        code, said = ran(
            "contract_tests",
            f"--stack={written(tmp_path / 'stack.toml', ATTACHED)}",
            f"--schema=echo={written(tmp_path / 'echo.json', json.dumps(DOCUMENT))}",
            f"--gateway=http://127.0.0.1:{port}",
            *("--amqp", "$A" if by_name else amqp),
            *("--management", "$M" if by_name else management),
            f"--site={tmp_path / 'site'}",
            secrets=secrets,
            unseen=by_name,
            **known,
            **read_by_ci(tmp_path / "site"),
        )
    [run] = (tmp_path / "site").glob("*-e2e")
    record = (run / "run.json").read_text()

    assert code == 1, said[-3000:]
    assert (run / "requests.har").exists()
    assert list((run / "failures").iterdir())
    assert "::error title=" in said
    assert (tmp_path / "site" / SUMMARY).exists()
    assert kept(tmp_path / "site", secrets) == []
    assert not [one for one in (*secrets, quote(AMQP, safe="")) if one in said]
    # The option is there still, with the secret's place.
    assert ("--amqp '$A'" if by_name else "--amqp 'amqp://me:***@127.0.0.1:5/v'") in record
    assert '"rabbitmq": "4.0.5"' in record


def test_a_target_is_loaded_without_a_key_in_what_stays(tmp_path: Path) -> None:
    with indiscreet() as port:
        request = f"GET /echo?limit=1&api_key={KEY}"
        code, said = ran(
            *("loadtests", "--target", f"http://127.0.0.1:{port}", "--request", request),
            *("--rate", "20", "--duration", "1", "--site", str(tmp_path)),
            secrets=[],
            unseen=False,
            **read_by_ci(tmp_path),
        )
        refused, why = ran(
            *(
                "loadtests",
                "--target",
                f"http://me:{KEY}@127.0.0.1:{port}",
                "--site",
                str(tmp_path),
            ),
            *("--request", "GET /"),
            secrets=[],
            unseen=False,
            **read_by_ci(tmp_path),
        )

    assert (code, refused) == (1, 2), said[-3000:]  # what it asks for is a 500
    assert "http://me:***@127.0.0.1" in why
    assert kept(tmp_path, [KEY]) == []
    assert KEY not in said + why
    [run] = tmp_path.glob("*-load")
    assert "api_key=***" in (run / "run.json").read_text()
    assert "api&#95;key=***".replace("*", "&#42;") in (tmp_path / SUMMARY).read_text()
    assert "::error title=target%2C open::" in said


@pytest.mark.long
def test_a_load_run_on_a_stack_of_its_own_keeps_none(tmp_path: Path) -> None:
    told = tmp_path / "told"
    stack = STARTED.replace("TOLD", str(told)).replace("GATEWAY", str(GATEWAY))
    code, said = ran(
        *("loadtests", "--stack", written(tmp_path / "stack.toml", stack)),
        *("--engine", "processes", "--quick", "--duration", "1", "--site", str(tmp_path / "site")),
        *("--resolvers", "1", "--workers", "1"),
        secrets=["database-passw0rd"],
        unseen=True,
    )
    password = told.read_text().partition("me:")[2].partition("@")[0]

    assert code in {0, 3}, said[-3000:]
    assert len(password) > 20
    assert kept(tmp_path / "site", [password, "database-passw0rd"]) == []
    assert not [one for one in (password, "database-passw0rd") if one in said]


def test_a_pytest_session_on_a_stack_of_its_own_keeps_none(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    written(folder / "test_failing.py", FAILING)
    stack = STARTED.replace("TOLD", str(tmp_path / "started")).replace("GATEWAY", str(GATEWAY))
    options = [
        "-p",
        "testcontainers_fixtures.plugin",
        "-p",
        "contract_tests.recording.session_record",
    ]
    options += ["-p", "no:cacheprovider", "--engine", "processes", "--showlocals", "-rA"]
    code, said = ran(
        *("pytest", *options, "--record", "--site", str(tmp_path / "site"), str(folder)),
        *("--stack", written(tmp_path / "stack.toml", stack.replace('"v"', '"gateway"'))),
        secrets=["database-passw0rd"],
        unseen=True,
        TOLD=str(tmp_path / "told"),
    )
    passwords = json.loads((tmp_path / "told").read_text())

    assert code == 1, said[-3000:]
    assert "4 failed, 1 passed, 1 skipped, 1 xfailed, 1 error" in said
    assert [len(one) > 20 for one in passwords] == [True, True]
    assert kept(tmp_path / "site", passwords) == []
    assert not [one for one in passwords if one in said]
    assert "not connected to amqp://me:***@127.0.0.1" in said
