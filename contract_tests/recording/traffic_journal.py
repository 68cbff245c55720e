"""Keeps what a session sent: the first for the HAR file, a digest of all, the latest writes."""

import hashlib
from collections import defaultdict, deque
from datetime import UTC, datetime
from typing import Final

from contract_tests.hops.http_methods import SAFE
from reports.export.har import HarEntry
from reports.record.failures import RecordedRequest, RecordedResponse

MOST_ENTRIES: Final = 1_000
MOST_WRITES: Final = 200
# What a client adds anew to each request; it says nothing of what was generated.
OF_THE_CLIENT: Final = frozenset(
    {"x-schemathesis-testcaseid", "user-agent", "accept-encoding", "connection", "content-length"}
    | {"idempotency-key"}
)


class TrafficJournal:
    """What was sent, in its order; `entries` begins with the first and ends with MOST_ENTRIES."""

    def __init__(self) -> None:
        self.entries: list[HarEntry] = []
        self.sent = 0
        self._last: HarEntry | None = None
        self._writes: dict[str, deque[RecordedRequest]] = defaultdict(
            lambda: deque(maxlen=MOST_WRITES)
        )
        self._digest = hashlib.sha256()

    def __repr__(self) -> str:
        """Show how much was sent."""
        return f"<TrafficJournal of {self.sent} requests, {self.digest[:12]}>"

    @property
    def digest(self) -> str:
        """Return the SHA-256 of all requests: the same for two runs that sent the same."""
        return self._digest.hexdigest() if self.sent else ""

    def note(
        self, service: str, request: RecordedRequest, answer: RecordedResponse, took_s: float
    ) -> None:
        """Note a request that was answered just now."""
        self.sent += 1
        self._digest.update(told(request))
        if request.method not in SAFE:
            self._writes[service].append(request)
        self._last = HarEntry(
            service=service, at=datetime.now(UTC), took_s=took_s, request=request, answer=answer
        )
        if len(self.entries) < MOST_ENTRIES:
            self.entries.append(self._last)

    def last(self, request: RecordedRequest | None) -> HarEntry | None:
        """Return the latest entry if it is of this request."""
        return self._last if self._last and self._last.request == request else None

    def fresh(self) -> None:
        """Note that the data is as it was at first: no write matters any longer."""
        self._writes.clear()

    def writes(self, service: str) -> tuple[RecordedRequest, ...]:
        """Return the writes since the data was fresh, the latest MOST_WRITES of them."""
        return tuple(self._writes[service])


def told(request: RecordedRequest) -> bytes:
    """Return what of a request was generated, as bytes to be compared."""
    headers = sorted((k.lower(), v) for k, v in request.headers.items())
    kept = [f"{k}: {v}" for k, v in headers if k not in OF_THE_CLIENT | {"host"}]
    body = request.body.content if request.body else b""
    lines = "\n".join([f"{request.method} {request.target}", *kept, f"{len(body)}\n"])
    return lines.encode("utf-8", "backslashreplace") + body
