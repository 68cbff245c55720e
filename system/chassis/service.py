"""Builds the application of a service: what it does before and around every call that writes."""

from pathlib import Path

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from system.chassis.app import Lifespan, Probe, build_app
from system.chassis.body_budget import BodyBudget
from system.chassis.deadline import DeadlineMiddleware, TooLateError
from system.chassis.idempotency import (
    IdempotencyMiddleware,
    KeptError,
    KeyInUseError,
    KeyReusedError,
)
from system.chassis.key_syntax import KeyMiddleware
from system.chassis.problem import problem
from system.chassis.request_bodies import BodyLimitMiddleware
from system.chassis.request_heads import HeadBounds
from system.chassis.sqlite import Database, StoreBusyError, Synchronous
from system.settings import Settings

RETRY_AFTER = {"Retry-After": "1"}

log = structlog.stdlib.get_logger(__name__)


class ServiceSettings(Settings):
    """Where a service keeps its rows, how long answers under a key, and how long bodies may be."""

    database: Path
    database_synchronous: Synchronous
    idempotency_kept_s: float
    heads: HeadBounds = HeadBounds()
    most_body_bytes: int
    most_held_body_bytes: int

    def made_database(self) -> Database:
        """Return the database, not opened yet."""
        return Database(
            self.database,
            answers_kept_s=self.idempotency_kept_s,
            synchronous=self.database_synchronous,
        )

    def body_budget(self) -> BodyBudget:
        """Return how much a worker may hold of requests."""
        return BodyBudget(self.most_held_body_bytes)


def build_service(name: str, lifespan: Lifespan, ready: Probe) -> FastAPI:
    """Return an application that bounds bodies, heeds deadlines and executes a key once."""
    guards = (BodyLimitMiddleware, KeyMiddleware, DeadlineMiddleware, IdempotencyMiddleware)
    app = build_app(name, lifespan, ready, served_by=name, guards=guards)
    app.add_exception_handler(TooLateError, _too_late)
    app.add_exception_handler(StoreBusyError, _busy)
    app.add_exception_handler(KeptError, _kept)
    app.add_exception_handler(KeyInUseError, _in_use)
    app.add_exception_handler(KeyReusedError, _reused)
    return app


async def _too_late(_: Request, error: Exception) -> JSONResponse:
    log.warning("call failed", reason="deadline")
    return problem(504, "deadline", str(error))


async def _busy(_: Request, error: Exception) -> JSONResponse:
    log.warning("call failed", reason="busy")
    return problem(503, "busy", str(error), RETRY_AFTER)


async def _kept(_: Request, error: Exception) -> Response:
    assert isinstance(error, KeptError)  # noqa: S101 -- registered for this type alone
    response = Response(error.answer.body, error.answer.status)
    response.raw_headers = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in error.answer.headers
    ]
    return response


async def _in_use(_: Request, __: Exception) -> JSONResponse:
    said = "A request with this Idempotency-Key is still running"
    return JSONResponse({"detail": said}, 409, RETRY_AFTER)


async def _reused(_: Request, __: Exception) -> JSONResponse:
    fault = {
        "loc": ["header", "Idempotency-Key"],
        "msg": "This key was used for another request",
        "type": "idempotency_key_reused",
    }
    return JSONResponse({"detail": [fault]}, 422)
