"""Hops, slow requests and CPU over repetitions: what adds up before adds up after."""

import math

import pytest
from msgspec.structs import replace

from reports.judgement import costs
from reports.record.measurements import Breakdown, Use
from tests.unit.reports.sample_runs import phase

FEW = phase(duration_s=1.0)


def _breakdown(requests: int, **hops_ms: float) -> Breakdown:
    whole_ms = sum(hops_ms.values()) + 1.0
    return Breakdown(
        rank=99.0, requests=requests, whole_ms=whole_ms, hops_ms=hops_ms, residual_ms=1.0
    )


def test_hops_of_several_repetitions_weigh_their_requests_and_still_make_the_whole() -> None:
    one = replace(FEW, hops=(_breakdown(100, gw=2.0, wait=4.0),))
    other = replace(FEW, hops=(_breakdown(300, gw=6.0, wait=0.0, reply=8.0),))

    (joined,) = costs.breakdowns([one, other])

    assert joined.requests == 400
    assert joined.hops_ms == pytest.approx({"gw": 5.0, "wait": 1.0, "reply": 6.0})
    assert joined.whole_ms == pytest.approx(math.fsum(joined.hops_ms.values()) + 1.0)


def test_a_repetition_without_hops_does_not_count() -> None:
    without = Breakdown(
        rank=99.0,
        requests=0,
        whole_ms=None,
        hops_ms={},
        residual_ms=None,
        reasons={"whole_ms": "no hop was told", "residual_ms": "no hop was told"},
    )
    one = replace(FEW, hops=(_breakdown(100, gw=2.0),))

    assert costs.breakdowns([replace(FEW, hops=(without,)), one]) == one.hops


def test_the_slowest_are_the_slowest_of_all_repetitions() -> None:
    other = phase(duration_s=1.0, seed=9)
    everything = sorted([*FEW.slowest, *other.slowest], key=lambda one: -one.whole_ms)

    assert costs.slowest([FEW, other]) == tuple(everything[:10])


def test_cpu_adds_up_and_a_request_demands_what_all_of_them_did() -> None:
    def using(cpu_s: float, samples: int) -> Use:
        return Use(
            cpu_s=cpu_s,
            late_cpu_s=cpu_s / 4,
            demand_ms=cpu_s / samples * 1_000,
            memory_mb_max=80.0 + cpu_s,
            throttled_s=0.5,
        )

    one = replace(FEW, samples=100, used={"gateway": using(1.0, 100)})
    other = replace(FEW, samples=300, used={"gateway": using(2.0, 300)})

    found = costs.used([one, other, replace(FEW, used={})])["gateway"]

    assert (found.cpu_s, found.late_cpu_s) == (3.0, 0.75)
    assert (found.memory_mb_max, found.throttled_s) == (82.0, 1.0)
    assert found.demand_ms == pytest.approx(7.5)


@pytest.mark.parametrize(
    ("shares", "pooled"), [((0.9, 0.6), 0.6), ((0.9, 0.0), 0.9), ((0.0, 0.0), 0.0)]
)
def test_of_several_repetitions_the_one_that_shows_most_threads_counts(
    shares: tuple[float, ...], pooled: float
) -> None:
    use = Use(cpu_s=1.0, demand_ms=1.0, memory_mb_max=1.0, throttled_s=0.0)
    phases = [replace(FEW, used={"db": replace(use, one_thread_share=one)}) for one in shares]

    assert costs.used(phases)["db"].one_thread_share == pooled
