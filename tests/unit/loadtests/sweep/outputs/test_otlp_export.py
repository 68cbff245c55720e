"""What a collector gets, and that one which takes nothing is no success."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from loadtests.sweep.outputs.otlp_export import OtlpExport
from loadtests.sweep.outputs.traced_requests import TracedRequest
from reports.export.run_figures import families
from reports.record.errors import RecordError
from tests.unit.reports.sample_runs import load_run

ONE = TracedRequest(
    trace_id=(7 << 64) + 1,
    span_id=1,
    name="read",
    begin_ns=1,
    end_ns=2,
    is_good=False,
    reason="HTTP 503",
    attributes={},
)


class Refusing(BaseHTTPRequestHandler):
    """A collector that takes nothing."""

    status = 400

    def do_POST(self) -> None:
        """Hear it, and say what becomes of it."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def served(kind: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as made:
        thread = Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{made.server_port}"
        made.shutdown()
        thread.join(timeout=5)


@pytest.fixture
def refusing() -> Iterator[str]:
    """Give the URL of a collector that takes nothing."""
    yield from served(Refusing)


def test_a_collector_that_takes_nothing_is_said_in_one_sentence(refusing: str) -> None:
    export = OtlpExport(refusing)

    with pytest.raises(RecordError, match="to take the run's figures; it did not within 10 s"):
        export.send_figures(families(load_run()))
    with pytest.raises(RecordError, match="to take the run's requests"):
        export.send_requests([ONE], "mixed-1")


class Taking(Refusing):
    """A collector that takes everything."""

    status = 200


@pytest.fixture
def taking() -> Iterator[str]:
    """Give the URL of a collector that takes everything."""
    yield from served(Taking)


def test_a_proxy_is_not_asked_for_this_machine(
    taking: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    assert OtlpExport(taking).send_requests([ONE], "mixed-1") == 1
