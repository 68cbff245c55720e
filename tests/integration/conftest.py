"""One RabbitMQ for all tests that leave it as they found it; who breaks one has one of his own."""

from collections.abc import Iterator

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
