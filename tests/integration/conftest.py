"""One RabbitMQ for all tests that leave it as they found it; who breaks one has one of his own.

Two processes may run these tests beside each other (pytest-xdist), a file each. One that is marked
`alone` has the machine to itself: the others wait until it is over.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_SH, LOCK_UN, flock
from pathlib import Path

import pytest

from testcontainers_fixtures.engines.engine import BrokerAccess
from testcontainers_fixtures.engines.processes import ProcessesEngine


@pytest.fixture(scope="session")
def broker_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessesEngine]:
    """Give the engine that runs it."""
    made = ProcessesEngine(tmp_path_factory.mktemp("broker"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def access(broker_engine: ProcessesEngine) -> BrokerAccess:
    """Return where it is; connections, consumers and messages are gone again after each test."""
    return broker_engine.start_broker(vhost="gateway", user="gateway")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Have a test that is to be alone wait for the others, and them for it; no test's time runs."""
    if not hasattr(item.config, "workerinput"):
        return (yield)
    with _holding(item.config.rootpath / ".pytest_cache", alone=is_alone(item)):
        return (yield)


def is_alone(item: pytest.Item) -> bool:
    """Tell whether no other test may run beside this one."""
    return item.get_closest_marker("alone") is not None


@contextmanager
def _holding(folder: Path, *, alone: bool) -> Iterator[None]:
    """Hold the machine; who waits to be alone lets nobody else in before."""
    folder.mkdir(exist_ok=True)
    with (folder / "turnstile").open("w") as turnstile, (folder / "machine").open("w") as machine:
        flock(turnstile, LOCK_EX)
        flock(machine, LOCK_EX if alone else LOCK_SH)
        flock(turnstile, LOCK_UN)
        yield
