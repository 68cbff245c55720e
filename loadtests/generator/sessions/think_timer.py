"""Wakes any number of greenlets, each at its own moment, by one timer as exact as the pacer's."""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import heapq
import time
from itertools import count
from typing import Final, Self

import gevent
from gevent.event import Event

from loadtests.generator.timer import GreenletTimer

_ENDS_WITHIN_S: Final = 2.0


class ThinkTimer:
    """A clock that many greenlets sleep on at a time; use it in a with block."""

    def __init__(self) -> None:
        self._hub = gevent.get_hub()
        self._timer = GreenletTimer()
        self._turn = count()
        self._sleeping: list[tuple[float, int, gevent.Greenlet]] = []
        self._some = Event()
        self._waker = gevent.spawn(self._wake)

    def __repr__(self) -> str:
        """Show how many sleep."""
        return f"<ThinkTimer {len(self._sleeping)} asleep>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._waker.kill(timeout=_ENDS_WITHIN_S)
        self._timer.close()

    def sleep_until(self, moment_s: float) -> None:
        """Have this greenlet sleep until `time.monotonic()` reaches a moment."""
        if moment_s <= time.monotonic():
            return
        number = next(self._turn)
        heapq.heappush(self._sleeping, (moment_s, number, gevent.getcurrent()))
        if self._sleeping[0][1] == number:
            # The waker may be asleep until a later moment.
            self._timer.ring_at(moment_s)
            self._some.set()
        self._hub.switch()

    def _wake(self) -> None:
        while True:
            self._some.wait()
            while self._sleeping:
                self._timer.wait_until(self._sleeping[0][0])
                self._wake_due()
            self._some.clear()

    def _wake_due(self) -> None:
        now_s = time.monotonic()
        while self._sleeping and self._sleeping[0][0] <= now_s:
            *_, sleeper = heapq.heappop(self._sleeping)
            # Of one that was killed in its sleep this does nothing.
            self._hub.loop.run_callback(sleeper.switch)
