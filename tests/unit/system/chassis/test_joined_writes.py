"""An answer's head is written together with what follows it at once, and waits for nothing else."""

import asyncio

import pytest

from system.chassis.joined_writes import JOINED_BYTES, JoiningTransport

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


class Wire(asyncio.Transport):
    """A transport that keeps what it was told to write, call by call."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


@pytest.fixture
def wire() -> Wire:
    """Give a transport that is open."""
    return Wire()


@pytest.fixture
async def answer(wire: Wire) -> JoiningTransport:
    """Give the transport of one answer on it."""
    return JoiningTransport(wire, asyncio.get_running_loop())


@pytest.mark.parametrize("body", [b"", b"ok", b"x" * JOINED_BYTES], ids=["none", "short", "long"])
async def test_head_and_body_are_one_write(
    wire: Wire, answer: JoiningTransport, body: bytes
) -> None:
    answer.write(HEAD)
    answer.write(body)
    await asyncio.sleep(0)

    assert wire.written == [HEAD + body]


async def test_a_body_that_is_too_long_to_copy_follows_its_head(
    wire: Wire, answer: JoiningTransport
) -> None:
    body = b"x" * (JOINED_BYTES + 1)
    answer.write(HEAD)
    answer.write(body)

    assert wire.written == [HEAD, body]


async def test_a_head_that_nothing_follows_at_once_leaves_by_itself(
    wire: Wire, answer: JoiningTransport
) -> None:
    answer.write(HEAD)
    await asyncio.sleep(0)
    alone = list(wire.written)
    answer.write(b"a")
    answer.write(b"b")

    assert alone == [HEAD]
    assert wire.written == [HEAD, b"a", b"b"]


async def test_a_head_leaves_before_its_connection_is_closed(
    wire: Wire, answer: JoiningTransport
) -> None:
    answer.write(HEAD)
    answer.close()
    await asyncio.sleep(0)

    assert wire.written == [HEAD]
    assert answer.is_closing()


async def test_a_head_is_not_written_to_who_has_gone_meanwhile(
    wire: Wire, answer: JoiningTransport
) -> None:
    answer.write(HEAD)
    wire.close()
    await asyncio.sleep(0)

    assert wire.written == []
