"""Serves the live page and its events (server-sent events, WHATWG HTML 9.2) on this machine alone.

http://127.0.0.1:PORT/ is the page, /events the stream; a reader who comes back says the last
number it has in `Last-Event-ID`, and is told the rest.
"""

import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self

from loadtests.sweep.live.live_feed import END, LiveEvent, LiveFeed
from loadtests.sweep.live.live_page import page, policy

HOST: Final = "127.0.0.1"
# Every reader is a thread.
MOST_READERS: Final = 8
STILL_HERE_S: Final = 5.0
# Who reads is told the end; one that does not take it in is not waited for.
ENDS_WITHIN_S: Final = 2.0
_ASKS_WITHIN_S: Final = 10.0


class LiveServer:
    """A server of one feed, up within its block; `url` is the page's."""

    def __init__(self, feed: LiveFeed) -> None:
        self._feed = feed
        self._server = _Server(feed)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        )

    def __repr__(self) -> str:
        """Show where it is."""
        return f"<LiveServer {self.url}>"

    @property
    def url(self) -> str:
        """Return the page's address."""
        return f"http://{HOST}:{self._server.server_port}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._feed.tell(END, {"page": "", "headline": "The run ended early."})
        self._server.over.set()
        self._server.all_left.wait(ENDS_WITHIN_S)
        self._server.shutdown()
        self._thread.join(timeout=ENDS_WITHIN_S)
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, feed: LiveFeed) -> None:
        super().__init__((HOST, 0), _Handler)
        self.feed = feed
        self.over = threading.Event()
        self.all_left = threading.Event()
        self.all_left.set()
        self._readers = 0
        self._lock = threading.Lock()

    def come(self) -> bool:
        """Let a reader in, unless there are too many."""
        with self._lock:
            if self._readers >= MOST_READERS:
                return False
            self._readers += 1
            self.all_left.clear()
            return True

    def leave(self) -> None:
        """Let a reader go."""
        with self._lock:
            self._readers -= 1
            if not self._readers:
                self.all_left.set()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _ASKS_WITHIN_S

    def do_GET(self) -> None:
        # Another site's script, or its name pointed at this machine, is none of ours.
        names = {f"{host}:{self.server.server_port}" for host in (HOST, "localhost")}
        if self.headers.get("Host") not in names:
            self._short(HTTPStatus.FORBIDDEN)
        elif self.path == "/":
            self._page()
        elif self.path == "/events":
            self._follow()
        else:
            self._short(HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
        """Say nothing: the terminal is the run's."""

    def _short(self, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _page(self) -> None:
        body = page().encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy())
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def _follow(self) -> None:
        if not self.server.come():
            self._short(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        try:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self._write_events(_number(self.headers.get("Last-Event-ID")))
        except OSError:
            pass  # the reader went away
        finally:
            self.server.leave()

    def _write_events(self, number: int) -> None:
        while True:
            is_over = self.server.over.is_set()
            events = self.server.feed.after(number, within_s=0.0 if is_over else STILL_HERE_S)
            text = "".join(map(_lines, events)) or ": still here\n\n"
            self.wfile.write(text.encode())
            self.wfile.flush()
            number = events[-1].number if events else number
            if is_over or any(one.kind == END for one in events):
                return


def _lines(event: LiveEvent) -> str:
    return f"id: {event.number}\nevent: {event.kind}\ndata: {json.dumps(event.about)}\n\n"


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else 0
