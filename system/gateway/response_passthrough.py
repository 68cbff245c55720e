"""Hands a service's answer on, holding no more of answers at a time than one worker may.

A long answer goes out in pieces, each once the one before has left, so that it counts until the
client has it: what a slow client leaves lying is held here and nowhere else. One that is not taken
in time is broken off.
"""

import asyncio
from typing import Final

import structlog
from fastapi import Response
from starlette.types import Receive, Scope, Send

from system.chassis.body_budget import BodyBudget
from system.wire.rpc_errors import OutcomeUnknownError, OverloadError

# What the server under us holds of an answer without being asked.
PIECE_BYTES: Final = 64 * 1024
TAKEN_WITHIN_S: Final = 30.0
_NO_ROOM: Final = "The call was served, but its answer has no room here beside the others."

log = structlog.stdlib.get_logger(__name__)


def refuse_if_tight(answers: BodyBudget) -> None:
    """Raise OverloadError while more than half is held: what is under way may need the rest."""
    if answers.tight:
        raise OverloadError("Too much is waiting to be fetched by its clients.")


class PassedThroughResponse(Response):
    """An answer as it is, which counts until it has been fetched."""

    def __init__(self, answer: Response, *, within_s: float = TAKEN_WITHIN_S) -> None:
        super().__init__(answer.body, status_code=answer.status_code)
        self.within_s = within_s
        self.raw_headers = answer.raw_headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; where there is no room, raise OutcomeUnknownError before anything is sent."""
        answers: BodyBudget = scope["app"].state.held_answers
        with answers.held() as held:
            if not held.grow(len(self.body)):
                raise OutcomeUnknownError(_NO_ROOM)
            if len(self.body) <= PIECE_BYTES:
                await super().__call__(scope, receive, send)
            else:
                await self._in_pieces(send)

    async def _in_pieces(self, send: Send) -> None:
        view = memoryview(self.body)
        head = {"type": "http.response.start", "status": self.status_code}
        try:
            async with asyncio.timeout(self.within_s):
                await send(head | {"headers": self.raw_headers})
                for start in range(0, len(view), PIECE_BYTES):
                    part = bytes(view[start : start + PIECE_BYTES])
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            # An answer that is not completed is a connection that the server closes.
            log.warning("an answer was not fetched in time", bytes=len(view))
