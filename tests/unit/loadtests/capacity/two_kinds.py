"""Runs of a system with two kinds of resolver whose every wait is known from theory.

Each copy of either kind takes one call at a time and keeps it for a set time, which is no CPU time.
So each kind is a queue with as many equal servers as it has copies. What it shows is made without
the model: waits by Kiefer and Wolfowitz's recursion, maxima by the utilisation law.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from loadtests.plan.arrivals import poisson
from loadtests.plan.seeds import derived
from reports.record import latency
from reports.record.measurements import (
    Configuration,
    Endpoint,
    Histograms,
    Phase,
    Repetition,
    Timeline,
)
from reports.record.record import LoadRun
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file
from tests.truth import theory
from tests.unit.loadtests.capacity.backed_shop import histogram, use
from tests.unit.reports.sample_runs import conditions, load_run, phase

SHARES: Final[Mapping[str, float]] = {"orders": 0.8, "articles": 0.2}
HELD_MS: Final[Mapping[str, float]] = {"orders": 20.0, "articles": 60.0}
CPU_MS: Final[Mapping[str, float]] = {"orders": 0.5, "articles": 1.0}
GATEWAY_MS, BROKER_MS, GENERATOR_MS = 0.4, 0.3, 0.2
WAY_MS: Final = GATEWAY_MS + BROKER_MS + GENERATOR_MS
CORES: Final = 8
USERS: Final = 24
SEED: Final = 7
LOAD: Final = 0.7
OPEN_S: Final = 40.0
CALLS: Final[Mapping[str, str]] = {"read an order": "orders", "read an article": "articles"}
STACK: Final = """
format_version = 2
name = "shop"

[broker]
vhost = "/"
user = "shop"
work_queues = ["orders", "articles"]

[parts.orders]
role = "resolver"
ready = "queue orders"
command = ["python", "orders.py", "{{prefetch}}"]

[parts.articles]
role = "resolver"
ready = "queue articles"
command = ["python", "articles.py", "{{prefetch}}"]

[parts.front]
role = "gateway"
port = 8000
command = ["python", "front.py"]

[scenarios.shop]
description = "Orders are read, and articles"

[[scenarios.shop.calls]]
name = "read an order"
request = "GET /orders"
weight = 4
{orders}

[[scenarios.shop.calls]]
name = "read an article"
request = "GET /articles"
{articles}

{more}
"""
SAID: Final = {"orders": 'resolver = "orders"', "articles": 'resolver = "articles"'}
STAMPED: Final = '[telemetry]\nhops = { gw = "", orders = "gw", articles = "gw" }'


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One call: which kind it visited, what it waited and what it took there, in ms."""

    kind: str
    wait_ms: float

    @property
    def inside_ms(self) -> float:
        return HELD_MS[self.kind] + CPU_MS[self.kind]

    @property
    def whole_ms(self) -> float:
        return WAY_MS + self.wait_ms + self.inside_ms


def spec(folder: Path, *, orders: str = "", articles: str = "", more: str = "") -> StackSpec:
    """Return the system; what is said of its calls goes into its stack file."""
    file = folder / "stack.toml"
    file.write_text(STACK.format(orders=orders, articles=articles, more=more))
    return read_stack_file(file)


def most_per_s(orders: int, articles: int) -> float:
    """Return what so many copies of each carry: the kind that is full first binds."""
    copies = {"orders": orders, "articles": articles}
    return min(1_000 * n / SHARES[k] / (HELD_MS[k] + CPU_MS[k]) for k, n in copies.items())


def opened(orders: int, articles: int, rate_per_s: float, duration_s: float) -> list[Answered]:
    """Return the calls of an open phase, each of which waits for the next copy of its kind."""
    copies = {"orders": orders, "articles": articles}
    due_s = poisson(rate_per_s, duration_s, derived(SEED, 0))
    kinds = random.Random(3).choices(list(SHARES), list(SHARES.values()), k=len(due_s))  # noqa: S311 -- reproducible
    found = []
    for kind in SHARES:
        mine_s = [at for at, one in zip(due_s, kinds, strict=True) if one == kind]
        inside_s = (HELD_MS[kind] + CPU_MS[kind]) / 1_000
        waits_s = theory.waits_s(mine_s, [inside_s] * len(mine_s), servers=copies[kind])
        found += [Answered(kind=kind, wait_ms=1_000 * wait_s) for wait_s in waits_s]
    return found


@cache
def p99_ms(orders: int, articles: int, rate_per_s: float, duration_s: float = 600.0) -> float:
    """Return the p99 of so many copies at a rate, over as many arrivals."""
    calls = opened(orders, articles, rate_per_s, duration_s)
    return theory.quantile((one.whole_ms for one in calls), 0.99)


