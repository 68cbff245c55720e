"""The contract suite on a system whose [contract] says all that is not as it is in ours.

Started here, as processes: a service with a tap and a twin, then an owner that nobody can ask past
the gateway.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from reports.record.failures import MethodCoverage
from reports.record.record import E2eRun, FaultsRun, read_record
from tests.integration.tagger import document

ROOT = Path(__file__).parents[2]
TAGGER = Path(__file__).with_name("tagger.py")
pytestmark = pytest.mark.timeout(240)
GATEWAY = """format_version = 2
name = "tagger"

[parts.front]
role = "gateway"
port = 8000
command = ["python", "TAGGER", "gateway", "{port}", "OWNER"]
openapi = "/openapi.json"

[parts.front.settings]
KEY = "{credentials.x-key}"
ASKED = "FOLDER/asked.txt"
DRIFT = ""
SERVERS = ""
LOGIN = ""

"""
SERVICE = """[parts.tags]
role = "service"
port = 8001
command = ["python", "TAGGER", "owner", "{port}"]
openapi = "/openapi.json"
probe = "GET /api/v1/version"
twin = true
tap = true

[[seed]]
service = "tags"
request = "POST /tags"
headers = { X-User = "seed" }
body = { name = "seed {n}" }
status = 200
repeat = 5

"""
# It answers on a socket, where the harness asks nobody.
WORKER = """[parts.tags]
role = "resolver"
command = ["python", "TAGGER", "owner", "FOLDER/s"]
ready = { command = ["python", "TAGGER", "ask", "FOLDER/s"], within_s = 30 }
openapi = { file = "tags.json" }

"""
RPC = """[parts.worker]
role = "resolver"
command = ["sleep", "1000"]
ready = { command = ["true"] }

[broker]
vhost = "v"
user = "me"
work_queue = "q"

[[seed]]
part = "front"
request = "POST /api/v1/labels"
body = { name = "seed" }
status = 200

"""
CONTRACT = """[contract]
request_headers = ["X-User"]
credentials = { X-Key = "TAGGER_KEY" }
added_headers = ["X-User"]
open = ["GET /api/v1/version"]
leave_out = [
    { route = "POST /api/v1/files", because = "an upload is too large to be tried" },
    { route = "/api/v1/auth/*", because = "it hands out tokens" },
    { check = "unsupported_method", because = "a proxy before it answers" },
]

[contract.paths]
tags = { strip = "/api/v1", rename = { "/labels" = "/tags" } }

[contract.collections]
"/api/v1/labels" = { rows = "/tags", total = "/total", id = "/id", created = [200] }
"""

# Where the gateway renames nothing.
TAGS = """
[contract.collections]
"/api/v1/tags" = { rows = "/tags", id = "/id" }
"""
TOKEN = "tok-5f1e77a0b2"
LOGIN = """
[login]
request = "POST /api/v1/auth/login"
body = { name = "ann" }
token = "/token"
header = { Authorization = "Bearer {token}" }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended, what it said, what it asked, and what is on its page."""

    code: int
    said: str
    asked: list[str]
    record: E2eRun | None
    page: str


def stack_file(folder: Path, text: str) -> Path:
    (folder / "tags.json").write_text(json.dumps(document()), encoding="utf-8")
    owner = "{tags.url}" if "port = 8001" in text else f"{folder}/s"
    filled = text.replace("TAGGER_KEY", "SHOP_KEY").replace("TAGGER", str(TAGGER))
    filled = filled.replace("SHOP_KEY", "TAGGER_KEY").replace("OWNER", owner)
    file = folder / "stack.toml"
    file.write_text(filled.replace("FOLDER", str(folder)), encoding="utf-8")
    return file


def command(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", *words, f"--site={folder / 'site'}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )


def ran(folder: Path, text: str, *words: str) -> Ended:
    tests = ["tests/system", "contract_tests", "--record", "--engine=processes"]
    file = stack_file(folder, text)
    done = command(folder, "pytest", "-p", "no:cacheprovider", *tests, f"--stack={file}", *words)
    runs = list((folder / "site").glob("*-e2e"))
    record = read_record(runs[0]) if runs and (runs[0] / "run.json").exists() else None
    assert record is None or isinstance(record, E2eRun)
    asked = folder / "asked.txt"
    return Ended(
        code=done.returncode,
        said=done.stdout + done.stderr,
        asked=asked.read_text(encoding="utf-8").splitlines() if asked.exists() else [],
        record=record,
        page=(runs[0] / "index.html").read_text(encoding="utf-8") if record else "",
    )


def cell(record: E2eRun | None, operation: str, method: str) -> MethodCoverage:
    assert record is not None
    [found] = [one for one in record.cells if (one.operation, one.method) == (operation, method)]
    return found


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Run the suite once on the service, with all that its [contract] says."""
    return ran(tmp_path_factory.mktemp("clean"), GATEWAY + SERVICE + CONTRACT)


