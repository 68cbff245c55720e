"""Gateway, resolver and service on machines whose clocks differ: calls are served all the same."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import aio_pika
import httpx
import pytest
from aio_pika.abc import AbstractChannel, AbstractQueue
from structlog.testing import capture_logs

from system.wire.envelope import RpcReply, decode_reply
from system.wire.properties import DELIVERIES
from system.wire.resolver_status import READY_PATH, standing_in
from system.wire.rpc_client import RpcClient
from system.wire.rpc_server import RpcServer
from testcontainers_fixtures.engines.engine import BrokerAccess
from tests.integration.lone_part import alone
from tests.integration.wire_ends import Service, both_ends, request

pytestmark = pytest.mark.timeout(120)
ELSEWHERE = str(Path(__file__).with_name("other_machine.py"))
ROW = {"surname": "John", "name": "Malkovitch", "country": "USA"}
ANSWERED_WITHIN_S = 1.5
LEFT_S = 5.0

Ends = tuple[RpcClient, RpcServer, Service]


@pytest.mark.parametrize("skew_s", [10.0, -10.0], ids=["ahead", "behind"])
def test_calls_are_served_by_a_resolver_whose_clock_shows_another_time(
    access: BrokerAccess, tmp_path: Path, skew_s: float
) -> None:
    broker = {"RMQ_HOST": access.host, "RMQ_PORT": str(access.port), "RMQ_PASS": access.password}
    store = {"CLIENTS_DATABASE": str(tmp_path / "clients.sqlite3")}
    with ExitStack() as held:
        service = held.enter_context(alone(tmp_path / "s", "srv_clients", settings=store))
        resolver = held.enter_context(
            alone(
                tmp_path / "r",
                "resolver",
                settings=broker | {"CLIENTS_URL": service.url},
                ready="GET /ready",
                program=(sys.executable, ELSEWHERE, str(skew_s)),
            )
        )
        gateway = held.enter_context(alone(tmp_path / "g", "gateway", settings=broker))
        client = held.enter_context(httpx.Client(base_url=gateway.url, timeout=10))
        told = [client.post("/clients", json=ROW).status_code for _ in range(10)]
        told += [client.get("/clients/1").status_code for _ in range(10)]
        ready, at_the_resolver = client.get("/ready"), client.get(f"{resolver.url}/ready")

    assert told == [201] * 10 + [200] * 10
    assert ready.json()["resolver"]["late"] == 0
    assert at_the_resolver.json()["late"] == 0


class Stranger:
    """A caller on another machine, by its bare messages."""

    def __init__(self, channel: AbstractChannel, replies: AbstractQueue) -> None:
        self.channel = channel
        self.replies = replies

    async def call(self, deadline: dict[str, Any], *, deliveries: int = 0) -> RpcReply | None:
        """Return the answer to a GET with this deadline; None where there is none."""
        head = {"v": 1, "method": "GET", "path": "/clients", "query": "", "headers": []}
        body = json.dumps(head | {"deadline": deadline, "request_id": "x1"}).encode() + b"\n"
        message = aio_pika.Message(
            body,
            correlation_id="7",
            reply_to=self.replies.name,
            headers={DELIVERIES: deliveries},
        )
        await self.channel.default_exchange.publish(message, "resolve")
        ends_s = time.monotonic() + ANSWERED_WITHIN_S
        while time.monotonic() < ends_s:
            answer = await self.replies.get(fail=False, no_ack=True)
            if answer:
                return decode_reply(answer.body)
            await asyncio.sleep(0.03)
        return None


@pytest.fixture
async def ends(access: BrokerAccess) -> AsyncIterator[Ends]:
    async with both_ends(access) as opened:
        yield opened


@pytest.fixture
async def stranger(access: BrokerAccess) -> AsyncIterator[Stranger]:
    async with await aio_pika.connect(access.amqp_url) as connection:
        channel = await connection.channel()
        yield Stranger(channel, await channel.declare_queue(exclusive=True))


def sent(ago_s: float, *, skew_s: float = 0.0, told: bool = True) -> dict[str, Any]:
    """Return the deadline of a call sent so long ago, by a wall clock that is so far off."""
    ends_in_s = LEFT_S - ago_s
    moment = {
        "boot": "other-boot",
        "monotonic_s": time.monotonic() + 77_777.0 + ends_in_s,
        "wall_s": time.time() + skew_s + ends_in_s,
    }
    return moment | ({"left_s": LEFT_S} if told else {})


@pytest.mark.parametrize("skew_s", [-3600.0, -10.0, 0.0, 10.0, 3600.0])
async def test_a_call_of_another_machine_is_served_whatever_its_wall_clock_shows(
    ends: Ends, stranger: Stranger, skew_s: float
) -> None:
    _, _, service = ends
    told = [await stranger.call(sent(0.0, skew_s=skew_s)) for _ in range(3)]

    assert [reply and reply.head.status for reply in told] == [200] * 3
    # The service is told of it by the clocks of the resolver's machine.
    forms = [head["x-deadline"] for head in service.heads]
    left_s = [
        float(form.partition("monotonic=")[2].split(";")[0]) - time.monotonic() for form in forms
    ]
    assert all(LEFT_S - 3.0 < left <= LEFT_S for left in left_s)


async def test_what_waited_too_long_is_not_run_and_that_is_said_counted_logged_and_shown(
    ends: Ends, stranger: Stranger
) -> None:
    client, server, service = ends
    with capture_logs() as lines:
        first = await stranger.call(sent(0.0))
        late = [await stranger.call(sent(LEFT_S + 1.0)) for _ in range(10)]
        again = await stranger.call(sent(0.0))
        standing = standing_in(await client.call(request(READY_PATH)))

    assert [r and r.head.fault for r in late] == ["late_on_arrival"] * 10
    assert first
    assert again
    assert (first.head.status, again.head.status) == (200, 200)
    assert service.begun["/clients"] == 2
    assert (server.lateness.count, standing.late) == (10, 10)
    [line] = [one for one in lines if "late" in one["event"]]
    assert (line["log_level"], line["boot"]) == ("warning", "other-boot")


async def test_a_late_call_that_somebody_had_before_may_have_run(
    ends: Ends, stranger: Stranger
) -> None:
    _, _, service = ends
    assert await stranger.call(sent(0.0))
    late = await stranger.call(sent(LEFT_S + 1.0), deliveries=1)

    assert late
    assert (late.head.fault, service.begun["/clients"]) == ("deadline", 1)


async def test_an_envelope_without_the_time_left_is_answered_and_counted(
    ends: Ends, stranger: Stranger
) -> None:
    _, server, service = ends
    old = {"boot": "other-boot", "monotonic_s": 1.0, "wall_s": time.time() - 5}
    late = await stranger.call(old)
    in_time = await stranger.call(old | {"wall_s": time.time() + 5})

    assert late
    assert in_time
    assert (late.head.fault, in_time.head.status) == ("late_on_arrival", 200)
    assert (server.lateness.count, service.begun["/clients"]) == (1, 1)


@pytest.mark.usefixtures("ends")
async def test_a_machine_that_slept_is_served_again_soon(stranger: Stranger) -> None:
    """A monotonic clock that stood still for an hour shows every call as an hour old."""
    assert await stranger.call(sent(0.0))
    ends_s = time.monotonic() + 6.0
    while time.monotonic() < ends_s:
        answer = await stranger.call(sent(3600.0))
        if answer and answer.head.status == 200:
            break
        await asyncio.sleep(0.2)

    assert answer
    assert answer.head.status == 200
