"""The `router` decorator: an endpoint whose body is empty, because the answer comes from the queue.

    @router(api, "POST", "/clients", status_code=201, response_model=Client, responses=INVALID)
    async def create_client(client: ClientData) -> None:
        "Create a client."

FastAPI validates the request against the signature; what is sent on is the request as it came,
unparsed, and what is handed back is the service's answer, byte for byte.
"""

import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from system.chassis.app import Responses
from system.chassis.decimal_numbers import capped
from system.chassis.methods import sent_method
from system.chassis.request_tracking import HOPS_MS, REQUEST_ID
from system.gateway.client_disconnects import unless_gone
from system.gateway.response_passthrough import PassedThroughResponse, refuse_if_tight
from system.wire import passed_headers
from system.wire.call_timings import CallTimings
from system.wire.envelope import Deadline, Headers, RequestHead, RpcReply, RpcRequest

if TYPE_CHECKING:
    from system.gateway.settings import GatewaySettings
    from system.wire.rpc_client import RpcClient

TIMEOUT_HEADER = "X-Request-Timeout-Ms"

Endpoint = Callable[..., Awaitable[None]]


def router(  # noqa: PLR0913 -- what FastAPI takes, by keyword
    api: APIRouter,
    method: str,
    path: str,
    *,
    status_code: int = 200,
    response_model: object = None,
    responses: Responses | None = None,
    openapi_extra: dict[str, Any] | None = None,
) -> Callable[[Endpoint], Endpoint]:
    """Register the decorated signature as an endpoint that calls the resolver."""

    def register(endpoint: Endpoint) -> Endpoint:
        api.add_api_route(
            path,
            _forwarding(endpoint),
            methods=[method],
            status_code=status_code,
            response_model=response_model,
            responses=responses,
            openapi_extra=openapi_extra,
        )
        return endpoint

    return register


def _forwarding(endpoint: Endpoint) -> Callable[..., Awaitable[Response]]:
    async def forward(*, http_request: Request, **_: object) -> Response:
        await http_request.body()
        refuse_if_tight(http_request.app.state.held_answers)
        return PassedThroughResponse(await unless_gone(http_request, resolve(http_request)))

    own = inspect.Parameter("http_request", inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    validated = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in inspect.signature(endpoint).parameters.values()
    ]
    forward.__name__, forward.__doc__ = endpoint.__name__, endpoint.__doc__
    forward.__signature__ = inspect.Signature([own, *validated])  # type: ignore[attr-defined] # FastAPI reads it
    return forward


async def resolve(request: Request) -> Response:
    """Send the request to the resolver and return the service's answer; raise an RpcError."""
    rpc: RpcClient = request.app.state.rpc
    call = await _packed(request)
    if not request.app.state.telemetry:
        return _unpacked(call, await rpc.call(call))
    passage = CallTimings()
    try:
        return _unpacked(call, await rpc.call(call, passage))
    finally:
        request.scope[HOPS_MS] = passage.hops_ms()


async def _packed(request: Request) -> RpcRequest:
    head = RequestHead(
        method=sent_method(request.scope),
        path=request.scope["raw_path"].decode("latin-1"),
        query=request.scope["query_string"].decode("latin-1"),
        headers=_sent_headers(request),
        deadline=Deadline.after(_timeout_s(request)),
        request_id=request.scope["request_id"],
    )
    return RpcRequest(head, await request.body())


def _sent_headers(request: Request) -> Headers:
    sent = (
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw
    )
    passing = passed_headers.passing(sent, passed_headers.REQUEST_HEADERS)
    return (*passing, (REQUEST_ID, request.scope["request_id"]))


def _timeout_s(request: Request) -> float:
    settings: GatewaySettings = request.app.state.settings
    asked = request.headers.get(TIMEOUT_HEADER, "")
    if not (asked.isascii() and asked.isdigit()):
        asked = str(settings.default_timeout_ms)
    return max(1, capped(asked, settings.max_timeout_ms)) / 1000


def _unpacked(call: RpcRequest, reply: RpcReply) -> Response:
    response = Response(reply.body, status_code=reply.head.status)
    if call.head.method == "HEAD":
        # It is the service that knows how long the body is which a GET would have got.
        response.raw_headers = []
    response.raw_headers += [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in reply.head.headers
    ]
    return response
