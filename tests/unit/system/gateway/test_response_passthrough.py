"""An answer counts until its client has it, and one without room is said to be lost."""

import asyncio

import pytest
from fastapi import FastAPI, Response
from starlette.types import Message, Scope

from system.chassis.body_budget import BodyBudget
from system.gateway.response_passthrough import PIECE_BYTES, PassedThroughResponse, refuse_if_tight
from system.wire.rpc_errors import OutcomeUnknownError, OverloadError


class Client:
    """Takes an answer, piece by piece; it stops at the first while it may not `go_on`."""

    def __init__(self, most_bytes: int) -> None:
        self.budget = BodyBudget(most_bytes)
        app = FastAPI()
        app.state.held_answers = self.budget
        self.scope: Scope = {"type": "http", "app": app}
        self.taken: list[Message] = []
        self.held_bytes: list[int] = []
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def receive(self) -> Message:
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.held_bytes.append(self.budget.held_bytes)
        self.taken.append(message)
        if message["type"] == "http.response.body":
            await self.go_on.wait()

    async def fetch(self, answer: PassedThroughResponse) -> bytes:
        await answer(self.scope, self.receive, self.send)
        return b"".join(message.get("body", b"") for message in self.taken)


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES])
async def test_an_answer_arrives_as_it_is_and_counts_meanwhile(size: int) -> None:
    client = Client(4 * PIECE_BYTES)
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    answer = PassedThroughResponse(Response(body, 201, {"ETag": "1"}))

    assert await client.fetch(answer) == body
    assert client.taken[0]["status"] == 201
    assert (b"etag", b"1") in client.taken[0]["headers"]
    assert (b"content-length", str(size).encode()) in client.taken[0]["headers"]
    assert not client.taken[-1].get("more_body")
    assert set(client.held_bytes) == {size}
    assert max(len(message.get("body", b"")) for message in client.taken) <= PIECE_BYTES
    assert client.budget.held_bytes == 0


async def test_an_answer_without_room_is_of_unknown_outcome_and_nothing_of_it_is_sent() -> None:
    client = Client(100)
    with pytest.raises(OutcomeUnknownError):
        await client.fetch(PassedThroughResponse(Response(b"x" * 101)))

    assert client.taken == []
    assert client.budget.held_bytes == 0


async def test_a_client_that_does_not_fetch_is_given_up() -> None:
    client = Client(4 * PIECE_BYTES)
    client.go_on.clear()
    await client.fetch(PassedThroughResponse(Response(b"x" * 2 * PIECE_BYTES), within_s=0.05))

    assert len(client.taken) == 2
    assert client.taken[-1]["more_body"]  # so that the server closes the connection
    assert client.budget.held_bytes == 0


def test_no_call_is_begun_while_more_than_half_is_held() -> None:
    answers = BodyBudget(100)
    with answers.held() as held:
        held.grow(50)
        refuse_if_tight(answers)
        held.grow(1)
        with pytest.raises(OverloadError):
            refuse_if_tight(answers)
    refuse_if_tight(answers)

    assert repr(answers) == "<BodyBudget 0 of 100 bytes held>"
