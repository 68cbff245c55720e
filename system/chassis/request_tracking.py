"""One HTTP exchange: its request id, how long it took, and which process answered it.

What is logged meanwhile, by whomever, names the exchange.
"""

import os
import re
import secrets
import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from system import logs

REQUEST_ID = "X-Request-Id"
SERVED_BY = "X-Served-By"
SERVER_TIMING = "Server-Timing"
HOPS_MS = "hops_ms"
TRACEPARENT = b"traceparent"

_SENT_ID = REQUEST_ID.lower().encode()
USABLE_ID = re.compile(r"^[A-Za-z0-9._-]{1,128}$")


class RequestTrackingMiddleware:
    """Gives each answer its request id, and `Server-Timing` or the worker that made it.

    The gateway passes `timing="gw"`; an endpoint adds the hops behind it to the scope's `hops_ms`.
    An application whose state says `telemetry = False` tells none of it.
    A service passes its name, which the answer shows with the worker's pid.
    """

    def __init__(self, app: ASGIApp, *, timing: str | None = None, served_by: str = "") -> None:
        self.app = app
        self.timing = timing
        self.served_by = served_by

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application with a request id in the scope's state."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun_s = time.perf_counter()
        sent: dict[bytes, bytes] = dict(reversed(scope["headers"]))  # the first of several counts
        request_id = usable_request_id(sent.get(_SENT_ID, b"").decode("latin-1"))
        scope["request_id"] = request_id

        async def send_signed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._sign(MutableHeaders(scope=message), scope, request_id, begun_s)
            await send(message)

        with logs.serving(request_id, sent.get(TRACEPARENT, b"").decode("latin-1")):
            await self.app(scope, receive, send_signed)

    def _sign(self, headers: MutableHeaders, scope: Scope, request_id: str, begun_s: float) -> None:
        headers[REQUEST_ID] = request_id
        if self.served_by:
            headers[SERVED_BY] = f"{self.served_by}/{os.getpid()}"
        if self.timing and getattr(scope["app"].state, "telemetry", True):
            hops = {self.timing: (time.perf_counter() - begun_s) * 1000} | scope.get(HOPS_MS, {})
            told = ", ".join([f"{hop};dur={ms:.3f}" for hop, ms in hops.items()])
            headers.append(SERVER_TIMING, told)


def usable_request_id(offered: str) -> str:
    """Return the client's id if it is safe to log and to send on, else a new one."""
    if offered and USABLE_ID.match(offered):
        return offered
    return secrets.token_hex(16)
