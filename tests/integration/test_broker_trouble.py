"""The broker goes, is silent, blocks or loses a queue: calls end in time, service comes back."""

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import aio_pika
import pytest
from aio_pika.exceptions import AMQPError

from system.wire import topology
from system.wire.rpc_client import RpcClient
from system.wire.rpc_server import RpcServer
from testcontainers_fixtures.broker.private import PrivateBroker
from testcontainers_fixtures.engines.engine import BrokerAccess
from testcontainers_fixtures.engines.processes import ProcessesEngine
from tests.integration.wire_ends import Broker, Service, both_ends, outcome, request, until

pytestmark = [pytest.mark.timeout(120), pytest.mark.alone]

RESUMES_WITHIN_S = 2.0
TOLERANCE_S = 0.25
Ends = tuple[RpcClient, RpcServer, Service]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessesEngine]:
    made = ProcessesEngine(tmp_path_factory.mktemp("run"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def access(engine: ProcessesEngine) -> BrokerAccess:
    return engine.start_broker(vhost="gateway", user="gateway")


@pytest.fixture
def node(engine: ProcessesEngine, access: BrokerAccess) -> Iterator[PrivateBroker]:  # noqa: ARG001 -- it must be up
    """Give the broker, which is up again afterwards."""
    broker = engine.broker()
    yield broker
    broker.resume()
    if not broker.alive():
        broker.start()


@pytest.fixture
async def ends(access: BrokerAccess) -> AsyncIterator[Ends]:
    async with both_ends(access) as opened:
        assert await outcome(opened[0], request()) == "200"
        yield opened


@pytest.fixture
def operator(access: BrokerAccess) -> Iterator[Broker]:
    opened = Broker(access)
    yield opened
    opened.http.close()


async def serves(client: RpcClient) -> bool:
    return await outcome(client, request(within_s=1.0)) == "200"


async def port_opens(access: BrokerAccess) -> None:
    """Return when the broker's port takes connections."""
    while True:
        with suppress(OSError):
            socket.create_connection((access.host, access.port), timeout=0.2).close()
            return
        await asyncio.sleep(0.02)


@pytest.mark.long
async def test_after_a_restart_service_resumes_and_no_connection_is_left_over(
    ends: Ends, access: BrokerAccess, node: PrivateBroker, operator: Broker
) -> None:
    client, server, _ = ends
    await until(lambda: operator.counts() == (2, 5), "the management API to know all")
    took_s = []
    for end in (node.kill, lambda: node.stop(grace_s=20)):
        pending = asyncio.create_task(outcome(client, request("/clients", within_s=3.0)))
        await asyncio.to_thread(end)
        assert await pending in {"200", "outcome_unknown", "broker_down"}
        assert await outcome(client, request()) == "broker_down"
        restart = asyncio.create_task(asyncio.to_thread(node.start))
        async with asyncio.timeout(30):
            await port_opens(access)
        took_s.append(await until(lambda: serves(client), "service"))
        await restart

    print("service resumed", took_s, "s after the port opened")  # noqa: T201 -- the figure itself
    assert max(took_s) <= RESUMES_WITHIN_S
    await until(lambda: operator.counts() == (2, 5), "as many connections and channels as before")
    await until(lambda: operator.consumers() == 1, "one consumer, and no zombie")
    assert (client.connection.lives, server.connection.lives) == (3, 3)


async def test_a_connection_that_is_closed_by_force_comes_back(
    ends: Ends, operator: Broker
) -> None:
    client, server, service = ends
    service.wait_s = 1.0
    await until(lambda: operator.counts() == (2, 5), "the management API to know all")
    pending = asyncio.create_task(outcome(client, request()))
    await until(lambda: service.begun["/clients"] == 2, "the call to be under way")
    for connection in operator.get("/connections"):
        operator.delete(f"/connections/{connection['name']}")

    assert await pending == "outcome_unknown"
    service.wait_s = 0.0
    assert await until(lambda: serves(client), "service") <= RESUMES_WITHIN_S
    assert server.consuming


async def test_a_silent_broker_ends_pending_calls_in_time_and_new_ones_soon(
    ends: Ends, node: PrivateBroker
) -> None:
    client, server, service = ends
    service.wait_s = 0.3
    clock = asyncio.get_running_loop().time
    pending = asyncio.create_task(outcome(client, request(within_s=2.0)))
    await asyncio.sleep(0.1)
    begun_s = clock()
    node.pause()

    assert await pending in {"deadline", "outcome_unknown"}
    assert clock() - begun_s <= 2.0 + TOLERANCE_S
    assert await outcome(client, request(within_s=5.0)) == "broker_down"
    assert clock() - begun_s <= 4.0 + TOLERANCE_S
    begun_s = clock()
    assert await outcome(client, request(within_s=5.0)) == "broker_down"
    assert clock() - begun_s <= 0.05

    await until(lambda: not server.consuming, "the resolver to notice, too")
    node.resume()
    assert await until(lambda: serves(client), "service") <= RESUMES_WITHIN_S


async def test_a_pause_too_short_to_matter_costs_no_connection(
    ends: Ends, node: PrivateBroker
) -> None:
    client, server, _ = ends
    node.pause()
    await asyncio.sleep(0.7)
    node.resume()
    await until(lambda: serves(client), "service")
    await asyncio.sleep(2.5)

    assert (client.connection.lives, server.connection.lives) == (1, 1)


async def test_a_blocked_broker_is_told_at_once_and_runs_nothing_later(
    ends: Ends, node: PrivateBroker
) -> None:
    client, _, service = ends
    alarm(node, "0.0000001")
    try:
        # The first that publishes is the one that is told.
        await until(lambda: _told_blocked(client), "the broker to say that it is blocked")
        begun = service.begun.copy()
        begun_s = asyncio.get_running_loop().time()
        found = [await outcome(client, request("/clients/x", "POST")) for _ in range(20)]
        took_s = asyncio.get_running_loop().time() - begun_s
    finally:
        alarm(node, "0.9")

    assert set(found) == {"broker_blocked"}
    assert took_s <= 0.1
    await until(lambda: serves(client), "service")
    await asyncio.sleep(0.5)
    assert service.begun["/clients/x"] == begun["/clients/x"]


async def test_a_work_queue_that_an_operator_deletes_is_consumed_again(
    ends: Ends, node: PrivateBroker
) -> None:
    client, server, service = ends
    service.wait_s = 3.0
    pending = asyncio.create_task(outcome(client, request()))
    await until(lambda: service.begun["/clients"] == 2, "the call to be under way")
    await asyncio.to_thread(delete_queue, node, topology.WORK_QUEUE)
    assert not pending.done()

    service.wait_s = 0.0
    assert await until(lambda: serves(client), "service") <= RESUMES_WITHIN_S
    assert await pending == "200"
    assert server.connection.lives == 1


async def test_a_reply_queue_that_an_operator_deletes_is_consumed_again(
    ends: Ends, node: PrivateBroker
) -> None:
    client, _, _ = ends
    # It is exclusive, so the management API may not; an operator at the node may.
    await asyncio.to_thread(delete_queue, node, client.reply_queue.name)

    assert await until(lambda: serves(client), "service") <= RESUMES_WITHIN_S
    assert client.connection.lives == 1


async def test_a_queue_that_is_deleted_and_declared_otherwise_is_used_as_it_is(
    ends: Ends, access: BrokerAccess, node: PrivateBroker, operator: Broker
) -> None:
    client, server, _ = ends
    async with await aio_pika.connect(access.amqp_url) as connection:
        for _ in range(20):  # until we are the first
            channel = await connection.channel()
            beneath = await channel.get_underlay_channel()
            await beneath.queue_delete(topology.WORK_QUEUE, nowait=True)
            with suppress(AMQPError):
                await beneath.queue_declare(topology.WORK_QUEUE, durable=True)
                break
    await until(lambda: client.connection.work_found and server.consuming, "both to use it")
    took_s = await until(lambda: serves(client), "service")
    found = operator.get("/queues/gateway/resolve")["arguments"]
    await asyncio.to_thread(delete_queue, node, topology.WORK_QUEUE)

    assert found == {}
    assert took_s <= RESUMES_WITHIN_S
    assert await until(lambda: serves(client), "service") <= RESUMES_WITHIN_S


def delete_queue(node: PrivateBroker, queue: str) -> None:
    """Delete a queue as an operator at the broker can."""
    rabbitmqctl(node, "delete_queue", queue, "--vhost", "gateway")


def alarm(node: PrivateBroker, watermark: str) -> None:
    """Set the share of memory from which on the broker blocks whoever publishes."""
    rabbitmqctl(node, "set_vm_memory_high_watermark", watermark)


def rabbitmqctl(node: PrivateBroker, *arguments: str) -> None:
    """Run RabbitMQ's own tool against the private node."""
    setup, installation = node._setup, node._installation  # noqa: SLF001 -- no test needs it elsewhere
    environment = setup.environment(installation.programs)
    program = installation.server.with_name("rabbitmqctl")
    command = [str(program), "--node", "rabbit@localhost", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


async def _told_blocked(client: RpcClient) -> bool:
    return await outcome(client, request(within_s=0.5)) == "broker_blocked"
