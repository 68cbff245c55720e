"""What a tap has recorded, fetched by the harness over one connection that stays."""

import base64
import hashlib
import http.client
from collections.abc import Mapping
from typing import Any, Final, Self
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.http_client import header_values

ANSWER_S: Final = 5.0


class Passed(Struct, frozen=True, kw_only=True):
    """A request or an answer as it passed a tap; strings are Latin-1, names as they were spelled.

    `start` is its first line. `body` is the body without its framing, at most the first MiB of it;
    length and digest are those of the whole. `complete` is False where it was broken off.
    """

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str  # base64
    body_bytes: int
    body_sha256: str
    complete: bool

    @property
    def content(self) -> bytes:
        """Return what is kept of the body."""
        return base64.b64decode(self.body)

    @property
    def status(self) -> int:
        """Return an answer's status."""
        return int(self.start.split(" ", 2)[1])

    def is_body(self, body: bytes) -> bool:
        """Tell whether the whole body was this one, kept or not."""
        digest = hashlib.sha256(body).hexdigest()
        return (self.body_bytes, self.body_sha256) == (len(body), digest)

    def joined(self) -> dict[str, str]:
        """Return headers by name in lower case, the values of a repeated one joined."""
        return header_values.joined(self.headers)


class Arrival(Struct, frozen=True, kw_only=True):
    """A request that reached a service, and its answer, once it has been given.

    `broken_off` is one whose connection ended before that; without either it is on its way.
    The times are when their heads had passed, on the machine's CLOCK_MONOTONIC, which every process
    and container of one boot shares.
    """

    number: int
    request: Passed
    answer: Passed | None
    arrived_s: float = 0.0
    answered_s: float | None = None
    broken_off: bool = False

    @property
    def method(self) -> str:
        """Return the request's method."""
        return self.request.start.partition(" ")[0]

    @property
    def target(self) -> str:
        """Return path and query as they stood in the request line."""
        return self.request.start.partition(" ")[2].rpartition(" ")[0]


class TapReader:
    """Reads a tap's records, each once; what arrived before it was made is left out."""

    def __init__(self, url: str) -> None:
        self._url = url
        where = urlsplit(url)
        # Asked once a case: the standard library's client takes a third of another's time.
        self._http = http.client.HTTPConnection(where.hostname or "", where.port, ANSWER_S)
        self._following = 0
        self.skip()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def skip(self) -> None:
        """Leave out what has arrived up to now."""
        self._following = int(self._fetched(10**12)["following"])

    def arrivals(self) -> list[Arrival]:
        """Return what arrived since the last look; raise StackError where some is kept no more."""
        found = self._fetched(self._following)
        if found["lost"]:
            raise StackError(
                f"Expected every request since number {self._following} at {self._url}; "
                f"{found['lost']} are kept no more: look more often."
            )
        self._following = int(found["following"])
        return msgspec.convert(found["records"], list[Arrival])

    def _fetched(self, number: int) -> Mapping[str, Any]:
        try:
            self._http.request("GET", f"/.tap/since/{number}")
            found: Mapping[str, Any] = msgspec.json.decode(self._http.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._http.close()  # the next look connects anew
            raise StackError(
                f"Expected the records of the tap at {self._url}; seen: {error!r}. "
                "It listens only while its service does: is that still up?"
            ) from error
        return found
