"""The notebook's gateway: hands every request on as it came, by plain HTTP."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from fastapi import FastAPI, Request, Response
from notebook.answers import say_no
from yarl import URL

UPSTREAMS = {"notes": os.environ["NOTES"], "labels": os.environ["LABELS"]}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Hold the connections to both services."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as app.state.client:
        yield


app = FastAPI(lifespan=lifespan, openapi_url=None)
say_no(app)


@app.get("/ping")
async def ping() -> str:
    """Say that it lives."""
    return "pong"


METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "QUERY"]


@app.api_route("/{path:path}", methods=METHODS)
async def hand_on(request: Request, path: str) -> Response:
    """Send the request to the service that owns its first segment."""
    upstream = UPSTREAMS.get(path.split("/", 1)[0])
    if upstream is None:
        return Response(status_code=404)
    query = request.scope["query_string"].decode("latin-1")
    target = upstream + request.scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
    kept = {k: v for k, v in request.headers.items() if k in {"content-type", "accept"}}
    async with request.app.state.client.request(
        request.method,
        URL(target, encoded=True),
        data=await request.body(),
        headers=kept,
        allow_redirects=False,
    ) as answer:
        passed = {k: v for k, v in answer.headers.items() if k.lower() in {"content-type", "allow"}}
        return Response(await answer.read(), answer.status, passed)
