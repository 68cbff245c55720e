"""Turns a fault of the RPC into an HTTP problem (RFC 9457): one table."""

import math

import structlog
from fastapi import Request
from fastapi.responses import JSONResponse

from system.chassis.problem import problem
from system.wire import rpc_errors

RETRY_AFTER_S = 1.0

log = structlog.stdlib.get_logger(__name__)

STATUS: dict[type[rpc_errors.RpcError], int] = {
    rpc_errors.NoResponderError: 503,
    rpc_errors.BrokerDownError: 503,
    rpc_errors.BrokerBlockedError: 503,
    rpc_errors.AccessRefusedError: 503,
    rpc_errors.QueueMismatchError: 503,
    rpc_errors.OverloadError: 503,
    rpc_errors.RequestTooLargeError: 413,
    rpc_errors.HeadTooLargeError: 431,
    rpc_errors.LateOnArrivalError: 504,
    rpc_errors.UnknownServiceError: 404,
    rpc_errors.UpstreamRefusedError: 502,
    rpc_errors.UpstreamOpenError: 503,
    rpc_errors.DeadlinePassedError: 504,
    rpc_errors.OutcomeUnknownError: 503,
    rpc_errors.UpstreamBadError: 502,
    rpc_errors.BadEnvelopeError: 502,
}

# Worth asking again soon, since nothing was executed.
RETRIABLE = (
    rpc_errors.NoResponderError,
    rpc_errors.BrokerDownError,
    rpc_errors.BrokerBlockedError,
    rpc_errors.AccessRefusedError,
    rpc_errors.QueueMismatchError,
    rpc_errors.OverloadError,
    rpc_errors.UpstreamOpenError,
)


async def answer(_: Request, error: Exception) -> JSONResponse:
    """Answer a fault with its status, its reason and one sentence."""
    assert isinstance(error, rpc_errors.RpcError)  # noqa: S101 -- registered for this type alone
    log.warning("call failed", reason=error.reason)
    return problem(STATUS[type(error)], error.reason, str(error), _headers(error))


def _headers(fault: rpc_errors.RpcError) -> dict[str, str] | None:
    if not isinstance(fault, RETRIABLE):
        return None
    wait_s = RETRY_AFTER_S if fault.retry_after_s is None else fault.retry_after_s
    return {"Retry-After": str(max(1, math.ceil(wait_s)))}
