"""Sends one request as it stands, over a connection of its own, and reads the whole answer.

What is sent is no client's to tidy up: method, target, headers and body reach the other side as
they are given. A base URL may be `https`, whose certificate is verified, and may have a path, which
comes before every target. The whole exchange has one deadline, and its answer one most size. A
redirection is an answer like another.
"""

import base64
import http.client
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, cast
from urllib.parse import SplitResult, unquote, urlsplit

from msgspec import Struct

from testcontainers_fixtures.errors import NoAnswerError, NoTlsError
from testcontainers_fixtures.http_client.answer_bodies import (
    MOST_ANSWER_BYTES,
    AnswerBounds,
    BodyDigest,
    StreamedItems,
    read_body,
)
from testcontainers_fixtures.http_client.metered import ExchangeTooLargeError, Metered
from testcontainers_fixtures.http_client.proxies import proxy_for
from testcontainers_fixtures.http_client.trust import OPTION, VARIABLE, trusted

_PORTS: Final = {"http": 80, "https": 443}
_OK: Final = 200
# As OpenSSL calls an answer that is none of TLS.
_NO_TLS: Final = "WRONG_VERSION_NUMBER"


class HttpReply(Struct, frozen=True, kw_only=True):
    """An answer as it came; header values are Latin-1, as on the wire.

    Of a sequence `body` is what came within its bounds, as `items` say, and of what is larger than
    is held the beginning, as `digest` says. Of an answer that has no body it is what came behind.
    """

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    items: StreamedItems | None = None
    digest: BodyDigest | None = None

    @property
    def text(self) -> str:
        """Return the body as text, whatever it holds."""
        return self.body.decode(errors="replace")


def exchange(  # noqa: PLR0913 -- what is sent, to whom, within which bounds
    base_url: str,
    method: str,
    target: str,
    *,
    within_s: float,
    headers: Mapping[str, str | bytes] | None = None,
    body: bytes | None = None,
    most_bytes: int = MOST_ANSWER_BYTES,
    bounds: AnswerBounds | None = None,
) -> HttpReply:
    """Return the answer to one request; raise NoAnswerError, which says why there is none.

    A user and a password in the base URL are sent as Basic credentials, and are in no message.
    `bounds` say how much is read of what need not end, or is larger than `most_bytes`.
    """
    url = urlsplit(base_url)
    until_s = time.monotonic() + within_s
    bounds = bounds or AnswerBounds()
    with _told(url, within_s), _connected(url, until_s=until_s, most_bytes=most_bytes) as link:
        try:
            target = url.path.rstrip("/") + target
            return _exchanged(link, url, method, target, headers, body, bounds)
        except TimeoutError:
            raise NoAnswerError(
                f"no whole answer within {within_s:.1f} s, {link.received:,} bytes until then"
            ) from None
        except ExchangeTooLargeError:
            raise NoAnswerError(f"an answer of more than {most_bytes:,} bytes") from None


def _exchanged(  # noqa: PLR0913, PLR0917 -- what `exchange` was given
    link: Metered,
    url: SplitResult,
    method: str,
    target: str,
    headers: Mapping[str, str | bytes] | None,
    body: bytes | None,
    bounds: AnswerBounds,
) -> HttpReply:
    proxy = proxy_for(url)
    absolute = proxy is not None and url.scheme == "http"
    connection = _Plain(url.hostname or "", url.port)
    connection.sock = cast("socket.socket", link)
    asked_s = time.monotonic()
    try:
        connection.request(
            method,
            f"http://{_place(url)}{target}" if absolute else target,
            body,
            _headers(url, proxy if absolute else None, headers or {}),
        )
        answer = connection.getresponse()
        pairs = tuple(answer.getheaders())
        read = read_body(answer, link, bounds, asked_s=asked_s, bodiless=method == "HEAD")
        return HttpReply(
            status=answer.status,
            reason=answer.reason,
            headers=pairs,
            body=read.content,
            items=read.items,
            digest=read.digest,
        )
    finally:
        connection.close()


class _Plain(http.client.HTTPConnection):
    """A connection that says nothing of content codings unless it is told to."""

    def putrequest(self, method: str, url: str, **skipped: bool) -> None:  # type: ignore[override] # as its own `request` calls it
        super().putrequest(method, url, **skipped | {"skip_accept_encoding": True})


def _headers(
    url: SplitResult, proxy: SplitResult | None, given: Mapping[str, str | bytes]
) -> dict[str, str | bytes]:
    known = {name.lower() for name in given}
    added = {} if "host" in known else {"Host": _place(url)}
    if url.username is not None and "authorization" not in known:
        added["Authorization"] = _basic(url)
    if proxy is not None and proxy.username is not None:
        added["Proxy-Authorization"] = _basic(proxy)
    return {**added, **given}


@contextmanager
def _connected(url: SplitResult, *, until_s: float, most_bytes: int) -> Iterator[Metered]:
    proxy = proxy_for(url)
    at = proxy or url
    address = (at.hostname or "", at.port or _PORTS[at.scheme])
    link = socket.create_connection(address, timeout=max(0.01, until_s - time.monotonic()))
    try:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if url.scheme == "https":
            if proxy:
                _tunnel(Metered(link, until_s=until_s, most_bytes=most_bytes), url, proxy)
            link.settimeout(max(0.01, until_s - time.monotonic()))
            link = trusted().wrap_socket(link, server_hostname=url.hostname)
        yield Metered(link, until_s=until_s, most_bytes=most_bytes)
    finally:
        link.close()


def _tunnel(link: Metered, url: SplitResult, proxy: SplitResult) -> None:
    place = f"{_bracketed(url)}:{url.port or _PORTS[url.scheme]}"
    head = f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n"
    if proxy.username is not None:
        head += f"Proxy-Authorization: {_basic(proxy)}\r\n"
    link.sendall(f"{head}\r\n".encode("latin-1"))
    answer = http.client.HTTPResponse(cast("socket.socket", link), method="CONNECT")
    answer.begin()
    if answer.status != _OK:
        raise NoAnswerError(
            f"the proxy {proxy.hostname} answers {answer.status} to CONNECT {place}; "
            f"set NO_PROXY={url.hostname} to go without"
        )


@contextmanager
def _told(url: SplitResult, within_s: float) -> Iterator[None]:
    """Say of every way in which an exchange can fail what it was."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise NoAnswerError(
            f"the certificate of {url.hostname} is not trusted ({error.verify_message}); name its "
            f"authority with {OPTION} FILE or {VARIABLE}"
        ) from None
    except ssl.SSLError as error:
        if error.reason == _NO_TLS:
            raise NoTlsError(f"{_place(url)} speaks no TLS; write http:// for https://") from None
        raise NoAnswerError(_cause(error)) from error
    except TimeoutError:
        raise NoAnswerError(f"no connection within {within_s:.1f} s") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoAnswerError(_cause(error)) from error


def _cause(error: Exception) -> str:
    said = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _place(url: SplitResult) -> str:
    """Return host and port as they stand in the URL, without its user and password."""
    return url.netloc.rpartition("@")[2]


def _bracketed(url: SplitResult) -> str:
    host = url.hostname or ""
    return f"[{host}]" if ":" in host else host


def _basic(url: SplitResult) -> str:
    pair = f"{unquote(url.username or '')}:{unquote(url.password or '')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
