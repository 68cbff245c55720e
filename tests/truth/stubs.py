"""Starts stub servers, freezes processes, and measures what a stub can do: from the test's side."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

FIRST: Final = Path(__file__).with_name("first.py")
RESPONDER: Final = Path(__file__).with_name("responder.py")
SERVICE_HEADER: Final = "X-Service-Us"
_GRACE_S: Final = 5.0
_BLAST_CONNECTIONS: Final = 4
_BLAST_AT_ONCE: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Stub:
    """A running stub: its base URL, and the process that can be frozen."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        """Return the base URL."""
        return f"http://127.0.0.1:{self.port}"


def first(*command: str) -> list[str]:
    """Return how to start Python so that it goes first, and dies with this process."""
    return [sys.executable, str(FIRST), str(os.getpid()), sys.executable, *command]


@contextmanager
def stub(*, slots: int = 1) -> Iterator[Stub]:
    """Give a responder of its own process; it ends with the block, and with this process."""
    command = first(str(RESPONDER), str(slots))
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        try:
            yield Stub(port=_port(process.stdout), pid=process.pid)
        finally:
            process.kill()
            process.wait(timeout=_GRACE_S)


def freeze(pids: list[int], *, for_s: float) -> float:
    """Stop processes for a while; return for how many seconds they truly stood still."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    begun_s = time.monotonic()
    try:
        time.sleep(for_s)
    finally:
        ended_s = time.monotonic()
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    return ended_s - begun_s


def capacity_per_s(stub: Stub, *, requests: int = 8_000) -> float:
    """Return how many requests a second a stub answers, by pipelining on plain sockets.

    Nothing of the load generator takes part: what is measured is the server.
    """
    ask = b"GET /now HTTP/1.1\r\nHost: stub\r\n\r\n" * _BLAST_AT_ONCE
    sockets = [_connected(stub) for _ in range(_BLAST_CONNECTIONS)]
    try:
        sent, begun_s = 0, time.monotonic()
        while sent < requests:
            for one in sockets:
                one.sendall(ask)
            for one in sockets:
                _read_answers(one, _BLAST_AT_ONCE)
            sent += _BLAST_AT_ONCE * len(sockets)
        return sent / (time.monotonic() - begun_s)
    finally:
        for one in sockets:
            one.close()


def _connected(stub: Stub) -> socket.socket:
    return socket.create_connection(("127.0.0.1", stub.port), timeout=_GRACE_S)


def _read_answers(connection: socket.socket, count: int) -> None:
    seen = b""
    while seen.count(b"HTTP/1.1 200 OK") < count or not seen.endswith(b"\r\n\r\nok"):
        block = connection.recv(65_536)
        if not block:
            raise ConnectionError("The stub closed a connection on which answers were due.")
        seen += block


def seed(stub: Stub, number: int) -> None:
    """Make the stub draw its exponential times anew, as `number` says."""
    _tell(stub, b"/seed/%d" % number)


def hold(stub: Stub, fixed_us: int, *, for_s: float) -> float:
    """Serve nobody with this fixed time for a while; return since when, by `time.monotonic()`."""
    began_s = time.monotonic()
    _tell(stub, b"/hold/%d/%d" % (fixed_us, for_s * 1e6))
    return began_s


def _tell(stub: Stub, path: bytes) -> None:
    with _connected(stub) as connection:
        connection.sendall(b"GET %s HTTP/1.1\r\nHost: stub\r\n\r\n" % path)
        _read_answers(connection, 1)


def _port(said: IO[bytes] | None) -> int:
    line = said.readline() if said else b""
    if not line.strip().isdigit():
        raise ConnectionError("The stub ended before it said its port; start it by hand.")
    return int(line)
