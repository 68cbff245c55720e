"""Keep-alive connections to one service, spread so that each of its workers gets its share.

A connection belongs to the worker that accepted it, so whoever reuses connections as they come
decides who works. The largest share of the calls that one of W workers got, median and worst of 24
readings (W = 2, 4 fresh starts) and of 18 (W = 4, 3 starts), one resolver, two cores:

                                     W = 2, 4-16 in flight      W = 4, 4-32 in flight
    one pool, shared socket          0.57, worst 1.00           0.38, worst 0.64
    one pool, --reuse-port           0.58, worst 1.00           0.48, worst 0.73
    these lanes, shared socket       0.53, worst 0.57           0.29, worst 0.54
    these lanes, --reuse-port        0.53, worst 0.61           0.29, worst 0.40

Where a call waits and a worker runs one at a time (W = 2, 4 in flight, 4 starts) the lanes carried
80/s with p99 at 90 ms, the pool 59/s with 114 ms. The price: four workers that share two cores took
3-14 % more CPU time a call when each got its share; their p99 was 0.83-0.99 of the pool's in four
interleaved comparisons, all within the noise. With two workers no difference in CPU was seen.
"""

from collections import defaultdict, deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ssl import SSLContext

import aiohttp

from system.rpc.bounded_answer import limited_to

SERVED_BY = "X-Served-By"
# More than any service of ours answers; what is longer would fill the memory of two processes.
MAX_ANSWER_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    """How a connection is kept, what it takes, and how a service proves who it is (https).

    The headers that are `not_added` go out as a call has them or not at all.
    """

    keepalive_s: float
    max_answer_bytes: int = MAX_ANSWER_BYTES
    tls: SSLContext | None = None
    not_added: tuple[str, ...] = ()


class PooledConnection:
    """One connection, opened at its first call; `worker` is who answers on it, once that is known.

    Until then, and with a service that does not say, a lane counts as a worker of its own.
    """

    def __init__(self, settings: PoolSettings) -> None:
        self.worker: Hashable = self
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=1, keepalive_timeout=settings.keepalive_s, ssl=settings.tls or True
            ),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=settings.not_added,
            response_class=limited_to(settings.max_answer_bytes),
        )
        # It would send a DELETE or PUT twice when a kept connection breaks off.
        self.session._retry_connection = False  # noqa: SLF001 -- there is no public switch

    def learn(self, answer: aiohttp.ClientResponse) -> None:
        """Note who answered: a connection that is opened anew may end at another worker."""
        self.worker = answer.headers.get(SERVED_BY, self.worker)


class ServicePool:
    """Gives each call the lane whose worker has the fewest calls of ours; equal ones take turns."""

    def __init__(self, settings: PoolSettings, *, lanes: int) -> None:
        self._settings = settings
        self._lanes = [PooledConnection(settings) for _ in range(lanes)]
        # By worker: to look at each of 32 lanes takes as long as to decode a call.
        self._idle: dict[Hashable, deque[PooledConnection]] = {}
        for lane in self._lanes:
            self._put_back(lane)
        self._running: defaultdict[Hashable, int] = defaultdict(int)

    def __repr__(self) -> str:
        """Show how many are in use."""
        return f"<ServicePool {sum(self._running.values())} of {len(self._lanes)} in use>"

    @contextmanager
    def lane(self) -> Iterator[PooledConnection]:
        """Give a lane for one call; more calls than lanes open one more."""
        lane = self._least_busy()
        worker = lane.worker
        self._running[worker] += 1
        try:
            yield lane
        finally:
            self._running[worker] -= 1
            if not self._running[worker]:
                del self._running[worker]
            self._put_back(lane)

    def _put_back(self, lane: PooledConnection) -> None:
        self._idle.setdefault(lane.worker, deque()).append(lane)

    def _least_busy(self) -> PooledConnection:
        if not self._idle:
            self._lanes.append(PooledConnection(self._settings))
            return self._lanes[-1]
        worker = min(self._idle, key=lambda worker: self._running.get(worker, 0))
        lanes = self._idle.pop(worker)
        lane = lanes.popleft()
        if lanes:
            self._idle[worker] = lanes  # behind the others, whose turn it is
        return lane

    async def close(self) -> None:
        """Close every connection."""
        for lane in self._lanes:
            await lane.session.close()
