"""Answers a call in which the application fails, so that also a 500 bears its request id.

The framework's own answer is made outside every middleware, in plain text, and its server then
writes the traceback down without a word of which call it was.
"""

from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from system.chassis.problem import problem

_SAID: Final = "The call failed for a defect in here; the log has more, under its request id."

log = structlog.stdlib.get_logger(__name__)


class FailureMiddleware:
    """Turns what the application raises into a 500 and a traceback in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application; an answer that has begun cannot be taken back, and breaks off."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answering = _Answering(send)
        try:
            await self.app(scope, receive, answering.send)
        except Exception:
            log.exception("call failed", reason="internal")
            if answering.begun:
                raise
            await problem(500, "internal", _SAID)(scope, receive, send)


class _Answering:
    """Notes that an answer has begun."""

    def __init__(self, send: Send) -> None:
        self.begun = False
        self._send = send

    async def send(self, message: Message) -> None:
        self.begun = True
        await self._send(message)
