"""Faults on somebody else's system apply where account can be kept of its rows, or say why not.

By both ways in which they are tried: the command, and the tests of the contract suite.
"""

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from reports.judgement.verdicts import verdict
from reports.record.record import E2eRun, FaultsRun, read_record

ROOT = Path(__file__).parents[2]
ITEMS = Path(__file__).with_name("items.py")
NOTEBOOK = Path(__file__).parents[1] / "foreign" / "stack.toml"
STACK = """
format_version = 1
name = "warehouse"
broker = { vhost = "v", user = "me", work_queue = "q" }

[parts.items]
role = "service"
port = 8001
command = ["python", "PROGRAM", "service", "{port}", "SHAPE"]
openapi = "/openapi.json"

[parts.worker]
role = "resolver"
port = 8002
command = ["python", "PROGRAM", "resolver", "{port}"]

[parts.front]
role = "gateway"
port = 8000
command = ["python", "PROGRAM", "gateway", "{port}", "{items.url}"]

[[seed]]
service = "items"
request = "POST /items"
body = { text = "seed {n}" }
repeat = 3
"""
SEEN = "Seen: GET /items of items answers no such array."
pytestmark = pytest.mark.timeout(240)


def stack_file(folder: Path, shape: str) -> Path:
    file = folder / "stack.toml"
    file.write_text(STACK.replace("PROGRAM", str(ITEMS)).replace("SHAPE", shape), encoding="utf-8")
    return file


def ran(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def faults(stack: Path, site: Path, *names: str) -> tuple[FaultsRun, str, int, str]:
    """Return the command's record of these faults, its page, its exit code, what it printed."""
    options = ["--engine=processes", "--cold-starts=0", f"--stack={stack}", f"--site={site}"]
    options += [f"--fault={name}" for name in names]
    done = ran("contract_tests.faults", *options, "--rate=20")
    [run] = site.glob("*-faults")
    record = read_record(run)
    assert isinstance(record, FaultsRun)
    page = (run / "index.html").read_text(encoding="utf-8")
    return record, page, done.returncode, done.stdout + done.stderr


def test_where_no_account_can_be_kept_of_rows_no_fault_applies_and_the_run_is_no_success(
    tmp_path: Path,
) -> None:
    record, page, code, told = faults(
        stack_file(tmp_path, "text"), tmp_path, "service-paused", "broker-restarted"
    )
    [why] = {one.not_applicable for one in record.trials}

    assert why.startswith("No account can be kept of the rows of warehouse. It takes a service in")
    assert SEEN in why
    assert ".py" not in why
    assert verdict(record) == "not applicable"
    assert code == 3
    assert "Not applicable: none of 2 faults applies." in told
    assert told.count(why) == 1
    assert f"Not applicable (2): {why}" in told
    assert page.count('<td class="cell not-applicable"') == 20
    assert SEEN in page


def test_the_tests_of_faults_are_skipped_for_the_same_reason_and_are_no_success_alone(
    tmp_path: Path,
) -> None:
    stack = stack_file(tmp_path, "text")
    words = ["-q", "-p", "no:cacheprovider", "--record", f"--site={tmp_path}", "--engine=processes"]
    done = ran("pytest", *words, f"--stack={stack}", "contract_tests/test_faults.py")
    [run] = tmp_path.glob("*-e2e")
    record = read_record(run)
    assert isinstance(record, E2eRun)
    cases = ET.parse(run / "junit.xml").getroot().findall(".//testcase")  # noqa: S314 -- our own
    skips = [case.findall("skipped") for case in cases]

    assert done.returncode == 3, done.stdout[-4000:]
    assert {one.verdict for one in record.checks} == {"not applicable"}
    assert [len(skip) for skip in skips] == [1] * len(record.checks)
    assert sum(SEEN in (skip[0].get("message") or "") for skip in skips) == 8
    assert "Not applicable (8): No account can be kept of the rows of warehouse." in done.stdout


HAS_NOT = ("database-locked", "gateway-worker-sigkill", "link-gateway-broker-cut")


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> tuple[FaultsRun, str, int, str]:
    """Strike once what a system has and what it has not, for the tests of what came."""
    folder = tmp_path_factory.mktemp("tried")
    return faults(stack_file(folder, "envelope"), folder, "service-paused", *HAS_NOT)


def test_rows_in_an_envelope_are_kept_account_of_and_faults_apply(
    tried: tuple[FaultsRun, str, int, str],
) -> None:
    record, _, code, told = tried
    [trial] = [one for one in record.trials if one.fault == "service-paused"]

    assert trial.tried, told
    assert trial.acknowledged > 100
    assert trial.breaches["lost"].count == 0
    assert trial.breaches["misdelivered"].count == 0
    assert code in {0, 1, 3}


def test_a_fault_of_what_a_system_has_not_is_not_applicable_beside_others_that_are(
    tried: tuple[FaultsRun, str, int, str],
) -> None:
    record, _, _, told = tried
    whys = {one.fault: one.not_applicable for one in record.trials}

    assert not whys["service-paused"]
    assert "items has no SQLite database" in whys["database-locked"], told
    assert "front has no worker processes to lose" in whys["gateway-worker-sigkill"]
    assert "There is no link from a part" in whys["link-gateway-broker-cut"]


def test_a_system_without_a_broker_is_not_started_for_faults_of_calls_over_one(
    tmp_path: Path,
) -> None:
    record, page, code, _ = faults(NOTEBOOK, tmp_path, "service-paused")
    [trial] = record.trials

    assert "they take a [broker] and a part with role" in trial.not_applicable
    assert "Nothing was started there." in page
    assert code == 3
