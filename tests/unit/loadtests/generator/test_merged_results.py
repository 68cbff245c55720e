"""Several processes' shares of a phase become one."""

# mypy: allow-untyped-calls
# hdrh ships no types.

import random
from collections.abc import Iterable

import pytest
from msgspec import structs

from loadtests.generator.merged_results import PartialResult, merged
from loadtests.generator.recorder import PhaseTally, Sample
from loadtests.generator.samples import Outcome
from loadtests.plan.counts import PhaseCounts
from reports.record import latency

HOPS = {"gw": "", "rpc": "gw"}
OUTCOMES: tuple[Outcome, ...] = ("ok", "ok", "ok", "unknown", "failed")


def tally() -> PhaseTally:
    return PhaseTally(
        arrivals="poisson", begin_s=100.0, duration_s=5.0, offered_per_s=400.0, hops=HOPS
    )


def request(number: int) -> tuple[str, Sample]:
    """Return a request that looks like no other."""
    draw = random.Random(number)  # noqa: S311 -- a test's data
    due_s = 100 + 5 * draw.random()
    began_s = due_s + draw.random() / 1_000
    gw_ms = draw.expovariate(1 / 20)
    return f"call {number % 3}", Sample(
        intended_s=due_s,
        began_s=began_s,
        ended_s=began_s + gw_ms / 1_000 + draw.random() / 100,
        outcome=draw.choice(OUTCOMES),
        reason=None,
        worker=f"rows/{number % 4}",
        timing=f"gw;dur={gw_ms:.3f}, rpc;dur={gw_ms * draw.random():.3f}",
        number=number + 1,
    )


def counted(numbers: Iterable[int]) -> PartialResult:
    made = tally()
    for number in numbers:
        name, sample = request(number)
        made.add(name, sample)
        made.add_rpc(name, sample, 1.0 + number % 7)
    return made.share()


def phase(*shares: PartialResult) -> PhaseCounts:
    return merged(tally().facts, shares)


def same(one: str | None, other: str | None) -> bool:
    """Tell whether two encoded histograms hold the same samples."""
    assert one
    assert other
    return bool(latency.decode(one).equals(latency.decode(other)))


@pytest.mark.parametrize("processes", [2, 3])
def test_the_merge_of_all_shares_equals_what_one_process_would_have_counted(
    processes: int,
) -> None:
    alone = phase(counted(range(2_000)))
    together = phase(*(counted(range(part, 2_000, processes)) for part in range(processes)))

    for name, one in alone.endpoints.items():
        other = together.endpoints[name]
        assert (one.samples, one.failed, one.unknown) == (
            (other.samples, other.failed, other.unknown)
        )
        assert same(one.latency, other.latency)
        assert same(one.rpc, other.rpc)
    assert len(alone.seconds) == len(together.seconds) == 5
    assert all(map(same, alone.seconds, together.seconds))
    assert same(alone.service_time, together.service_time)
    assert same(alone.lag, together.lag)
    assert alone.hops.keys() == {"gw", "rpc"}
    assert all(same(alone.hops[name], together.hops[name]) for name in alone.hops)
    assert alone.breakdowns == together.breakdowns
    assert alone.slowest == together.slowest
    assert (alone.in_flight, alone.workers) == (together.in_flight, together.workers)
    assert alone.elapsed_s == together.elapsed_s


def test_every_second_holds_what_all_calls_had_in_it() -> None:
    counts = phase(counted(range(500)), counted(range(500, 900)))
    seconds = [latency.decode(text).get_total_count() for text in counts.seconds]
    timed = counts.samples - counts.failed

    assert sum(seconds) == timed
    assert seconds == pytest.approx([timed / 5] * 5, rel=0.3)


def test_a_merge_is_no_average() -> None:
    # Nine calm processes and a slow one: the p99 is the slow one's, whatever the others say.
    def constant(latency_s: float) -> PartialResult:
        made = tally()
        for _ in range(100):
            made.add(
                "x", Sample(intended_s=101, began_s=101, ended_s=101 + latency_s, outcome="ok")
            )
        return made.share()

    together = phase(*[constant(0.01)] * 9, constant(1.0))
    histogram = latency.decode(together.endpoints["x"].latency)

    assert latency.value_ms(histogram, 99) == pytest.approx(1_000, rel=0.01)
    assert latency.value_ms(histogram, 89) == pytest.approx(10, rel=0.01)


def test_what_each_process_can_overrun_by_itself_counts_at_its_worst() -> None:
    one = structs.replace(
        counted([1]),
        loop_gap_ms_max=3.0,
        generator_cpu=0.9,
        pool_waits=2,
        closings=5,
        host_cpu=None,
    )
    other = structs.replace(
        counted([2]),
        loop_gap_ms_max=60.0,
        generator_cpu=0.1,
        pool_waits=3,
        closings=6,
        host_cpu=0.5,
    )
    together = phase(one, other)

    assert (together.loop_gap_ms_max, together.generator_cpu) == (60.0, 0.9)
    assert (together.pool_waits, together.closings, together.host_cpu) == (5, 11, 0.5)
    assert together.generators == 2


def test_a_request_without_hops_is_the_residuals() -> None:
    made = PhaseTally(arrivals="x", begin_s=0.0, duration_s=1.0, offered_per_s=1.0, hops=HOPS)
    for _ in range(10_000):
        made.add("x", Sample(intended_s=0.1, began_s=0.2, ended_s=1.1, outcome="unknown"))
    breakdown = made.counts().breakdowns[0]

    assert breakdown.whole_ms == pytest.approx(1_000)
    assert breakdown.hops_ms == {"late": pytest.approx(100), "gw": 0.0, "rpc": 0.0}
    assert breakdown.residual_ms == pytest.approx(900)
    assert made.counts().hops == {}
