"""The callers of a trial keep a true journal of what a gateway, good or bad, does to them."""

import asyncio
import itertools
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiohttp import web

from contract_tests.faults.ledger import HUNG_AFTER_S, Attempt
from contract_tests.faults.stalls import most_still_s
from contract_tests.faults.traffic import DEADLINE_S, TRIES, FaultTraffic
from contract_tests.faults.writable_collections import WritableCollection
from testcontainers_fixtures.stack_spec import Contract, Part, StackSpec, Telemetry
from tests.unit.contract_tests.drift.shelf import things

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
SPEC = StackSpec(
    format_version=1,
    name="some",
    parts={"gateway": Part(role="gateway", command=("x",), port=1)},
    contract=Contract(not_run=("nobody",)),
    telemetry=Telemetry(deadline_header="X-Deadline-Ms"),
)
ROW = {"id": 1, "title": "A row", "colour": "red"}


@asynccontextmanager
async def gateway(handler: Handler) -> AsyncIterator[str]:
    """Serve every request by a handler, on a free port."""
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))  # closed by the runner
    await web.SockSite(runner, listener).start()
    port = listener.getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def journal(
    handler: Handler, *, keyed: bool = False, seconds: float = 0.5, rate_per_s: float = 40
) -> list[Attempt]:
    """Return the journal of some traffic to a gateway."""
    place = WritableCollection(service="shelf", resource=things(), pattern=ROW, keyed=keyed)
    async with gateway(handler) as url:
        traffic = FaultTraffic(url, SPEC, [place], rate_per_s=rate_per_s)
        running = asyncio.create_task(traffic.run())
        await asyncio.sleep(seconds)
        traffic.stop()
        await running
    return traffic.journal


@contextmanager
def answering_after(seconds: float) -> Iterator[str]:
    """Serve from threads, so that it goes on while the callers' loop stands still."""

    class Slow(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            time.sleep(seconds)
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Shelf:
    """A gateway that keeps its promises; what it was asked is kept."""

    def __init__(self) -> None:
        self.asked: list[web.BaseRequest] = []
        self._rows: dict[int, dict[str, Any]] = {}
        self._ids = itertools.count(1)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request)
        if request.method == "GET":
            return web.json_response(self._rows[int(request.path.rpartition("/")[2])])
        row = json.loads(await request.text()) | {"id": next(self._ids)}
        self._rows[row["id"]] = row
        return web.json_response(row, status=201)


async def test_a_good_gateway_is_written_to_and_read_from_at_the_rate_asked_for() -> None:
    shelf = Shelf()
    told = await journal(shelf, seconds=1.0)

    assert 35 <= len(told) <= 45
    assert {one.ending for one in told} == {"acknowledged"}
    assert all(one.echo == frozenset({one.key}) for one in told)
    assert 9 <= sum(not one.write for one in told) <= 15
    assert {one.headers["X-Deadline-Ms"] for one in shelf.asked} == {f"{DEADLINE_S * 1000:.0f}"}


async def test_a_write_with_a_key_is_tried_again_with_the_same_key_and_body() -> None:
    seen: dict[str, list[str]] = {}

    async def refusing(request: web.BaseRequest) -> web.StreamResponse:
        key = request.headers.get("Idempotency-Key", "")
        seen.setdefault(key, []).append(await request.text())
        return web.json_response({"reason": "nobody"}, status=503)

    told = await journal(refusing, keyed=True)
    with_key = {key: bodies for key, bodies in seen.items() if key}

    assert {one.ending for one in told} == {"refused"}
    assert with_key
    assert all(len(bodies) == TRIES and len(set(bodies)) == 1 for bodies in with_key.values())
    assert len(set(seen[""])) == len(seen[""])


async def test_another_callers_body_is_told_by_its_echo() -> None:
    bodies: list[bytes] = []

    async def mixing(request: web.BaseRequest) -> web.StreamResponse:
        bodies.append(await request.read())
        return web.Response(body=bodies[max(0, len(bodies) - 2)], status=201)

    told = await journal(mixing)

    assert sum(one.echo != frozenset({one.key}) for one in told) >= len(told) - 1


async def test_a_gateway_that_never_answers_has_hung_and_delays_no_other_caller() -> None:
    async def silent(request: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(60)
        return web.Response(text=request.method)

    told = await journal(silent)

    assert len(told) >= 15
    assert {one.ending for one in told} == {"unknown"}
    assert all(one.ended_s - one.due_s > HUNG_AFTER_S + one.excused_s for one in told)


async def test_pauses_of_the_callers_own_process_add_up_and_excuse_what_they_delayed() -> None:
    place = WritableCollection(service="shelf", resource=things(), pattern=ROW, keyed=False)
    with answering_after(0.5) as url:  # which is in the second pause
        traffic = FaultTraffic(url, SPEC, [place])
        begun_s = time.monotonic()
        running = asyncio.create_task(traffic.run())
        await asyncio.sleep(0.05)
        for delay_s in (0.05, 0.4):
            asyncio.get_running_loop().call_later(delay_s, time.sleep, 0.25)
        traffic.stop()
        await running
    told, whole_s = traffic.journal[0], time.monotonic() - begun_s

    # More where the machine itself stood still as well.
    assert 0.4 < most_still_s(traffic.stalls, traffic.deadline_s, traffic.begun_s) < whole_s
    assert 0.4 < told.excused_s < whole_s


async def test_a_connection_that_breaks_leaves_the_outcome_unknown() -> None:
    async def breaking(request: web.BaseRequest) -> web.StreamResponse:
        await request.read()
        assert request.transport
        request.transport.abort()
        return web.Response()

    told = await journal(breaking)

    assert {one.ending for one in told} == {"unknown"}
    assert all(one.reason.startswith("broken off") for one in told)


async def test_a_gateway_that_is_not_there_has_run_nothing() -> None:
    async with gateway(Shelf()) as url:
        gone = url
    place = WritableCollection(service="shelf", resource=things(), pattern=ROW, keyed=False)
    traffic = FaultTraffic(gone, SPEC, [place], rate_per_s=40)
    running = asyncio.create_task(traffic.run())
    await asyncio.sleep(0.3)
    traffic.stop()
    await running

    assert {(one.ending, one.reason) for one in traffic.journal} == {("refused", "no connection")}
