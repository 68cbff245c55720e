"""What a part really used is what both engines read, and the broker tells its depth at once."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import aio_pika
import pytest

from testcontainers_fixtures.broker.queue_depth import Depth, DepthGauge
from testcontainers_fixtures.engines.docker_access import docker_engine_answers
from testcontainers_fixtures.engines.engine import (
    BrokerAccess,
    Engine,
    HasThreads,
    Launch,
    Measured,
    Running,
)
from testcontainers_fixtures.engines.processes import ProcessesEngine
from testcontainers_fixtures.stack_spec import read_stack_file

pytestmark = pytest.mark.timeout(600)  # a first start may have to make a base image

CORE = min(os.sched_getaffinity(0))
# Burns CPU in a child of its own for as long as is asked, then tells how much that was and waits.
BURN = """
import os, time
if os.fork() == 0:
    until_s = time.process_time() + 0.6
    while time.process_time() < until_s: pass
    print("burnt", sorted(os.sched_getaffinity(0)), flush=True)
    time.sleep(60)
os.wait()
"""
STACK = """
format_version = 1
name = "burner"
[image]
include = ["answer.txt"]
[parts.web]
role = "gateway"
port = 8000
command = ["python"]
"""
DOCKERFILE = """
ARG BASE
FROM ${BASE}
RUN ln -sf "$(command -v python3)" /usr/local/bin/python
COPY answer.txt .
USER 10001
"""


@pytest.fixture(params=["processes", "containers"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Give each engine in turn, its parts kept on one core."""
    cores = frozenset({CORE})
    made: Engine
    if request.param == "processes":
        made = ProcessesEngine(tmp_path, cores=cores)
    else:
        if not (os.environ.get("CI") or docker_engine_answers()):
            pytest.skip("no Docker engine answers")
        from testcontainers_fixtures.engines.containers import ContainersEngine  # noqa: PLC0415 -- only where there is one

        (tmp_path / "Dockerfile").write_text(DOCKERFILE)
        (tmp_path / "answer.txt").write_text("42")
        (tmp_path / "stack.toml").write_text(STACK)
        spec = read_stack_file(tmp_path / "stack.toml")
        made = ContainersEngine(tmp_path / "run", spec, cores=cores)
    yield made
    made.close()


def burn(engine: Engine) -> Running:
    address = engine.reserve("web", 8000)
    return engine.launch(
        Launch(name="web", command=("python", "-c", BURN), environment={}, address=address)
    )


def test_a_part_s_cpu_time_is_read_with_that_of_its_children(engine: Engine) -> None:
    part = burn(engine)
    assert isinstance(part, Measured)
    before_s = used.cpu_s if (used := part.usage()) else 0.0
    until_s = time.monotonic() + 30
    while "burnt" not in part.log_tail() and time.monotonic() < until_s:
        time.sleep(0.05)
    used = part.usage()

    assert "burnt" in part.log_tail()
    assert used
    # Beside what it burns, an interpreter starts.
    assert 0.55 <= used.cpu_s - before_s <= 1.2
    assert 2e6 < (used.memory_bytes or 0) < 2e8
    assert f"burnt [{CORE}]" in part.log_tail()
    assert isinstance(part, HasThreads)
    told = part.usage_with_threads()
    assert told
    [threads] = told.threads
    assert len(threads.of_threads) == 2  # the child's, and that of what started it
    assert max(threads.of_threads.values()) >= 0.5

    part.stop(grace_s=1)

    assert part.usage() is None


def test_reading_costs_little(engine: Engine) -> None:
    part = burn(engine)
    assert isinstance(part, Measured)
    part.usage()
    began_s = time.process_time()
    for _ in range(20):
        part.usage()

    assert (time.process_time() - began_s) / 20 < 0.005


async def test_the_broker_tells_its_depth_and_connections_at_once(
    broker_engine: ProcessesEngine, access: BrokerAccess
) -> None:
    url = access.management_url
    with DepthGauge(management_url=url, vhost="gateway", queues=["work"]) as gauge:
        assert gauge.read() is None
        async with await aio_pika.connect(access.amqp_url) as connection:
            channel = await connection.channel()
            queue = await channel.declare_queue("work", exclusive=True)
            for _ in range(7):
                await channel.default_exchange.publish(aio_pika.Message(b"x"), "work")
            first, second = await queue.get(), await queue.get()

            assert gauge.read() == Depth(ready=5, unacknowledged=2, connections=1)

            await first.ack()
            await second.ack()

            assert gauge.read() == Depth(ready=5, unacknowledged=0, connections=1)
    broker = broker_engine.broker()
    assert isinstance(broker, Measured)
    used = broker.usage()
    assert used
    assert used.cpu_s > 0.5
