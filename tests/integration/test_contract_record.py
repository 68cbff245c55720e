"""What a contract run leaves, and what the next one makes of it: baseline, seed, kept tests."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reports.record.record import E2eRun, read_record
from tests.integration.flawed import Flawed, document, flawed

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def gateway() -> Iterator[Flawed]:
    with flawed() as server:
        yield server


def contract(gateway: Flawed, folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    folder.mkdir(exist_ok=True)
    words = [f"--gateway={gateway.url}", f"--schema=echo={document(folder)}", f"--site={folder}"]
    return subprocess.run(
        [sys.executable, "-m", "contract_tests", *words, *options],
        cwd=ROOT,
        env=os.environ
        | {"GITHUB_STEP_SUMMARY": str(folder / "summary.md"), "GITHUB_ACTIONS": "true"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def record_in(folder: Path) -> tuple[Path, E2eRun]:
    [run] = folder.glob("*-e2e")
    record = read_record(run)
    assert isinstance(record, E2eRun)
    return run, record


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A run that found /echo to fail: how it ended, what it left, and in which folder."""

    code: int
    output: str
    folder: Path
    run: Path
    record: E2eRun


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Failed:
    """Run the suite once, for the tests that look at what a failure leaves."""
    folder = tmp_path_factory.mktemp("failed")
    (folder / "summary.md").write_text("before\n", encoding="utf-8")
    with flawed() as gateway:
        gateway.flaws = {"/echo"}
        done = contract(gateway, folder)
    run, record = record_in(folder)
    return Failed(code=done.returncode, output=done.stdout, folder=folder, run=run, record=record)


@pytest.mark.long
def test_two_runs_with_one_seed_send_the_same_and_another_seed_sends_others(
    gateway: Flawed, tmp_path: Path
) -> None:
    sent, digests = [], []
    for number, seed in enumerate((1, 1, 2)):
        gateway.asked.clear()
        done = contract(gateway, tmp_path / str(number), f"--seed={seed}")
        assert done.returncode == 0, done.stdout[-4000:]
        sent.append(list(gateway.asked))
        digests.append(record_in(tmp_path / str(number))[1].requests)

    assert len(sent[0]) > 50
    assert sent[0] == sent[1] != sent[2]
    assert digests[0] == digests[1] != digests[2]


def test_what_a_baseline_knows_fails_nothing_under_any_seed_and_what_is_new_does(
    failed: Failed, gateway: Flawed, tmp_path: Path
) -> None:
    gateway.flaws = {"/echo"}
    known = {one.identity for one in failed.record.failures}

    again = contract(gateway, tmp_path / "again", f"--baseline={failed.run}", "--seed=7")
    gateway.flaws.add("/shout")
    worse = contract(gateway, tmp_path / "worse", f"--baseline={failed.run / 'run.json'}")
    _, later = record_in(tmp_path / "worse")

    assert (failed.code, again.returncode, worse.returncode) == (1, 0, 1), again.stdout[-4000:]
    assert ("GET /echo", "not_a_server_error", "Server error (500)") in known
    assert all(one.known for one in record_in(tmp_path / "again")[1].failures)
    assert {one.operation for one in later.failures if not one.known} == {"GET /shout"}
    assert "known failures were seen" in worse.stdout


@pytest.mark.parametrize("content", [None, "{}"], ids=["missing", "of another kind"])
def test_a_baseline_that_cannot_be_read_ends_with_2_and_one_sentence(
    gateway: Flawed, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "earlier.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")

    done = contract(gateway, tmp_path, f"--baseline={file}")
    said = [line for line in (done.stdout + done.stderr).splitlines() if "earlier.json" in line]

    assert done.returncode == 2, done.stdout
    assert len(said) == 1
    assert gateway.asked == []


def test_a_failure_leaves_a_test_that_fails_until_it_is_mended(
    failed: Failed, gateway: Flawed, tmp_path: Path
) -> None:
    [one] = [f for f in failed.record.failures if f.check == "not_a_server_error"]

    assert one.repeated == "reproducible"
    assert one.file is not None
    gateway.flaws = {"/echo"}
    broken = _kept(gateway, tmp_path, failed.run / one.file)
    gateway.flaws.clear()
    mended = _kept(gateway, tmp_path, failed.run / one.file)

    assert broken.returncode == 1, broken.stdout
    assert "answered 500" in broken.stdout
    assert mended.returncode == 0, mended.stdout


def test_a_failure_that_does_not_come_again_is_called_flaky(
    gateway: Flawed, tmp_path: Path
) -> None:
    gateway.flaws, gateway.left = {"/echo"}, 1

    done = contract(gateway, tmp_path)
    _, record = record_in(tmp_path)

    assert done.returncode == 1
    assert {one.repeated for one in record.failures} == {"flaky"}


def test_a_run_leaves_junit_har_and_a_summary_of_its_job(failed: Failed) -> None:
    run, record = failed.run, failed.record

    assert record.junit
    assert record.har
    har = json.loads((run / record.har).read_text(encoding="utf-8"))["log"]
    statuses = {one["response"]["status"] for one in har["entries"]}
    suites = ET.parse(run / record.junit).getroot()  # noqa: S314 -- pytest wrote it just now
    summary = (failed.folder / "summary.md").read_text(encoding="utf-8")

    assert har["version"] == "1.2"
    assert {200, 500} <= statuses
    assert suites.find(".//failure") is not None
    assert summary.startswith("before\n## Does not hold")
    assert "<script" not in summary


def test_a_failure_is_annotated_and_nothing_that_was_answered_is_a_command(failed: Failed) -> None:
    told = [line for line in failed.output.splitlines() if line.lstrip().startswith("::")]
    assert 1 <= len(told) <= 20
    assert all(line.startswith(("::error title=", "::warning title=")) for line in told)
    assert any(line.startswith("::error title=GET /echo::") for line in told)
    assert "owned" in failed.output
    assert "##[" not in failed.output


def _kept(gateway: Flawed, folder: Path, file: Path) -> "subprocess.CompletedProcess[str]":
    stack = folder / "stack.toml"
    stack.write_text(
        'format_version = 1\nname = "attached"\n'
        '[parts.gateway]\nrole = "gateway"\nport = 1\ncommand = ["attached"]\n'
        '[parts.echo]\nrole = "service"\nport = 1\ncommand = ["attached"]\n',
        encoding="utf-8",
    )
    options = ["-p", "testcontainers_fixtures.plugin", "-p", "no:cacheprovider"]
    options += [f"--rootdir={folder}", f"--stack-file={stack}", f"--gateway={gateway.url}"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
