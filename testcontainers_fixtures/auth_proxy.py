"""A door before a gateway that asks who comes: whoever sends through it is let in.

It is for clients that know no secret: a request gets the credentials that it does not show itself,
SHOWN becomes the secret, and whoever shows another one comes with that. What passes is otherwise as
it was sent; the gateway sees its own name as Host, and a redirection to itself leads back here.
Connections are kept, on both sides, as long as both keep them.
"""

import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

import anyio
import h11
from anyio.abc import ByteStream, SocketAttribute, TaskStatus
from anyio.from_thread import start_blocking_portal

from testcontainers_fixtures.credentials import Keyring
from testcontainers_fixtures.http_stream import HttpStream
from testcontainers_fixtures.stack_spec import Contract

CLOSED_WITHIN_S: Final = 10.0
_HTTP: Final = 80
_HTTPS: Final = 443
_ENDED: Final = (OSError, anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError)
_BROKEN_OFF: Final = (*_ENDED, h11.ProtocolError, TimeoutError)
_ANSWER: Final = (h11.InformationalResponse, h11.Response, h11.Data, h11.EndOfMessage)
Headers = list[tuple[bytes, bytes]]


class AuthProxy:
    """Hands connections on to a gateway, on an event loop."""

    def __init__(self, gateway: str, credentials: Mapping[str, str]) -> None:
        self.url = ""
        self._gateway = urlsplit(gateway)
        self._here = ""
        self._credentials = credentials
        contract = Contract(credentials=dict.fromkeys(credentials, "ANY"))
        self._ring = Keyring(gateway, contract, credentials)
        self._open: anyio.CancelScope | None = None

    def __repr__(self) -> str:
        """Show where it is and what is behind it, never what it adds."""
        return f"<AuthProxy {self.url} before {self._gateway.netloc}>"

    async def serve(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Serve on a free port until it is closed; no connection outlives this call."""
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
        with anyio.CancelScope() as self._open:
            port = listener.extra(SocketAttribute.local_port)  # noqa: S610 -- it is no query
            self._here = f"127.0.0.1:{port}"
            self.url = f"http://{self._here}{self._gateway.path.rstrip('/')}"
            task_status.started()
            async with listener:
                await listener.serve(self._let_in)

    def close(self) -> None:
        """Break off what passes and listen no more; called on the event loop."""
        if self._open:
            self._open.cancel()

    def told(self, text: str) -> str:
        """Return text as it must be read by others: it names the gateway, never this place."""
        return text.replace(f"http://{self._here}", self._origin).replace(
            self._here, self._gateway.netloc
        )

    @property
    def _origin(self) -> str:
        return f"{self._gateway.scheme}://{self._gateway.netloc}"

    async def _let_in(self, stream: ByteStream) -> None:
        onward: HttpStream | None = None
        try:
            client = HttpStream(stream, h11.SERVER)
            while request := await client.request():
                if onward is None or onward.is_gone:
                    await _closed(onward)
                    onward = HttpStream(await self._connected(), h11.CLIENT)
                if not await self._passed(request, client, onward):
                    break
        except* _BROKEN_OFF:
            pass  # the client sees its connection end, as it would without a door
        finally:
            with anyio.CancelScope(shield=True):
                await _closed(onward)
                await stream.aclose()

    async def _connected(self) -> ByteStream:
        host, port = self._gateway.hostname or "", self._gateway.port
        if self._gateway.scheme != "https":
            return await anyio.connect_tcp(host, port or _HTTP)
        trusted = ssl.create_default_context()
        return await anyio.connect_tcp(
            host, port or _HTTPS, ssl_context=trusted, tls_standard_compatible=False
        )

    async def _passed(self, request: h11.Request, client: HttpStream, onward: HttpStream) -> bool:
        """Hand on a request and its answer; return whether both ends take another one."""
        await onward.send(
            h11.Request(
                method=request.method,
                target=request.target,
                headers=self.admitted(request.headers.raw_items()),
            )
        )
        async with anyio.create_task_group() as both:
            both.start_soon(_copied, client, onward)
            await self._answered(onward, client)
            both.cancel_scope.cancel()
        return client.again() and onward.again()

    async def _answered(self, onward: HttpStream, client: HttpStream) -> None:
        while True:
            event = await onward.next()
            if isinstance(event, h11.Response):
                headers = [self._returned(*one) for one in event.headers.raw_items()]
                event = h11.Response(
                    status_code=event.status_code, reason=event.reason, headers=headers
                )
            if not isinstance(event, _ANSWER):
                raise h11.RemoteProtocolError("The gateway broke off its answer.")
            await client.send(event)
            if isinstance(event, h11.EndOfMessage):
                return

    def admitted(self, headers: Headers) -> Headers:
        """Return a request's headers with the credentials in them."""
        known = {name.lower() for name, _ in headers}
        mine = [(n, v) for n, v in self._credentials.items() if n.lower().encode() not in known]
        return [*_raw(mine), *(self._put(*one) for one in headers)]

    def _put(self, name: bytes, value: bytes) -> tuple[bytes, bytes]:
        if name.lower() == b"host":
            return name, self._gateway.netloc.rpartition("@")[2].encode()
        plain = {name.decode("latin-1"): value.decode("latin-1")}
        return _raw(self._ring.put(self._gateway.geturl(), plain).items())[0]

    def _returned(self, name: bytes, value: bytes) -> tuple[bytes, bytes]:
        if name.lower() == b"location" and value.startswith(self._origin.encode()):
            return name, f"http://{self._here}".encode() + value[len(self._origin) :]
        return name, value


async def _copied(client: HttpStream, onward: HttpStream) -> None:
    """Hand on a request's body; where that ends early, it is for the answer to say why."""
    try:
        while isinstance(event := await client.next(), h11.Data | h11.EndOfMessage):
            await onward.send(event)
            if isinstance(event, h11.EndOfMessage):
                return
    except _BROKEN_OFF:
        return


async def _closed(side: HttpStream | None) -> None:
    if side is not None:
        await side.stream.aclose()


def _raw(pairs: Iterable[tuple[str, str]]) -> Headers:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]


@contextmanager
def opened_door(gateway: str, credentials: Mapping[str, str]) -> Iterator[str]:
    """Give the URL of a door before a gateway."""
    with opened(gateway, credentials) as door:
        yield door.url


@contextmanager
def opened(gateway: str, credentials: Mapping[str, str]) -> Iterator[AuthProxy]:
    """Give a door before a gateway, served by a thread of its own."""
    with start_blocking_portal(name="door") as portal:
        door = portal.call(AuthProxy, gateway, credentials)
        served, _ = portal.start_task(door.serve)
        try:
            yield door
        finally:
            portal.call(door.close)
            served.result(CLOSED_WITHIN_S)
