"""Streams, downloads, forms, packed answers, cookies and such without a body, through the suite.

The service of `archive.py` is started with a tap and a twin, behind a gateway that passes on what
it gets, and behind one that spoils each of these: the first has no finding, the second has each.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from reports.record.record import E2eRun
from tests.integration.archive import DRIFTS, serving
from tests.integration.suite_runs import ROOT, run_in, suite

ARCHIVE = Path(__file__).with_name("archive.py")
pytestmark = pytest.mark.timeout(300)
STACK = f"""format_version = 2
name = "archive"

[parts.front]
role = "gateway"
port = 8000
ready = "GET /openapi.json"
command = ["python", "{ARCHIVE}", "gateway", "{{port}}", "{{archive.url}}"]

[parts.front.settings]
DRIFT = "DRIFTS"

[parts.archive]
role = "service"
port = 8001
ready = "GET /openapi.json"
command = ["python", "{ARCHIVE}", "owner", "{{port}}"]
openapi = "/openapi.json"
twin = true
tap = true

[contract]
request_headers = ["If-None-Match"]
leave_out = [
    {{ check = "negative_data_rejection", because = "it takes what comes" }},
    {{ check = "unsupported_method", because = "it knows no others" }},
]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended, what it said, and what it found: operation and in what."""

    code: int
    said: str
    record: E2eRun
    took_s: float

    def found(self) -> set[tuple[str, str]]:
        return {
            (one.operation, difference.what)
            for one in self.record.failures
            for difference in one.differences
        } | {(one.operation, one.kind) for one in self.record.failures}


def ran(folder: Path, module: str, *words: str) -> Ended:
    began_s = time.monotonic()
    done = suite(
        *(*words, f"--site={folder}"),
        module=module,
        within_s=280,
        environment={"PYTHONPATH": str(ROOT)},
    )
    said = done.stdout + done.stderr
    _, record = run_in(folder, said[-4000:])
    took_s = time.monotonic() - began_s
    return Ended(code=done.returncode, said=said, record=record, took_s=took_s)


def started(folder: Path, drifts: str) -> Ended:
    file = folder / "stack.toml"
    file.write_text(STACK.replace("DRIFTS", drifts), encoding="utf-8")
    words = ["-p", "no:cacheprovider", "contract_tests", "--record", "--engine=processes"]
    return ran(folder, "pytest", *words, f"--stack={file}")


@contextmanager
def up(role: str, owner: str = "", drifts: str = "") -> Iterator[str]:
    with serving(role, 0, owner, drifts) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join(10)


@pytest.mark.long
def test_a_gateway_that_passes_on_what_it_gets_has_no_finding(tmp_path: Path) -> None:
    ended = started(tmp_path, "")

    assert [(one.operation, one.sentence) for one in ended.record.failures] == []
    assert ended.code == 0, ended.said[-4000:]
    assert ended.took_s < 200


SPOILED = ",".join(one for one in DRIFTS if one not in {"swap", "late"})


def test_each_thing_that_a_gateway_spoils_is_found(tmp_path: Path) -> None:
    ended = started(tmp_path, SPOILED)
    found = ended.found()

    assert ended.code == 1
    assert {
        ("GET /export", "body"),
        ("GET /report", "header content-encoding"),
        ("GET /report", "header set-cookie"),
        ("GET /events", "body"),
        ("GET /ticks", "body item 0 data /n"),
        ("GET /ticks", "SSE event payload violates content schema (200)"),
        ("POST /files", "body /said"),
        ("POST /files", "header content-type"),
        ("POST /notes", "body /said"),
        ("GET /report", "status"),
        ("GET /report", "header if-none-match"),
        ("DELETE /cache", "body"),
    } <= found
    assert not any(one.kind == "arrivals" for one in ended.record.failures)
    halves = [d for one in ended.record.failures for d in one.differences if d.gateway == d.twin]
    assert halves == []


@pytest.mark.long
def test_the_command_finds_what_is_spoiled_where_there_is_no_tap(tmp_path: Path) -> None:
    with ExitStack() as held:
        owner, twin = (held.enter_context(up("owner")) for _ in range(2))
        gateway = held.enter_context(up("gateway", owner, "swap,late,cookie"))
        words = [f"--gateway={gateway}", f"--service=archive={owner}", f"--twin=archive={twin}"]
        ended = ran(tmp_path, "contract_tests", *words)

    assert ended.code == 1
    assert {
        ("GET /export", "body from byte 5,242,880 on"),
        ("GET /ticks", "body"),
        ("GET /report", "header set-cookie"),
    } <= ended.found()
