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


def answer_422(app: FastAPI) -> None:
    """Answer what does not fit in the notebook's own way."""

    @app.exception_handler(RequestValidationError)
    async def reject(_: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse({"faults": len(error.errors())}, 422)
