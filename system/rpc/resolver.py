"""Forwards a request to the service that owns its path, and takes the answer back as it is."""

import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Self

import aiohttp
from yarl import URL

from system.rpc.circuit_breaker import Breaker
from system.rpc.connection_pool import PooledConnection, PoolSettings, ServicePool
from system.rpc.forwarded_request import forwarded, target
from system.wire import passed_headers
from system.wire.envelope import ReplyHead, RpcReply, RpcRequest
from system.wire.late_calls import LateCalls
from system.wire.redelivery import SAFE_METHODS
from system.wire.resolver_status import READY_PATH, ResolverStatus
from system.wire.rpc_errors import (
    DeadlinePassedError,
    UnknownServiceError,
    UpstreamBadError,
    UpstreamRefusedError,
)

# aiohttp would add these; the service gets what the client sent.
NOT_ADDED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
KEY = "idempotency-key"


class Resolver:
    """Holds keep-alive connections to each service; an async context manager.

    `services` maps the first segment of a path to a base URL. A path is data: it is never decoded,
    normalised or followed anywhere else. A service in `keeping_keys` runs a request with an
    `Idempotency-Key` once however often it comes.
    """

    def __init__(  # noqa: PLR0913 -- what a resolver is made of, by keyword
        self,
        services: Mapping[str, str],
        *,
        connections: int,
        connect_timeout_s: float,
        lanes: PoolSettings,
        telemetry: bool,
        keeping_keys: Collection[str] = (),
        breakers: Mapping[str, Breaker] | None = None,
        lateness: LateCalls | None = None,
    ) -> None:
        self.services = {name: url.rstrip("/") for name, url in services.items()}
        kept = replace(lanes, not_added=NOT_ADDED)
        self.lanes = {name: ServicePool(kept, lanes=connections) for name in self.services}
        self.breakers = breakers or {name: _breaker(name) for name in self.services}
        self.lateness = lateness or LateCalls()
        self.keeping_keys = frozenset(keeping_keys)
        self.connect_timeout_s = connect_timeout_s
        self.telemetry = telemetry

    def __repr__(self) -> str:
        """Show which services it knows."""
        return f"<Resolver {' '.join(sorted(self.services))}>"

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection."""
        for lanes in self.lanes.values():
            await lanes.close()

    def repeatable(self, request: RpcRequest) -> bool:
        """Tell whether the service itself sees to it that a repeated request is run once."""
        keyed = any(name.lower() == KEY for name, _ in request.head.headers)
        return keyed and _first_segment(request) in self.keeping_keys

    def standing(self) -> ResolverStatus:
        """Return which services it rests at this moment, and how many calls came late so far."""
        breakers = {name: one.state for name, one in self.breakers.items()}
        return ResolverStatus(breakers=breakers, late=self.lateness.count)

    async def resolve(self, request: RpcRequest) -> RpcReply:
        """Return the service's answer with the time it took; raise an RpcError."""
        if request.head.path == READY_PATH:
            return self.standing().reply()
        service = _first_segment(request)
        if service not in self.services:
            raise UnknownServiceError
        with self.breakers[service].call():
            return await self._forward(service, forwarded(request))

    async def _forward(self, service: str, request: RpcRequest) -> RpcReply:
        try:
            return await self._ask(service, request)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise UpstreamRefusedError from error
        except TimeoutError as error:
            raise DeadlinePassedError from error
        except aiohttp.ClientError as error:
            raise UpstreamBadError from error

    async def _ask(self, service: str, request: RpcRequest, *, again: bool = False) -> RpcReply:
        try:
            with self.lanes[service].lane() as lane:
                return await self._exchange(request, self._url(service, request), lane)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            # A kept connection may break off as it is used. Only what may run twice is sent twice.
            connecting = isinstance(error, aiohttp.ClientConnectorError)
            if again or connecting or request.head.method not in SAFE_METHODS:
                raise
        return await self._ask(service, request, again=True)

    async def _exchange(self, request: RpcRequest, url: URL, lane: PooledConnection) -> RpcReply:
        begun_s = time.monotonic()
        remaining_s = request.head.deadline.remaining_s()
        if remaining_s <= 0:
            raise DeadlinePassedError
        async with lane.session.request(
            request.head.method,
            url,
            headers=request.head.headers,
            data=request.body or None,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                total=remaining_s, connect=min(self.connect_timeout_s, remaining_s)
            ),
        ) as answer:
            lane.learn(answer)
            sent = ((k.decode("latin-1"), v.decode("latin-1")) for k, v in answer.raw_headers)
            kept = passed_headers.answered(sent, method=request.head.method)
            body = await answer.read()
        hops_ms = {"service": (time.monotonic() - begun_s) * 1000} if self.telemetry else {}
        return RpcReply(ReplyHead(status=answer.status, headers=kept, hops_ms=hops_ms), body)

    def _url(self, service: str, request: RpcRequest) -> URL:
        return URL(f"{self.services[service]}{target(request.head)}", encoded=True)


def _first_segment(request: RpcRequest) -> str:
    return request.head.path.split("/", 2)[1]


def _breaker(service: str) -> Breaker:
    return Breaker(service, failures=5, rest_s=1.0, patience_s=1.0)
