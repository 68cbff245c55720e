"""A request that does not fit is a 422, whatever is in it."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi import APIRouter
from pydantic import BaseModel

from system.chassis.app import Told, build_app

if TYPE_CHECKING:
    from fastapi import FastAPI


class Thing(BaseModel):
    """Something with a number."""

    number: int


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of a small application on the chassis."""

    async def ready() -> Told:
        return {}

    app: FastAPI = build_app("thing", None, ready, timing="gw")  # type: ignore[arg-type] # no lifespan is needed

    @app.post("/things")
    async def create(thing: Thing) -> Thing:
        return thing

    @app.get("/things")
    async def list_things() -> list[Thing]:
        return []

    inner = APIRouter()
    inner.add_api_route("/others", list_things, methods=["GET"])
    inner.add_api_route("/others", create, methods=["POST"])
    app.include_router(inner)

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"number": NaN}', id="NaN"),
        pytest.param(b'{"number": "\\ud800"}', id="a lone surrogate as a value"),
        pytest.param(b'{"\\ud800": 1}', id="a lone surrogate as a key"),
        pytest.param(b'{"number": 1e999}', id="infinity"),
        pytest.param(b'{"number": %b}' % (b"9" * 5_000), id="more digits than Python reads"),
        pytest.param(b"[", id="no JSON"),
    ],
)
async def test_a_body_that_does_not_fit_is_422_without_an_echo(
    client: httpx.AsyncClient, body: bytes
) -> None:
    answer = await client.post(
        "/things", content=body, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 422
    assert set(answer.json()["detail"][0]) == {"loc", "msg", "type"}


@pytest.mark.parametrize(
    "body", [pytest.param(b'"\xff"', id="no UTF-8"), pytest.param(b"[" * 200_000, id="too deep")]
)
async def test_a_body_that_cannot_be_read_is_400(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post(
        "/things", content=body, headers={"Content-Type": "application/json"}
    )

    assert (answer.status_code, list(answer.json())) == (400, ["detail"])


async def test_an_unusable_request_id_is_replaced(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health", headers={"X-Request-Id": "a b"})

    assert answer.headers["X-Request-Id"].isalnum()
    assert answer.headers["Server-Timing"].startswith("gw;dur=")


async def test_of_several_request_ids_the_first_counts(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health", headers=[("X-Request-Id", "a"), ("x-request-id", "b")])

    assert answer.headers["X-Request-Id"] == "a"


@pytest.mark.parametrize("path", ["/things", "/others"])
async def test_a_405_names_every_method_of_the_path(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.put(path)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
