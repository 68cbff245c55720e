"""A write under a key happens once, with several workers, and whichever of them is killed."""

import asyncio
import os
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from testcontainers_fixtures.engines.child import Child
from tests.integration.lone_part import alone, workers_of

pytestmark = pytest.mark.timeout(120)

WORKERS = 3
TRIED_FOR_S = 20.0


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return where the service keeps its clients."""
    return tmp_path / "clients.sqlite3"


@pytest.fixture
def service(tmp_path: Path, database: Path) -> Iterator[Child]:
    """Give a clients service with several workers."""
    settings = {"CLIENTS_DATABASE": str(database)}
    with alone(tmp_path, "srv_clients", workers=WORKERS, settings=settings) as running:
        yield running


def surnames(database: Path) -> Counter[str]:
    """Return how many rows there are of each surname."""
    with closing(sqlite3.connect(database)) as opened:
        return Counter(name for (name,) in opened.execute("SELECT surname FROM clients"))


async def create(url: str, key: str) -> httpx.Response:
    """Create a client under a key, over a connection of its own."""
    body = {"surname": key, "name": "n", "country": "c"}
    async with httpx.AsyncClient(base_url=url, timeout=10) as client:
        return await client.post("/clients", json=body, headers={"Idempotency-Key": key})


async def test_of_many_deliveries_to_several_workers_one_is_executed(
    service: Child, database: Path
) -> None:
    answers = await asyncio.gather(
        *(create(service.url, f"key-{n % 4}") for n in range(80)),
    )
    workers = {answer.headers["X-Served-By"] for answer in answers}

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 4
    assert surnames(database) == {f"key-{n}": 1 for n in range(4)}
    assert len(workers) > 1


async def test_a_key_is_free_again_when_all_who_held_it_were_killed(
    service: Child, database: Path
) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        first = asyncio.create_task(create(service.url, "held"))
        await asyncio.sleep(0.5)  # it has claimed its key and waits for the lock
        for worker in workers_of(service):
            os.kill(worker, signal.SIGKILL)
        with pytest.raises(httpx.TransportError):
            await first
    begun_s = time.monotonic()
    again = await persistent(service.url, "held")
    took_s = time.monotonic() - begun_s

    assert again.status_code == 201
    assert surnames(database) == {"held": 1}
    assert took_s < TRIED_FOR_S


async def test_no_key_is_executed_twice_or_lost_while_workers_are_killed(
    service: Child, database: Path
) -> None:
    keys = [f"key-{n}" for n in range(150)]
    started = [asyncio.create_task(persistent(service.url, key)) for key in keys]
    for _ in range(4):
        await asyncio.sleep(0.3)
        os.kill(workers_of(service)[0], signal.SIGKILL)
    answers = await asyncio.gather(*started)
    named = {answer.json()["surname"]: answer.json()["id"] for answer in answers}

    assert {answer.status_code for answer in answers} == {201}
    assert surnames(database) == dict.fromkeys(keys, 1)
    assert len(set(named.values())) == len(named) == len(keys)


async def persistent(url: str, key: str) -> httpx.Response:
    """Create a client, and ask again as long as the connection breaks."""
    until_s = time.monotonic() + TRIED_FOR_S
    while True:
        try:
            return await create(url, key)
        except httpx.TransportError:
            if time.monotonic() > until_s:
                raise
            await asyncio.sleep(0.1)
