"""Tells what gateway and service do alike against their documents: one finding about both, once.

What the twin answers as the gateway does, or what left the service just so, is no drift of the
gateway's: it hands on what its service does. FastAPI's 400 for what is no JSON, which no document
names, is the same thing at each operation, and is told at the first.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from contract_tests.agreement.left_out import ADMISSION
from contract_tests.hops.parity import Mismatch
from reports.record.failures import SILENT, Failure

# One thing at all operations, since a framework does it: which status, which header.
OF_FRAMEWORKS: Final = frozenset(
    {
        "allow_header_conformance",
        "content_type_conformance",
        "status_code_conformance",
        "unsupported_method",
    }
)
# What a check of headers is about, beside status and body.
_HEADERS: Final = {
    "allow_header_conformance": ("header allow",),
    "content_type_conformance": ("header content-type",),
    "unsupported_method": ("header allow",),
}
_ANY_HEADER: Final = "response_headers_conformance"
KIND: Final = ", as its service does"
_TOO: Final = " So it is at "
_MOST: Final = 4

Key = tuple[str, str, str, str]


def is_alike(failure: Failure, found: Sequence[Mismatch]) -> bool:
    """Tell whether a service, of whose answer the gateway's differs in `found`, fails as well.

    Who is let in is the gateway's question, and what another request has shown is not in `found`.
    """
    if failure.check in ADMISSION or failure.gateway is None or failure.gateway.status == SILENT:
        return False
    return not any(_counts(failure.check, one.what) for one in found)


def _counts(check: str, what: str) -> bool:
    if not what.startswith("header "):
        return True
    return check == _ANY_HEADER or what in _HEADERS.get(check, ())


def of_both(failure: Failure, service: str) -> Failure:
    """Return a failure as one of gateway and service."""
    rest = failure.sentence.removeprefix(f"{failure.operation}: ")
    return replace(
        failure,
        alike=True,
        hops=("service",),
        kind=f"{failure.kind}{KIND}",
        sentence=f"{failure.operation}: gateway and {service} alike: {rest}",
    )


def key_of(failure: Failure) -> Key:
    """Return what is one finding about both, whichever operation shows it."""
    whole = failure.check in OF_FRAMEWORKS
    return failure.service, failure.check, failure.kind, "" if whole else failure.operation


def is_known(failure: Failure, known: Iterable[tuple[str, str, str]]) -> bool:
    """Tell whether an earlier record has it, at whichever operation it was told there."""
    if failure.check not in OF_FRAMEWORKS:
        return failure.identity in known
    return any((check, kind) == failure.identity[1:] for _, check, kind in known)


def reaching(failure: Failure, operation: str) -> Failure:
    """Return a finding that was met at one more operation."""
    if operation in {failure.operation, *failure.reaches}:
        return failure
    reaches = (*failure.reaches, operation)
    left = len(reaches) - _MOST
    named = ", ".join(reaches[:_MOST]) + (f" and {left} more" if left > 0 else "")
    first = failure.sentence.partition(_TOO)[0]
    return replace(failure, reaches=reaches, sentence=f"{first}{_TOO}{named}.")
