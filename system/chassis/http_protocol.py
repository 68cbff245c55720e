"""HTTP/1.1 on one connection: uvicorn's protocol, within bounds, and with problems for errors.

    a request that is refused (`heads`)     a problem, and the end of the connection
    nothing comes on a new connection       closed without a word
    the client has ended its own half       answered what it asked whole, then closed (`foreword`)
    an answer that nobody fetches           broken off
    fields behind a body (trailers)         no headers of the request (RFC 9110, 6.5.1)

Uvicorn bounds heads with its other parser (h11) alone. What is counted here are the bytes since a
head, a part of a body or a request was complete: httptools gathers them until the next one is. Of a
request that comes in one piece nothing is left to count.
"""

import asyncio
from typing import Any, Final

import httptools
from uvicorn.config import Config
from uvicorn.server import ServerState

from system.chassis import request_heads
from system.chassis.connection_refusal import RefusedRequestError, RefusingProtocol
from system.chassis.half_close import HalfCloseTransport
from system.chassis.joined_writes import JoiningTransport

# For so long an answer may lie here without a byte of it being taken.
FETCHED_WITHIN_S: Final = 30.0
# Requests on one connection that wait for the answer to the one before them, each with its head.
MOST_PIPELINED: Final = 64
_TOO_MANY: Final = f"Expected at most {MOST_PIPELINED} requests ahead of their answers."
_ENDED: Final = "Expected a whole request; this one breaks off."
_BESIDE_UPGRADE: Final = "Expected no body beside an Upgrade, which is not offered; leave it out."


class BoundedProtocol(RefusingProtocol):
    """One connection; the application's state may say otherwise what is `heads` (HeadBounds)."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        state = getattr(config.app, "state", None)
        self._bounds: request_heads.HeadBounds = (
            getattr(state, "heads", None) or request_heads.HeadBounds()
        )
        self._uncounted_bytes = 0
        self._unfetched: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as the base class
        """Begin to wait for a request."""
        super().connection_made(transport)
        self.expect_within(self._bounds.first_byte_within_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the application, and wait for nothing more."""
        self.expect_nothing()
        if self._unfetched is not None:
            self._unfetched.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take requests apart, until one is refused."""
        if self.deaf:
            return
        self._unset_keepalive_if_required()
        self._uncounted_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # answered as if it had not been asked for (RFC 9110, 7.8)
        except httptools.HttpParserError as error:
            why = error.__context__
            self.refuse(why if isinstance(why, RefusedRequestError) else request_heads.no_request())
            return
        cycle = self.cycle
        if self._uncounted_bytes or cycle is None or cycle.scope is not self.scope:
            self._wait_for_more()
        elif cycle.response_complete:
            self._wait_for_rest()

    def _wait_for_rest(self) -> None:
        # The answer came before its request had ended.
        if self.cycle.more_body:
            self.expect_within(self._bounds.within_s)
        else:
            self.expect_nothing()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _wait_for_more(self) -> None:
        bounds = self._bounds
        too_many = len(self.headers or ()) > bounds.most_fields
        if too_many or self._uncounted_bytes > bounds.most_bytes:
            self.refuse(request_heads.too_large(bounds, self.url if self.in_head else b""))
        elif self.in_head or not self.answering:
            self.expect_within(bounds.within_s)

    def on_headers_complete(self) -> None:
        """Have the request served, unless its head is refused."""
        self._check_head()
        super().on_headers_complete()
        if self.scope["method"] != "HEAD":  # whose answer's head nothing follows
            self.cycle.transport = JoiningTransport(self.transport, self.loop)  # type: ignore[assignment] # as much of one as is used
        self._uncounted_bytes = 0
        self.expect_nothing()
        self.headers = []  # of the trailers
        if self.parser.should_upgrade():
            # The parser leaves out whatever follows.
            self.cycle.keep_alive = False
            self.deaf = True

    def _check_head(self) -> None:
        bounds, fields = self._bounds, self.headers
        request_heads.check(self.parser.get_http_version(), self.url, fields)
        too_many = len(fields) > bounds.most_fields
        if too_many or (
            self._uncounted_bytes > bounds.most_bytes
            and request_heads.size(self.url, fields) > bounds.most_bytes
        ):
            raise request_heads.too_large(bounds, self.url)
        if len(self.pipeline) >= MOST_PIPELINED:
            raise RefusedRequestError(503, "overload", _TOO_MANY)
        if self.parser.should_upgrade() and request_heads.announces_body(fields):
            raise request_heads.no_request(_BESIDE_UPGRADE)

    def on_body(self, body: bytes) -> None:
        """Hand a part of the body on."""
        self._uncounted_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request, also one that was answered before."""
        cycle = self.cycle
        cycle.more_body = False
        cycle.message_event.set()
        self._uncounted_bytes = 0
        if self.headers:
            self.headers = []

    def eof_received(self) -> bool:  # type: ignore[override] # the base class closes in any case
        """Go on with what was asked whole, and close the connection after it."""
        cycle = self.cycle
        if not self.transport.can_write_eof():
            return False
        if self.answering and not cycle.more_body:
            cycle.keep_alive = False
            self._look_for_client()
            return True
        if self.answering or self.in_head:
            if not self.deaf:
                self.refuse(request_heads.no_request(_ENDED))
            return bool(self.pipeline)
        return False

    def _look_for_client(self) -> None:
        cycle = self.cycle
        if not (
            self.pipeline
            or cycle.response_started
            or isinstance(cycle.transport, HalfCloseTransport)
        ):
            cycle.transport = HalfCloseTransport(self.transport, self.loop)  # type: ignore[assignment] # as much of one as is used

    def on_response_complete(self) -> None:
        """Wait for the next request, or see that the connection ends."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._end_unfetched()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that idles."""
        super().timeout_keep_alive_handler()
        self._end_unfetched()

    def pause_writing(self) -> None:
        """Have the application wait for the client, for a while."""
        super().pause_writing()
        self._end_unfetched()

    def resume_writing(self) -> None:
        """Have the application go on."""
        super().resume_writing()
        if self._unfetched is not None and not self.transport.is_closing():
            self._unfetched.cancel()
            self._unfetched = None

    def _end_unfetched(self) -> None:
        if self._unfetched is None and self.transport.get_write_buffer_size():
            self._unfetched = self.loop.call_later(FETCHED_WITHIN_S, self.transport.abort)

    def nothing_came(self) -> None:
        """Answer 408 to half a head; close a connection on which there is none."""
        if self.in_head:
            self.refuse(request_heads.too_slow(self._bounds.within_s))
        else:
            self.transport.close()
            self._end_unfetched()
