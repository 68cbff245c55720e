"""A right that the broker refuses is said once, where it is looked for, and waited for in peace."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from system.rpc.connection_pool import PoolSettings
from system.rpc.resolver import Resolver
from system.wire.connection import BrokerSettings
from system.wire.rpc_client import RpcClient
from system.wire.rpc_errors import AccessRefusedError
from system.wire.rpc_server import RpcServer
from testcontainers_fixtures.engines.child import wait_until
from testcontainers_fixtures.engines.engine import BrokerAccess
from tests.integration.broker_way import way_to
from tests.integration.lone_part import alone
from tests.integration.vhosts import ALL, Tenant, tenant
from tests.integration.wire_ends import counting_service, outcome, request, resolving, until

pytestmark = pytest.mark.timeout(120)

# The longest pause between two tries, and what a loaded machine adds.
NOTICED_WITHIN_S = 8.0
# In the time that is watched, and until the right is seen.
MOST_LOGINS = 8

# What an end is denied by its rights (configure, write, read), and what it must then say.
OWN = r"^rpc\.(reply|withdrawn)\..*$"
GATEWAY = {
    "to publish a call": ((OWN, r"^rpc\.", ALL), "write", "exchange 'amq.default'"),
    "to withdraw a call": ((OWN, r"^amq\.default$", ALL), "write", "exchange 'rpc.withdrawn'"),
    "to have a reply queue": (("^$", ALL, ALL), "configure", "queue 'rpc.reply."),
    "to read its reply queue": ((OWN, ALL, "^resolve$"), "read", "queue 'rpc.reply."),
}
RESOLVER = {
    "to take calls": ((OWN, ALL, r"^rpc\."), "read", "queue 'resolve'"),
    "to answer": ((ALL, r"^rpc\.", ALL), "write", "exchange 'amq.default'"),
    "to bury": ((OWN, r"^(amq\.default|rpc\.withdrawn.*)$", ALL), "write", "exchange 'rpc.dlx'"),
    "to have a queue of withdrawals": (("^$", ALL, ALL), "configure", "queue 'rpc.withdrawn."),
    "to fill its queue of withdrawals": (
        (OWN, r"^(amq\.default|rpc\.dlx)$", ALL),
        "write",
        "queue 'rpc.withdrawn.",
    ),
    "to hear of withdrawals": (
        (OWN, ALL, r"^(resolve|rpc\.withdrawn\..*)$"),
        "read",
        "exchange 'rpc.withdrawn'",
    ),
    "to read its queue of withdrawals": (
        (OWN, ALL, r"^(resolve|rpc\.withdrawn)$"),
        "read",
        "queue 'rpc.withdrawn.",
    ),
}


@pytest.fixture
def owner(access: BrokerAccess) -> Iterator[Tenant]:
    with tenant(access) as made:
        yield made


@contextlib.asynccontextmanager
async def caller(settings: BrokerSettings) -> AsyncIterator[RpcClient]:
    """Give a caller, connected or not."""
    client = RpcClient(settings, name="gateway", max_in_flight=512)
    client.start()
    try:
        yield client
    finally:
        await client.close()


@contextlib.asynccontextmanager
async def taker(settings: BrokerSettings) -> AsyncIterator[RpcServer]:
    """Give a resolver, consuming or not."""
    async with Resolver(
        {},
        connections=0,
        connect_timeout_s=1.0,
        lanes=PoolSettings(keepalive_s=1.0),
        telemetry=False,
    ) as resolver:
        server = RpcServer(settings, resolver.resolve, name="resolver", prefetch=8, telemetry=False)
        starting = asyncio.create_task(server.start())
        try:
            yield server
        finally:
            starting.cancel()
            await server.drain(grace_s=1.0)


def refusals(lines: list[Any]) -> list[str]:
    """Return what was logged of trouble."""
    serious = {"warning", "error", "critical"}
    return [" ".join(map(str, one.values())) for one in lines if one["log_level"] in serious]


@pytest.mark.parametrize(("rights", "right", "thing"), GATEWAY.values(), ids=GATEWAY.keys())
async def test_a_gateway_that_lacks_a_right_runs_nothing_and_says_which(
    owner: Tenant, rights: tuple[str, str, str], right: str, thing: str
) -> None:
    owner.set_up()
    async with AsyncExitStack() as held:
        service = await held.enter_async_context(counting_service())
        await held.enter_async_context(resolving(owner.settings, {"clients": service.url}))
        owner.grant(*rights)
        way = await held.enter_async_context(way_to(owner.settings.url))
        lines = held.enter_context(capture_logs())
        client = await held.enter_async_context(caller(BrokerSettings(url=way.url)))
        await until(lambda: _says(client, "access_refused"), "the refusal")
        said = [await outcome(client, request("/clients/x", "POST")) for _ in range(20)]
        await asyncio.sleep(3)
        with pytest.raises(AccessRefusedError) as refused:
            await client.call(request())
        owner.grant()
        await until(lambda: _says(client, "200"), "service", within_s=NOTICED_WITHIN_S)

    assert said == ["access_refused"] * 20
    assert service.begun["/clients/x"] == 0
    assert f"{right} on {thing}" in str(refused.value)
    assert way.taken == 1
    # The resolver's user is the same, and its next connection is refused as well.
    [line] = refusals([one for one in lines if one.get("name") == "gateway"])
    assert f"{right} on {thing}" in line
    assert owner.name in line


@pytest.mark.parametrize(("rights", "right", "thing"), RESOLVER.values(), ids=RESOLVER.keys())
async def test_a_resolver_that_lacks_a_right_takes_nothing_and_says_which(
    owner: Tenant, rights: tuple[str, str, str], right: str, thing: str
) -> None:
    owner.set_up()
    owner.grant(*rights)
    with capture_logs() as lines:
        async with (
            way_to(owner.settings.url) as way,
            taker(BrokerSettings(url=way.url)) as server,
        ):
            await until(lambda: refusals(lines), "the refusal")
            await asyncio.sleep(3)
            consuming = server.consuming
            fault = server.connection.outage.fault()
            owner.grant()
            await until(lambda: server.consuming, "service", within_s=NOTICED_WITHIN_S)

    assert not consuming
    assert (fault.reason, f"{right} on {thing}" in str(fault)) == ("access_refused", True)
    assert way.taken == 1
    [line] = refusals(lines)
    assert f"{right} on {thing}" in line


async def test_who_may_declare_nothing_uses_what_operations_have_set_up(owner: Tenant) -> None:
    owner.set_up()
    owner.grant("rpc.reply.*|rpc.withdrawn..*", ALL, ALL)
    async with (
        counting_service() as service,
        resolving(owner.settings, {"clients": service.url}),
        caller(owner.settings) as client,
    ):
        await until(lambda: _says(client, "200"), "service")


async def test_a_queue_that_nobody_may_declare_is_waited_for(owner: Tenant) -> None:
    owner.grant("rpc.reply.*", ALL, ALL)
    async with caller(owner.settings) as client:
        await until(lambda: _says(client, "access_refused"), "the refusal")
        with pytest.raises(AccessRefusedError, match=r"configure on queue 'resolve'"):
            await client.call(request())
        owner.set_up()
        await until(lambda: _says(client, "no_responder"), "the queue", within_s=NOTICED_WITHIN_S)


@pytest.mark.parametrize("why", ["password", "vhost"])
async def test_who_is_not_let_in_says_so_once_and_tries_in_peace(owner: Tenant, why: str) -> None:
    if why == "vhost":
        owner.grant_nothing()
    settings = owner.logged_in("wrong" if why == "password" else owner.password)
    with capture_logs() as lines:
        async with way_to(settings.url) as way, caller(BrokerSettings(url=way.url)) as client:
            await until(lambda: _says(client, "access_refused"), "the refusal")
            with pytest.raises(AccessRefusedError, match=why) as refused:
                await client.call(request())
            await asyncio.sleep(4)
            if why == "vhost":
                owner.grant()
            else:
                owner.put(f"/users/{owner.name}", {"password": "wrong", "tags": ""})
            await until(lambda: _says(client, "no_responder"), "service", within_s=NOTICED_WITHIN_S)

    [line] = refusals(lines)
    assert owner.name in line
    assert "wrong" not in line + str(refused.value)
    assert way.taken <= MOST_LOGINS


async def test_a_broker_that_goes_while_a_right_is_missing_is_a_broker_that_is_down(
    owner: Tenant,
) -> None:
    owner.grant("", "", "")
    settings = owner.settings
    async with caller(settings) as client:
        await until(lambda: _says(client, "access_refused"), "the refusal")
        object.__setattr__(settings, "url", "amqp://t:t@127.0.0.1:1/t")
        client.connection.abandon("test")
        await until(lambda: _says(client, "broker_down"), "the loss")


def test_the_processes_say_it_in_log_answer_and_ready(owner: Tenant, tmp_path: Path) -> None:
    # What an operator granted by the names of the queues: nothing lets anybody publish.
    owner.grant(r"^(resolve|rpc\..*)$", r"^(resolve|rpc\..*)$")
    missing = "write on exchange 'amq.default'"
    with ExitStack() as held:
        gateway = held.enter_context(
            alone(tmp_path / "g", "gateway", workers=1, settings=owner.environment)
        )
        resolver = held.enter_context(
            alone(tmp_path / "r", "resolver", settings=owner.environment, ready="GET /health")
        )
        ask = held.enter_context(httpx.Client(timeout=10))
        wait_until(lambda: "refused" in ask.get(f"{resolver.url}/ready").text, timeout_s=10)
        answer = ask.get(f"{gateway.url}/clients")
        ready, told = ask.get(f"{gateway.url}/ready"), ask.get(f"{resolver.url}/ready")
        lines = [json.loads(one) for one in gateway.log_tail(200).splitlines() if one[:1] == "{"]
        owner.grant()
        wait_until(lambda: ask.get(f"{gateway.url}/ready").is_success, timeout_s=20)

    assert (answer.status_code, answer.json()["reason"]) == (503, "access_refused")
    assert missing in answer.json()["detail"]
    assert (ready.status_code, ready.json()["reason"]) == (503, "access_refused")
    assert missing in ready.json()["detail"]
    assert (told.status_code, told.json()["reason"]) == (503, "access_refused")
    assert missing in told.json()["detail"]
    [line] = [one for one in lines if missing in one.get("error", "")]
    assert (line["level"], line["user"], line["vhost"]) == ("warning", owner.name, owner.name)


async def _says(client: RpcClient, expected: str) -> bool:
    return await outcome(client, request(within_s=1.0)) == expected
