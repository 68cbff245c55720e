"""Wakes a greenlet at a chosen moment, to about 0.05 ms.

gevent's own timers sit on epoll, whose time-outs are whole milliseconds: they wake 0.6 ms late at
the median, which would be counted as the system's latency. A timerfd has no such grain.
"""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import ctypes
import os
import time
from typing import Final, Self

import gevent

# From <sys/timerfd.h> and <time.h>; os.timerfd_create is there only from Python 3.13 on.
_CLOCK_MONOTONIC: Final = 1
_TFD_NONBLOCK: Final = os.O_NONBLOCK
_TFD_CLOEXEC: Final = os.O_CLOEXEC
_TFD_TIMER_ABSTIME: Final = 1
_READABLE: Final = 1  # libev's EV_READ
_NS_PER_S: Final = 1_000_000_000


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Timer(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("value", _Timespec))


class GreenletTimer:
    """A clock that one greenlet at a time can sleep on; close it, or use it in a with block."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = _checked(
            self._libc.timerfd_create(_CLOCK_MONOTONIC, _TFD_NONBLOCK | _TFD_CLOEXEC)
        )
        self._timer = _Timer()
        self._hub = gevent.get_hub()
        self._rings = self._hub.loop.io(self._fd, _READABLE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def wait_until(self, moment_s: float) -> None:
        """Sleep until `time.monotonic()` reaches a moment; return at once when it has."""
        if moment_s <= time.monotonic():
            return
        self.ring_at(moment_s)
        self._hub.wait(self._rings)

    def ring_at(self, moment_s: float) -> None:
        """Have whoever sleeps here woken at that moment instead."""
        value = self._timer.value
        value.seconds, value.nanoseconds = divmod(round(moment_s * _NS_PER_S), _NS_PER_S)
        # Set anew, a timer forgets that it rang: it need not be read.
        _checked(
            self._libc.timerfd_settime(
                self._fd, _TFD_TIMER_ABSTIME, ctypes.byref(self._timer), None
            )
        )

    def close(self) -> None:
        """Give the clock back; nobody may sleep on it then."""
        self._rings.close()
        os.close(self._fd)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
