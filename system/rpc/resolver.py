"""Forwards a request to the service that owns its path, and takes the answer back as it is."""

import time
from collections.abc import Mapping
from typing import Self

import aiohttp
from yarl import URL

from system.wire import headers
from system.wire.envelope import Reply, ReplyHead, Request
from system.wire.faults import DeadlinePassed, UnknownService, UpstreamBad, UpstreamRefused
from system.wire.topology import READY_PATH

# aiohttp would add these; the service gets what the client sent.
NOT_ADDED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class Resolver:
    """Holds one HTTP session with keep-alive connections; an async context manager.

    `services` maps the first segment of a path to a base URL. A path is data: it is never decoded,
    normalised or followed anywhere else.
    """

    def __init__(
        self,
        services: Mapping[str, str],
        *,
        connect_timeout_s: float,
        keepalive_s: float,
        telemetry: bool,
    ) -> None:
        self.services = dict(services)
        self.connect_timeout_s = connect_timeout_s
        self.telemetry = telemetry
        # How many calls run at a time is the prefetch's business, so no limit here.
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=keepalive_s)
        self.session = aiohttp.ClientSession(
            connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
        )

    def __repr__(self) -> str:
        """Show which services it knows."""
        return f"<Resolver {' '.join(sorted(self.services))}>"

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection."""
        await self.session.close()

    async def resolve(self, request: Request) -> Reply:
        """Return the service's answer with the time it took; raise a Fault."""
        if request.head.path == READY_PATH:
            return Reply(ReplyHead(status=204))
        url = self._url(request)
        try:
            return await self._exchange(request, url)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise UpstreamRefused from error
        except TimeoutError as error:
            raise DeadlinePassed from error
        except aiohttp.ClientError as error:
            raise UpstreamBad from error

    async def _exchange(self, request: Request, url: URL) -> Reply:
        begun_s = time.monotonic()
        remaining_s = request.head.deadline.remaining_s()
        if remaining_s <= 0:
            raise DeadlinePassed
        async with self.session.request(
            request.head.method,
            url,
            headers=request.head.headers,
            data=request.body or None,
            skip_auto_headers=NOT_ADDED,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                total=remaining_s, connect=min(self.connect_timeout_s, remaining_s)
            ),
        ) as answer:
            sent = ((k.decode("latin-1"), v.decode("latin-1")) for k, v in answer.raw_headers)
            kept = headers.passing(sent, headers.RESPONSE_HEADERS)
            body = await answer.read()
        hops_ms = {"service": (time.monotonic() - begun_s) * 1000} if self.telemetry else {}
        return Reply(ReplyHead(status=answer.status, headers=kept, hops_ms=hops_ms), body)

    def _url(self, request: Request) -> URL:
        base = self.services.get(request.head.path.split("/", 2)[1])
        if base is None:
            raise UnknownService
        query = f"?{request.head.query}" if request.head.query else ""
        return URL(f"{base}{request.head.path}{query}", encoded=True)
