"""A server that is already up is measured, and nothing is started for it."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import trustme

from loadtests.sweep.generator_floor import measured_floor, null_responder
from reports.record.record import LoadRun, read_record

ROOT = Path(__file__).parent.parent.parent
STUB = Path(__file__).with_name("stub_gateway.py")
REQUESTS = """
[[calls]]
name = "make"
request = "POST /rows"
body = { x = 1 }
keeps = { row = "/id" }

[[calls]]
name = "drop"
request = "DELETE /rows/{row}"
takes = "row"
"""
TELEMETRY = """
format_version = 1
name = "rows"
telemetry = { rpc_metric = "rpc", worker_header = "X-Served-By" }

[parts.gate]
role = "gateway"
port = 9000
command = ["python"]
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as link:
        return link.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def server() -> Iterator[int]:
    """Run the stub gateway and give its port."""
    port = free_port()
    with subprocess.Popen([sys.executable, str(STUB), str(port)]) as process:
        until_s = time.monotonic() + 20
        while not answers(port) and time.monotonic() < until_s:
            time.sleep(0.02)
        yield port
        process.kill()


def load(site: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "loadtests", "--site", str(site), *options]
    return subprocess.run(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.mark.alone
def test_a_target_is_measured_at_the_rate_that_was_asked_for(server: int, tmp_path: Path) -> None:
    file, stack = tmp_path / "requests.toml", tmp_path / "stack.toml"
    file.write_text(REQUESTS)
    stack.write_text(TELEMETRY)
    url = f"http://127.0.0.1:{server}"
    options = ["--target", url, "--request", "GET /rows", "--requests", str(file)]
    options += ["--stack", str(stack), "--rate", "200", "--duration", "3"]

    ended = load(tmp_path / "site", *options, "--arrivals", "constant")
    (folder,) = (tmp_path / "site").glob("*-load")
    record = read_record(folder)

    assert isinstance(record, LoadRun), ended.stdout
    assert record.target == url
    ((only,),) = [one.repetitions for one in record.configurations]
    assert only.open
    assert (only.closed, only.common) == (None, None)
    assert only.open.offered_per_s == pytest.approx(200)
    assert only.open.duration_s == pytest.approx(3, abs=0.01)
    assert only.open.samples == 600
    assert {one.name for one in only.open.endpoints} == {"GET /rows", "make", "drop"}
    assert only.open.rpc_ms
    assert only.open.rpc_ms.p50 == pytest.approx(1.25, rel=0.01)
    assert only.open.worker_shares == {"rows": {"7": 1.0}}
    assert only.open.used == {}
    assert record.floor
    assert record.floor.rate_per_s == 200
    assert "how many parts it has" in record.notes[0]
    assert (folder / "index.html").exists()
    assert url in ended.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--request", "GET /"], "but: connection refused; start it, or give another --target."),
        ([], "--target needs something to ask"),
        (["--request", "GET /", "--quick"], "--quick needs a stack that is started here"),
        (["--request", "rows"], "--request takes a method and a path"),
    ],
    ids=["nothing there", "nothing to ask", "an option of a sweep", "no request"],
)
def test_what_cannot_be_measured_ends_with_2_and_one_sentence(
    tmp_path: Path, options: list[str], said: str
) -> None:
    url = f"http://127.0.0.1:{free_port()}"

    ended = load(tmp_path / "site", "--target", url, *options)

    assert ended.returncode == 2
    assert said in ended.stdout
    assert len(ended.stdout.strip().splitlines()) == 1
    assert not (tmp_path / "site").exists()


def test_the_null_responder_answers_requests_however_they_are_cut() -> None:
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    with null_responder() as url:
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=5) as link:
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for piece in (request + request[:-3], request[-3:-1], request[-1:]):
                link.sendall(piece)
                time.sleep(0.05)
            heard = link.recv(65_536)

        assert heard.count(b"HTTP/1.1 200 OK") == 2

    assert not answers(port)


def test_the_null_responder_dies_with_its_parent() -> None:
    code = (
        "import time\nfrom loadtests.sweep.generator_floor import null_responder\n"
        "with null_responder() as url:\n print(url, flush=True)\n time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        port = int(parent.stdout.readline().rpartition(":")[2])
        assert answers(port)
        os.kill(parent.pid, signal.SIGKILL)
    until_s = time.monotonic() + 2
    while answers(port) and time.monotonic() < until_s:
        time.sleep(0.02)

    assert not answers(port)


@pytest.mark.alone
def test_the_floor_is_the_generator_alone(tmp_path: Path) -> None:
    floor = measured_floor(tmp_path, rate_per_s=400)

    assert floor.rate_per_s == 400
    assert floor.latency_ms.samples == 480
    assert (floor.latency_ms.p50 or 99) < 5
    assert floor.most_per_s > 800


class Rows(BaseHTTPRequestHandler):
    """Answers below /api alone."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer with a list, or say that there is none."""
        self.send_response(200 if self.path == "/api/rows" else 404)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Hasty(Rows):
    """Closes each connection after its answer, as HTTP/1.0 has it."""

    protocol_version = "HTTP/1.0"


@pytest.mark.alone
def test_a_server_that_closes_each_connection_is_judged_and_that_it_does_is_said(
    tmp_path: Path,
) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Hasty) as made:
        Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        options = ["--target", f"http://127.0.0.1:{made.server_port}/api", "--rate", "30"]
        ended = load(tmp_path / "site", *options, "--request", "GET /rows", "--duration", "5")
        made.shutdown()
    (folder,) = (tmp_path / "site").glob("*-load")
    record = read_record(folder)

    assert isinstance(record, LoadRun), ended.stdout
    ((only,),) = [one.repetitions for one in record.configurations]
    assert only.open
    assert (only.open.pool_waits, only.open.closings) == (0, only.open.samples), ended.stdout
    said = " ".join(ended.stdout.split())
    assert "The server closed the connection after 100 % of its answers; the next was" in said


@pytest.fixture
def certified(tmp_path: Path) -> Iterator[str]:
    """Give the base URL of a server over TLS, whose authority is in ca.pem."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with ThreadingHTTPServer(("127.0.0.1", 0), Rows) as made:
        made.socket = context.wrap_socket(made.socket, server_side=True)
        thread = Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{made.server_port}/api"
        made.shutdown()
        thread.join(timeout=5)


@pytest.mark.alone
def test_a_target_over_tls_below_a_base_path_is_measured(certified: str, tmp_path: Path) -> None:
    options = ["--target", certified, "--ca-file", str(tmp_path / "ca.pem")]
    options += ["--request", "GET /rows", "--rate", "20", "--duration", "3"]

    ended = load(tmp_path / "site", *options, "--arrivals", "constant")
    (folder,) = (tmp_path / "site").glob("*-load")
    record = read_record(folder)

    assert isinstance(record, LoadRun), ended.stdout
    ((only,),) = [one.repetitions for one in record.configurations]
    assert only.open
    assert (only.open.samples, only.open.errors) == (60, {}), ended.stdout


def test_a_target_whose_certificate_is_not_trusted_ends_with_2_and_one_sentence(
    certified: str, tmp_path: Path
) -> None:
    ended = load(tmp_path / "site", "--target", certified, "--request", "GET /rows")

    assert ended.returncode == 2
    assert "is trusted, but: " in ended.stdout
    assert "--ca-file FILE" in ended.stdout
    assert not (tmp_path / "site").exists()
