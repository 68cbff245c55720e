"""What a process holds once it is up is out of the garbage collector's rounds."""

import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI
from uvicorn import Config

from system import memory
from system.chassis.worker import FarewellServer


class Part:
    """Something that lives as long as its process."""


@pytest.fixture(autouse=True)
def unfrozen() -> Iterator[None]:
    """Let the collector have all of it again."""
    yield
    gc.unfreeze()


def is_collected(part: Part) -> bool:
    return any(one is part for one in gc.get_objects())


def test_what_was_made_before_is_looked_at_no_longer_and_what_comes_after_is() -> None:
    before = Part()
    assert is_collected(before)

    memory.settle()

    after = Part()
    assert not is_collected(before)
    assert is_collected(after)


async def test_a_worker_settles_once_its_application_is_up() -> None:
    made: list[Part] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        made.append(Part())
        yield

    config = Config(FastAPI(lifespan=lifespan), host="127.0.0.1", port=0, lifespan="on")
    config.load()
    server = FarewellServer(config)
    server.lifespan = config.lifespan_class(config)

    await server.startup()
    await server.shutdown()

    assert not is_collected(made[0])
