"""Turns a request that does not fit its schema into FastAPI's 422, without echoing the input.

FastAPI repeats the offending input in the answer. A lone surrogate or NaN in it then breaks the
answer's own encoding, and a secret in it comes back: so the answer keeps place, message and type.
"""

from typing import Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

# As pydantic has it of a number in a path or a query.
_SAID: Final = "Unable to parse input string as an integer, exceeded maximum size"


async def reject(_: Request, error: Exception) -> JSONResponse:
    """Answer 422 with where, what and which kind, in FastAPI's shape."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 -- registered for this type alone
    faults = [
        {"loc": [_storable(part) for part in fault["loc"]], "msg": _storable(fault["msg"])}
        | {"type": fault["type"]}
        for fault in error.errors()
    ]
    return JSONResponse({"detail": faults}, status_code=422)


async def reject_unread(_: Request, error: Exception) -> JSONResponse:
    """Answer 422 to JSON with an integer of too many digits, and 400 to what is no text at all."""
    assert isinstance(error, HTTPException)  # noqa: S101 -- registered for this type alone
    cause = error.__cause__
    if not isinstance(cause, ValueError) or isinstance(cause, UnicodeError):
        return JSONResponse({"detail": error.detail}, error.status_code, error.headers)
    fault = {"loc": ["body"], "msg": _SAID, "type": "int_parsing_size"}
    return JSONResponse({"detail": [fault]}, 422)


def _storable(part: object) -> object:
    # A key of the client's body may hold a lone surrogate, which no encoding can carry.
    return part.encode(errors="replace").decode() if isinstance(part, str) else part
