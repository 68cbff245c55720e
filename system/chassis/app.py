"""Builds the FastAPI application of a service or of the gateway, with what all of them share."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol

from fastapi import FastAPI, Response
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from pydantic import BaseModel
from starlette.convertors import register_url_convertor
from starlette.types import ASGIApp, Receive, Scope, Send

from system.chassis.decimal_numbers import Digits
from system.chassis.methods import HeadMiddleware, refuse
from system.chassis.redirection import redirect
from system.chassis.request_tracking import RequestTrackingMiddleware
from system.chassis.unhandled_errors import FailureMiddleware
from system.chassis.validation_errors import reject, reject_unread

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
Told = Mapping[str, object]
Probe = Callable[[], Awaitable[Told | None]]
Responses = dict[int | str, dict[str, Any]]

# No process records spans. Left on, the framework asks for each request who wants any.
NO_SPANS: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}

register_url_convertor("int", Digits())


class NotReadyError(Exception):
    """A probe found that the process is not ready, and why: that is told beside it."""

    def __init__(self, **told: object) -> None:
        super().__init__("The process is not ready.")
        self.told: Told = told


class Guard(Protocol):
    """A middleware that needs nothing but the application behind it."""

    def __init__(self, app: ASGIApp) -> None: ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, or refuse it."""


class Detail(BaseModel):
    """The body of an error that the service itself makes."""

    detail: str


class InvalidField(BaseModel):
    """One thing that does not fit the schema."""

    loc: list[str | int]
    msg: str
    type: str


class Invalid(BaseModel):
    """The body of a 422: at least one fault. FastAPI's own model lets any object conform."""

    detail: list[InvalidField]


INVALID: Responses = {422: {"model": Invalid, "description": "The request does not fit its schema"}}
NOT_FOUND: Responses = {404: {"model": Detail, "description": "There is no such thing"}}
# A body of nothing but null, which FastAPI would document as a body of anything.
GONE: Responses = {
    202: {
        "description": "It is gone",
        "content": {"application/json": {"schema": {"type": "null"}}},
    }
}


def build_app(  # noqa: PLR0913 -- what tells one process from another, by keyword
    title: str,
    lifespan: Lifespan,
    ready: Probe,
    *,
    timing: str | None = None,
    served_by: str = "",
    guards: Sequence[type[Guard]] = (),
) -> FastAPI:
    """Return an application with HEAD, request ids, 422s that never break, `/health`, `/ready`.

    `ready` returns what there is to tell beside that it is ready, or None where it is not; or it
    raises NotReadyError with what there is to tell beside that. A request passes the `guards` in
    their order, after it has an id, and before anything else.
    """
    app = FastAPI(
        title=title,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=NO_SPANS,
    )
    app.router.default = redirect
    for guard in reversed(guards):
        app.add_middleware(guard)
    app.add_middleware(FailureMiddleware)
    app.add_middleware(RequestTrackingMiddleware, timing=timing, served_by=served_by)
    app.add_middleware(HeadMiddleware)
    app.add_exception_handler(RequestValidationError, reject)
    app.add_exception_handler(400, reject_unread)
    app.add_exception_handler(405, refuse)
    _add_probes(app, ready)
    return app


def _add_probes(app: FastAPI, ready: Probe) -> None:
    @app.get("/health", include_in_schema=False)
    async def health() -> dict[str, str]:
        """Say that the process lives."""
        return {"status": "alive"}

    @app.get("/ready", include_in_schema=False)
    async def is_ready(response: Response) -> dict[str, object]:
        """Prove that what this process stands on answers."""
        try:
            told = await ready()
        except NotReadyError as error:
            response.status_code = 503
            return {"status": "not ready", **error.told}
        if told is not None:
            return {"status": "ready", **told}
        response.status_code = 503
        return {"status": "not ready"}
