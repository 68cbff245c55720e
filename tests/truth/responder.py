"""A stub server of one process: `python responder.py SLOTS`; says its port, once.

The path of a request says what is done before it is answered:

    /now                 nothing
    /seed/7              nothing, but the exponential times to come are those of this seed
    /busy/200            the processor is kept busy for 200 us
    /fixed/20000         one of the SLOTS is held for 20,000 us
    /exponential/20000   the same, for an exponential time of that mean
    /shifted/20000       the same, for at least so long and half as long again on average
    /hold/20000/500000   nothing, but for 500,000 us from now on nobody with /fixed/20000 is served:
                         whoever comes meanwhile keeps a slot until then, and for 20,000 us more

Requests for a slot are served first come, first served. Their answers bear the time for which the
slot was truly held, in microseconds, as X-Service-Us: the next in the queue begins at the very
moment at which the one before ended, so that a late timer counts as service and not as a wait.
"""

import asyncio
import gc
import random
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast

import uvloop

BACKLOG: Final = 4_096
SERVICE_HEADER: Final = b"X-Service-Us"
_END: Final = b"\r\n\r\n"
_BODY: Final = b"ok"

Answer = Callable[[int], None]


@dataclass(slots=True)
class Slots:
    """So many equal servers behind one queue; times in seconds."""

    free: int
    draw: random.Random
    waiting: deque[tuple[float, Answer]] = field(default_factory=deque)
    held_until_s: dict[float, float] = field(default_factory=dict)

    def serve(self, kind: str, mean_s: float, answer: Answer) -> None:
        """Hold a slot for a while, now or when one gets free, and answer then."""
        length_s = self._length_s(kind, mean_s)
        if self.free:
            self.free -= 1
            self._begin(time.monotonic(), length_s, answer)
        else:
            self.waiting.append((length_s, answer))

    def _length_s(self, kind: str, mean_s: float) -> float:
        match kind:
            case "exponential":
                return self.draw.expovariate(1 / mean_s)
            case "shifted":
                return mean_s + self.draw.expovariate(2 / mean_s)
        held_s = self.held_until_s.get(mean_s, 0.0) - time.monotonic()
        return mean_s + max(0.0, held_s)

    def hold(self, mean_s: float, for_s: float) -> None:
        """Serve nobody with this fixed time for a while, from now on."""
        self.held_until_s[mean_s] = time.monotonic() + for_s

    def _begin(self, begun_s: float, length_s: float, answer: Answer) -> None:
        loop = asyncio.get_running_loop()
        wait_s = max(0.0, begun_s + length_s - time.monotonic())
        loop.call_later(wait_s, self._end, begun_s, answer)

    def _end(self, begun_s: float, answer: Answer) -> None:
        ended_s = time.monotonic()
        if self.waiting:
            self._begin(ended_s, *self.waiting.popleft())
        else:
            self.free += 1
        answer(round((ended_s - begun_s) * 1e6))


class Exchange(asyncio.Protocol):
    """One connection: requests without a body in, answers out."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._rest = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast("asyncio.Transport", transport)  # TCP gives no other

    def data_received(self, data: bytes) -> None:
        """Do what each complete request asks for."""
        *requests, self._rest = (self._rest + data).split(_END)
        for request in requests:
            self._do(request.split(b" ", 2)[1].decode().split("/"))

    def _do(self, path: list[str]) -> None:
        match path:
            case ["", "now"]:
                self._answer(0)
            case ["", "busy", us]:
                until_s = time.perf_counter() + int(us) / 1e6
                while time.perf_counter() < until_s:
                    pass
                self._answer(int(us))
            case ["", "seed", seed]:
                self._slots.draw.seed(int(seed))
                self._answer(0)
            case ["", "hold", us, for_us]:
                self._slots.hold(int(us) / 1e6, int(for_us) / 1e6)
                self._answer(0)
            case ["", kind, us]:
                self._slots.serve(kind, int(us) / 1e6, self._answer)
            case _:
                self._transport.close()

    def _answer(self, service_us: int) -> None:
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s: %d\r\n\r\n%s"
            % (len(_BODY), SERVICE_HEADER, service_us, _BODY)
        )


async def respond(slots: int) -> None:
    """Listen on a free port, say which, and answer until killed."""
    queue = Slots(slots, random.Random())  # noqa: S311 -- reproducible, not a secret
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Exchange(queue), "127.0.0.1", 0, backlog=BACKLOG)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    gc.freeze()
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(respond(int(sys.argv[1])))
