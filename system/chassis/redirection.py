"""Sends who asked with a slash too many, or one too few, to the path that is there.

The framework's own redirect repeats the Host that the client sent, which may be anybody's; this one
names the path alone (RFC 9110, 10.2.2).
"""

from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Receive, Scope, Send


async def redirect(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 307 where a route fits the path but for its last slash; raise a 404 otherwise."""
    other = {**scope, "path": _other(scope["path"])}
    routes = scope["app"].routes
    if scope["path"] == "/" or all(one.matches(other)[0] is Match.NONE for one in routes):
        raise HTTPException(404)
    query = scope["query_string"].decode("latin-1")
    # Two slashes at its begin would make the path's first part a host.
    path = "/" + _other(scope["raw_path"].decode("latin-1")).lstrip("/")
    await RedirectResponse(f"{path}?{query}" if query else path)(scope, receive, send)


def _other(path: str) -> str:
    return path.rstrip("/") if path.endswith("/") else f"{path}/"
