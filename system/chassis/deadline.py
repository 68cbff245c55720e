"""Until when a request may begin to write: what the resolver says in `X-Deadline`, kept at hand.

    X-Deadline: boot=<boot id>; monotonic=<seconds>; wall=<unix seconds>; left=<seconds>
                (6 decimals each)

The monotonic value counts where caller and service run on one boot of one machine. Elsewhere `left`
does, the time that was left when the request was sent, less what it has waited (system/clocks.py).
A caller of an older version does not say it: then the wall clock counts, whose error is the clocks'
skew. A header that cannot be read is refused with 400: only a caller of the system's own sends it,
and to ignore it would be to write without a limit.
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
from system.clocks import Clocks

HEADER: Final = b"x-deadline"
_SECONDS: Final = rb"([0-9]{1,12}\.[0-9]{6})"
_FORM: Final = re.compile(
    rb"boot=([!-:<-~]{1,64}); monotonic=%b; wall=%b(?:; left=%b)?" % ((_SECONDS,) * 3)
)

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


def due_on_this_clock(header: bytes, clocks: Clocks) -> float:
    """Return the moment that a header names, on this process's monotonic clock, in seconds.

    `clocks` is what it has learned of others'. Raise ValueError where it has another form.
    """
    form = _FORM.fullmatch(header)
    if form is None:
        raise ValueError("X-Deadline is not readable; expected boot=, monotonic= and wall=")
    boot, monotonic_s, wall_s, left_s = form.groups()
    if boot == BOOT.encode():
        return float(monotonic_s)
    if left_s is None:
        return time.monotonic() + float(wall_s) - time.time()
    sent_s = float(monotonic_s) - float(left_s)
    return clocks.due_s(boot.decode("ascii"), sent_s=sent_s, left_s=float(left_s))


class DeadlineMiddleware:
    """Sets the deadline of each request that may write."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._clocks = Clocks()

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
            due_s = due_on_this_clock(told, self._clocks)
        except ValueError as error:
            await JSONResponse({"detail": str(error)}, 400)(scope, receive, send)
            return
        token = DUE_S.set(due_s)
        try:
            await self.app(scope, receive, send)
        finally:
            DUE_S.reset(token)
