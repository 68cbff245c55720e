"""Greenlets that send one request after the other, as many as there are requests under way.

A greenlet of its own for each request would cost more than the request's other Python work: its
first frame is memory fresh from the kernel (mmap), given back when it ends.
"""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

from collections.abc import Callable
from typing import Final

import gevent
from gevent.event import Event

from loadtests.plan.flows import PlannedSession
from loadtests.plan.plan import PlannedCall

# A request of a call, or a session's first, due at a moment of `time.monotonic()`.
Due = tuple[PlannedCall | PlannedSession, float]
_KILLED_WITHIN_S: Final = 2.0


class SenderPool:
    """Has `send` called for each request in a greenlet that no other request waits for."""

    def __init__(self, send: Callable[..., None]) -> None:
        self._send = send
        self._hub = gevent.get_hub()
        self._all: list[gevent.Greenlet] = []
        self._idle: list[gevent.Greenlet] = []
        self._busy = 0
        self._none_busy = Event()
        self._none_busy.set()

    def __repr__(self) -> str:
        """Show how many there are and how many of them idle."""
        return f"<SenderPool {len(self._all)}, {len(self._idle)} idle>"

    def begin(self, call: PlannedCall | PlannedSession, intended_s: float) -> None:
        """Begin a request as soon as the caller waits for something."""
        self._busy += 1
        self._none_busy.clear()
        if self._idle:
            self._hub.loop.run_callback(self._idle.pop().switch, (call, intended_s))
        else:
            self._all.append(gevent.spawn(self._serve, (call, intended_s)))

    def join(self, *, timeout_s: float) -> None:
        """Wait until every request that was begun has ended, or for so long."""
        self._none_busy.wait(timeout_s)

    def end(self) -> None:
        """End them, whatever they wait for."""
        with gevent.Timeout(_KILLED_WITHIN_S, False):  # noqa: FBT003 -- gevent's way to say quietly
            gevent.killall(self._all)

    def _serve(self, due: Due) -> None:
        while True:
            self._one(*due)
            self._idle.append(gevent.getcurrent())
            due = self._hub.switch()

    def _one(self, call: PlannedCall | PlannedSession, intended_s: float) -> None:
        try:
            self._send(call, intended_s=intended_s)
        finally:
            self._busy -= 1
            if not self._busy:
                self._none_busy.set()
