"""A real private RabbitMQ: who may do what, where it listens, and what survives its death."""

import asyncio
import http.client
import json
import os
import sys
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aio_pika
import pytest
from aio_pika.exceptions import AMQPError, ProbableAuthenticationError

from testcontainers_fixtures.broker.broker_readiness import speaks_amqp
from testcontainers_fixtures.broker.installation import Installation, find_rabbitmq
from testcontainers_fixtures.broker.node import BrokerPorts
from testcontainers_fixtures.broker.private import PrivateBroker
from testcontainers_fixtures.engines.child import wait_until
from testcontainers_fixtures.engines.children import Children
from testcontainers_fixtures.engines.engine import BrokerAccess
from testcontainers_fixtures.engines.free_ports import Ports
from testcontainers_fixtures.engines.process_table import living
from testcontainers_fixtures.engines.processes import ProcessesEngine
from testcontainers_fixtures.errors import MissingNeedError, StackError, StartError

pytestmark = pytest.mark.timeout(120)
# A broker that was killed sooner, on a crowded machine, was once seen without the queue that it had
# just declared; it promises messages that it confirmed, in queues that are there.
WRITTEN_WITHIN_S = 2.5
LISTENING = "0A"
# The place of a socket's inode in a row of /proc/net/tcp, counted from the field after its state.
INODE = 5


@pytest.fixture(scope="module")
def breakable(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[PrivateBroker, BrokerAccess]]:
    """Give a broker that no other test needs."""
    engine = ProcessesEngine(tmp_path_factory.mktemp("breakable"))
    try:
        access = engine.start_broker(vhost="gateway", user="gateway")
        yield engine.broker(), access
    finally:
        engine.close()


def test_it_tells_which_versions_it_runs(
    broker_engine: ProcessesEngine, access: BrokerAccess
) -> None:
    conditions = broker_engine.conditions()

    assert access.version[0].isdecimal()
    assert conditions["rabbitmq"] == access.version
    assert conditions["erlang"][0].isdecimal()
    assert conditions["network_mode"] == "loopback"


