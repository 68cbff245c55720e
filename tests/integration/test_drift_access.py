"""Documents are had where they are: behind a password, a token, or an authority of one's own.

The command is a process of its own, and the documents are served by others.
"""

import base64
import json
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

ROOT = Path(__file__).parents[2]
PASSWORD = "open-sesame-7"
TOKEN = "a-token-of-some-length"
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "notes", "version": "1"},
    "paths": {"/notes": {"get": {"responses": {"200": {"description": "all"}}}}},
}
BASIC = f"Basic {base64.b64encode(f'reader:{PASSWORD}'.encode()).decode()}"
BEARER = f"Bearer {TOKEN}"


class Published(ThreadingHTTPServer):
    """Serves the document to who shows what it asks for; notes what it was shown."""

    wanted: str = ""
    shown: list[str]


class Handler(BaseHTTPRequestHandler):
    """Answers with the document, or 401."""

    server: Published

    def do_GET(self) -> None:
        said = self.headers.get("Authorization", "")
        self.server.shown.append(said)
        fine = not self.server.wanted or said == self.server.wanted
        body = json.dumps(DOCUMENT).encode() if fine else b"{}"
        self.send_response(200 if fine else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 -- as its base class
        """Say nothing."""


@contextmanager
def published(wanted: str = "", context: ssl.SSLContext | None = None) -> Iterator[Published]:
    server = Published(("127.0.0.1", 0), Handler)
    server.wanted, server.shown = wanted, []
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def address(server: Published, user: str = "", scheme: str = "http") -> str:
    return f"{scheme}://{user}127.0.0.1:{server.server_port}/openapi.json"


def ran(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    return subprocess.run(
        [sys.executable, "-m", "contract_tests", "drift", *words],
        cwd=ROOT,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Give the same document in a file."""
    path = tmp_path / "notes.json"
    path.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return str(path)


def test_a_document_behind_a_password_is_had_by_a_url_from_the_environment(file: str) -> None:
    with published(BASIC) as server:
        url = address(server, f"reader:{PASSWORD}@")
        done = ran(file, "$GATEWAY", "--format", "json", GATEWAY=url)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["gateway"] == address(server)
    assert PASSWORD not in done.stdout + done.stderr


@pytest.mark.parametrize("user", ["reader:wrong-password@", ""])
def test_who_is_not_let_in_is_told_so_without_the_password(file: str, user: str) -> None:
    with published(BASIC) as server:
        done = ran(file, "$GATEWAY", GATEWAY=address(server, user))

    assert (done.returncode, done.stdout) == (2, "")
    assert "401" in done.stderr
    assert "wrong-password" not in done.stderr


def test_a_token_goes_to_its_own_side_alone_and_is_shown_nowhere() -> None:
    with published() as service, published(BEARER) as gateway:
        header = "Authorization: Bearer {secrets.TOKEN}"
        words = [address(service), address(gateway), "--gateway-header", header]
        done = ran(*words, TOKEN=TOKEN)

    assert done.returncode == 0, done.stderr
    assert service.shown == [""]
    assert gateway.shown == [BEARER]
    assert TOKEN not in done.stdout + done.stderr


def test_a_token_that_is_not_set_is_bad_input(file: str) -> None:
    header = "Authorization: Bearer {secrets.NO_SUCH_TOKEN}"
    done = ran(file, file, "--service-header", header)

    assert done.returncode == 2
    assert "NO_SUCH_TOKEN" in done.stderr


def test_an_authority_of_one_s_own_is_trusted_where_it_is_named(file: str, tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusted = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(trusted))
    with published(context=context) as server:
        url = address(server, scheme="https")
        unknown, known = ran(file, url), ran(file, url, "--ca-file", str(trusted))

    assert (unknown.returncode, known.returncode) == (2, 0)
    assert "--ca-file FILE" in unknown.stderr