def test_a_gateway_whose_paths_headers_and_lists_are_told_is_clean(clean: Ended) -> None:
    assert clean.record is not None, clean.said[-4000:]
    assert [(one.check, one.sentence) for one in clean.record.failures] == []
    assert clean.code == 0, clean.said[-4000:]


@pytest.mark.parametrize("method", ["paper", "parity", "received", "promises", "schema"])
def test_every_method_is_put_to_the_operation_at_either_path(clean: Ended, method: str) -> None:
    assert cell(clean.record, "GET /api/v1/labels", method).asked > 0
    assert cell(clean.record, "PUT /api/v1/labels/{tag}", method).asked > 0


def test_what_is_left_out_is_never_asked_and_is_told_as_not_applicable(clean: Ended) -> None:
    assert clean.record is not None
    asked = {line.partition("?")[0] for line in clean.asked}
    reasons = {one.reason for one in clean.record.checks if one.verdict == "not applicable"}

    assert {"POST /api/v1/labels", "GET /api/v1/files"} <= asked
    assert [one for one in asked if one.startswith("POST /api/v1/files") or "/auth" in one] == []
    assert {
        "an upload is too large to be tried",
        "it hands out tokens",
        "a proxy before it answers",
    } <= reasons
    square = cell(clean.record, "POST /api/v1/files", "schema")
    assert (square.applies, square.reason) == (False, "an upload is too large to be tried")
    assert "an upload is too large to be tried" in clean.page
    assert "Not applicable (1): it hands out tokens" in clean.said


def test_what_applies_is_said_first_and_the_golden_trial_is_not_for_it(clean: Ended) -> None:
    first = clean.said.partition("test session starts")[2].partition("collected")[0]

    assert "What applies to tagger, by its stack file:" in first
    assert "not applicable  POST /api/v1/files: an upload is too large to be tried" in first
    assert "deselected" in clean.said
    assert clean.record is not None
    assert not any(one.name.startswith("tests/system") for one in clean.record.checks)
    assert any("golden trial" in one.sentence for one in clean.record.checks)


def failures(ended: Ended) -> set[str]:
    assert ended.record is not None, ended.said[-4000:]
    return {f"{one.operation} {one.method} {one.kind}" for one in ended.record.failures}


# What [contract] leaves out or says wrong, each of which another test of the suite finds.
MISSAID = {
    'added_headers = ["X-User"]\n': "",
    'open = ["GET /api/v1/version"]\n': "",
    "created = [200]": "created = [201]",
}


