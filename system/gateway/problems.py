"""Turns a fault of the RPC into an HTTP problem (RFC 9457): one table."""

import math

import structlog
from fastapi import Request
from fastapi.responses import JSONResponse

from system.chassis.problem import problem
from system.wire import faults

RETRY_AFTER_S = 1.0

log = structlog.stdlib.get_logger(__name__)

STATUS: dict[type[faults.Fault], int] = {
    faults.NoResponder: 503,
    faults.BrokerDown: 503,
    faults.BrokerBlocked: 503,
    faults.AccessRefused: 503,
    faults.QueueMismatch: 503,
    faults.Overload: 503,
    faults.TooLarge: 413,
    faults.HeadTooLarge: 431,
    faults.LateOnArrival: 504,
    faults.UnknownService: 404,
    faults.UpstreamRefused: 502,
    faults.UpstreamOpen: 503,
    faults.DeadlinePassed: 504,
    faults.OutcomeUnknown: 503,
    faults.UpstreamBad: 502,
    faults.BadEnvelope: 502,
}

# Worth asking again soon, since nothing was executed.
RETRIABLE = (
    faults.NoResponder,
    faults.BrokerDown,
    faults.BrokerBlocked,
    faults.AccessRefused,
    faults.QueueMismatch,
    faults.Overload,
    faults.UpstreamOpen,
)


async def answer(_: Request, error: Exception) -> JSONResponse:
    """Answer a fault with its status, its reason and one sentence."""
    assert isinstance(error, faults.Fault)  # noqa: S101 -- registered for this type alone
    log.warning("call failed", reason=error.reason)
    return problem(STATUS[type(error)], error.reason, str(error), _headers(error))


def _headers(fault: faults.Fault) -> dict[str, str] | None:
    if not isinstance(fault, RETRIABLE):
        return None
    wait_s = RETRY_AFTER_S if fault.retry_after_s is None else fault.retry_after_s
    return {"Retry-After": str(max(1, math.ceil(wait_s)))}
