"""Sends what schemathesis makes over the harness's own client, which is bounded and verified."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Final
from weakref import WeakKeyDictionary

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from schemathesis.core.transport import STREAM_CUT_SHORT_ATTRIBUTE
from schemathesis.transport import requests as transport
from schemathesis.transport.requests import ManagedCookiesSession
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import HTTPError

from contract_tests.hops import answer_patience
from testcontainers_fixtures import credentials
from testcontainers_fixtures.errors import NoAnswerError
from testcontainers_fixtures.http_client.answer_bodies import MOST_ANSWER_BYTES
from testcontainers_fixtures.http_client.http_exchange import HttpReply, exchange
from testcontainers_fixtures.http_client.metered import ExchangeTooLargeError

ANSWER_WITHIN_S: Final = 10.0


_replies: WeakKeyDictionary[requests.PreparedRequest, HttpReply] = WeakKeyDictionary()


class UnansweredError(requests.ConnectionError):
    """A request had no whole answer within the bounds; the message says why."""

    def __init__(self, why: str, sent: requests.PreparedRequest) -> None:
        super().__init__(why, request=sent)
        self.sent = sent


def reply_to(request: requests.PreparedRequest) -> HttpReply | None:
    """Return what came of a request over a session of ours: of it requests shows the body alone."""
    return _replies.get(request)


def session(shown: Mapping[str, str] | None = None) -> requests.Session:
    """Return a session whose requests go by no proxy to this machine, and end within a bound.

    They bear the headers `shown`, and leave with the secrets that these stand for. It keeps no
    cookies, and follows a redirection within the host that was asked alone.
    """
    made = ManagedCookiesSession()
    made.headers = CaseInsensitiveDict(shown or {})  # what schemathesis sends is what it made
    made.trust_env = False  # the client knows the environment, and by better rules
    for scheme in ("http://", "https://"):
        made.mount(scheme, Adapter())
    return made


@contextmanager
def probing() -> Iterator[None]:
    """Have the probes of authentication go over sessions of ours, for a while.

    Schemathesis sends them over one that it makes itself, so that no credentials come with them; it
    would know neither the authorities that are trusted nor a bound.
    """
    made = transport.SameHostRedirectsSession
    transport.SameHostRedirectsSession = session  # type: ignore[assignment,misc] # called alike
    try:
        yield
    finally:
        transport.SameHostRedirectsSession = made  # type: ignore[misc] # as it was


class Adapter(HTTPAdapter):
    """Sends over the harness's client; nothing of `requests` reaches the network."""

    def send(  # noqa: PLR0913, PLR0917 -- as requests calls it
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002, FBT001, FBT002 -- as requests calls it
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,  # noqa: ARG002, FBT001, FBT002 -- always
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,  # noqa: ARG002 -- none
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002 -- the client knows them
    ) -> requests.Response:
        """Return the answer, read as a whole; raise UnansweredError where there is none."""
        base, target = _split(request.url or "")
        try:
            reply = exchange(
                base,
                request.method or "",
                target,
                within_s=timeout if isinstance(timeout, int | float) else ANSWER_WITHIN_S,
                headers=credentials.put(request.url or "", request.headers),
                body=_bytes(request.body),
                bounds=answer_patience.bounds(),
            )
            _replies[request] = reply
            return self._response(request, reply)
        except NoAnswerError as error:
            raise UnansweredError(str(error), request) from error

    def _response(self, request: requests.PreparedRequest, reply: HttpReply) -> requests.Response:
        raw = HTTPResponse(
            body=BytesIO(reply.body),
            headers=HTTPHeaderDict(reply.headers),
            status=reply.status,
            reason=reply.reason,
            version=11,
            preload_content=False,
            enforce_content_length=False,  # the client did, and may hold the beginning alone
            request_method=request.method,
        )
        response = self.build_response(request, raw)
        if answer_patience.is_ended(reply):
            setattr(response, STREAM_CUT_SHORT_ATTRIBUTE, True)
        if reply.body and (coding := raw.headers.get("content-encoding")):
            response._content = _read(coding, reply.body)  # noqa: SLF001 -- requests has no bound
        return response


def unpacked(coding: str, body: bytes) -> bytes:
    """Return a body without its content coding; raise HTTPError, or ExchangeTooLargeError."""
    raw = HTTPResponse(
        body=BytesIO(body), headers={"Content-Encoding": coding}, preload_content=False
    )
    content = raw.read(MOST_ANSWER_BYTES + 1, decode_content=True)
    if len(content) > MOST_ANSWER_BYTES:
        raise ExchangeTooLargeError
    return content


def _read(coding: str, body: bytes) -> bytes:
    try:
        return unpacked(coding, body)
    except HTTPError as error:
        raise NoAnswerError(f"a body that is called {coding} and is none: {error}") from error
    except ExchangeTooLargeError:
        raise NoAnswerError(
            f"an answer of more than {MOST_ANSWER_BYTES:,} bytes unpacked"
        ) from None


def target_below(url: str, base: str) -> str:
    """Return what of a URL stands in a request line below a base: its path and query."""
    target = _split(url)[1]
    path = _split(base)[1].rstrip("/")
    within = path and target.startswith((f"{path}/", f"{path}?"))
    below = target.removeprefix(path) if within else target
    return below if below.startswith("/") else f"/{below}"


def _split(url: str) -> tuple[str, str]:
    """Return the part of a URL that names who is asked, and what stands in the request line."""
    scheme, _, rest = url.partition("#")[0].partition("://")
    end = next((at for at, letter in enumerate(rest) if letter in "/?"), len(rest))
    target = rest[end:]
    return f"{scheme}://{rest[:end]}", target if target.startswith("/") else f"/{target}"


def _bytes(body: object) -> bytes | None:
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else None
