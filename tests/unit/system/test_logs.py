"""What a process logs is one line of JSON an event, without a secret, whoever says it."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from system import logs
from system.wire.client import RpcClient
from system.wire.connection import BrokerSettings, Connection

SECRET = "s3cr3t-Pa55"
URL = f"amqp://gateway:{SECRET}@127.0.0.1:5672/gateway"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Log into a text, and leave logging as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    logs.configure("gateway", stream=stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_with_what_belongs_to_it(written: io.StringIO) -> None:
    structlog.stdlib.get_logger("system.x").warning(
        "call failed", reason="deadline", request_id="r"
    )
    [line] = lines(written)

    assert line.pop("timestamp")
    assert line == {
        "event": "call failed",
        "process": "gateway",
        "level": "warning",
        "logger": "system.x",
        "reason": "deadline",
        "request_id": "r",
    }


def test_what_a_library_logs_comes_out_the_same_way(written: io.StringIO) -> None:
    logging.getLogger("some.library").warning("%d of %s", 3, "them")
    [line] = lines(written)

    assert (line["event"], line["process"], line["level"]) == ("3 of them", "gateway", "warning")


def test_a_line_break_in_what_is_logged_makes_no_second_line(written: io.StringIO) -> None:
    structlog.stdlib.get_logger().info("a\nb", request_id='x\n{"event": "forged"}')

    assert len(written.getvalue().splitlines()) == 1


def test_no_password_and_no_token_is_written_whoever_logs_it(written: io.StringIO) -> None:
    log = structlog.stdlib.get_logger()
    log.warning("cannot connect to " + URL, url=URL, error=ConnectionError(URL))  # noqa: G003 -- as a careless caller would
    log.warning("asked", authorization=f"Bearer {SECRET}", api_key=SECRET, password=SECRET)
    logging.getLogger("aio_pika").warning("Connection attempt to %s failed", URL)
    try:
        raise ConnectionError(URL)  # noqa: TRY301 -- it is to be quoted in a traceback
    except ConnectionError:
        log.exception("broken")

    assert SECRET not in written.getvalue()
    assert "amqp://gateway:***@127.0.0.1:5672" in written.getvalue()
    assert len(lines(written)) == 4


def test_nothing_that_knows_the_password_shows_it() -> None:
    settings = BrokerSettings(url=URL)
    client = RpcClient(settings, name="gateway", max_in_flight=1)
    shown = [repr(settings), str(settings), repr(client), repr(Connection(settings, "gateway"))]

    assert not any(SECRET in text for text in shown)
