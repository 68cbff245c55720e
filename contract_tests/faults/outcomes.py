"""Reads an answer as its caller must: was it done, was it not, or does nobody know."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from contract_tests.faults.ledger import FIRST_REFUSAL, Ending
from testcontainers_fixtures.stack_spec import Contract

FIRST_FAILURE: Final = 500
UNAVAILABLE: Final = 503
CONFLICT: Final = 409
RETRY_AFTER: Final = "retry-after"
REASON: Final = "reason"


def ending(
    status: int, headers: Mapping[str, str], body: bytes, promises: Contract
) -> tuple[Ending, str]:
    """Return how a request ended, and the reason in words: the status, and what the body says.

    A failure whose reason the stack file lists under `not_run` did not happen; without a reason, a
    503 that says when to come back did not (RFC 9110, section 15.6.4). Every other failure may have
    happened, and so may what a key's first request is still busy with (409).
    """
    if status < FIRST_REFUSAL:
        return "acknowledged", str(status)
    said = reason_in(body)
    told = f"{status} {said}".strip()
    if said in promises.not_run:
        return "refused", told
    if status < FIRST_FAILURE:
        return ("unknown" if status == CONFLICT else "refused"), told
    sure = not said and status == UNAVAILABLE and RETRY_AFTER in headers
    return ("refused" if sure else "unknown"), told


def reason_in(body: bytes) -> str:
    """Return the `reason` of a problem (RFC 9457), or ""."""
    try:
        value: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return ""
    said = value.get(REASON, "") if isinstance(value, dict) else ""
    return said if isinstance(said, str) else ""
