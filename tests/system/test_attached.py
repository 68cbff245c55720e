"""What is already up can be attached to, and is neither started, changed nor stopped by it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.stack import CopyCounts, Stack, attach_stack

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def attached(stack: Stack, tmp_path: Path) -> Iterator[Stack]:
    """Give a second hold on the session's stack, by its URLs alone."""
    twins = {f"{name}-twin": url for name, url in stack.twins.items()}
    urls = {"gateway": stack.gateway, **stack.services, **twins}
    with attach_stack(
        stack.spec, urls, run_folder=tmp_path, amqp=stack.amqp, management=stack.management
    ) as held:
        yield held


def test_it_shows_the_same_addresses_and_broker(stack: Stack, attached: Stack) -> None:
    assert (attached.gateway, attached.services, attached.twins, attached.amqp) == (
        stack.gateway,
        stack.services,
        stack.twins,
        stack.amqp,
    )
    assert attached.conditions()["engine"] == "attached"
    assert attached.conditions()["rabbitmq"] == stack.conditions()["rabbitmq"]


def test_it_refuses_to_stop_what_is_not_its_own(attached: Stack) -> None:
    with pytest.raises(StackError, match="not ours to stop"):
        attached.reset()
    with pytest.raises(StackError, match="not ours"):
        attached.scale(CopyCounts(service_workers=2))


def test_the_stack_is_up_after_it_is_let_go(stack: Stack, attached: Stack) -> None:
    attached.close()

    assert httpx.get(f"{stack.gateway}/ready", timeout=10).status_code == 200
