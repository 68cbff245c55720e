"""A work queue that operations declared in their own way is used, and what that means is said."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import aio_pika
import pytest
from structlog.testing import capture_logs

from system.wire.rpc_errors import QueueMismatchError
from testcontainers_fixtures.engines.engine import BrokerAccess
from tests.integration.test_broker_rights import caller, refusals, taker
from tests.integration.vhosts import Tenant, tenant
from tests.integration.wire_ends import (
    calling,
    counting_service,
    outcome,
    request,
    resolving,
    until,
)

pytestmark = pytest.mark.timeout(120)

FOUND: dict[str, tuple[dict[str, object], tuple[str, ...]]] = {
    "as the broker has it by default": ({}, ("nothing bounds",)),
    "a quorum queue": ({"x-queue-type": "quorum"}, ("nothing bounds",)),
    "a quorum queue that expires, and drops the oldest": (
        {
            "x-queue-type": "quorum",
            "x-expires": 60_000,
            "x-max-length": 500,
            "x-overflow": "drop-head",
        },
        ("dropped without a word",),
    ),
    "a queue for one resolver at a time": (
        {"x-single-active-consumer": True, "x-max-length": 10_000, "x-overflow": "reject-publish"},
        ("one resolver at a time",),
    ),
    "a queue whose calls expire into another": (
        {"x-message-ttl": 9_000, "x-dead-letter-exchange": "elsewhere", "x-max-priority": 3},
        ("9000 ms", "elsewhere", "nothing bounds"),
    ),
}


@pytest.fixture
def owner(access: BrokerAccess) -> Iterator[Tenant]:
    with tenant(access) as made:
        yield made


@pytest.mark.parametrize(("arguments", "dangers"), FOUND.values(), ids=FOUND.keys())
async def test_it_is_served_and_what_is_dangerous_about_it_is_logged_once(
    owner: Tenant, arguments: dict[str, object], dangers: tuple[str, ...]
) -> None:
    owner.declare("resolve", arguments)
    with capture_logs() as lines:
        async with AsyncExitStack() as held:
            service = await held.enter_async_context(counting_service())
            client = await held.enter_async_context(calling(owner.settings))
            before = refusals(lines)
            await held.enter_async_context(resolving(owner.settings, {"clients": service.url}))
            calls = [request(method=method) for method in ("GET", "POST") * 10]
            told = await asyncio.gather(*(outcome(client, call) for call in calls))
            await asyncio.sleep(1.5)  # a pulse or two

    assert told == ["200", "201"] * 10
    [line] = before
    assert "resolve" in line
    assert all(danger in line for danger in dangers)
    assert len(refusals(lines)) == 2  # each of the two ends has a log of its own


async def test_one_that_is_deleted_is_declared_in_our_way(owner: Tenant) -> None:
    owner.declare("resolve", {})
    async with (
        counting_service() as service,
        resolving(owner.settings, {"clients": service.url}),
        calling(owner.settings) as client,
    ):
        assert await outcome(client, request()) == "200"
        owner.delete("resolve")
        await asyncio.sleep(0.1)
        took_s = await until(lambda: _serves(client), "service")
        found: Any = owner.api.get(f"/queues/{owner.name}/resolve").json()

    assert took_s <= 2.0
    assert found["arguments"]["x-overflow"] == "reject-publish"


@pytest.mark.parametrize("kind", ["stream", "exclusive"])
async def test_one_that_cannot_serve_is_said_at_the_call_and_at_both_ends(
    owner: Tenant, kind: str
) -> None:
    async with AsyncExitStack() as held:
        if kind == "stream":
            owner.declare("resolve", {"x-queue-type": "stream"})
        else:
            holder = await aio_pika.connect(owner.settings.url)
            await held.enter_async_context(holder)
            channel = await holder.channel()
            await channel.declare_queue("resolve", exclusive=True)
        lines = held.enter_context(capture_logs())
        client = await held.enter_async_context(caller(owner.settings))
        server = await held.enter_async_context(taker(owner.settings))
        await until(lambda: len(refusals(lines)) == 2, "both to say so")
        with pytest.raises(QueueMismatchError, match=kind) as refused:
            await client.call(request())
        asked = await outcome(client, request())
        fault = server.connection.outage.fault()
        await asyncio.sleep(2)
        told = refusals(lines)
        if kind == "exclusive":
            await holder.close()
        else:
            owner.delete("resolve")
        await until(lambda: client.connection.up and server.consuming, "service", within_s=8.0)

    assert asked == fault.reason == "queue_mismatch"
    assert "queue 'resolve'" in str(refused.value)
    assert len(told) == 2


async def _serves(client: Any) -> bool:  # noqa: ANN401 -- a caller
    return await outcome(client, request(within_s=1.0)) == "200"
