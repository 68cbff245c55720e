"""Traffic lasts as long as its fault, with the connections open that this takes, or says so."""

import asyncio
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from contract_tests.faults import open_files
from contract_tests.faults.traffic import MOST_REQUESTS, FaultTraffic
from contract_tests.faults.writable_collections import WritableCollection
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.stack_spec import Contract, Part, StackSpec
from tests.unit.contract_tests.drift.shelf import things

ENDS_WITHIN_S = 20.0
SPEC = StackSpec(
    format_version=2,
    name="some",
    parts={"gateway": Part(role="gateway", command=("x",), port=1)},
)
ROW = {"id": 1, "title": "A row", "colour": "red"}


def traffic(
    url: str = "http://gateway", *, rate_per_s: float = 60, deadline_s: float = 30
) -> FaultTraffic:
    spec = replace(SPEC, contract=Contract(answers_within_s=deadline_s))
    place = WritableCollection(service="shelf", resource=things(), pattern=ROW, keyed=False)
    return FaultTraffic(url, spec, [place], rate_per_s=rate_per_s)


@pytest.fixture
def soft() -> Iterator[int]:
    """Let this process have hardly more files open than it has; return how many."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(one.name) for one in Path("/dev/fd").iterdir())
    filling = [os.open(os.devnull, os.O_RDONLY)]
    while filling[-1] <= highest:
        filling.append(os.open(os.devnull, os.O_RDONLY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (filling[-1] + 20, before[1]))
    yield filling[-1] + 20
    for one in filling:
        os.close(one)
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture
def silent() -> Iterator[str]:
    """Return the URL of a gateway that takes every connection, and answers nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=500) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


async def sent(callers: FaultTraffic, attempts: int = 0) -> None:
    """Send until so many attempts have ended, or the callers end by themselves."""
    running = asyncio.create_task(callers.run())
    with suppress(TimeoutError):
        async with asyncio.timeout(ENDS_WITHIN_S):
            while len(callers.journal) < attempts and not running.done():  # noqa: ASYNC110 -- nobody is told of an attempt
                await asyncio.sleep(0.01)
    callers.stop()
    await running


def test_a_long_fault_has_fewer_calls_a_second_and_none_of_its_time_is_without() -> None:
    long, short = traffic(rate_per_s=500), traffic(rate_per_s=500)
    long.paced_for(40.0)
    short.paced_for(10.0)

    assert long.rate_per_s == MOST_REQUESTS / 40.0
    assert short.rate_per_s == 500


async def test_calls_do_not_end_before_they_are_stopped(
    monkeypatch: pytest.MonkeyPatch, silent: str
) -> None:
    monkeypatch.setattr("contract_tests.faults.traffic.MOST_REQUESTS", 10)
    callers = traffic(silent, rate_per_s=100, deadline_s=0.1)
    monkeypatch.setattr("contract_tests.faults.traffic.PATIENCE_S", 0.1)
    await sent(callers, 30)

    assert len(callers.journal) >= 30


async def test_as_many_connections_may_be_open_as_hang(
    monkeypatch: pytest.MonkeyPatch, soft: int, silent: str
) -> None:
    monkeypatch.setattr("contract_tests.faults.traffic.PATIENCE_S", 0.1)
    callers = traffic(silent, rate_per_s=100, deadline_s=0.6)
    await sent(callers, 30)

    assert len(callers.journal) >= 30
    assert {one.ending for one in callers.journal} == {"unknown"}
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > soft


async def test_where_no_more_may_be_open_fewer_calls_are_sent(
    monkeypatch: pytest.MonkeyPatch, silent: str
) -> None:
    monkeypatch.setattr(open_files, "room_for", lambda _: 60)
    monkeypatch.setattr("contract_tests.faults.traffic.PATIENCE_S", 0.0)
    callers = traffic(silent, rate_per_s=100, deadline_s=1.0)
    await sent(callers)

    assert callers.rate_per_s == 30


async def test_having_no_room_for_a_connection_is_not_the_gateways_refusal(
    monkeypatch: pytest.MonkeyPatch, soft: int, silent: str
) -> None:
    monkeypatch.setattr(open_files, "room_for", lambda _: 9_999)
    monkeypatch.setattr("contract_tests.faults.traffic.PATIENCE_S", 0.1)
    callers = traffic(silent, rate_per_s=200, deadline_s=0.5)

    with pytest.raises(StackError, match="open files"):
        await sent(callers, 9_999)
    assert {one.ending for one in callers.journal} == {"unknown"}, soft
