"""Refuses a request body that is too large with 413, without reading it whole.

What says its length is refused by it alone; what comes in chunks is read up to the limit. (The
framework's own limit answers in plain text, once the application reads, and leaves the connection
open, so that the rest of the body is read after all.)
"""

from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from system.chassis.problem import problem

MOST_BYTES: Final = 1024 * 1024


class TooLargeError(Exception):
    """A body is larger than it may be."""


class BodyLimitMiddleware:
    """Answers 413 to a body of more than the application state's `most_body_bytes`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application unless the body is too large."""
        if scope["type"] == "http":
            try:
                receive = await _limited(scope, receive, _most_bytes(scope))
            except TooLargeError as error:
                # The rest of the body is not waited for, so the connection cannot go on.
                refusal = problem(413, "too_large", str(error), {"Connection": "close"})
                await refusal(scope, receive, send)
                return
            except ClientDisconnect:
                return
        await self.app(scope, receive, send)


async def _limited(scope: Scope, receive: Receive, most_bytes: int) -> Receive:
    for name, value in scope["headers"]:
        if name == b"content-length":
            # The server has checked that it is a number, and holds the client to it.
            _refuse_above(most_bytes, int(value))
        elif name == b"transfer-encoding":
            return replayed(await whole(receive, most_bytes), receive)
    return receive


async def whole(receive: Receive, most_bytes: int | None = None) -> bytes:
    """Return the request's body; raise TooLargeError once it has more than `most_bytes`.

    Raise ClientDisconnect where it breaks off.
    """
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if most_bytes is not None:
            _refuse_above(most_bytes, len(body))
        more = message.get("more_body", False)
    return bytes(body)


def replayed(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read already, and then what `receive` gives."""
    rest: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return rest.pop() if rest else await receive()

    return again


def _most_bytes(scope: Scope) -> int:
    return getattr(scope["app"].state, "most_body_bytes", MOST_BYTES)


def _refuse_above(most_bytes: int, size_bytes: int) -> None:
    if size_bytes > most_bytes:
        raise TooLargeError(
            f"Expected a body of at most {most_bytes} bytes, this one is larger;"
            " send it in smaller parts."
        )
