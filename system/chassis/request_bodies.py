"""Reads a request's body whole, within bounds: of its own size, of all bodies together, of time.

    larger than one may be                413 too_large
    no room beside the others held        503 overload, with Retry-After
    not all there in time                 408 too_slow

It is read before anything else is done for the request, and what has been read is counted until the
request is answered. What says its length is refused by it alone. A refusal closes the connection,
since the rest of the body is not waited for. (The framework's own limit answers in plain text, once
the application reads, and leaves the connection open, so that the rest is read after all.)
"""

import asyncio
import sys
from typing import ClassVar, Final

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from system.chassis.body_budget import BodyBudget, Held
from system.chassis.decimal_numbers import capped
from system.chassis.problem import problem

MOST_BYTES: Final = 1024 * 1024
MOST_HELD_BYTES: Final = 32 * MOST_BYTES
WITHIN_S: Final = 30.0


class BodyRefusedError(Exception):
    """A body is not read any further; subclasses say why."""

    status: ClassVar[int]
    reason: ClassVar[str]
    headers: ClassVar[dict[str, str]] = {}


class BodyTooLargeError(BodyRefusedError):
    """A body is larger than it may be."""

    status = 413
    reason = "too_large"

    def __init__(self, most_bytes: int) -> None:
        super().__init__(
            f"Expected a body of at most {most_bytes} bytes, this one is larger;"
            " send it in smaller parts."
        )


class NoRoomError(BodyRefusedError):
    """The process holds as much of other bodies as it may."""

    status = 503
    reason = "overload"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "1"}

    def __init__(self) -> None:
        super().__init__("Too much is being sent at this moment; nothing was done, try again soon.")


class BodyTooSlowError(BodyRefusedError):
    """A body took too long to come."""

    status = 408
    reason = "too_slow"

    def __init__(self, within_s: float) -> None:
        super().__init__(f"Expected the whole body within {within_s:.0f} s; nothing was done.")


class BodyLimitMiddleware:
    """Reads each body before the application runs, or refuses it.

    The application's state may say otherwise what is `most_body_bytes`, and how much the process
    holds of all of them (`held_bodies`, a BodyBudget).
    """

    def __init__(self, app: ASGIApp, *, within_s: float = WITHIN_S) -> None:
        self.app = app
        self.within_s = within_s
        self._budget = BodyBudget(MOST_HELD_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application with the body at hand, unless that is refused."""
        if scope["type"] != "http" or not _has_body(scope):
            await self.app(scope, receive, send)
            return
        with getattr(scope["app"].state, "held_bodies", self._budget).held() as held:
            try:
                body = await self._read(scope, receive, held)
            except BodyRefusedError as error:
                headers = error.headers | {"Connection": "close"}
                refusal = problem(error.status, error.reason, str(error), headers)
                await refusal(scope, receive, send)
            except ClientDisconnect:
                return
            else:
                await self.app(scope, replayed(body, receive), send)

    async def _read(self, scope: Scope, receive: Receive, held: Held) -> bytes:
        most_bytes = getattr(scope["app"].state, "most_body_bytes", MOST_BYTES)
        if _told_bytes(scope) > most_bytes:
            raise BodyTooLargeError(most_bytes)
        try:
            async with asyncio.timeout(self.within_s):
                return await whole(receive, most_bytes, held)
        except TimeoutError as error:
            raise BodyTooSlowError(self.within_s) from error


async def whole(receive: Receive, most_bytes: int | None = None, held: Held | None = None) -> bytes:
    """Return the request's body; raise ClientDisconnect where it breaks off.

    Raise BodyTooLargeError once it has more than `most_bytes`, NoRoomError once `held` cannot grow.
    """
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part = message.get("body", b"")
        if most_bytes is not None and len(body) + len(part) > most_bytes:
            raise BodyTooLargeError(most_bytes)
        if held is not None and not held.grow(len(part)):
            raise NoRoomError
        body += part
        more = message.get("more_body", False)
    return bytes(body)


def replayed(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read already, and then what `receive` gives."""
    rest: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return rest.pop() if rest else await receive()

    return again


def _has_body(scope: Scope) -> bool:
    return any(name in {b"content-length", b"transfer-encoding"} for name, _ in scope["headers"])


def _told_bytes(scope: Scope) -> int:
    # The server has checked that it is a number of 64 bits, and holds the client to it.
    lengths = (value for name, value in scope["headers"] if name == b"content-length")
    return capped(next(lengths, b"0").strip().decode("ascii"), sys.maxsize)
