"""No queue at all: the gateway asks the service over HTTP itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from loadtests.transports.parts.exchange import session
from loadtests.transports.parts.forwarding import forwarded
from loadtests.transports.parts.gateway import Ask, build


@asynccontextmanager
async def opened() -> AsyncIterator[Ask]:
    """Give what asks over a keep-alive session."""
    async with session() as http:
        yield partial(forwarded, http)


app = build(opened)
