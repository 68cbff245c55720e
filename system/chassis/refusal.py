"""A request that the connection itself refuses, before any application sees it, as bytes."""

from collections.abc import Sequence

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from system.chassis.exchange import REQUEST_ID
from system.chassis.problem import problem

Fields = Sequence[tuple[bytes, bytes]]


class RefusedRequestError(Exception):
    """A request is not taken; it says with which status, for which reason, and what to do."""

    def __init__(self, status: int, reason: str, said: str) -> None:
        super().__init__(said)
        self.status = status
        self.reason = reason


def rendered(
    refused: RefusedRequestError, fields: Fields, *, request_id: str, bodiless: bool
) -> bytes:
    """Return the answer: a problem that ends the connection, with these header fields as well."""
    headers = {REQUEST_ID: request_id, "Connection": "close"}
    answer = problem(refused.status, refused.reason, str(refused), headers)
    lines = [b"%b: %b\r\n" % field for field in (*fields, *answer.raw_headers)]
    body = b"" if bodiless else bytes(answer.body)
    return b"".join([STATUS_LINE[refused.status], *lines, b"\r\n", body])
