"""Copies of the messages that pass a broker: RabbitMQ's firehose into a bounded queue of our own.

The firehose (rabbitmq.com/docs/firehose) publishes a copy of each message of a vhost, once as it
is published and once as it is delivered. Nobody consumes the copies: they wait, the oldest dropped,
until a failure makes somebody ask for them.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Final, Self, cast
from urllib.parse import quote

import aio_pika
import httpx
import msgspec
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue
from msgspec import Struct

from testcontainers_fixtures.errors import StackError

EXCHANGE: Final = "amq.rabbitmq.trace"
DELIVERED: Final = "deliver."
KEPT_MESSAGES: Final = 200
KEPT_BYTES: Final = 32 * 1024 * 1024
# Should nobody be left to delete it.
UNUSED_EXPIRES_MS: Final = 10 * 60 * 1000
WAIT_S: Final = 10.0


class TappedMessage(Struct, frozen=True, kw_only=True):
    """A message as it was published, or delivered from a queue; `key` is where it was sent.

    A routing key need not be the name of the queue that it leads to.
    """

    delivered: bool
    key: str
    body: bytes
    correlation_id: str
    reply_to: str
    queue: str = ""  # it was delivered from
    properties: bytes  # as JSON: what a system may have put there instead of into the body


class Wiretap:
    """Listens to one vhost while it is entered; the firehose costs the broker two copies each."""

    def __init__(
        self, *, amqp_url: str, management_url: str, vhost: str, queues: Collection[str]
    ) -> None:
        self.work_queues = tuple(queues)
        self._amqp_url = amqp_url
        self._http = httpx.Client(base_url=management_url, timeout=WAIT_S, trust_env=False)
        self._vhost = vhost
        self._copies = f"wiretap.{secrets.token_hex(4)}"

    def __repr__(self) -> str:
        """Show where it listens."""
        return f"<Wiretap {self._vhost} {' '.join(self.work_queues)}>"

    def __enter__(self) -> Self:
        """Begin to listen; raise StackError where the broker does not let us."""
        asyncio.run(self._on_channel(self._prepare))
        self._trace(on=True)
        return self

    def __exit__(self, *_: object) -> None:
        """Listen no more, and leave nothing at the broker."""
        try:
            self._trace(on=False)
            asyncio.run(self._on_channel(self._remove))
        finally:
            self._http.close()

    def overheard(self) -> list[TappedMessage]:
        """Return the messages since the last call, the oldest first; at most KEPT_MESSAGES."""
        return asyncio.run(self._on_channel(self._fetch))

    def _trace(self, *, on: bool) -> None:
        try:
            path = f"/api/vhosts/{quote(self._vhost, safe='')}"
            self._http.put(path, json={"tracing": on}).raise_for_status()
        except httpx.HTTPError as error:
            raise StackError(
                f"Expected the management API to turn tracing of {self._vhost} on or off; seen: "
                f"{type(error).__name__}. Its user needs the tag administrator."
            ) from None  # the URL holds a password, and so may what httpx says of it

    async def _on_channel(self, use: Callable[[AbstractChannel], Awaitable[Any]]) -> Any:  # noqa: ANN401 -- whatever `use` returns
        async with asyncio.timeout(WAIT_S):
            async with await aio_pika.connect(self._amqp_url, timeout=WAIT_S) as connection:
                return await use(await connection.channel())

    async def _prepare(self, channel: AbstractChannel) -> None:
        queue = await self._queue(channel)
        for key in ("publish.#", *(f"{DELIVERED}{queue}" for queue in self.work_queues)):
            await queue.bind(EXCHANGE, routing_key=key)

    async def _queue(self, channel: AbstractChannel) -> AbstractQueue:
        return await channel.declare_queue(
            self._copies,
            durable=True,
            arguments={
                "x-expires": UNUSED_EXPIRES_MS,
                "x-max-length": KEPT_MESSAGES,
                "x-max-length-bytes": KEPT_BYTES,
            },
        )

    async def _remove(self, channel: AbstractChannel) -> None:
        await channel.queue_delete(self._copies)

    async def _fetch(self, channel: AbstractChannel) -> list[TappedMessage]:
        queue, found = await self._queue(channel), []
        while (message := await queue.get(no_ack=True, fail=False)) is not None:
            found.append(_overheard(message))
        return found


def _overheard(copy: AbstractIncomingMessage) -> TappedMessage:
    of, about = copy.routing_key or "", cast("Mapping[str, Any]", copy.headers)
    properties: Mapping[str, Any] = about.get("properties") or {}
    keys = about.get("routing_keys") or [""]
    return TappedMessage(
        delivered=of.startswith(DELIVERED),
        queue=of.removeprefix(DELIVERED) if of.startswith(DELIVERED) else "",
        key=str(keys[0]),
        body=copy.body,
        correlation_id=str(properties.get("correlation_id") or ""),
        reply_to=str(properties.get("reply_to") or ""),
        properties=msgspec.json.encode(properties, enc_hook=str),
    )
