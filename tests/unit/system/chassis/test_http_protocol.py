"""One connection, without a socket: what is answered, when it is closed, and what it waits for."""

import asyncio
import contextlib
import errno
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE
from uvicorn.server import ServerState

from system.chassis import connection_refusal, half_close, http_protocol
from system.chassis.http_protocol import BoundedProtocol
from system.chassis.request_heads import HeadBounds

GET = b"GET / HTTP/1.1\r\nHost: a\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
OK = b"HTTP/1.1 200 OK\r\n"

App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Wire(asyncio.Transport):
    """A transport whose other end is the test; `unfetched` bytes are not taken by the client."""

    def __init__(self, *, tls: bool = False) -> None:
        super().__init__({"socket": self})
        self.said = b""
        self.writes = 0
        self.tls = tls
        self.unfetched = self.error = 0
        self.closed = self.aborted = self.ended = False

    def write(self, data: Any) -> None:  # noqa: ANN401 -- as the base class
        assert not self.ended, "nothing may be written behind the end"
        self.said += data
        self.writes += 1

    def getsockname(self) -> tuple[str, int]:
        return "127.0.0.1", 80

    def getpeername(self) -> tuple[str, int]:
        return "127.0.0.1", 40_000

    def getsockopt(self, *_: int) -> int:
        return self.error

    def get_write_buffer_size(self) -> int:
        return self.unfetched

    def can_write_eof(self) -> bool:
        return not self.tls

    def write_eof(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Server:
    """An application that answers once its gate is open, and one connection to it."""

    def __init__(self, *, tls: bool = False, **bounds: float) -> None:
        self.gate = asyncio.Event()
        self.scopes: list[Scope] = []
        self.received: list[str] = []
        app = FastAPI()
        app.state.heads = HeadBounds.model_validate(bounds)
        config = Config(app, http=BoundedProtocol, ws="none", log_config=None)
        config.load()
        config.loaded_app = cast("Any", self.answer)
        self.wire = Wire(tls=tls)
        self.connection = BoundedProtocol(config, ServerState(), {})
        self.connection.connection_made(self.wire)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        more = True
        while more:
            message = await receive()
            self.received.append(message["type"])
            if message["type"] == "http.disconnect":
                return
            more = message["more_body"]
        await self.gate.wait()
        head = {"type": "http.response.start", "status": 200}
        await send(head | {"headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    async def hears(self, *parts: bytes) -> bytes:
        """Send these parts and return all that has been said once they are dealt with."""
        for part in parts:
            self.connection.data_received(part)
            await settled()
        return self.wire.said


async def settled() -> None:
    """Let what is under way run on."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
async def server() -> Server:
    """Give a server that answers at once."""
    made = Server()
    made.gate.set()
    return made


async def test_a_request_in_any_pieces_is_one_request(server: Server) -> None:
    said = await server.hears(*(bytes([byte]) for byte in GET + b"\r\n"))

    assert said.startswith(OK)
    assert not server.wire.closed


async def test_an_answer_is_one_write(server: Server) -> None:
    said = await server.hears(GET + b"\r\n")

    assert said.endswith(b"\r\n\r\nok")
    assert server.wire.writes == 1


async def test_an_answer_to_head_is_written_when_it_ends_since_nothing_follows_it() -> None:
    server = Server()
    said = []

    async def answer(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        said.append(server.wire.said)

    server.connection.app = cast("Any", answer)
    await server.hears(GET.replace(b"GET", b"HEAD") + b"\r\n")

    assert said[0].startswith(OK)


async def test_a_head_of_the_very_size_is_taken_and_one_byte_more_is_not() -> None:
    head = GET + b"X: " + b"a" * 2_000 + b"\r\n\r\n"
    said = []
    for most_bytes in (len(head) - 2, len(head) - 3):
        server = Server(most_bytes=most_bytes)
        server.gate.set()
        said.append(await server.hears(head))

    assert [one[:12] for one in said] == [b"HTTP/1.1 200", b"HTTP/1.1 431"]


async def test_a_head_in_pieces_is_refused_before_it_is_complete() -> None:
    server = Server(most_bytes=2_000)
    said = await server.hears(GET + b"X: ", *[b"a" * 500] * 4)

    assert said.startswith(b"HTTP/1.1 431 ")
    assert b'"reason":"head_too_large"' in said
    assert not server.scopes


async def test_a_long_body_does_not_count_as_a_head() -> None:
    server = Server(most_bytes=1_024)
    server.gate.set()
    pieces = [b"a" * 1_000] * 10
    said = await server.hears(POST + b"Content-Length: 10000\r\n\r\n", *pieces, GET + b"\r\n")

    assert said.count(OK) == 2


async def test_nor_do_many_requests_on_one_connection() -> None:
    server = Server(most_bytes=1_024, most_fields=3)
    server.gate.set()
    said = await server.hears(*[GET + b"\r\n"] * 50)

    assert said.count(OK) == 50


@pytest.mark.parametrize(
    "flood",
    [
        pytest.param(b"0\r\n" + b"X: a\r\n" * 200, id="trailers"),
        pytest.param(b"2;" + b"a" * 1_200, id="a chunk extension"),
        pytest.param(b"0" * 1_200, id="a chunk's length"),
    ],
)
async def test_what_stands_beside_a_body_is_bounded_and_ends_its_request(flood: bytes) -> None:
    server = Server(most_bytes=1_024)
    said = await server.hears(POST + b"Transfer-Encoding: chunked\r\n\r\n", flood)

    assert said.startswith(b"HTTP/1.1 431 ")
    assert server.received == ["http.disconnect"]
    assert server.wire.ended


async def test_a_trailer_is_no_header_of_its_request_or_of_the_next(server: Server) -> None:
    chunked = POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX-Forged: 1\r\n\r\n"
    await server.hears(chunked, GET + b"\r\n")

    names = [[name for name, _ in scope["headers"]] for scope in server.scopes]
    assert names == [[b"host", b"transfer-encoding"], [b"host"]]


async def test_a_refused_client_may_read_on_for_a_while_and_is_read_no_more(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_refusal, "LINGER_S", 0.05)
    said = await server.hears(b"nonsense\r\n\r\n")
    again = await server.hears(GET + b"\r\n")
    open_then = not server.wire.closed
    await asyncio.sleep(0.1)

    assert said.startswith(b"HTTP/1.1 400 ")
    assert again == said
    assert open_then
    assert server.wire.ended
    assert server.wire.aborted


async def test_over_tls_there_is_no_half_to_end_so_it_is_closed() -> None:
    server = Server(tls=True)
    said = await server.hears(b"nonsense\r\n\r\n")

    assert said.startswith(b"HTTP/1.1 400 ")
    assert server.wire.closed


async def test_nothing_is_said_between_a_request_and_its_answer() -> None:
    server = Server()
    silent = await server.hears(GET + b"\r\nnonsense\r\n\r\n")
    server.gate.set()
    await settled()

    assert silent == b""
    assert server.wire.said.startswith(OK)
    assert b"connection: close" in server.wire.said
    assert b" 400 " not in server.wire.said
    assert server.wire.closed


async def test_requests_ahead_of_their_answers_are_so_many_and_no_more() -> None:
    server = Server()
    await server.hears((GET + b"\r\n") * (http_protocol.MOST_PIPELINED + 50))
    waiting = len(server.connection.pipeline)
    server.gate.set()
    for _ in range(http_protocol.MOST_PIPELINED):
        await settled()

    assert waiting == http_protocol.MOST_PIPELINED
    assert server.wire.said.count(OK) == http_protocol.MOST_PIPELINED + 1
    assert server.wire.closed


async def test_a_head_that_does_not_end_in_time_is_408() -> None:
    server = Server(within_s=0.05)
    await server.hears(GET)
    await asyncio.sleep(0.03)
    await server.hears(b"X: ")  # what still comes does not put it off
    await asyncio.sleep(0.04)

    assert server.wire.said.startswith(b"HTTP/1.1 408 ")
    assert b'"reason":"too_slow"' in server.wire.said


async def test_a_head_that_does_not_end_behind_a_request_under_way_waits_for_its_answer() -> None:
    server = Server(within_s=0.05)
    await server.hears(GET + b"\r\n" + GET)
    await asyncio.sleep(0.1)
    silent = server.wire.said
    server.gate.set()
    await settled()

    assert silent == b""
    assert server.wire.said.startswith(OK)
    assert server.wire.closed


async def test_a_new_connection_on_which_nothing_comes_is_closed_without_a_word() -> None:
    server = Server(first_byte_within_s=0.05)
    await asyncio.sleep(0.1)

    assert server.wire.closed
    assert server.wire.said == b""


async def test_a_request_under_way_is_waited_for_however_long_it_takes() -> None:
    server = Server(within_s=0.02, first_byte_within_s=0.02)
    await server.hears(GET + b"\r\n")
    await asyncio.sleep(0.1)

    assert not server.wire.closed


async def test_a_body_that_goes_on_behind_its_answer_is_not_waited_for_for_ever() -> None:
    server = Server(within_s=0.05)

    async def refuse(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 401, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    server.connection.app = cast("Any", refuse)
    await server.hears(POST + b"Content-Length: 1000\r\n\r\n", b"a", b"a")
    open_then = not server.wire.closed
    await asyncio.sleep(0.1)

    assert open_then
    assert server.wire.closed


async def test_a_body_that_ends_behind_its_answer_may_be_followed_by_a_request() -> None:
    server = Server(within_s=0.05)
    server.gate.set()
    own = server.connection.app

    async def refuse(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 401, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    server.connection.app = cast("Any", refuse)
    await server.hears(POST + b"Content-Length: 2\r\n\r\n", b"a", b"a")
    await asyncio.sleep(0.1)
    server.connection.app = own
    said = await server.hears(GET + b"\r\n")

    assert said.count(OK) == 1
    assert not server.wire.closed


async def test_an_answer_that_nobody_fetches_is_broken_off(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "FETCHED_WITHIN_S", 0.05)
    server.wire.unfetched = 70_000
    server.connection.pause_writing()
    await asyncio.sleep(0.1)

    assert server.wire.aborted


async def test_one_that_is_fetched_slowly_is_not(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "FETCHED_WITHIN_S", 0.6)
    server.wire.unfetched = 70_000
    for _ in range(5):
        server.connection.pause_writing()
        await asyncio.sleep(0.15)
        server.connection.resume_writing()

    assert not server.wire.closed


async def test_what_lies_unfetched_does_not_keep_a_connection_from_its_end(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "FETCHED_WITHIN_S", 0.05)
    server.wire.unfetched = 1_000
    await server.hears(GET + b"Connection: close\r\n\r\n")
    closed_first = server.wire.closed and not server.wire.aborted
    await asyncio.sleep(0.1)

    assert closed_first
    assert server.wire.aborted


async def test_who_has_ended_his_half_is_answered_and_the_connection_closed() -> None:
    server = Server()
    await server.hears(GET + b"\r\n")
    stays = server.connection.eof_received()
    server.gate.set()
    await settled()

    assert stays
    assert server.wire.said.startswith(OK)
    assert b"connection: close" in server.wire.said
    assert server.wire.closed


async def test_a_byte_of_the_answer_is_written_ahead_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(half_close, "WRITTEN_AFTER_S", 0.01)
    monkeypatch.setattr(half_close, "LOOKED_AFTER_S", 0.005)
    server = Server()
    await server.hears(GET + b"\r\n")
    server.connection.eof_received()
    server.connection.eof_received()  # a loop that reads on says it again
    await asyncio.sleep(0.1)
    ahead = server.wire.said
    server.gate.set()
    await settled()

    assert len(ahead) >= 3
    assert OK.startswith(ahead)
    assert server.wire.said.startswith(OK + b"content-length: 2\r\n")


async def test_all_that_an_answer_begins_with_is_written_ahead_and_nothing_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(half_close, "WRITTEN_AFTER_S", 0.0001)
    monkeypatch.setattr(half_close, "LOOKED_AFTER_S", 0.0001)
    server = Server()
    await server.hears(GET + b"\r\n")
    server.connection.eof_received()
    await asyncio.sleep(0.2)
    ahead = server.wire.said
    server.gate.set()
    await settled()

    assert ahead == half_close.BEGIN == b"HTTP/1.1 "
    assert all(line.startswith(ahead) for line in STATUS_LINE.values())
    assert server.wire.said.startswith(OK)


async def test_who_turns_out_to_have_gone_is_told_to_the_application(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(half_close, "WRITTEN_AFTER_S", 0.01)
    monkeypatch.setattr(half_close, "LOOKED_AFTER_S", 0.005)
    server = Server()
    await server.hears(GET + b"\r\n")
    server.connection.eof_received()
    await asyncio.sleep(0.03)
    cycle = server.connection.cycle
    server.wire.error = errno.EPIPE  # a reset came back
    await asyncio.sleep(0.1)
    aborted, said = server.wire.aborted, server.wire.said
    server.connection.connection_lost(None)  # as a transport does after that
    await asyncio.sleep(0.1)

    assert aborted
    assert (await cycle.receive())["type"] == "http.disconnect"
    assert server.wire.said == said


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        pytest.param(b"", b"", id="nothing"),
        pytest.param(GET, b"HTTP/1.1 400 ", id="half a head"),
        pytest.param(
            POST + b"Content-Length: 9\r\n\r\n12345678", b"HTTP/1.1 400 ", id="half a body"
        ),
    ],
)
async def test_who_ends_his_half_in_the_middle_is_not_waited_for(sent: bytes, said: bytes) -> None:
    server = Server()
    await server.hears(sent)
    stays = server.connection.eof_received()

    assert not stays
    assert server.wire.said[:13] == said


@pytest.mark.parametrize("ending", ["ends", "is refused"])
async def test_half_a_body_behind_a_request_under_way_is_answered_in_its_turn(ending: str) -> None:
    server = Server()
    half = POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab"
    await server.hears(GET + b"\r\n" + half, b"" if ending == "ends" else b"nonsense")
    stays = server.connection.eof_received() if ending == "ends" else True
    silent = server.wire.said
    server.gate.set()
    await settled()

    assert stays
    assert silent == b""
    assert server.wire.said.startswith(OK)
    assert server.wire.said.count(b"HTTP/1.1 400 ") == 1
    assert len(server.scopes) == 1
    assert server.wire.ended


async def test_a_connection_that_is_lost_leaves_no_timer_behind(server: Server) -> None:
    await server.hears(GET)
    server.wire.unfetched = 1
    server.connection.pause_writing()
    server.connection.connection_lost(None)

    with contextlib.suppress(AttributeError):
        pending = [
            one
            for one in asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined] # noqa: SLF001 -- no other way
            if not one.cancelled() and "BoundedProtocol" in repr(one)
        ]
        assert pending == []
