"""A connection that refuses a request itself, before any application sees it, and then ends.

The refusal comes in its turn: never between a request and the answer to it.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Final

import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from system.chassis.problem import problem
from system.chassis.request_tracking import REQUEST_ID, usable_request_id

Fields = Sequence[tuple[bytes, bytes]]

# Closed at once, a connection on which the client still sends is reset, and the refusal lost.
LINGER_S: Final = 2.0

log = structlog.stdlib.get_logger(__name__)


class RefusedRequestError(Exception):
    """A request is not taken; it says with which status, for which reason, and what to do."""

    def __init__(self, status: int, reason: str, said: str) -> None:
        super().__init__(said)
        self.status = status
        self.reason = reason


def rendered(
    refused: RefusedRequestError, fields: Fields, *, request_id: str, bodiless: bool
) -> bytes:
    """Return the answer: a problem that ends the connection, with these header fields as well."""
    headers = {REQUEST_ID: request_id, "Connection": "close"}
    answer = problem(refused.status, refused.reason, str(refused), headers)
    lines = [b"%b: %b\r\n" % field for field in (*fields, *answer.raw_headers)]
    body = b"" if bodiless else bytes(answer.body)
    return b"".join([STATUS_LINE[refused.status], *lines, b"\r\n", body])


class RefusingProtocol(HttpToolsProtocol):
    """Uvicorn's protocol, which may refuse what comes and what does not come."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.deaf = False  # what comes is thrown away
        self.overdue: asyncio.TimerHandle | None = None

    @abstractmethod
    def nothing_came(self) -> None:
        """Do what is to be done where nothing came in time."""

    @property
    def in_head(self) -> bool:
        """Tell whether a head has begun that is not complete, or was refused."""
        return self.scope is not None and (self.cycle is None or self.cycle.scope is not self.scope)

    @property
    def answering(self) -> bool:
        """Tell whether the newest request is still to be answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def expect_within(self, within_s: float) -> None:
        """Have something come within so long, or within what is left of an earlier bound."""
        due_s = self.loop.time() + within_s
        if self.overdue is not None and self.overdue.when() <= due_s:
            return
        self.expect_nothing()
        self.overdue = self.loop.call_at(due_s, self.nothing_came)

    def expect_nothing(self) -> None:
        """Wait as long as it takes."""
        if self.overdue is not None:
            self.overdue.cancel()
            self.overdue = None

    def refuse(self, refused: RefusedRequestError) -> None:
        """Answer with the refusal in its turn, and read no further."""
        request_id = self._request_id()
        log.warning("request refused", reason=refused.reason, request_id=request_id)
        self.deaf = True
        self.expect_nothing()
        cycle = self.cycle
        if self.answering and not cycle.more_body:
            # What was asked before is answered, and the connection then closed: that says enough.
            cycle.keep_alive = False
        elif self.answering:
            self._refuse_body(refused, request_id)
        else:
            self._answer(refused, request_id)

    def _refuse_body(self, refused: RefusedRequestError, request_id: str) -> None:
        cycle = self.cycle

        async def answer(*_: object) -> None:
            self._answer(refused, request_id)

        cycle.disconnected = True
        cycle.message_event.set()
        if self.pipeline:
            self.pipeline[0] = (cycle, answer)  # in place of the application
        elif cycle.response_started:
            self.transport.close()
        else:
            self._answer(refused, request_id)

    def _request_id(self) -> str:
        offered = dict(self.headers or ()).get(REQUEST_ID.lower().encode(), b"")
        return usable_request_id(offered.decode("latin-1"))

    def _answer(self, refused: RefusedRequestError, request_id: str) -> None:
        if self.transport.is_closing():
            return
        fields = self.server_state.default_headers
        bodiless = self.parser.get_method() == b"HEAD"
        self.transport.write(rendered(refused, fields, request_id=request_id, bodiless=bodiless))
        self._linger()

    def _linger(self) -> None:
        if self.transport.can_write_eof():
            self.transport.write_eof()
            self.overdue = self.loop.call_later(LINGER_S, self.transport.abort)
        else:
            self.transport.close()