@pytest.fixture(scope="module")
def missaid(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Run on the service what finds three lines of [contract] that are missing or wrong."""
    text = GATEWAY + SERVICE + CONTRACT
    for line, instead in MISSAID.items():
        assert line in text
        text = text.replace(line, instead)
    finding = "(test_operations and seeded) or test_admission or test_a_row_is_what_was_sent"
    return ran(tmp_path_factory.mktemp("missaid"), text, "-k", finding)


def test_without_the_added_header_each_request_is_told_as_altered(missaid: Ended) -> None:
    assert missaid.code == 1
    assert any(one.endswith("received header x-user") for one in failures(missaid))


def test_without_what_is_open_it_is_told_to_let_anybody_in(missaid: Ended) -> None:
    assert missaid.code == 1
    assert {one for one in failures(missaid) if "/version promises" in one} == {
        "GET /api/v1/version promises nothing",
        "GET /api/v1/version promises X-Key",
    }


def test_a_check_of_lists_that_are_told_fails_where_they_are_otherwise(missaid: Ended) -> None:
    assert missaid.code == 1
    assert "not kept: it answers with 201 where a row was made; seen 200" in missaid.said


def test_who_logs_in_is_let_in_and_the_token_is_kept_nowhere(tmp_path: Path) -> None:
    text = (GATEWAY + SERVICE + CONTRACT).replace('LOGIN = ""', f'LOGIN = "{TOKEN}"')
    text = text.replace('credentials = { X-Key = "TAGGER_KEY" }\n', "").replace(
        'KEY = "{credentials.x-key}"\n', ""
    )
    ended = ran(tmp_path, text + LOGIN, "-k", "test_promises or test_admission or test_drift")
    kept = [path for path in (tmp_path / "site").rglob("*") if path.is_file()]

    assert failures(ended) == set()
    assert ended.code == 0, ended.said[-4000:]
    assert cell(ended.record, "GET /api/v1/labels", "promises").asked > 0
    assert [path for path in kept if TOKEN.encode() in path.read_bytes()] == []


def test_paths_that_lead_nowhere_end_the_run_with_one_sentence(tmp_path: Path) -> None:
    text = (GATEWAY + SERVICE + CONTRACT).replace('strip = "/api/v1"', 'strip = "/api/v2"')
    ended = ran(tmp_path, text, "-k", "test_drift")

    assert ended.code == 2
    assert "`paths.tags` of [contract] leads to no operation of the gateway's: by it tags is" in (
        ended.said
    )


def test_paths_that_nobody_says_end_the_run_with_the_line_that_says_them(tmp_path: Path) -> None:
    own = document()
    own["paths"] = {f"/api/v1{path}": item for path, item in own["paths"].items()}
    (tmp_path / "front.json").write_text(json.dumps(own), encoding="utf-8")
    front = GATEWAY.replace('openapi = "/openapi.json"', 'openapi = { file = "front.json" }')
    text = (front + SERVICE + CONTRACT).partition("[contract.paths]")[0]
    ended = ran(tmp_path, text, "-k", "test_drift")

    assert ended.code == 2, ended.said[-4000:]
    assert 'with `paths = { tags = { strip = "/api/v1" } }` in [contract] 8 are' in ended.said
    assert "FAILED" not in ended.said


def test_paths_that_the_gateways_servers_say_need_no_rule(tmp_path: Path) -> None:
    text = (GATEWAY + SERVICE + CONTRACT).replace('SERVERS = ""', 'SERVERS = "/api/v1"')
    text = text.partition("[contract.paths]")[0] + TAGS
    ended = ran(tmp_path, text, "-k", "test_drift or test_promises")

    assert ended.record is not None, ended.said[-4000:]
    assert failures(ended) == set()
    assert any("/api/v1 taken off, as `servers`" in note for note in ended.record.notes)
    assert cell(ended.record, "GET /api/v1/tags", "parity").asked > 0


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Run the suite once on an owner that nobody can ask, before a gateway that has drifted."""
    text = (GATEWAY + WORKER + CONTRACT).replace('DRIFT = ""', 'DRIFT = "limit"')
    return ran(tmp_path_factory.mktemp("behind"), text)


def test_an_owner_that_nobody_can_ask_is_held_to_the_document_in_its_file(behind: Ended) -> None:
    assert failures(behind) == {"GET /api/v1/labels paper query limit"}
    assert "the gateway says at most 50, tags says at most 100" in behind.said
    assert cell(behind.record, "GET /api/v1/labels", "schema").asked > 0
    assert cell(behind.record, "GET /api/v1/labels", "promises").asked > 0


@pytest.mark.parametrize("method", ["parity", "received"])
def test_what_takes_somebody_to_ask_does_not_apply_to_it(behind: Ended, method: str) -> None:
    square = cell(behind.record, "GET /api/v1/labels", method)

    assert not square.applies
    assert square.reason.startswith("tags answers behind AMQP alone: nobody can be asked")


def test_account_is_kept_of_its_rows_by_the_gateway(tmp_path: Path) -> None:
    # Of services there is one, of resolvers a fault wants two.
    text = GATEWAY + WORKER.replace("resolver", "service") + RPC + CONTRACT
    file = stack_file(tmp_path, text)
    options = ["--engine=processes", "--cold-starts=0", "--rate=20", "--fault=service-paused"]
    done = command(tmp_path, "contract_tests.faults", f"--stack={file}", *options)
    [run] = (tmp_path / "site").glob("*-faults")
    record = read_record(run)
    assert isinstance(record, FaultsRun)
    [trial] = record.trials

    assert trial.tried, done.stdout + done.stderr
    assert trial.acknowledged > 100
    assert trial.breaches["lost"].count == 0
    assert trial.breaches["misdelivered"].count == 0
    assert list(trial.not_asked) == ["late"]


def test_explain_says_what_applies_and_starts_nothing(tmp_path: Path) -> None:
    ended = ran(tmp_path, GATEWAY + WORKER + CONTRACT, "--explain")

    assert (ended.code, ended.asked, ended.record) == (0, [], None)
    assert "stories of the lists of tags: the document of front is fetched then" in ended.said
    assert "once it runs" in ended.said
