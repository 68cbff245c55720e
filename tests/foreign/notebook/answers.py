"""What the notebook says when it says no."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel


class Problem(BaseModel):
    """One sentence."""

    detail: str


class Rejected(BaseModel):
    """How many things do not fit."""

    faults: int


def say_no(app: FastAPI) -> None:
    """Answer what does not fit, and methods that are not there, in the notebook's own way."""

    @app.exception_handler(RequestValidationError)
    async def reject(_: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse({"faults": len(error.errors())}, 422)

    @app.exception_handler(405)
    async def refuse(request: Request, _: Exception) -> JSONResponse:
        fitting = (r for r in app.routes if r.matches(request.scope)[0].value)
        allowed = {method for route in fitting for method in getattr(route, "methods", ())}
        return JSONResponse({"detail": "not here"}, 405, {"Allow": ", ".join(sorted(allowed))})