async def test_the_user_can_declare_publish_and_consume_on_its_vhost(access: BrokerAccess) -> None:
    async with await aio_pika.connect(access.amqp_url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("trial", durable=True)
        await channel.default_exchange.publish(aio_pika.Message(b"hello"), "trial")
        message = await queue.get(timeout=5)
        await message.ack()

    assert message.body == b"hello"


async def test_the_user_has_no_right_on_another_vhost(access: BrokerAccess) -> None:
    _ask(access, "PUT", "/api/vhosts/other", {})
    url = access.amqp_url.removesuffix("/gateway") + "/other"

    # The broker answers connection.open with a close, which this client calls a frame error.
    with pytest.raises(AMQPError, match=r"Connection\.Close"):
        await aio_pika.connect(url, timeout=5)


async def test_guest_does_not_exist(access: BrokerAccess) -> None:
    with pytest.raises(ProbableAuthenticationError):
        await aio_pika.connect(f"amqp://guest:guest@{access.host}:{access.port}/gateway", timeout=5)

    assert {user["name"] for user in _ask(access, "GET", "/api/users")} == {"gateway", "harness"}


def test_it_listens_on_the_loopback_address_only(
    broker_engine: ProcessesEngine, access: BrokerAccess
) -> None:
    ports = broker_engine.broker().ports
    hosts = _listeners()

    for port in (access.port, ports.management, ports.epmd, ports.distribution):
        assert hosts[port] <= {"127.0.0.1", "::1"}


def test_its_command_line_listens_on_the_loopback_address_only(
    broker_engine: ProcessesEngine, access: BrokerAccess
) -> None:
    assert access.version
    seen: dict[str, set[str]] = {}
    with ThreadPoolExecutor(max_workers=1) as pool:
        asking = pool.submit(broker_engine.broker().control, "status")
        while not asking.done():
            for pid in _commands():
                for port, hosts in _listeners(pid).items():
                    seen.setdefault(str(port), set()).update(hosts)

    assert "RabbitMQ version" in asking.result()
    # Erlang opens a port for every node, its command line's included: none seen is none watched.
    assert seen
    assert set().union(*seen.values()) <= {"127.0.0.1", "::1"}, seen


def test_no_password_is_readable_in_what_it_writes(
    broker_engine: ProcessesEngine, access: BrokerAccess
) -> None:
    monitor = unquote(urlsplit(access.management_url).password or "")
    files = [path for path in Path(broker_engine.data_folder("broker")).iterdir() if path.is_file()]

    for path in files:
        text = path.read_text(errors="replace")
        assert access.password not in text
        assert monitor not in text
    assert access.password not in repr(access) + repr(broker_engine.broker())


def test_a_paused_broker_answers_nothing_until_it_is_resumed(
    breakable: tuple[PrivateBroker, BrokerAccess],
) -> None:
    broker, access = breakable

    broker.pause()
    silent = not speaks_amqp(access.host, access.port)
    broker.resume()

    assert silent
    assert wait_until(lambda: speaks_amqp(access.host, access.port), timeout_s=10)


async def test_a_killed_broker_starts_again_where_it_was_with_its_queues_and_messages(
    breakable: tuple[PrivateBroker, BrokerAccess],
) -> None:
    broker, access = breakable
    async with await aio_pika.connect(access.amqp_url) as connection:
        channel = await connection.channel()
        await channel.declare_queue("kept", durable=True)
        persistent = aio_pika.Message(b"kept", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(persistent, "kept")
    await asyncio.sleep(WRITTEN_WITHIN_S)

    broker.kill()
    assert not broker.alive()
    again = broker.start()

    assert again == access
    async with await aio_pika.connect(access.amqp_url) as connection:
        channel = await connection.channel()
        queue = await channel.get_queue("kept")
        message = await queue.get(timeout=5)
        await message.ack()
    assert message.body == b"kept"


def test_a_running_broker_is_not_started_twice(
    broker_engine: ProcessesEngine, access: BrokerAccess
) -> None:
    with pytest.raises(StackError, match="already"):
        broker_engine.broker().start()
    with pytest.raises(StackError, match="already"):
        broker_engine.start_broker(vhost=access.vhost, user=access.user)


def test_a_port_that_is_taken_is_named(access: BrokerAccess, tmp_path: Path) -> None:
    installation = find_rabbitmq(None, print)
    children = Children(data=tmp_path / "data")
    broker = _broker(tmp_path, children, installation, amqp=access.port)
    try:
        with pytest.raises(MissingNeedError, match=f"Expected port {access.port} on 127.0.0.1"):
            broker.start()
    finally:
        children.close(grace_s=0)


def test_a_broker_that_dies_at_its_start_is_reported_at_once_with_its_last_words(
    tmp_path: Path,
) -> None:
    broken = Path(tmp_path / "rabbitmq-server")
    broken.write_text(f"#!{sys.executable}\nraise SystemExit('no room on the disk')\n")
    broken.chmod(0o755)
    epmd = Path(tmp_path / "epmd")
    epmd.write_text("#!/bin/sh\nexec sleep 60\n")
    epmd.chmod(0o755)
    installation = Installation(source="broken", server=broken, epmd=epmd, programs=())
    children = Children(data=tmp_path / "data")
    try:
        with pytest.raises(StartError, match=r"it ended instead.*\n.*no room on the disk"):
            _broker(tmp_path, children, installation).start(timeout_s=20)
    finally:
        children.close(grace_s=0)


def _broker(
    folder: Path, children: Children, installation: Installation, *, amqp: int | None = None
) -> PrivateBroker:
    pick = Ports().pick
    ports = BrokerPorts(amqp=amqp or pick(), management=pick(), epmd=pick(), distribution=pick())
    return PrivateBroker(
        installation=installation,
        children=children,
        folder=folder / "data" / "broker",
        log=folder / "logs" / "broker.log",
        ports=ports,
        vhost="gateway",
        user="gateway",
    )


def _ask(access: BrokerAccess, method: str, path: str, body: object = None) -> list[dict[str, str]]:
    url = urlsplit(access.management_url)
    credentials = b64encode(f"{url.username}:{unquote(url.password or '')}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=10)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status < 300, text
        parsed: list[dict[str, str]] = json.loads(text or b"[]")
        return parsed
    finally:
        connection.close()


def _commands() -> list[int]:
    """Return the processes of RabbitMQ's command line that this one has started."""
    mine = [found for found in living() if found.parent == os.getpid()]
    return [one.pid for one in mine if "rabbitmqctl" in _words(one.pid)]


def _words(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    return ""


def _sockets(pid: int) -> set[str]:
    """Return the inodes of a process's sockets, as the kernel's tables have them."""
    found = set()
    with suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                found.add(str(entry.readlink()).removeprefix("socket:[").removesuffix("]"))
    return found


def _listeners(pid: int | None = None) -> dict[int, set[str]]:
    """Return the addresses that each TCP port is listened on, by anybody or by one process."""
    own = _sockets(pid) if pid else None
    names = {"0100007F": "127.0.0.1", "00000000000000000000000001000000": "::1"}
    found: dict[int, set[str]] = {}
    for table in ("tcp", "tcp6"):
        for row in Path("/proc/net", table).read_text().splitlines()[1:]:
            _, local, _, state, *rest = row.split()
            host, port = local.split(":")
            if state == LISTENING and (own is None or rest[INODE] in own):
                found.setdefault(int(port, 16), set()).add(names.get(host, host))
    return found
