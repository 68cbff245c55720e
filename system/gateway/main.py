"""The gateway process: composition root. `gunicorn ... system.gateway.main:app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import msgspec
import structlog
from fastapi import FastAPI

from system import logs
from system.chassis.app import NotReadyError, Told, build_app
from system.chassis.body_budget import BodyBudget
from system.chassis.key_syntax import KeyMiddleware
from system.chassis.request_bodies import BodyLimitMiddleware
from system.gateway import admission, problem_table
from system.gateway.settings import read_settings
from system.gateway.srv_clients.routes import api as clients
from system.gateway.srv_goods.routes import api as goods
from system.wire.envelope import Deadline, RequestHead, RpcRequest
from system.wire.resolver_status import READY_PATH, standing_in
from system.wire.rpc_client import RpcClient
from system.wire.rpc_errors import RpcError

READY_TIMEOUT_S = 1.0

log = structlog.stdlib.get_logger(__name__)
# A worker that takes calls before it is connected refuses them while its neighbours would answer.
# A broker that is away must not keep it from saying so: one attempt, and a little.
CONNECTED_WITHIN_S = 2.0


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Hold one connection to the broker, in the worker and not in a preloading master."""
    settings = app.state.settings = read_settings()
    logs.configure("gateway")
    app.state.telemetry = settings.telemetry
    app.state.admission = admission.Admission(settings)
    log.info("callers are let in by what they bring", admission=app.state.admission.who)
    app.state.heads = settings.heads
    app.state.most_body_bytes = settings.most_body_bytes
    app.state.held_bodies = BodyBudget(settings.most_held_body_bytes)
    app.state.held_answers = BodyBudget(settings.most_held_answer_bytes)
    rpc = app.state.rpc = RpcClient(
        settings.broker_settings(),
        name="gateway",
        max_in_flight=settings.max_in_flight,
        max_message_bytes=settings.max_message_bytes,
    )
    rpc.start()
    await rpc.connection.stands(within_s=CONNECTED_WITHIN_S)
    try:
        yield
    finally:
        await rpc.close()


async def ready() -> Told:
    """Ask for a resolver, and return what the one that answered says of itself; or why none did."""
    rpc: RpcClient = app.state.rpc
    deadline = Deadline.after(READY_TIMEOUT_S)
    head = RequestHead(method="GET", path=READY_PATH, deadline=deadline, request_id="ready")
    who: str = app.state.admission.who
    try:
        standing = standing_in(await rpc.call(RpcRequest(head)))
    except RpcError as fault:
        raise NotReadyError(admission=who, reason=fault.reason, detail=str(fault)) from fault
    return {"admission": who, "resolver": msgspec.to_builtins(standing)}


GUARDS = (admission.AdmissionMiddleware, BodyLimitMiddleware, KeyMiddleware)

app = build_app("gateway", lifespan, ready, timing="gw", guards=GUARDS)
app.openapi = partial(admission.document, app)  # type: ignore[method-assign] # FastAPI's own way to extend it
app.include_router(clients)
app.include_router(goods)
app.add_exception_handler(RpcError, problem_table.answer)
