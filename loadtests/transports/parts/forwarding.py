"""Asks the service over HTTP, for the resolver of every transport alike."""

import time

import aiohttp

from loadtests.transports.parts.exchange import (
    PASSING,
    GatewayRequest,
    ServiceResponse,
    service_url,
)

_TIMEOUT = aiohttp.ClientTimeout(total=5.0)


async def forwarded(session: aiohttp.ClientSession, asked: GatewayRequest) -> ServiceResponse:
    """Return the service's answer with the time it took."""
    began_s = time.monotonic()
    async with session.request(
        asked.method,
        service_url() + asked.target,
        data=asked.body.encode() or None,
        headers={"Content-Type": asked.content_type} if asked.content_type else {},
        timeout=_TIMEOUT,
    ) as answer:
        body = await answer.text()
    return ServiceResponse(
        status=answer.status,
        headers={name: answer.headers[name] for name in PASSING if name in answer.headers},
        body=body,
        service_ms=(time.monotonic() - began_s) * 1000,
    )
