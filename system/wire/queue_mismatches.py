"""How a queue that is there differs from the one that would be declared, and what that means.

AMQP does not tell how a queue was declared. RabbitMQ refuses to declare it otherwise, and names the
first property that differs, with the value it has: it is asked again with that value, and so on,
until it agrees. Nothing is changed by that.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from aiormq.exceptions import ChannelPreconditionFailed

from system.wire import topology
from system.wire.connection import BrokerConnection

Properties = dict[str, Any]

# It names no property twice, and knows fewer than so many.
_MOST_QUESTIONS: Final = 30
_DIFFERS: Final = re.compile(
    r"inequivalent arg '(?P<name>[^']+)' for queue .* but current is (?P<current>.+)", re.DOTALL
)
_VALUE: Final = re.compile(
    r"(?:the value )?'(?P<value>.*?)'(?: of type '(?P<kind>\w+)')?$", re.DOTALL
)
_OF_QUEUES: Final = ("durable", "auto_delete")


def properties(queue: topology.Queue) -> Properties:
    """Return how a queue is declared, its arguments among the rest."""
    return {"durable": queue.durable, "auto_delete": False, **queue.arguments}


async def differences(connection: BrokerConnection, queue: topology.Queue) -> Properties:
    """Return each property that the queue of this name has otherwise, as it has it; None: not."""
    asked, found = properties(queue), Properties()
    for _ in range(_MOST_QUESTIONS):
        try:
            await _ask(connection, queue.name, asked)
        except ChannelPreconditionFailed as error:
            name, value = _told(str(error))
            if not name or name in found:
                break
            found[name] = asked[name] = value
        else:
            break
    return found


async def _ask(connection: BrokerConnection, name: str, asked: Properties) -> None:
    arguments = {key: value for key, value in asked.items() if key not in _OF_QUEUES}
    async with connection.aside() as channel:
        beneath = await channel.get_underlay_channel()
        await beneath.queue_declare(
            name,
            durable=asked["durable"],
            auto_delete=asked["auto_delete"],
            arguments={key: value for key, value in arguments.items() if value is not None},
        )


def _told(said: str) -> tuple[str, Any]:
    differs = _DIFFERS.search(said)
    if differs is None:
        return "", None
    value = _VALUE.match(differs["current"])
    return differs["name"], value and _typed(value["value"], value["kind"])


def _typed(value: str, kind: str | None) -> str | int | bool:
    if kind == "longstr":
        return value
    if value in {"true", "false"}:
        return value == "true"
    return int(value) if re.fullmatch(r"-?[0-9]+", value, re.ASCII) else value


def dangers(there: Mapping[str, Any], ours: Mapping[str, Any]) -> Iterator[str]:
    """Say what calls have to fear from a work queue as it is there."""
    if not (there.get("x-max-length") or there.get("x-max-length-bytes")):
        yield "nothing bounds it: calls that nobody takes fill the broker until it blocks everybody"
    elif not str(there.get("x-overflow")).startswith("reject-publish"):
        yield "calls for which it has no room are dropped without a word, instead of refused"
    if there.get("x-single-active-consumer"):
        yield "one resolver at a time gets all calls"
    if there.get("x-message-ttl") is not None:
        yield f"calls are dropped after {there['x-message-ttl']} ms, whatever their deadline"
    exchange = there.get("x-dead-letter-exchange")
    if exchange is not None and exchange != ours.get("x-dead-letter-exchange"):
        yield f"calls that expire go to exchange '{exchange}' with all that they bear"
    if there["auto_delete"]:
        yield "it goes with the last resolver, and the calls in it go too"
