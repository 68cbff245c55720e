"""What a request brought back, read from a connection's blocks as they arrive (RFC 9112)."""

from dataclasses import dataclass
from typing import Final

from httptools import HttpParserError, HttpResponseParser

# Many requests are in flight at a time, and what answers may send without an end.
MOST_ANSWER_BYTES: Final = 16 * 1024 * 1024
_COOKIES: Final = b"set-cookie"
_FIRST_FINAL: Final = 200  # what is below only announces an answer


class GarbledResponseError(Exception):
    """What arrived is not the whole of an HTTP answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """What came back; the names of its headers in lower case, each with its first value.

    Cookies are many: `set-cookie` holds each of them on a line of its own.
    """

    status: int
    headers: dict[bytes, bytes]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return a header's first value."""
        value = self.headers.get(name.lower().encode())
        return None if value is None else value.decode("latin-1")


class ResponseParser:
    """An answer on its way: `feed` it until it is `complete`."""

    def __init__(self, method: str) -> None:
        self.complete = False
        self._headless = method == "HEAD"  # its answer names a length, and has no body
        self._whole_head = self._stays_open = False
        self._status = self._bytes = 0
        self._headers: dict[bytes, bytes] = {}
        self._body = b""
        self._parser = HttpResponseParser(self)

    def feed(self, block: bytes) -> None:
        """Take the next block, empty where the peer closed; raise GarbledResponseError."""
        if not block:
            self._end()
            return
        self._bytes += len(block)
        if self._bytes > MOST_ANSWER_BYTES:
            raise GarbledResponseError(f"more than {MOST_ANSWER_BYTES:,} bytes.")
        try:
            self._parser.feed_data(block)
        except HttpParserError as error:  # also what a callback raises
            if not self.complete:
                raise GarbledResponseError(f"no HTTP: {error}") from error
            self._stays_open = False

    def answer(self) -> HttpResponse:
        """Return the answer that is complete."""
        return HttpResponse(status=self._status, headers=self._headers, body=self._body)

    @property
    def reusable(self) -> bool:
        """Tell whether another request may follow on the connection."""
        return self.complete and self._stays_open

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header's first value; of cookies all, a line each."""
        key = name.lower()
        if self._headers.setdefault(key, value) is not value and key == _COOKIES:
            self._headers[key] += b"\n" + value

    def on_headers_complete(self) -> None:
        """Note that the head is whole, which is all of an answer to HEAD."""
        self._status = self._parser.get_status_code()
        self._whole_head = self._status >= _FIRST_FINAL
        if self._whole_head and self._headless:
            self._finish()

    def on_body(self, block: bytes) -> None:
        """Keep a piece of the body."""
        self._body += block

    def on_message_begin(self) -> None:
        """Note what follows an answer although nobody asked for it."""
        if self.complete:
            raise GarbledResponseError("more than one answer.")

    def on_message_complete(self) -> None:
        """Note the end of the answer, or of what announced it."""
        if self._whole_head:
            self._finish()
        else:
            self._headers.clear()

    def _finish(self) -> None:
        # The parser knows it now, and no longer when the callback has returned.
        self.complete, self._stays_open = True, bool(self._parser.should_keep_alive())

    def _end(self) -> None:
        # A body without a length ends with its connection.
        measured = self._headers.keys() & {b"content-length", b"transfer-encoding"}
        if not self._whole_head or measured:
            raise GarbledResponseError("connection closed.")
        self.complete = True
