"""The service that is put in the place of a good one answers in exactly the manner asked for."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from testcontainers_fixtures.engines.child import wait_until
from testcontainers_fixtures.engines.free_ports import Ports
from testcontainers_fixtures.faults.service_misbehaves import MANNERS, SOURCE

HOST = "127.0.0.1"
COMES_WITHIN_S = 5.0
QUIET_S = 0.4  # less than a slow answer's wait for its next byte
ERROR = rb"HTTP/1\.1 500 .*"
LONG = rb"HTTP/1\.1 200 .*Content-Length: 1000\r\n\r\n"
STATE = rb'.*\{"requests": 1, "followed": 0\}'
# What is heard, and whether the connection has ended then.
HEARD = {
    "500-text": (ERROR + rb"text/plain.*\r\n\r\nout of order", False),
    "500-html": (ERROR + rb"text/html.*\r\n\r\n<h1>Out of order</h1>", False),
    "500-empty": (ERROR + rb"Content-Length: 0\r\n\r\n", False),
    "nothing": (rb"", True),
    "truncated": (LONG + rb'\[\{"id": 1, "na', True),
    "slow": (LONG + rb" +", False),
    "redirect": (rb"HTTP/1\.1 307 .*Location: \S+/\.bad/elsewhere\r\n\r\n", False),
}


@contextmanager
def bad(manner: str) -> Iterator[int]:
    """Give the port of a service that answers in a manner."""
    port = Ports().pick()
    about = {"BAD_BIND": HOST, "BAD_PORT": str(port), "BAD_MANNER": manner}
    with subprocess.Popen(
        [sys.executable, "-c", SOURCE.read_text(encoding="utf-8")], env=os.environ | about
    ) as process:
        try:
            assert wait_until(lambda: listens(port), timeout_s=10)
            yield port
        finally:
            process.kill()


def listens(port: int) -> bool:
    """Tell whether somebody takes connections there."""
    with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False


def heard(
    port: int, expected: bytes, path: str = "/rows", *, ends: bool = False
) -> tuple[bytes, bool]:
    """Ask, and return what comes until it is as expected and quiet; and whether it has ended."""
    data = b""
    with socket.create_connection((HOST, port), timeout=COMES_WITHIN_S) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        with suppress(TimeoutError):
            while more := client.recv(65_536):
                data += more
                if not ends and re.fullmatch(expected, data, re.DOTALL):
                    client.settimeout(QUIET_S)
            return data, True
    return data, False


@pytest.mark.parametrize("manner", HEARD)
def test_it_answers_in_the_manner_asked_for(manner: str) -> None:
    pattern, ended = HEARD[manner]
    with bad(manner) as port:
        found, over = heard(port, pattern, ends=ended)
        state, _ = heard(port, STATE, "/.bad/state")

    assert re.fullmatch(pattern, found, re.DOTALL), found
    assert over is ended
    assert re.fullmatch(STATE, state, re.DOTALL), state


def test_a_reset_is_one() -> None:
    with bad("reset") as port, pytest.raises(ConnectionResetError):
        heard(port, b"")


def test_every_manner_is_tried_here() -> None:
    assert {*HEARD, "reset"} == set(MANNERS)
