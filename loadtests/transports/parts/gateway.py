"""A gateway that hands on everything as it comes: no mirror, no validation, no limits.

So it does less than the reference system's, which is to the other transports' advantage.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI, Request, Response

from loadtests.transports.parts.exchange import GatewayRequest, ServiceResponse

Ask = Callable[[GatewayRequest], Awaitable[ServiceResponse]]
Opened = Callable[[], AbstractAsyncContextManager[Ask]]
METHODS = ["GET", "POST", "PATCH", "DELETE"]


def build(opened: Opened) -> FastAPI:
    """Return the application; `opened` gives what asks over the transport, in the worker."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opened() as app.state.ask:
            yield

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/ready")
    async def ready() -> dict[str, str]:
        return {"status": "ready"}

    app.api_route("/{path:path}", methods=METHODS)(_answer)
    return app


async def _answer(request: Request) -> Response:
    began_s = time.monotonic()
    query = request.url.query
    asked = GatewayRequest(
        method=request.method,
        target=request.url.path + (f"?{query}" if query else ""),
        body=(await request.body()).decode(),
        content_type=request.headers.get("content-type", ""),
    )
    asked_s = time.monotonic()
    told: ServiceResponse = await request.app.state.ask(asked)
    ended_s = time.monotonic()
    hops_ms = {"gw": (ended_s - began_s) * 1000, "rpc": (ended_s - asked_s) * 1000}
    hops_ms["service"] = told.service_ms
    timing = ", ".join(f"{name};dur={ms:.3f}" for name, ms in hops_ms.items())
    return Response(told.body, told.status, told.headers | {"Server-Timing": timing})
