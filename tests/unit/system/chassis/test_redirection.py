"""A redirect names a path of ours, whatever was asked of whichever host."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter

from system.chassis.app import Told, build_app


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of a small application on the chassis."""

    async def ready() -> Told:
        return {}

    app = build_app("thing", None, ready)  # type: ignore[arg-type] # no lifespan is needed
    inner = APIRouter()

    @app.get("/{first}/things")
    @inner.get("/wide/")
    async def things() -> list[str]:
        return []

    app.include_router(inner)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://evil.example") as made:
        yield made


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("/a/things/", "/a/things"),
        ("/a/things/?x=/b/&y=%2F", "/a/things?x=/b/&y=%2F"),
        ("/%61/things/", "/%61/things"),
        ("/a/things///", "/a/things"),
        ("/wide", "/wide/"),
        ("/wide?x=1", "/wide/?x=1"),
    ],
)
async def test_a_slash_too_many_or_too_few_is_redirected(
    client: httpx.AsyncClient, asked: str, named: str
) -> None:
    answer = await client.get(asked)

    assert (answer.status_code, answer.headers["Location"]) == (307, named)


@pytest.mark.parametrize("asked", ["//evil.example/things/", "//evil.example/", "/%2F/things/"])
async def test_no_path_becomes_a_host(client: httpx.AsyncClient, asked: str) -> None:
    answer = await client.get(f"http://evil.example{asked}")

    assert answer.status_code == 404 or not answer.headers["Location"].startswith("//")


@pytest.mark.parametrize("asked", ["/", "/none", "/none/", "/a/things/b/"])
async def test_what_is_not_there_either_way_is_404(client: httpx.AsyncClient, asked: str) -> None:
    answer = await client.get(asked)

    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
