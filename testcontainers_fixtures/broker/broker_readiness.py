"""Proves that a RabbitMQ is ready: its management API and its AMQP port both answer."""

import base64
import http.client
import json
import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from testcontainers_fixtures.errors import StartError

POLL_S = 0.05
ANSWER_S = 2.0
PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"
# A method frame on channel 0 that carries connection.start (class 10, method 10).
FRAME_START, CONNECTION_START = b"\x01\x00\x00", b"\x00\x0a\x00\x0a"
FRAME_BYTES = 11
LINES = 20
LINES_OF_A_START = 400
_REFUSED = re.compile(r"\[error\] \S+\s+- (.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """What the broker says it is."""

    rabbitmq: str
    erlang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerEndpoint:
    """Where a broker is asked whether it is ready, and as whom."""

    host: str
    amqp_port: int
    management_port: int
    user: str
    password: str

    def __repr__(self) -> str:
        """Show where, never the password."""
        return f"<BrokerEndpoint {self.host}:{self.amqp_port} management={self.management_port}>"


def await_broker(
    endpoint: BrokerEndpoint,
    *,
    alive: Callable[[], bool],
    log_tail: Callable[[int], str],
    timeout_s: float,
) -> Versions:
    """Return the broker's versions once it answers on both ports.

    Raises StartError with its last log lines, at once when it has died, or after `timeout_s`.
    """
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        if not alive():
            why = refused_line(log_tail(LINES_OF_A_START))
            raise StartError(
                f"Expected RabbitMQ to start on {endpoint.host}:{endpoint.amqp_port}; it ended "
                f"instead{why}. Last log lines:\n{log_tail(LINES)}"
            )
        versions = versions_of(endpoint)
        if versions and speaks_amqp(endpoint.host, endpoint.amqp_port):
            return versions
        time.sleep(POLL_S)
    raise StartError(
        f"RabbitMQ on {endpoint.host}:{endpoint.amqp_port} was not ready within {timeout_s:.1f} s. "
        f"Last log lines:\n{log_tail(LINES)}"
    )


def refused_line(log: str) -> str:
    """Return what RabbitMQ has against a line of its rabbitmq.conf; "" where it has nothing."""
    told = [found[1] for found in map(_REFUSED.search, log.splitlines()) if found]
    return f" over a line of its conf: {told[-1].strip()}" if told else ""


def versions_of(endpoint: BrokerEndpoint) -> Versions | None:
    """Ask the management API for the versions; None when it gives no such answer yet."""
    credentials = base64.b64encode(f"{endpoint.user}:{endpoint.password}".encode()).decode()
    connection = http.client.HTTPConnection(
        endpoint.host, endpoint.management_port, timeout=ANSWER_S
    )
    try:
        connection.request(
            "GET", "/api/overview", headers={"Authorization": f"Basic {credentials}"}
        )
        answer = connection.getresponse()
        overview = json.loads(answer.read()) if answer.status == http.HTTPStatus.OK else {}
        return Versions(rabbitmq=overview["rabbitmq_version"], erlang=overview["erlang_version"])
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return None
    finally:
        connection.close()


def speaks_amqp(host: str, port: int) -> bool:
    """Tell whether a protocol header is answered with connection.start."""
    try:
        with socket.create_connection((host, port), timeout=ANSWER_S) as link:
            link.sendall(PROTOCOL_HEADER)
            answer = link.recv(FRAME_BYTES, socket.MSG_WAITALL)
    except OSError:
        return False
    return answer.startswith(FRAME_START) and answer.endswith(CONNECTION_START)
