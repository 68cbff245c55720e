"""A client that goes away ends the call that is made for it."""

import asyncio

import pytest
from fastapi import Request, Response
from starlette.types import Message

from system.gateway.client_disconnects import CLIENT_GONE, WATCHED_AFTER_S, unless_gone


class Client:
    """A client that stays until it is told to go."""

    def __init__(self) -> None:
        self.going = asyncio.Event()
        self.asked = 0

    async def receive(self) -> Message:
        self.asked += 1
        await self.going.wait()
        return {"type": "http.disconnect"}

    @property
    def request(self) -> Request:
        return Request({"type": "http", "headers": []}, self.receive)


async def test_a_client_that_goes_cancels_the_work_and_nothing_else() -> None:
    client, ends = Client(), []

    async def work() -> Response:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            ends.append("cancelled")
            raise
        return Response()

    asyncio.get_running_loop().call_later(0.15, client.going.set)
    response = await unless_gone(client.request, work())
    await asyncio.sleep(0)  # a cancellation that was left over would strike here

    assert response.status_code == CLIENT_GONE
    assert ends == ["cancelled"]
    assert not asyncio.current_task().cancelling()  # type: ignore[union-attr] # a test runs in a task


async def test_a_call_that_is_over_soon_is_not_watched() -> None:
    client = Client()

    async def work() -> Response:
        await asyncio.sleep(WATCHED_AFTER_S / 5)
        return Response(status_code=201)

    response = await unless_gone(client.request, work())
    await asyncio.sleep(2 * WATCHED_AFTER_S)

    assert response.status_code == 201
    assert client.asked == 0


async def test_an_answer_that_comes_as_the_client_goes_leaves_no_cancellation_behind() -> None:
    client = Client()

    async def work() -> Response:
        await asyncio.sleep(2 * WATCHED_AFTER_S)
        client.going.set()
        return Response(status_code=201)

    response = await unless_gone(client.request, work())
    await asyncio.sleep(0.01)

    assert response.status_code == 201


async def test_a_cancellation_from_outside_goes_on() -> None:
    client = Client()
    task = asyncio.create_task(unless_gone(client.request, asyncio.sleep(10, Response())))
    await asyncio.sleep(2 * WATCHED_AFTER_S)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
