"""A server of bytes in this process: it notes what it is sent, and answers what a test says."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from socket import SHUT_RDWR, create_server, socket
from threading import Event, Thread
from typing import Final

Answer = Callable[["RawServer", socket, bytes], None]
SILENT_S: Final = 5.0
OK: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"


class RawServer:
    """Takes one request a connection; `sent` is what came, head and body as they stood."""

    def __init__(self, answer: Answer) -> None:
        self.sent: list[bytes] = []
        self.ended = Event()
        self._answer = answer
        self._listener = create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.tls: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        """Return its base URL."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def lines(self) -> list[str]:
        """Return the request lines that came."""
        return [one.partition(b"\r\n")[0].decode("latin-1") for one in self.sent]

    def serve(self) -> None:
        with suppress(OSError):
            while not self.ended.is_set():
                link, _ = self._listener.accept()
                Thread(target=self._take, args=(link,), daemon=True).start()

    def close(self) -> None:
        self.ended.set()
        with suppress(OSError):
            self._listener.shutdown(SHUT_RDWR)
        self._listener.close()

    def _take(self, link: socket) -> None:
        with suppress(OSError), link:
            link.settimeout(SILENT_S)
            if self.tls is None:
                self._talk(link)
            else:
                with self.tls.wrap_socket(link, server_side=True) as wrapped:
                    self._talk(wrapped)

    def _talk(self, link: socket) -> None:
        request = _read(link)
        self.sent.append(request)
        if request:
            self._answer(self, link, request)


def always(content: bytes = OK) -> Answer:
    """Return what answers everything with the same bytes."""
    return lambda _, link, __: link.sendall(content)


@contextmanager
def raw_server(
    answer: Answer | None = None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[RawServer]:
    """Give a server that is up, and end it."""
    server = RawServer(answer or always())
    server.tls = tls
    thread = Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join(timeout=5)


def _read(link: socket) -> bytes:
    found = b""
    while b"\r\n\r\n" not in found:
        piece = link.recv(65_536)
        if not piece:
            return found
        found += piece
    head, _, body = found.partition(b"\r\n\r\n")
    length = next(
        (int(v) for n, _, v in (line.partition(b":") for line in head.split(b"\r\n")[1:])
         if n.lower() == b"content-length"),
        0,
    )  # fmt: skip
    while len(body) < length:
        body += link.recv(65_536)
    return head + b"\r\n\r\n" + body


class Part:
    """A part behind a URL, of which nothing else is known."""

    name = "part"

    def __init__(self, url: str) -> None:
        self.url = url

    def alive(self) -> bool:
        return True

    def log_tail(self, lines: int = 20) -> str:
        return f"the last {lines} lines"

    def stop(self, *, grace_s: float) -> None:
        """Do nothing: it is the test's."""
