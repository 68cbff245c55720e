"""Watches one socket for as long as it is open, and wakes whoever waits for something to read.

gevent watches a socket anew for each wait, which is one more system call (epoll_ctl) a request.
"""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

from typing import Final

import gevent

_READABLE: Final = 1  # libev's EV_READ


class SocketWatch:
    """Watches a file descriptor; one greenlet at a time may wait."""

    def __init__(self, fd: int) -> None:
        # Something was there to read while nobody waited for it.
        self.has_seen = False
        self._hub = gevent.get_hub()
        self._waiting: gevent.Greenlet | None = None
        self._readable = self._hub.loop.io(fd, _READABLE)
        self._readable.start(self._see)

    def __repr__(self) -> str:
        """Show what it has seen."""
        return f"<SocketWatch {'seen' if self.has_seen else 'nothing seen'}>"

    def wait(self) -> None:
        """Wait until there is something to read; whatever is thrown in ends the wait."""
        if self.has_seen:
            self.has_seen = False
            self._readable.start(self._see)
            return
        self._waiting = gevent.getcurrent()
        try:
            self._hub.switch()
        finally:
            self._waiting = None

    def close(self) -> None:
        """Watch no longer; before the socket is closed."""
        self._readable.close()

    def _see(self) -> None:
        if self._waiting is not None:
            self._waiting.switch()
        else:
            # It would be said again in each turn of the loop.
            self.has_seen = True
            self._readable.stop()
