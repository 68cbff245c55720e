"""Runs of a system whose calls use something behind its resolvers, and what it would really do.

Its requests go through gateway, broker and resolver to one more part, and back. What it shows is
made without the model: maxima by the utilisation law, response times by `responses_ms`, in which a
step waits for a process of its own kind and then for a core, each first come, first served.
"""

import heapq
import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from loadtests.capacity.measured_points import DrivenPhase
from loadtests.plan.arrivals import poisson
from loadtests.plan.seeds import derived
from reports.record import latency
from reports.record.measurements import (
    Configuration,
    Histograms,
    Phase,
    Repetition,
    Timeline,
    Use,
)
from reports.record.record import LoadRun
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file
from tests.unit.reports.sample_runs import conditions, load_run, phase

USERS: Final = 32
SEED: Final = 5
LOAD: Final = 0.7
OPEN_S: Final = 30.0
ANY: Final = 10_000
STACK: Final = """
format_version = 2
name = "shop"

[broker]
vhost = "/"
user = "shop"
work_queues = ["calls"]

[parts.behind]
{behind}
port = 5432

[parts.worker]
role = "resolver"
ready = "queue calls"
command = ["python", "worker.py"]
settings = {{ STORE = "tcp://behind:5432" }}

[parts.front]
role = "gateway"
port = 8000
command = ["python", "front.py"]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedShop:
    """A system: CPU ms of a request by part, the cores of its machine, and those of `behind`.

    `said` is what the stack file says of `behind`; `servers` how many calls at a time it works on.
    """

    said: str
    behind_ms: float
    servers: int
    cores: int = 16
    front_ms: float = 1.0
    broker_ms: float = 0.6
    worker_ms: float = 8.0
    generator_ms: float = 0.4

    @property
    def used_ms(self) -> dict[str, float]:
        """Return CPU ms of a request by part, the generator left out."""
        named = {"front": self.front_ms, "broker": self.broker_ms, "worker": self.worker_ms}
        return named | {"behind": self.behind_ms}

    @property
    def cpu_ms(self) -> float:
        """Return CPU ms of a request over all."""
        return math.fsum(self.used_ms.values()) + self.generator_ms

    def spec(self, folder: Path) -> StackSpec:
        """Return its stack file."""
        file = folder / "stack.toml"
        file.write_text(STACK.format(behind=self.said))
        return read_stack_file(file)

    def most_per_s(self, workers: int) -> float:
        """Return what it carries with so many workers: what is full first binds."""
        servers = {"front": 1, "worker": workers, "behind": self.servers, "broker": self.cores}
        each = (1_000 * servers[name] / ms for name, ms in self.used_ms.items())
        return min(*each, 1_000 * self.cores / self.cpu_ms)

    def p99_ms(self, workers: int, path: DrivenPhase) -> float:
        """Return the p99 with so many workers along the arrivals of a path."""
        due_s = poisson(path.rate_per_s, path.duration_s, path.seed)
        times_ms = sorted(self.responses_ms(workers, due_s))
        return times_ms[math.ceil(0.99 * len(times_ms)) - 1]

    def responses_ms(self, workers: int, due_s: Sequence[float]) -> list[float]:
        """Return the response times of requests that are due at these moments."""
        half = {name: ms / 2 for name, ms in self.used_ms.items()}
        there = [("generator", self.generator_ms / 2), *((n, half[n]) for n in _WAY)]
        route = [*there, ("behind", self.behind_ms), *reversed(there)]
        free = {"generator": 1, "front": 1, "broker": self.cores, "worker": workers}
        return responses_ms(due_s, route, free | {"behind": self.servers}, self.cores)


_WAY: Final = ("front", "broker", "worker")


def responses_ms(
    due_s: Sequence[float],
    route: Sequence[tuple[str, float]],
    servers: Mapping[str, int],
    cores: int,
) -> list[float]:
    """Return how long requests take whose steps each need a process of a kind, and a core."""
    free, idle = dict(servers), cores
    waiting: dict[str, deque[int]] = {name: deque() for name in servers}
    runnable: deque[int] = deque()
    step = [-1] * len(due_s)
    ended_s = [0.0] * len(due_s)
    events = [(at_s, number) for number, at_s in enumerate(due_s)]
    while events:
        now_s, one = heapq.heappop(events)
        if step[one] >= 0:
            name, _ = route[step[one]]
            idle += 1
            if waiting[name]:
                runnable.append(waiting[name].popleft())
            else:
                free[name] += 1
        step[one] += 1
        if step[one] == len(route):
            ended_s[one] = now_s
        elif free[name := route[step[one]][0]]:
            free[name] -= 1
            runnable.append(one)
        else:
            waiting[name].append(one)
        while idle and runnable:
            idle -= 1
            begun = runnable.popleft()
            heapq.heappush(events, (now_s + route[step[begun]][1] / 1_000, begun))
    return [1_000 * (end_s - at_s) for end_s, at_s in zip(ended_s, due_s, strict=True)]


def run(shop: BackedShop, *workers: int, **of_repetition: object) -> LoadRun:
    """Return a load run over some numbers of workers."""
    return load_run(
        points=(),
        seed=SEED,
        stack="shop",
        scenarios={"shop": "Things are bought"},
        conditions=conditions(cpu_count=shop.cores),
        configurations=tuple(_configuration(shop, number, of_repetition) for number in workers),
    )


def _configuration(shop: BackedShop, workers: int, changes: dict[str, object]) -> Configuration:
    closed, opened = _phases(shop, workers)
    one = Repetition(
        warm_up=None,
        closed=closed,
        open=opened,
        common=None,
        reasons={"warm_up": "not measured here", "common": "not measured here"},
    )
    return Configuration(
        scenario="shop",
        resolvers=workers,
        service_workers=1,
        gateway_workers=1,
        prefetch=32,
        repetitions=(replace(one, **changes),),
    )


@cache
def _phases(shop: BackedShop, workers: int) -> tuple[Phase, Phase]:
    most_per_s = shop.most_per_s(workers)
    rate_per_s = LOAD * most_per_s
    due_s = poisson(rate_per_s, OPEN_S, derived(SEED, 0))
    times_ms = shop.responses_ms(workers, due_s)
    full_ms = [1_000 * USERS / most_per_s] * len(times_ms)
    closed = _phase(shop, full_ms, most_per_s, len(times_ms) / most_per_s, arrivals="closed")
    return closed, _phase(shop, times_ms, rate_per_s, OPEN_S)


def _phase(
    shop: BackedShop,
    times_ms: Sequence[float],
    rate_per_s: float,
    duration_s: float,
    *,
    arrivals: str = "poisson",
) -> Phase:
    like = phase(arrivals=arrivals, rate_per_s=rate_per_s, duration_s=1.0, endpoints=("x",))
    whole = histogram(times_ms)
    return replace(
        like,
        users=USERS if arrivals == "closed" else None,
        duration_s=duration_s,
        samples=len(times_ms),
        host_cpu=min(1.0, rate_per_s * shop.cpu_ms / 1_000 / shop.cores),
        generator_cpu=rate_per_s * shop.generator_ms / 1_000,
        worker_shares={},
        timeline=Timeline(),
        hops=(),
        slowest=(),
        latency_ms=latency.summary(latency.decode(whole)),
        histograms=Histograms(total=whole),
        endpoints=(),
        used={name: use(ms, rate_per_s * duration_s) for name, ms in shop.used_ms.items()},
    )


def histogram(values_ms: Iterable[float]) -> str:
    """Return some times as a record has them."""
    found = latency.new_histogram()
    for ms in values_ms:
        latency.record_us(found, 1_000 * ms)
    return latency.encode(found)


def use(demand_ms: float, requests: float) -> Use:
    """Return what a part used of which requests take so much."""
    return Use(
        cpu_s=demand_ms * requests / 1_000,
        demand_ms=demand_ms,
        memory_mb_max=20.0,
        throttled_s=None,
        reasons={"throttled_s": "no CPU limit is set"},
    )
