"""A connection's lives: none ends unnoticed, and a call meets the one that stands."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from system.wire.connection import BrokerConnection, BrokerSettings
from system.wire.consumers import ASKED_AFTER_CALL_S
from system.wire.rpc_client import RpcClient
from system.wire.rpc_server import RpcServer
from testcontainers_fixtures.engines.engine import BrokerAccess
from tests.integration.wire_ends import Service, both_ends, outcome, request, until

pytestmark = pytest.mark.timeout(60)


class UnforeseenError(Exception):
    """What no code here expects."""


async def test_the_keeper_survives_what_nobody_foresaw_and_says_it_with_its_traceback(
    access: BrokerAccess,
) -> None:
    prepared = 0

    async def prepare() -> None:
        nonlocal prepared
        prepared += 1
        if prepared in {2, 3}:
            raise UnforeseenError("out of the blue")

    connection = BrokerConnection(BrokerSettings(url=access.amqp_url), "test")
    with capture_logs() as lines:
        await connection.open(prepare)
        connection.abandon("the test wants another life")
        await until(lambda: connection.lives == 2, "a life after two failures")
        await connection.close()

    said = [one for one in lines if one.get("exc_info")]
    assert prepared == 4
    assert len(said) == 1  # not once for each try
    assert "out of the blue" in str(said[0])


async def test_the_first_life_too_is_tried_again(access: BrokerAccess) -> None:
    tried = 0

    async def prepare() -> None:
        nonlocal tried
        tried += 1
        if tried == 1:
            raise UnforeseenError("at the start")

    connection = BrokerConnection(BrokerSettings(url=access.amqp_url), "test")
    opening = asyncio.create_task(connection.open(prepare))
    await until(lambda: connection.up, "the second try")
    await opening
    await connection.close()

    assert tried == 2


@pytest.fixture
async def ends(access: BrokerAccess) -> AsyncIterator[tuple[RpcClient, RpcServer, Service]]:
    async with both_ends(access) as opened:
        yield opened


async def test_a_call_that_asked_while_a_connection_was_rebuilt_goes_over_the_new_one(
    ends: tuple[RpcClient, RpcServer, Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _, service = ends
    ask = client._consumers.ask  # noqa: SLF001 -- the moment between asking and publishing

    async def ask_while_rebuilt() -> None:
        monkeypatch.undo()  # once is what is meant
        await ask()
        life = client.connection.lives
        client.connection.abandon("the test wants another life")
        await until(lambda: client.connection.lives > life, "another life")

    monkeypatch.setattr(client._consumers, "ask", ask_while_rebuilt)  # noqa: SLF001 -- as above
    await asyncio.sleep(0.05)  # until what was asked is stale

    # A call that was waiting when the connection went may have been sent; this one was not.
    assert await outcome(client, request("/clients/x", "POST")) == "201"
    assert service.begun["/clients/x"] == 1


async def test_while_calls_come_none_waits_until_the_consumers_are_counted(
    ends: tuple[RpcClient, RpcServer, Service],
) -> None:
    client, _, _ = ends
    waited = []

    for _ in range(20):
        await asyncio.sleep(0.05)  # longer than a count is believed
        waited.append(client._consumers.stale)  # noqa: SLF001 -- what a call would wait for
        assert await outcome(client, request("/clients/x")) == "200"

    assert waited[0]
    assert waited.count(True) <= len(waited) // 4  # this process may stand still for a moment


async def test_nobody_is_asked_for_consumers_for_long_after_the_last_call(
    ends: tuple[RpcClient, RpcServer, Service],
) -> None:
    client, _, _ = ends
    await outcome(client, request("/clients/x"))

    await asyncio.sleep(ASKED_AFTER_CALL_S + 0.2)

    assert client._consumers.stale  # noqa: SLF001 -- nobody asked
