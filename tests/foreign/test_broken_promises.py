"""A gateway that breaks what a collection promises is told with its story, which is told twice."""

import http.client
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from reports.record.record import E2eRun, read_record
from testcontainers_fixtures.stack import start_stack
from testcontainers_fixtures.stack_spec import read_stack_file

ROOT = Path(__file__).parents[2]
STACK_FILE = Path(__file__).with_name("stack.toml")
WITHIN_S = 10.0


class Loud(BaseHTTPRequestHandler):
    """Hands everything on, and answers a note that was written in capitals."""

    protocol_version = "HTTP/1.1"
    server: "Louder"

    def hand_on(self) -> None:
        where = urlsplit(self.server.upstream)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        link = http.client.HTTPConnection(where.hostname or "", where.port, WITHIN_S)
        link.request(self.command, self.path, body or None, dict(self.headers.items()))
        answer = link.getresponse()
        content = answer.read()
        link.close()
        loud = self.command == "POST" and answer.status == 201
        self._answer(answer, content.upper().replace(b'"TEXT"', b'"text"') if loud else content)

    def _answer(self, answer: http.client.HTTPResponse, content: bytes) -> None:
        self.send_response(answer.status)
        for name in ("Content-Type", "Allow"):
            if answer.headers[name]:
                self.send_header(name, answer.headers[name])
        content = content.replace(b'"NUMBER"', b'"number"')
        if answer.status != 204:  # it has no body (RFC 9110, 15.3.5)
            self.send_header("Content-Length", answer.headers["Content-Length"])
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


for _method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "QUERY"):
    setattr(Loud, f"do_{_method}", Loud.hand_on)


class Louder(ThreadingHTTPServer):
    """The gateway before another gateway."""

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), Loud)
        self.upstream = upstream
        self.url = f"http://127.0.0.1:{self.server_port}"


@contextmanager
def louder(upstream: str) -> Iterator[Louder]:
    with Louder(upstream) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(timeout=5)


@pytest.mark.timeout(240)
def test_a_broken_promise_is_told_again_and_has_both_answers(tmp_path: Path) -> None:
    site = tmp_path / "site"
    spec = read_stack_file(STACK_FILE)
    with (
        start_stack(spec, run_folder=tmp_path, engine="processes") as notebook,
        louder(notebook.gateway) as gateway,
    ):
        words = [f"--gateway={gateway.url}", "--openapi=/api.json", f"--site={site}"]
        words += [f"--service={name}={url}" for name, url in notebook.services.items()]
        words += [f"--twin={name}={url}" for name, url in notebook.twins.items()]
        done = subprocess.run(
            [sys.executable, "-m", "contract_tests", *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
    [run] = site.glob("*-e2e")
    record = read_record(run)
    assert isinstance(record, E2eRun)
    promised = {one.check: one for one in record.failures if one.method == "promises"}
    one = promised["answers with what was sent"]

    assert done.returncode == 1, done.stdout[-4000:]
    assert (one.operation, one.repeated) == ("POST /notes", "reproducible")
    assert one.repetition == "it fails again, told again"
    assert one.gateway is not None
    assert one.twin is not None
    assert one.gateway.body.text != one.twin.body.text
    assert "not kept: it answers with what was sent" in done.stdout
    assert "answers with what was sent" in (run / "index.html").read_text(encoding="utf-8")
