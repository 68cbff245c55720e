"""A load client that shares no line with ours, on plain asyncio streams.

`python independent.py PORT PATH PLAN OUT`: PLAN is a JSON list of the offsets in seconds
at which requests are due, OUT becomes the JSON list of response times in seconds, each counted from
the moment at which its request was due.
"""

import asyncio
import gc
import json
import selectors
import sys
import time
from pathlib import Path
from typing import Final

CONNECTIONS: Final = 48
LEAD_S: Final = 0.2
ANSWER_WITHIN_S: Final = 20.0

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def ask(idle: asyncio.LifoQueue[Connection], request: bytes, due_s: float) -> float:
    """Send a request on an idle connection; return its response time in seconds."""
    async with asyncio.timeout(ANSWER_WITHIN_S):
        connection = await idle.get()
        reader, writer = connection
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        _, _, length = head.lower().partition(b"content-length:")
        await reader.readexactly(int(length.split(b"\r\n", 1)[0]))
    ended_s = time.monotonic()
    idle.put_nowait(connection)
    return ended_s - due_s


async def run(port: int, path: str, offsets_s: list[float]) -> list[float]:
    """Send every request when it is due and return all response times, in order."""
    idle: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
    for _ in range(CONNECTIONS):
        idle.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    begin_s = time.monotonic() + LEAD_S
    asked = []
    for offset_s in offsets_s:
        due_s = begin_s + offset_s
        await asyncio.sleep(due_s - time.monotonic())
        asked.append(asyncio.create_task(ask(idle, request, due_s)))
    return await asyncio.gather(*asked)


def precise_loop() -> asyncio.AbstractEventLoop:
    """Return a loop on select(2): epoll's time-outs are whole milliseconds, its are not."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


def main(port: str, path: str, plan: str, out: str) -> None:
    """Run the plan and write what it gave."""
    offsets_s = json.loads(Path(plan).read_text(encoding="utf-8"))
    gc.freeze()
    with asyncio.Runner(loop_factory=precise_loop) as runner:
        times_s = runner.run(run(int(port), path, offsets_s))
    Path(out).write_text(json.dumps(times_s), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
