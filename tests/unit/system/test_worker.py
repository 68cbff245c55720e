"""The Gunicorn worker's protocol: an answer leaves in one piece."""

import asyncio
from typing import Any, cast

from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.server import ServerState

from system.chassis.worker import JoinedProtocol, Worker


class Socket:
    """A transport that remembers each write."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []

    def get_extra_info(self, _: str) -> None:
        return None

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass

    def write(self, data: bytes) -> None:
        self.writes.append(data)


async def app(_: Scope, receive: Receive, send: Send) -> None:
    await receive()
    headers = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


async def test_head_and_body_of_an_answer_are_one_write() -> None:
    socket, config = Socket(), Config(app, log_config=None, http=JoinedProtocol, lifespan="off")
    config.load()
    protocol = JoinedProtocol(config, ServerState(), app_state={}, _loop=asyncio.get_running_loop())
    protocol.connection_made(cast("asyncio.Transport", socket))
    protocol.data_received(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n")
    await asyncio.wait(protocol.server_state.tasks, timeout=5)
    await asyncio.sleep(0)
    protocol.connection_lost(None)

    assert len(socket.writes) == 1
    assert socket.writes[0].startswith(b"HTTP/1.1 200 OK\r\n")
    assert socket.writes[0].endswith(b"\r\n\r\nhello")


def test_the_worker_serves_with_it() -> None:
    asked: dict[str, Any] = Worker.CONFIG_KWARGS

    assert asked["http"] is JoinedProtocol
