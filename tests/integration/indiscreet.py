"""A gateway that repeats, in each of its errors, what it was sent to be let in; in this process."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

DOCUMENT: Final[dict[str, Any]] = {
    "openapi": "3.1.0",
    "info": {"title": "echo", "version": "1"},
    "paths": {"/echo": {"get": {"responses": {"200": {"description": "never"}}}}},
}
# What RabbitMQ's management API says of itself.
OVERVIEW: Final = {"rabbitmq_version": "4.0.5", "erlang_version": "27"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Tell the management API's version, and fail at everything else."""
        known = self.path == "/api/overview"
        said = OVERVIEW if known else {"you sent": dict(self.headers), "to": self.path}
        content = json.dumps(said).encode()
        self.send_response(200 if known else 500)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-You-Sent", self.headers.get("Authorization", ""))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def indiscreet() -> Iterator[int]:
    """Give the port of the gateway."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join(timeout=5)
