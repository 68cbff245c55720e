"""Methods: HEAD is there wherever GET is, and what a path does not have is answered 405.

The framework's own 405 names the methods of the first route that fits the path, and a path has a
route for each method (RFC 9110, 15.5.6).
"""

from collections.abc import Iterator, MutableMapping
from typing import Any, Final

from fastapi import Request
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# To ask for these changes nothing (RFC 9110, 9.2.1).
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_SENT: Final = "sent_method"


class HeadMiddleware:
    """Has HEAD answered as GET is, without the body (RFC 9110, 9.3.2); what routes sees a GET.

    So no route has to be there twice, and no OpenAPI document has to speak of it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, for a HEAD as for a GET."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_bodiless(message: Message) -> None:
            body = message["type"] == "http.response.body"
            await send({**message, "body": b""} if body else message)

        await self.app({**scope, "method": "GET", _SENT: "HEAD"}, receive, send_bodiless)


def sent_method(scope: MutableMapping[str, Any]) -> str:
    """Return the method that the client sent, which for a HEAD is not the one that is routed."""
    method: str = scope.get(_SENT, scope["method"])
    return method


async def refuse(request: Request, _: Exception) -> JSONResponse:
    """Answer 405 with every method that some route offers at this path."""
    allowed = set(_methods(request))
    if "GET" in allowed:
        allowed.add("HEAD")
    said = {"Allow": ", ".join(sorted(allowed))}
    return JSONResponse({"detail": "Method Not Allowed"}, 405, said)


def _methods(request: Request) -> Iterator[str]:
    # An included router is one route of the application: what counts are the routes inside it.
    for route in iter_route_contexts(request.app.routes):
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            yield from route.methods or ()
