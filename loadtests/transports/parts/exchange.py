"""What every transport carries: a request and its answer, as plain JSON.

Bodies are text, as all bodies of the services that are measured here; a transport for real use
would have to carry bytes.
"""

import os
from typing import Any

import aiohttp
from msgspec import Struct, json, to_builtins

PASSING = ("content-type", "x-served-by")


class GatewayRequest(Struct, frozen=True, kw_only=True):
    """A request as the gateway got it."""

    method: str
    target: str
    body: str
    content_type: str


class ServiceResponse(Struct, frozen=True, kw_only=True):
    """An answer as the service gave it, and how long the service took."""

    status: int
    headers: dict[str, str]
    body: str
    service_ms: float


def plain(message: GatewayRequest | ServiceResponse) -> dict[str, Any]:
    """Return a message as a dictionary, for libraries that make their own JSON."""
    built: dict[str, Any] = to_builtins(message)
    return built


def packed(message: GatewayRequest | ServiceResponse) -> bytes:
    """Return a message as JSON, for libraries that carry bytes."""
    return json.encode(message)


def service_url() -> str:
    """Return where the service is."""
    return os.environ["SERVICE_URL"]


def broker_url() -> str:
    """Return the broker's AMQP URL."""
    return os.environ["BROKER_URL"]


def prefetch() -> int:
    """Return how many calls a resolver may hold at once."""
    return int(os.environ["PREFETCH"])


def session() -> aiohttp.ClientSession:
    """Return a keep-alive session that changes nothing of what it carries."""
    return aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False)
