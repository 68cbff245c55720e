"""Until when a request may begin to write: what the resolver says in `X-Deadline`, kept at hand.

    X-Deadline: boot=<boot id>; monotonic=<seconds>; wall=<unix seconds>     (6 decimals each)

The monotonic value counts where caller and service run on one boot of one machine; else the wall
clock does, whose error is the clocks' skew. A header that cannot be read is refused with 400:
only a caller of the system's own sends it, and to ignore it would be to write without a limit.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from system.boot import BOOT
from system.chassis.methods import SAFE_METHODS

HEADER: Final = b"x-deadline"
_SECONDS: Final = rb"([0-9]{1,12}\.[0-9]{6})"
_FORM: Final = re.compile(rb"boot=([!-:<-~]{1,64}); monotonic=" + _SECONDS + b"; wall=" + _SECONDS)

DUE_S: ContextVar[float | None] = ContextVar("due_s", default=None)


class TooLateError(Exception):
    """The deadline passed before anything was written."""

    def __init__(self) -> None:
        super().__init__("The deadline passed before the call could begin; nothing was written.")


def left_s() -> float | None:
    """Return the seconds in which the present request may still begin to write; None: no limit."""
    due_s = DUE_S.get()
    return None if due_s is None else due_s - time.monotonic()


def refuse_if_late() -> None:
    """Raise TooLateError where the present request's deadline has passed."""
    due_s = DUE_S.get()
    if due_s is not None and time.monotonic() >= due_s:
        raise TooLateError


@contextmanager
def earlier(by_s: float) -> Iterator[None]:
    """Bring the present request's deadline forward, if it has one."""
    due_s = DUE_S.get()
    token = DUE_S.set(None if due_s is None else due_s - by_s)
    try:
        yield
    finally:
        DUE_S.reset(token)


def due_on_this_clock(header: bytes) -> float:
    """Return the moment that a header names, on this process's monotonic clock, in seconds.

    Raise ValueError where it has another form.
    """
    form = _FORM.fullmatch(header)
    if form is None:
        raise ValueError("X-Deadline is not readable; expected boot=, monotonic= and wall=")
    boot, monotonic_s, wall_s = form.groups()
    if boot == BOOT.encode():
        return float(monotonic_s)
    return time.monotonic() + float(wall_s) - time.time()


class DeadlineMiddleware:
    """Sets the deadline of each request that may write."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application with the deadline at hand, or answer 400."""
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
            await self.app(scope, receive, send)
            return
        told = next((value for name, value in scope["headers"] if name == HEADER), None)
        if told is None:
            await self.app(scope, receive, send)
            return
        try:
            due_s = due_on_this_clock(told)
        except ValueError as error:
            await JSONResponse({"detail": str(error)}, 400)(scope, receive, send)
            return
        token = DUE_S.set(due_s)
        try:
            await self.app(scope, receive, send)
        finally:
            DUE_S.reset(token)
