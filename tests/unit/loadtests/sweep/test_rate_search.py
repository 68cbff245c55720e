"""The highest rate that keeps an SLO is bracketed, narrowed and confirmed."""

import os

import pytest
from msgspec.structs import replace

from loadtests.sweep.rate_search import LOWERED, MOST_PROBES, NARROW, RateFinder, judged
from reports.record.capacity import MeasuredVerdict, Probe
from reports.record.measurements import Phase
from tests.unit.reports.sample_runs import phase

# Of the sample's phase the p99 is about 44 ms.
WITHIN_MS, ABOVE_MS = 80.0, 20.0


def probe(rate_per_s: float, verdict: MeasuredVerdict) -> Probe:
    return Probe(
        rate_per_s=rate_per_s,
        achieved_per_s=rate_per_s,
        samples=600,
        failed=0,
        p50_ms=5.0,
        p99_ms=20.0,
        verdict=verdict,
        sentence="as drawn",
    )


class Knee:
    """A system that holds up to a rate; `strict` numbers of probes see it a tenth lower."""

    def __init__(self, most_per_s: float, strict: tuple[int, ...] = ()) -> None:
        self.most_per_s = most_per_s
        self.strict = strict

    def offer(self, rate_per_s: float, number: int) -> Probe:
        most = self.most_per_s * (0.9 if number in self.strict else 1.0)
        return probe(rate_per_s, "pass" if rate_per_s <= most else "fail")


@pytest.mark.parametrize("first_per_s", [10.0, 60.0, 100.0, 140.0, 900.0])
def test_the_knee_is_found_from_below_and_from_above(first_per_s: float) -> None:
    finder = RateFinder(Knee(137.0).offer)

    found = finder.find(first_per_s)

    assert found is not None
    assert 137.0 / NARROW**2 <= found <= 137.0
    assert len(finder.probes) <= MOST_PROBES
    assert finder.probes[-1].confirms
    assert finder.probes[-1].verdict == "pass"


def test_what_is_not_confirmed_is_lowered() -> None:
    once = RateFinder(Knee(137.0).offer)
    lucky = once.find(100.0)
    assert lucky
    confirming = len(once.probes) - 1

    finder = RateFinder(Knee(137.0, strict=(confirming,)).offer)
    found = finder.find(100.0)

    assert found == pytest.approx(lucky / NARROW)
    assert [one.verdict for one in finder.probes if one.confirms] == ["fail", "pass"]


def test_what_held_by_luck_alone_is_lowered_by_more_and_more_until_it_holds_again() -> None:
    """A disturbed machine sees the knee a sixth lower, once the search is over."""
    once = RateFinder(Knee(137.0).offer)
    lucky = once.find(100.0)
    assert lucky
    known = len(once.probes) - 1
    most_per_s = lucky / 1.15

    def offer(rate_per_s: float, number: int) -> Probe:
        return Knee(137.0 if number < known else most_per_s).offer(rate_per_s, number)

    finder = RateFinder(offer)
    found = finder.find(100.0)

    assert found == pytest.approx(lucky / NARROW**2 / 1.1)
    assert [one.verdict for one in finder.probes if one.confirms] == ["fail"] * 3 + ["pass"]


def test_what_is_confirmed_nowhere_is_no_rate() -> None:
    known = 6

    def offer(rate_per_s: float, number: int) -> Probe:
        return Knee(137.0 if number < known else 1.0).offer(rate_per_s, number)

    finder = RateFinder(offer, most=known)

    assert finder.find(100.0) is None
    assert len(finder.probes) == known + len(LOWERED)


def test_a_system_that_never_holds_has_no_rate_and_few_probes_are_spent_on_it() -> None:
    finder = RateFinder(lambda rate, _: probe(rate, "fail"), most=8)

    assert finder.find(100.0) is None
    assert len(finder.probes) == 8


def test_a_probe_that_says_nothing_is_made_once_more() -> None:
    verdicts: list[MeasuredVerdict] = ["unknown", "pass", "unknown", "unknown"]

    def offer(rate_per_s: float, _: int) -> Probe:
        return probe(rate_per_s, verdicts.pop(0) if verdicts else "fail")

    finder = RateFinder(offer, most=6)

    finder.find(100.0)

    assert [one.rate_per_s for one in finder.probes[:4]] == [100.0, 100.0, 200.0, 200.0]
    assert finder.probes[4].rate_per_s == pytest.approx(141.4, abs=0.1)


def test_a_p99_is_held_against_the_slo() -> None:
    measured = phase()

    assert judged(measured, 351.0, WITHIN_MS).verdict == "pass"
    assert judged(measured, 351.0, ABOVE_MS).verdict == "fail"


@pytest.mark.usefixtures("_two_cores")
def test_a_rate_at_which_requests_fail_does_not_hold_however_fast_the_others_were() -> None:
    failing = phase(failed=100)

    assert judged(failing, 351.0, WITHIN_MS).verdict == "fail"


DISTURBED: dict[str, dict[str, float]] = {
    "generator on time": {"lag_ms_p99": 30.0},
    "generator had room": {"generator_cpu": 0.93},
    "generator never stalled": {"loop_gap_ms_max": 80.0},
    "machine its own": {"host_cpu": 1.0},
}


def disturbed(gate: str, failed: int = 0) -> Phase:
    return replace(phase(failed=failed), **DISTURBED[gate])


@pytest.fixture
def _two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


@pytest.mark.usefixtures("_two_cores")
@pytest.mark.parametrize("gate", DISTURBED)
@pytest.mark.parametrize("failed", [0, 300], ids=["slow", "failing"])
def test_what_the_system_need_not_have_done_is_unknown_and_names_the_gate(
    gate: str, failed: int
) -> None:
    said = judged(disturbed(gate, failed), 351.0, ABOVE_MS)

    assert said.verdict == "unknown"
    assert said.sentence.startswith(f'The run is void, by the check "{gate}": ')


@pytest.mark.parametrize(
    ("slo_p99_ms", "verdict"), [(WITHIN_MS, "pass"), (ABOVE_MS, "unknown")], ids=["held", "not"]
)
def test_where_nobody_knows_what_the_parts_used_nothing_is_said_against_the_system(
    slo_p99_ms: float, verdict: str
) -> None:
    said = judged(phase(used={}), 351.0, slo_p99_ms)

    assert said.verdict == verdict
    assert ("what the parts used is not known" in said.sentence) == (verdict == "unknown")


@pytest.mark.usefixtures("_two_cores")
@pytest.mark.parametrize("gate", DISTURBED)
def test_what_holds_although_it_was_disturbed_holds(gate: str) -> None:
    assert judged(disturbed(gate), 351.0, WITHIN_MS).verdict == "pass"


@pytest.mark.parametrize("slo_p99_ms", [WITHIN_MS, ABOVE_MS])
def test_a_rate_that_was_not_sent_says_nothing_of_it(slo_p99_ms: float) -> None:
    said = judged(phase(achieved_per_s=300.0), 351.0, slo_p99_ms)

    assert said.verdict == "unknown"
    assert said.sentence.startswith('The run is void, by the check "rate kept": ')


def test_without_a_request_nothing_is_said() -> None:
    assert judged(phase(samples=0, achieved_per_s=0.0), 351.0, WITHIN_MS).verdict == "unknown"
