"""A broker with a team's definitions, lines, plugins and rights, on both engines."""

from pathlib import Path

import aio_pika
import httpx
import pytest
from aiormq.exceptions import ChannelAccessRefused

from testcontainers_fixtures.engines.engine import Steered
from testcontainers_fixtures.errors import StartError
from testcontainers_fixtures.stack import Stack, start_stack
from testcontainers_fixtures.stack_spec import read_stack_file
from tests.integration.small_stacks import ENGINES

# The first start in containers may have to make a base image.
pytestmark = pytest.mark.timeout(600)
DOCKERFILE = """
ARG BASE
FROM ${BASE}
RUN ln -sf "$(command -v python3)" /usr/local/bin/python
USER 10001
"""
STACK = """
format_version = 2
name = "broked"

[broker]
vhost = "shop"
user = "shop"
password = "{secrets.SHOP_BROKER_X}"
definitions = "definitions.json"
conf = ["heartbeat = 17"]
plugins = ["rabbitmq_shovel"]
permissions = { configure = "^$" }
work_queue = "orders"
aliases = ["queue.shop.test"]

[parts.front]
role = "gateway"
port = 9000
command = ["python", "-m", "http.server", "--bind", "{host}", "{port}"]
ready = "GET /"
after = ["broker"]
"""
# As RabbitMQ exports them from one vhost; an older one wants every field.
DEFINITIONS = """
{
  "exchanges": [{"name": "topics", "type": "topic", "durable": true, "auto_delete": false,
    "internal": false, "arguments": {}}],
  "queues": [{"name": "orders", "durable": true, "auto_delete": false, "arguments": {}}],
  "bindings": [{"source": "topics", "destination": "orders", "destination_type": "queue",
    "routing_key": "order.*", "arguments": {}}],
  "vhosts": [{"name": "audit"}]
}
"""


def managed(stack: Stack, path: str) -> object:
    assert stack.management
    return httpx.get(f"{stack.management}/api/{path}", timeout=10, trust_env=False).json()


@ENGINES
async def test_a_teams_broker_has_what_it_says(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_BROKER_X", "0pen-the-shop")
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "definitions.json").write_text(DEFINITIONS)
    (tmp_path / "stack.toml").write_text(STACK)
    spec = read_stack_file(tmp_path / "stack.toml")
    with start_stack(spec, run_folder=tmp_path / "run", engine=engine) as stack:
        assert stack.amqp
        async with await aio_pika.connect(stack.amqp) as connection:
            channel = await connection.channel()
            topics = await channel.get_exchange("topics", ensure=False)
            await topics.publish(aio_pika.Message(b"one"), routing_key="order.read")
            queue = await channel.get_queue("orders", ensure=False)
            message = await queue.get(timeout=10)
            with pytest.raises(ChannelAccessRefused):
                await channel.declare_queue("own")
        vhosts = managed(stack, "vhosts")
        [broker] = stack.copies("broker")
        assert isinstance(broker, Steered)
        status = broker.control("status")
        heartbeat = broker.control("eval", "application:get_env(rabbit, heartbeat).")

    assert "0pen-the-shop" in stack.amqp
    assert message.body == b"one"
    assert {one["name"] for one in vhosts} == {"audit", "shop"}  # type: ignore[attr-defined] # JSON
    assert "rabbitmq_shovel" in status
    assert heartbeat.strip() == "{ok,17}"


@ENGINES
def test_a_line_that_rabbitmq_does_not_know_is_told_with_what_it_says(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_BROKER_X", "0pen-the-shop")
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "definitions.json").write_text(DEFINITIONS)
    (tmp_path / "stack.toml").write_text(STACK.replace("heartbeat = 17", "heart.beat = 17"))
    spec = read_stack_file(tmp_path / "stack.toml")

    with (
        pytest.raises(StartError, match=r"ended instead over a line of its conf: .*heart\.beat"),
        start_stack(spec, run_folder=tmp_path / "run", engine=engine),
    ):
        pass
