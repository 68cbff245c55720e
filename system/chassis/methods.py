"""Answers a method that a path does not have with all that it has (RFC 9110, 15.5.6).

The framework's own 405 names the methods of the first route that fits the path, and a path has a
route for each method.
"""

from collections.abc import Iterator
from typing import Final

from fastapi import Request
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from starlette.routing import Match

# To ask for these changes nothing (RFC 9110, 9.2.1).
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


async def refuse(request: Request, _: Exception) -> JSONResponse:
    """Answer 405 with every method that some route offers at this path."""
    allowed = ", ".join(sorted(set(_methods(request))))
    return JSONResponse({"detail": "Method Not Allowed"}, 405, {"Allow": allowed})


def _methods(request: Request) -> Iterator[str]:
    # An included router is one route of the application: what counts are the routes inside it.
    for route in iter_route_contexts(request.app.routes):
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            yield from route.methods or ()
