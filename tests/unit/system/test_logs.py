"""What a process logs is one line of JSON an event, without a secret, whoever says it."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import structlog
from fastapi.responses import StreamingResponse

from system import logs
from system.chassis.app import Told, build_app
from system.wire.connection import BrokerConnection, BrokerSettings
from system.wire.rpc_client import RpcClient

if TYPE_CHECKING:
    from fastapi import FastAPI

SECRET = "s3cr3t-Pa55"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
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
    said = [json.loads(line) for line in stream.getvalue().splitlines()]
    return [line for line in said if line["logger"] != "httpx"]  # the client's own


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
    log.warning(
        "asked", authorization=f"Bearer {SECRET}", api_key=SECRET, password=SECRET, cookie=SECRET
    )
    logging.getLogger("aio_pika").warning("Connection attempt to %s failed", URL)
    try:
        raise ConnectionError(URL)  # noqa: TRY301 -- it is to be quoted in a traceback
    except ConnectionError:
        log.exception("broken")

    assert SECRET not in written.getvalue()
    assert "amqp://gateway:***@127.0.0.1:5672" in written.getvalue()
    assert len(lines(written)) == 4


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of a small service, which speaks, and breaks in two ways."""

    async def ready() -> Told:
        return {}

    app: FastAPI = build_app("thing", None, ready)  # type: ignore[arg-type] # no lifespan is needed

    @app.get("/speaking")
    async def speak() -> None:
        await asyncio.to_thread(logging.getLogger("some.library").warning, "said")

    @app.get("/broken")
    async def broken() -> None:
        raise ConnectionError(URL)

    @app.get("/broken-off")
    async def broken_off() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"a"
            raise ConnectionError

        return StreamingResponse(parts())

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


async def test_what_is_logged_during_a_call_names_it_whoever_speaks(
    written: io.StringIO, client: httpx.AsyncClient
) -> None:
    await client.get("/speaking", headers={"X-Request-Id": "abc-1", "traceparent": TRACE})
    structlog.stdlib.get_logger("system.x").info("after")
    [said, after] = lines(written)

    assert (said["logger"], said["request_id"]) == ("some.library", "abc-1")
    assert said["traceparent"] == TRACE
    assert after.keys().isdisjoint({"request_id", "traceparent"})


@pytest.mark.parametrize("trace", ["", "x" * 4_000, f"{TRACE}\n", TRACE.upper(), f"{TRACE}-0"])
async def test_what_is_no_traceparent_is_left_out(written: io.StringIO, trace: str) -> None:
    with logs.serving("abc-2", trace):
        structlog.stdlib.get_logger("system.x").info("said")
    [line] = lines(written)

    assert line["request_id"] == "abc-2"
    assert "traceparent" not in line


async def test_calls_at_the_same_time_keep_their_names_apart(
    written: io.StringIO, client: httpx.AsyncClient
) -> None:
    ids = [f"id-{n}" for n in range(20)]
    await asyncio.gather(*(client.get("/speaking", headers={"X-Request-Id": i}) for i in ids))

    assert sorted(line["request_id"] for line in lines(written)) == sorted(ids)


async def test_a_defect_is_a_500_that_bears_its_request_id_and_one_line_with_its_traceback(
    written: io.StringIO, client: httpx.AsyncClient
) -> None:
    answer = await client.get("/broken", headers={"X-Request-Id": "abc-3", "traceparent": TRACE})
    [line] = lines(written)

    assert (answer.status_code, answer.json()["reason"]) == (500, "internal")
    assert answer.headers["X-Request-Id"] == "abc-3"
    assert (line["reason"], line["level"], line["request_id"]) == ("internal", "error", "abc-3")
    assert line["traceparent"] == TRACE
    assert "ConnectionError" in line["exception"]
    assert SECRET not in answer.text + written.getvalue()


async def test_an_answer_that_has_begun_breaks_off_and_does_not_begin_again(
    written: io.StringIO, client: httpx.AsyncClient
) -> None:
    answer = await client.get("/broken-off")

    assert (answer.status_code, answer.content) == (200, b"a")
    assert [line["reason"] for line in lines(written)] == ["internal"]


def test_what_a_worker_says_is_no_text_of_its_own(written: io.StringIO) -> None:
    server = logging.getLogger("uvicorn.error")
    server.handlers, server.propagate = [logging.StreamHandler(io.StringIO())], False
    logs.configure("srv_clients", stream=written)
    server.warning("Invalid HTTP request received.")
    [line] = lines(written)

    assert (line["event"], line["logger"]) == ("Invalid HTTP request received.", "uvicorn.error")


def test_nothing_that_knows_the_password_shows_it() -> None:
    settings = BrokerSettings(url=URL)
    client = RpcClient(settings, name="gateway", max_in_flight=1)
    shown = [
        repr(settings),
        str(settings),
        repr(client),
        repr(BrokerConnection(settings, "gateway")),
    ]

    assert not any(SECRET in text for text in shown)
