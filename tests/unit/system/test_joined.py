"""A connection on which what is written in one turn of the event loop leaves in one piece."""

import asyncio
from typing import cast

import pytest

from system.wire.joined import MOST_HELD_BYTES, JoinedTransport


class Socket:
    """A transport that remembers what it was told, in order."""

    def __init__(self) -> None:
        self.told: list[bytes | str] = []
        self.closing = False

    def write(self, data: bytes) -> None:
        self.told.append(data)

    def write_eof(self) -> None:
        self.told.append("end")

    def close(self) -> None:
        self.closing = True
        self.told.append("close")

    def is_closing(self) -> bool:
        return self.closing


@pytest.fixture
def socket() -> Socket:
    return Socket()


@pytest.fixture
async def joined(socket: Socket) -> JoinedTransport:
    return JoinedTransport(cast("asyncio.Transport", socket), asyncio.get_running_loop())


async def test_what_is_written_in_one_turn_leaves_in_one_piece_and_in_order(
    socket: Socket, joined: JoinedTransport
) -> None:
    joined.write(b"head ")
    joined.writelines([b"and ", b"body"])
    await asyncio.sleep(0)
    joined.write(b"the next")
    await asyncio.sleep(0)

    assert socket.told == [b"head and body", b"the next"]


async def test_nothing_is_held_beyond_the_turn(socket: Socket, joined: JoinedTransport) -> None:
    joined.write(b"alone")
    held = list(socket.told)
    await asyncio.sleep(0)

    assert (held, socket.told) == ([], [b"alone"])


async def test_no_more_is_held_than_the_kernel_is_to_be_asked_about(
    socket: Socket, joined: JoinedTransport
) -> None:
    joined.write(b"head")
    joined.write(b"x" * MOST_HELD_BYTES)

    assert [len(told) for told in socket.told] == [MOST_HELD_BYTES + 4]


async def test_what_is_held_leaves_before_the_connection_closes(
    socket: Socket, joined: JoinedTransport
) -> None:
    joined.write(b"last words")
    joined.close()
    await asyncio.sleep(0)

    assert socket.told == [b"last words", "close"]


async def test_what_is_held_leaves_before_the_end_of_what_is_sent(
    socket: Socket, joined: JoinedTransport
) -> None:
    joined.write(b"last words")
    joined.write_eof()
    await asyncio.sleep(0)

    assert socket.told == [b"last words", "end"]


async def test_a_connection_that_broke_off_meanwhile_is_told_nothing(
    socket: Socket, joined: JoinedTransport
) -> None:
    joined.write(b"too late")
    socket.closing = True
    await asyncio.sleep(0)

    assert socket.told == []


async def test_what_else_a_transport_can_do_is_asked_of_it(
    socket: Socket, joined: JoinedTransport
) -> None:
    socket.closing = True

    assert joined.is_closing()
