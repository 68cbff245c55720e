"""Turns a fault of the RPC into an HTTP problem (RFC 9457): one table."""

import math

import structlog
from fastapi import Request
from fastapi.responses import JSONResponse

from system.chassis.problem import problem
from system.wire import rpc_errors

RETRY_AFTER_S = 1.0

log = structlog.stdlib.get_logger(__name__)

STATUS: dict[type[rpc_errors.Fault], int] = {
    rpc_errors.NoResponder: 503,
    rpc_errors.BrokerDown: 503,
    rpc_errors.BrokerBlocked: 503,
    rpc_errors.AccessRefused: 503,
    rpc_errors.QueueMismatch: 503,
    rpc_errors.Overload: 503,
    rpc_errors.TooLarge: 413,
    rpc_errors.HeadTooLarge: 431,
    rpc_errors.LateOnArrival: 504,
    rpc_errors.UnknownService: 404,
    rpc_errors.UpstreamRefused: 502,
    rpc_errors.UpstreamOpen: 503,
    rpc_errors.DeadlinePassed: 504,
    rpc_errors.OutcomeUnknown: 503,
    rpc_errors.UpstreamBad: 502,
    rpc_errors.BadEnvelope: 502,
}

# Worth asking again soon, since nothing was executed.
RETRIABLE = (
    rpc_errors.NoResponder,
    rpc_errors.BrokerDown,
    rpc_errors.BrokerBlocked,
    rpc_errors.AccessRefused,
    rpc_errors.QueueMismatch,
    rpc_errors.Overload,
    rpc_errors.UpstreamOpen,
)


async def answer(_: Request, error: Exception) -> JSONResponse:
    """Answer a fault with its status, its reason and one sentence."""
    assert isinstance(error, rpc_errors.Fault)  # noqa: S101 -- registered for this type alone
    log.warning("call failed", reason=error.reason)
    return problem(STATUS[type(error)], error.reason, str(error), _headers(error))


def _headers(fault: rpc_errors.Fault) -> dict[str, str] | None:
    if not isinstance(fault, RETRIABLE):
        return None
    wait_s = RETRY_AFTER_S if fault.retry_after_s is None else fault.retry_after_s
    return {"Retry-After": str(max(1, math.ceil(wait_s)))}
