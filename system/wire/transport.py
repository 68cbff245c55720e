"""Connects to the broker so that what is sent in one turn of the event loop leaves in one piece."""

import asyncio
from typing import Any, cast

from aiormq.connection import TransportFactory
from aiormq.exceptions import AMQPConnectionError
from yarl import URL

from system.wire.joined import JoinedTransport


class JoinedTransports(TransportFactory):
    """Opens what the broker's client talks over: TCP, with TLS where the URL says so."""

    async def create(
        self,
        url: URL,
        **kwargs: Any,  # noqa: ANN401 -- as its base class has it
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return both ends of a new connection; raise AMQPConnectionError where there is none."""
        provider = kwargs.pop("ssl_context_provider")
        tls = await provider.get_context() if url.scheme == "amqps" else None
        assert url.host and url.port  # noqa: S101, PT018 -- the client has filled in its default
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            transport, _ = await loop.create_connection(
                lambda: protocol, url.host, url.port, ssl=tls, **kwargs
            )
        except OSError as error:
            raise AMQPConnectionError(*error.args) from error
        joined = cast("asyncio.Transport", JoinedTransport(transport, loop))
        return reader, asyncio.StreamWriter(joined, protocol, reader, loop)
