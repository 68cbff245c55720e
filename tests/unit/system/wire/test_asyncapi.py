"""The description of the wire says what the code does."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from jsonschema_rs import Draft202012Validator

from system.boot import BOOT
from system.wire import topology
from system.wire.call_timings import ResolverTimings
from system.wire.dead_letters import DeadLetter
from system.wire.envelope import (
    CONTENT_TYPE,
    Deadline,
    ReplyHead,
    RequestHead,
    RpcReply,
    RpcRequest,
    encode,
)
from system.wire.properties import DELIVERIES

FILE = Path(topology.__file__).with_name("asyncapi.yaml")
# What AsyncAPI 3.0 knows of each kind of object; "x-" extensions aside.
KNOWN = {
    "": {"asyncapi", "id", "info", "servers", "defaultContentType", "channels", "operations",
         "components"},
    "channels": {"address", "messages", "title", "summary", "description", "servers", "parameters",
                 "tags", "externalDocs", "bindings"},
    "operations": {"action", "channel", "title", "summary", "description", "security", "tags",
                   "externalDocs", "bindings", "traits", "messages", "reply"},
    "messages": {"headers", "payload", "correlationId", "contentType", "name", "title", "summary",
                 "description", "tags", "externalDocs", "bindings", "examples", "traits"},
}  # fmt: skip
REQUEST = RpcRequest(
    RequestHead(
        method="GET",
        path="/clients/1",
        query="a=1",
        headers=(("Accept", "*/*"),),
        deadline=Deadline.after(1),
        request_id="r",
    ),
    b"\x00\nbody",
)
REPLY = RpcReply(
    ReplyHead(status=201, stay=ResolverTimings(taken_s=1.0, answered_s=2.0)), b"stored"
)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def test_the_schemas_of_the_heads_are_those_of_the_code(document: dict[str, Any]) -> None:
    _, of_the_code = msgspec.json.schema_components(
        [RequestHead, ReplyHead], ref_template="#/components/schemas/{name}"
    )

    assert document["components"]["schemas"] == _published(of_the_code)


def test_queues_are_named_and_declared_as_the_code_does(document: dict[str, Any]) -> None:
    queues = {
        name: channel["bindings"]["amqp"]["queue"] for name, channel in document["channels"].items()
    }
    addresses = {name: channel["address"] for name, channel in document["channels"].items()}
    withdrawn = _declared(topology.withdrawal_queue())

    assert queues["work"] == _declared(topology.WORK)
    assert queues["deadLetters"] == _declared(topology.DEAD)
    own = _declared(topology.reply_queue())
    assert queues["replies"] | {"name": own["name"]} == own
    assert queues["withdrawals"] | {"name": withdrawn["name"]} == withdrawn
    assert topology.WITHDRAWAL_EXCHANGE in document["channels"]["withdrawals"]["description"]
    assert addresses == {
        "work": topology.WORK_QUEUE,
        "replies": None,  # known when a caller connects
        "withdrawals": None,  # known when a resolver does
        "deadLetters": topology.DEAD_LETTER_QUEUE,
    }


def test_the_content_type_is_the_one_that_is_sent(document: dict[str, Any]) -> None:
    messages = document["components"]["messages"]
    named = {messages[name]["contentType"] for name in ("request", "reply")}

    assert named == {document["defaultContentType"]} == {CONTENT_TYPE}


@pytest.mark.parametrize(
    ("name", "message"), [("RequestHead", REQUEST), ("ReplyHead", REPLY)], ids=["request", "reply"]
)
def test_the_head_of_a_message_fits_its_schema(
    document: dict[str, Any], name: str, message: RpcRequest | RpcReply
) -> None:
    head, _, body = encode(message).partition(b"\n")
    validator = _validator(document, name)

    assert list(validator.iter_errors(msgspec.json.decode(head))) == []
    assert list(validator.iter_errors({"v": 2})) != []
    assert body == message.body


def test_a_request_is_answered_where_it_says(document: dict[str, Any]) -> None:
    operation = document["operations"]["resolve"]
    headers = document["components"]["messages"]["request"]["headers"]

    assert operation["action"] == "receive"
    assert operation["reply"]["address"] == {"location": "$message.header#/reply_to"}
    assert operation["reply"]["channel"] == {"$ref": "#/channels/replies"}
    assert set(headers["required"]) == {"correlation_id", "reply_to"}


def test_a_call_that_was_put_back_bears_the_count_that_is_told(document: dict[str, Any]) -> None:
    told = document["components"]["messages"]["request"]["headers"]["properties"][DELIVERIES]

    assert (told["minimum"], told["maximum"]) == (1, topology.MAX_DELIVERIES - 1)


def test_what_expires_on_the_work_queue_is_dropped_as_told(document: dict[str, Any]) -> None:
    told = document["operations"]["resolve"]["description"]

    assert "A request that expires on the queue is dropped." in told
    assert "x-dead-letter-exchange" not in topology.WORK.arguments


@pytest.mark.parametrize(
    "message",
    [b"", b"\x80\x04pickled", encode(REQUEST), b"{" * 100_000, b'"\xff\x1b[0m" \\u00e9'],
    ids=["nothing", "pickled", "a request", "braces", "no text"],
)
def test_a_dead_letter_is_one_as_told(document: dict[str, Any], message: bytes) -> None:
    told = document["components"]["messages"]["deadLetter"]
    letter = DeadLetter.of(message, "The message is bad." * 50, "7")
    headers = letter.headers | {"correlation_id": letter.correlation_id}

    assert told["contentType"] == letter.content_type
    assert set(told["headers"]["properties"]) == set(headers)
    assert list(Draft202012Validator(told["headers"]).iter_errors(headers)) == []
    assert list(Draft202012Validator(told["payload"]).iter_errors(letter.body.decode())) == []
    assert told["payload"]["maxLength"] == topology.MAX_LETTER_BYTES


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = list(_references(document))

    assert len(references) > 10
    for reference in references:
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_its_structure_is_that_of_asyncapi_3(document: dict[str, Any]) -> None:
    assert re.fullmatch(r"3\.0\.\d+", document["asyncapi"])
    assert {"title", "version"} <= set(document["info"])
    assert set(document) <= KNOWN[""]
    for kind, objects in (
        ("channels", document["channels"]),
        ("operations", document["operations"]),
        ("messages", document["components"]["messages"]),
    ):
        for one in objects.values():
            assert set(one) <= KNOWN[kind]
    for operation in document["operations"].values():
        assert operation["action"] in {"send", "receive"}
        channel = operation["channel"]["$ref"]
        assert all(one["$ref"].startswith(f"{channel}/messages/") for one in operation["messages"])


def _published(schema: Any) -> Any:  # noqa: ANN401 -- any JSON
    """Return a schema without what is of one machine or of Python alone."""
    if isinstance(schema, (list, tuple)):
        return [_published(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _published(one) for key, one in schema.items()}
    if found.get("default") == BOOT:
        del found["default"]
    if "description" in found:
        found["description"] = inspect.cleandoc(found["description"])
    if "pattern" in found:
        found["pattern"] = found["pattern"].replace(r"\Z", "$")  # JSON Schema has ECMA's patterns
    return found


def _declared(queue: topology.Queue) -> dict[str, Any]:
    about = {"durable": queue.durable, "exclusive": queue.exclusive, "autoDelete": False}
    return {"name": queue.name} | about


def _validator(document: dict[str, Any], name: str) -> Draft202012Validator:
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    )


def _references(value: Any) -> Iterator[str]:  # noqa: ANN401 -- any JSON
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for one in value.values():
            yield from _references(one)
    if isinstance(value, list):
        for one in value:
            yield from _references(one)
