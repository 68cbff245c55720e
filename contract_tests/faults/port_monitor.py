"""Watches the broker's port during a trial: when it last opened again, if it ever was closed."""

import socket
import threading
import time
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

LOOK_S: Final = 0.05
CONNECT_S: Final = 1.0
HANG_UP_S: Final = 0.03
AMQP_PORT: Final = 5672


class PortMonitor:
    """Knocks at a port while it is entered, without a word; `reopened_s` is CLOCK_MONOTONIC.

    A broker that is frozen still takes connections: its port is open. A published port is answered
    by a proxy even while nobody listens behind it, which then hangs up; a broker waits to be asked.
    """

    def __init__(self, url: str | None) -> None:
        where = urlsplit(url or "")
        self.reopened_s: float | None = None
        self._address = (where.hostname or "", where.port or AMQP_PORT) if url else None
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __repr__(self) -> str:
        """Show what is watched and what was seen."""
        return f"<PortMonitor {self._address} reopened at {self.reopened_s}>"

    def __enter__(self) -> Self:
        if self._address:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._left.set()
        if self._address:
            self._thread.join(LOOK_S + 2 * CONNECT_S)

    def _watch(self) -> None:
        was_open = True
        while not self._left.wait(LOOK_S):
            is_open = self._open()
            if is_open and not was_open:
                self.reopened_s = time.monotonic()
            was_open = is_open

    def _open(self) -> bool:
        assert self._address  # noqa: S101 -- only then the thread runs
        try:
            connection = socket.create_connection(self._address, CONNECT_S)
        except OSError:
            return False
        with connection:
            return _is_awaited(connection)


def _is_awaited(connection: socket.socket) -> bool:
    connection.settimeout(HANG_UP_S)
    try:
        return bool(connection.recv(1))
    except TimeoutError:
        return True
    except OSError:
        return False
