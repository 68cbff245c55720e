"""A work queue that nobody consumes is told in one sentence; one that is consumed is not."""

import time
from collections.abc import Iterator
from dataclasses import replace
from threading import Event, Timer

import pytest

from testcontainers_fixtures.broker.consumers import TOLD_WITHIN_S, idle, missing
from testcontainers_fixtures.engines.engine import BrokerAccess
from tests.integration.vhosts import Tenant, tenant
from tests.integration.wire_ends import counting_service, resolving

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def owner(access: BrokerAccess) -> Iterator[Tenant]:
    with tenant(access) as made:
        made.set_up()
        yield made


@pytest.fixture
def its_broker(owner: Tenant) -> BrokerAccess:
    return replace(owner.access, vhost=owner.name)


async def test_one_that_is_consumed_is_found_so_as_soon_as_the_broker_counts_it(
    owner: Tenant, its_broker: BrokerAccess
) -> None:
    async with (
        counting_service() as service,
        resolving(owner.settings, {"clients": service.url}),
    ):
        assert not missing(its_broker, ["resolve"])
        assert not idle(its_broker, ["resolve"], ended=Event())


def test_one_that_nobody_consumes_is_told_once_the_broker_would_have_counted(
    its_broker: BrokerAccess,
) -> None:
    begun_s = time.monotonic()
    sentence = idle(its_broker, ["resolve"], ended=Event())

    assert time.monotonic() - begun_s > TOLD_WITHIN_S
    assert "every work queue of [broker] to have a consumer" in sentence
    assert "nobody consumes the queue 'resolve'" in sentence


def test_one_that_is_not_there_is_told_at_once_with_what_may_be_meant(
    its_broker: BrokerAccess,
) -> None:
    assert "there is no queue 'resolv' (did you mean `resolve`?)" in missing(its_broker, ["resolv"])


def test_nobody_waits_for_the_count_of_a_stack_that_ends(its_broker: BrokerAccess) -> None:
    ended, begun_s = Event(), time.monotonic()
    Timer(0.3, ended.set).start()

    assert not idle(its_broker, ["resolve"], ended=ended)
    assert time.monotonic() - begun_s < TOLD_WITHIN_S / 2