def closed(orders: int, articles: int) -> list[Answered]:
    """Return the calls of a closed loop: at all of its rate, users wait where it is full."""
    rate_per_s = most_per_s(orders, articles)
    # All but those that are within the other kind wait before the one that binds (Little).
    copies = {"orders": orders, "articles": articles}
    binds = min(SHARES, key=lambda k: copies[k] / SHARES[k] / HELD_MS[k])
    (other,) = set(SHARES) - {binds}
    beside = opened(orders, articles, 0.97 * rate_per_s, 20.0)
    others = [one for one in beside if one.kind == other]
    there = rate_per_s * SHARES[other] * theory.mean([one.whole_ms for one in others]) / 1_000
    waits_ms = 1_000 * (USERS - there) / (rate_per_s * SHARES[binds])
    full = Answered(kind=binds, wait_ms=waits_ms - WAY_MS - HELD_MS[binds] - CPU_MS[binds])
    return [*others, *([full] * round(len(others) * SHARES[binds] / SHARES[other]))]


def run(
    points: Sequence[tuple[int, int]],
    *,
    stamps: bool = False,
    late_ms: Mapping[tuple[int, int], float] = MappingProxyType({}),
    **changes: object,
) -> LoadRun:
    """Return a load run over some numbers of orders and articles.

    By such a pair `late_ms` has what every call of the open phase waits besides.
    """
    usual = load_run(
        points=(),
        seed=SEED,
        stack="shop",
        scenarios={"shop": "Orders are read, and articles"},
        conditions=conditions(cpu_count=CORES),
        configurations=tuple(
            _configuration(point, late_ms.get(point, 0.0), stamps=stamps) for point in points
        ),
    )
    return replace(usual, **changes)


def shown(orders: int, articles: int) -> Phase:
    """Return an open phase of so many copies, its answers stamped."""
    calls = opened(orders, articles, LOAD * most_per_s(orders, articles), OPEN_S)
    return _phase(calls, LOAD * most_per_s(orders, articles), OPEN_S, stamps=True)


@cache
def _configuration(point: tuple[int, int], late_ms: float, *, stamps: bool) -> Configuration:
    most = most_per_s(*point)
    rate_per_s = LOAD * most
    due = opened(*point, rate_per_s, OPEN_S)
    calls = [Answered(kind=one.kind, wait_ms=one.wait_ms + late_ms) for one in due]
    return Configuration(
        scenario="shop",
        resolvers=1,
        service_workers=1,
        gateway_workers=1,
        prefetch=32,
        of_parts={"articles": point[1], "orders": point[0]},
        repetitions=(
            Repetition(
                warm_up=None,
                closed=_phase(closed(*point), most, 8.0, stamps=False, arrivals="closed"),
                open=_phase(calls, rate_per_s, OPEN_S, stamps=stamps),
                common=None,
                reasons={"warm_up": "not measured here", "common": "not measured here"},
            ),
        ),
    )


def _phase(
    calls: Sequence[Answered],
    rate_per_s: float,
    duration_s: float,
    *,
    stamps: bool,
    arrivals: str = "poisson",
) -> Phase:
    like = phase(arrivals=arrivals, rate_per_s=rate_per_s, duration_s=1.0, endpoints=("x",))
    whole = {name: [one for one in calls if one.kind == kind] for name, kind in CALLS.items()}
    hops = {kind: histogram(one.inside_ms for one in calls if one.kind == kind) for kind in SHARES}
    hops |= {"gw": histogram(one.whole_ms for one in calls)}
    used = {kind: SHARES[kind] * CPU_MS[kind] for kind in SHARES}
    used |= {"front": GATEWAY_MS, "broker": BROKER_MS}
    cpu_ms = sum(used.values()) + GENERATOR_MS
    return replace(
        like,
        users=USERS if arrivals == "closed" else None,
        duration_s=duration_s,
        samples=len(calls),
        host_cpu=rate_per_s * cpu_ms / 1_000 / CORES,
        generator_cpu=rate_per_s * GENERATOR_MS / 1_000,
        worker_shares={},
        timeline=Timeline(),
        hops=(),
        slowest=(),
        latency_ms=latency.summary(latency.decode(histogram(one.whole_ms for one in calls))),
        histograms=Histograms(
            total=histogram(one.whole_ms for one in calls),
            endpoints={
                name: histogram(one.whole_ms for one in mine) for name, mine in whole.items()
            },
            hops=hops if stamps else {},
        ),
        endpoints=tuple(_endpoints(whole)),
        used={name: use(ms, rate_per_s * duration_s) for name, ms in used.items()},
    )


def _endpoints(whole: Mapping[str, Sequence[Answered]]) -> Iterator[Endpoint]:
    for name, mine in whole.items():
        summary = latency.summary(latency.decode(histogram(one.whole_ms for one in mine)))
        yield Endpoint(name=name, samples=len(mine), failed=0, latency_ms=summary)
