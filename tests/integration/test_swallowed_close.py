"""A connection whose end the broker does not hear of: the next serves while the old one stands."""

import pytest

from system.wire.connection import BrokerSettings
from system.wire.rpc_client import RpcClient
from testcontainers_fixtures.engines.engine import BrokerAccess
from tests.integration.broker_way import way_to
from tests.integration.wire_ends import (
    calling,
    counting_service,
    outcome,
    request,
    resolving,
    until,
)

pytestmark = [pytest.mark.timeout(90), pytest.mark.alone]
SERVED_WITHIN_S = 1.0


@pytest.mark.parametrize("end", ["gateway", "resolver"])
async def test_the_next_connection_serves_although_the_old_one_still_stands(
    access: BrokerAccess, end: str
) -> None:
    direct = BrokerSettings(url=access.amqp_url)
    async with (
        way_to(access.amqp_url) as way,
        counting_service() as service,
        resolving(
            BrokerSettings(url=way.url) if end == "resolver" else direct, {"clients": service.url}
        ) as server,
        calling(BrokerSettings(url=way.url) if end == "gateway" else direct) as client,
    ):
        assert await outcome(client, request()) == "200"
        broken = client.connection if end == "gateway" else server.connection
        way.swallow()
        await until(lambda: not broken.up, "the end to be noticed")
        took_s = await until(
            lambda: broken.up if end == "resolver" else _serves(client), "the next life"
        )

    print("back after", took_s, "s")  # noqa: T201 -- the figure itself
    assert took_s < SERVED_WITHIN_S


async def _serves(client: RpcClient) -> bool:
    return await outcome(client, request(within_s=1.0)) == "200"
