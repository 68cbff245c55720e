"""Refuses an Idempotency-Key that is no key with 400: alike at the gateway and in every service.

The draft's form of a key is a quoted string. Any printable text of 1-255 characters will do here,
and is compared as it stands, quotes included.
"""

import re
from typing import Final

from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from system.chassis.methods import SAFE_METHODS
from system.chassis.write_responses import KEY_PATTERN

HEADER: Final = b"idempotency-key"
_KEY: Final = re.compile(KEY_PATTERN.removesuffix("$").encode() + rb"\Z")
_SAID: Final = "Idempotency-Key is no key; expected one, of 1 to 255 printable characters"


class KeyMiddleware:
    """Answers 400 to a request that may write and whose key is none, or more than one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application for a request with a usable key, or without one."""
        keys = keys_of(scope)
        if not keys or (len(keys) == 1 and _KEY.match(keys[0])):
            await self.app(scope, receive, send)
        else:
            await JSONResponse({"detail": _SAID}, 400)(scope, receive, send)


def keys_of(scope: Scope) -> list[bytes]:
    """Return the keys of a request that may write."""
    if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
        return []
    return [value for name, value in scope["headers"] if name == HEADER]
