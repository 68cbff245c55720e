"""Each gate trips where it should, and only there."""

import random
from pathlib import Path

import pytest
from msgspec.structs import replace

from reports.judgement import validity_gates
from reports.judgement.pooling import pool
from reports.judgement.trend import trend
from reports.judgement.validity_gates import Said
from reports.record.measurements import LoadWorker, Phase, Timeline, Use
from reports.record.record import Verdict
from tests.unit.reports.sample_runs import phase

QUIET = phase(duration_s=1.0)


@pytest.mark.parametrize(
    ("achieved_per_s", "expected"),
    [
        pytest.param(99.0, ("pass", "99.0 of 100 requests/s offered were sent."), id="99 %"),
        pytest.param(
            98.9,
            (
                "unknown",
                (
                    "98.9 of 100 requests/s offered were sent: below 99 %, so the phase shows "
                    "another load than planned."
                ),
            ),
            id="below 99 %",
        ),
    ],
)
def test_a_rate_must_be_kept_to_99_percent(achieved_per_s: float, expected: Said) -> None:
    kept = phase(offered_per_s=100.0, achieved_per_s=achieved_per_s)

    assert validity_gates.rate_was_kept(kept) == expected


@pytest.mark.parametrize(
    ("failed", "unknown", "expected"),
    [
        pytest.param(10, 10, ("pass", "1.0 % of 1,000 requests failed."), id="1 % each"),
        pytest.param(
            11, 0, ("fail", "1.1 % of 1,000 requests failed: more than 1 %."), id="too many failed"
        ),
        pytest.param(
            0,
            11,
            ("unknown", "1.1 % of 1,000 requests may or may not have happened."),
            id="too many unknown",
        ),
    ],
)
def test_at_most_1_percent_may_fail(failed: int, unknown: int, expected: Said) -> None:
    verdict, sentence = validity_gates.few_failed(
        phase(samples=1_000, failed=failed, unknown=unknown)
    )

    assert (verdict, sentence.replace("\N{NO-BREAK SPACE}", " ")) == expected


def test_failures_at_a_planned_rate_make_the_phase_void_and_do_not_judge_the_system() -> None:
    spoilt = phase(arrivals="poisson", samples=1_000, failed=11)
    same_in_closed_loop = phase(arrivals="closed", samples=1_000, failed=11)

    assert validity_gates.failures_left_it_whole(spoilt)[0] == "unknown"
    assert validity_gates.few_failed(same_in_closed_loop)[0] == "fail"


def test_failures_at_a_bearable_rate_are_the_systems_unless_the_generator_was_in_the_way() -> None:
    failing = phase(arrivals="poisson", samples=1_000, failed=11)
    slow = replace(failing, loop_gap_ms_max=80.0)

    assert validity_gates.failures_left_it_whole(failing, bearable=True)[0] == "fail"
    assert validity_gates.failures_left_it_whole(slow, bearable=True)[0] == "unknown"


def test_nothing_answered_well_is_the_systems_doing_however_late_it_was_asked() -> None:
    refused = phase(arrivals="poisson", samples=100, failed=100)
    late = replace(refused, lag_ms_p99=5.6, loop_gap_ms_max=80.0)

    assert validity_gates.failures_left_it_whole(late, bearable=True)[0] == "fail"
    assert validity_gates.failures_left_it_whole(late)[0] == "unknown"


@pytest.mark.parametrize(("failed", "unknown"), [(1_000, 0), (0, 1_000), (400, 600)])
def test_a_system_that_answers_nothing_well_fails_and_it_is_said_how(
    failed: int, unknown: int
) -> None:
    refused = replace(
        phase(samples=1_000, failed=failed, unknown=unknown),
        errors={"HTTP 503": 3, "HTTP 401 \x1b[0m": 997},
    )
    verdict, sentence = validity_gates.few_failed(refused)

    assert verdict == "fail"
    assert sentence.startswith("None of 1,000 requests was answered well; 997 x HTTP 401")
    assert "most at " in sentence
    assert sentence.isprintable()


def test_a_phase_without_requests_shows_nothing() -> None:
    assert validity_gates.few_failed(phase(samples=0)) == ("unknown", "No request was made.")


@pytest.mark.parametrize(
    ("p99_ms", "lag_ms", "expected"),
    [
        pytest.param(20.0, 5.0, "pass", id="5 ms are always within"),
        pytest.param(20.0, 5.1, "unknown", id="above 5 ms and a tenth"),
        pytest.param(200.0, 20.0, "pass", id="a tenth of a slow answer"),
        pytest.param(200.0, 20.1, "unknown", id="above a tenth of a slow answer"),
        pytest.param(None, 5.1, "unknown", id="no p99 to compare with"),
    ],
)
def test_a_late_generator_makes_a_phase_void(
    p99_ms: float | None, lag_ms: float, expected: Verdict
) -> None:
    measured = phase()
    response = replace(measured.latency_ms, p99=p99_ms, reasons={"p99": "few", "p99_9": "few"})

    verdict, sentence = validity_gates.generator_was_on_time(
        replace(measured, latency_ms=response, lag_ms_p99=lag_ms)
    )

    assert verdict == expected
    assert sentence.startswith("Requests began up to ")
    assert ("the generator, not the system" in sentence) == (expected == "unknown")


@pytest.mark.parametrize(
    ("gate", "changes", "tripped"),
    [
        pytest.param("generator had room", {"generator_cpu": 0.8}, False, id="80 % of a core"),
        pytest.param("generator had room", {"generator_cpu": 0.81}, True, id="over 80 %"),
        pytest.param(
            "generator never stalled", {"loop_gap_ms_max": 50.0}, False, id="a gap of 50 ms"
        ),
        pytest.param(
            "generator never stalled", {"loop_gap_ms_max": 50.1}, True, id="a gap above 50 ms"
        ),
        pytest.param(
            "connections sufficed", {"samples": 2_000, "pool_waits": 2}, False, id="1 in 1,000"
        ),
        pytest.param(
            "connections sufficed", {"samples": 2_000, "pool_waits": 3}, True, id="3 in 2,000"
        ),
        pytest.param(
            "connections sufficed", {"samples": 0, "pool_waits": 0}, False, id="no request"
        ),
    ],
)
def test_a_gate_trips_just_above_its_limit(
    gate: str, changes: dict[str, float], *, tripped: bool
) -> None:
    said = validity_gates.PHASE_GATES[gate](replace(phase(), **changes))

    assert (said[0] == "unknown") == tripped


def worker(name: str, **changes: object) -> LoadWorker:
    """Return a worker of another machine that fared well."""
    well: dict[str, object] = {
        "name": name,
        "samples": 500,
        "lag_ms_p99": 0.4,
        "cpu": 0.3,
        "loop_gap_ms_max": 2.0,
        "pool_waits": 0,
        "clock_ahead_ms": 250.0,
        "clock_within_ms": 0.2,
        "clock_wandered_ms": 0.1,
    }
    return LoadWorker(**(well | changes))  # type: ignore[arg-type]  # a worker's fields by name


@pytest.mark.parametrize(
    ("gate", "changes", "said"),
    [
        pytest.param("generator on time", {"lag_ms_p99": 60.0}, "60.0 ms late (p99)", id="late"),
        pytest.param("generator had room", {"cpu": 0.9}, "a core 90 % busy", id="busy"),
        pytest.param("generator never stalled", {"loop_gap_ms_max": 51.0}, "51.0 ms", id="stalled"),
        pytest.param("connections sufficed", {"pool_waits": 9}, "1.8 % of all", id="connections"),
        pytest.param("clocks agreed", {"clock_wandered_ms": -5.1}, "up to 5.10 ms", id="clock"),
    ],
)
def test_of_several_machines_the_worst_worker_is_judged_and_named(
    gate: str, changes: dict[str, float], said: str
) -> None:
    good = replace(phase(), load_workers=(worker("alpha"), worker("beta")))
    bad = replace(good, load_workers=(worker("alpha"), worker("beta", **changes), worker("gamma")))

    assert validity_gates.GATES[gate](good)[0] == "pass"
    verdict, sentence = validity_gates.GATES[gate](bad)
    assert verdict == "unknown"
    assert said in sentence.replace("\N{NO-BREAK SPACE}", " ")
    assert "at worker beta" in sentence or "worker beta" in sentence


def test_a_worker_that_left_voids_its_phase_and_is_named() -> None:
    gone = worker(
        "beta",
        left=True,
        lag_ms_p99=None,
        clock_wandered_ms=None,
        reasons={"lag_ms_p99": "it left", "clock_wandered_ms": "it left"},
    )
    verdict, sentence = validity_gates.workers_stayed(
        replace(phase(), load_workers=(worker("alpha"), gone))
    )

    assert verdict == "unknown"
    assert sentence.startswith("Worker beta left before the phase was over")


@pytest.mark.parametrize("gate", validity_gates.WORKER_GATES)
def test_where_one_machine_sent_the_load_nothing_is_asked_of_others(gate: str) -> None:
    assert validity_gates.GATES[gate](phase())[0] == "not applicable"


def test_a_worker_fares_over_repetitions_as_it_did_at_worst() -> None:
    first = replace(phase(), load_workers=(worker("a", loop_gap_ms_max=70.0), worker("b")))
    second = replace(phase(), load_workers=(worker("b"), worker("a", clock_wandered_ms=-9.0)))
    [a, b] = pool([first, second]).load_workers

    assert (a.name, a.samples, a.loop_gap_ms_max, a.clock_wandered_ms) == ("a", 1_000, 70.0, -9.0)
    assert (b.name, b.clock_wandered_ms) == ("b", 0.1)


def test_what_a_worker_on_another_machine_used_is_not_taken_from_this_one() -> None:
    sent = replace(
        phase(), load_workers=(worker("here", cpu=0.5, beside=True), worker("there", cpu=0.7))
    )

    assert sent.generator_cores == 0.5


def test_a_generator_whose_cpu_is_unknown_cannot_vouch() -> None:
    blind = replace(phase(), generator_cpu=None, reasons={"users": "", "generator_cpu": "no /proc"})

    assert validity_gates.generator_had_room(blind) == (
        "unknown",
        "The generator's CPU is not known: no /proc.",
    )


def _use(throttled_s: float | None) -> Use:
    reasons = {} if throttled_s is not None else {"throttled_s": "no limit is set"}
    return Use(
        cpu_s=2.0, demand_ms=1.0, memory_mb_max=90.0, throttled_s=throttled_s, reasons=reasons
    )


@pytest.mark.parametrize(
    ("used", "verdict"),
    [
        pytest.param({"gateway": _use(0.0), "resolver": _use(0.02)}, "unknown", id="one held back"),
        pytest.param({"gateway": _use(0.0), "resolver": _use(None)}, "pass", id="none held back"),
        pytest.param({"gateway": _use(None)}, "not applicable", id="no limit anywhere"),
        pytest.param({}, "not applicable", id="nothing measured"),
    ],
)
def test_a_part_that_the_kernel_held_back_makes_a_phase_void(
    used: dict[str, Use], verdict: Verdict
) -> None:
    assert validity_gates.nothing_was_throttled(replace(phase(), used=used))[0] == verdict


def _course(*in_flight: int) -> Phase:
    return replace(QUIET, timeline=Timeline(in_flight=in_flight))


@pytest.mark.parametrize(
    ("courses", "verdict"),
    [
        pytest.param([(2, 9, 21, 28, 42, 49)], "unknown", id="it piles up"),
        pytest.param([(4, 5, 4, 5, 4, 5, 4)], "pass", id="it stays"),
        pytest.param([(100, 101, 102, 103, 104)], "pass", id="it rises by a trifle"),
        pytest.param([(1, 9, 2, 3, 12, 4)], "pass", id="it only swings"),
        pytest.param([(49, 42, 28, 21, 9, 2)], "pass", id="it drains"),
        pytest.param([(2, 30, 60, 90)], "not applicable", id="four seconds are too few"),
        pytest.param([(2, 9, 21, 28, 42, 49), (1, 2)], "unknown", id="a short one is left out"),
        pytest.param([(0, 0, 0, 0, 0)], "pass", id="nothing in flight"),
    ],
)
def test_requests_that_pile_up_make_a_phase_void(
    courses: list[tuple[int, ...]], verdict: Verdict
) -> None:
    assert validity_gates.queue_did_not_grow([_course(*one) for one in courses])[0] == verdict


def test_repetitions_at_different_levels_are_no_rise() -> None:
    said = validity_gates.queue_did_not_grow([_course(1, 2, 1, 2, 1), _course(41, 40, 42, 41, 40)])

    assert said[0] == "pass"


def test_a_level_queue_is_rarely_called_growing() -> None:
    chance = random.Random(7)  # noqa: S311 -- not for secrets
    tripped = 0
    for _ in range(400):
        courses = [_exponential(chance) for _ in range(5)]
        tripped += _trips(courses)

    assert tripped <= 8  # 0.5 % of 400 are 2; more than 8 has a chance below 0.001


def test_a_slope_is_the_textbooks() -> None:
    # Least squares through (0, 1), (1, 3), (2, 4), (3, 4), (4, 8): slope 1.5, residual sum 3.5.
    found = trend([(1, 3, 4, 4, 8)])

    assert found is not None
    assert found.slope_per_s == pytest.approx(1.5)
    assert found.rise == pytest.approx(6.0)
    # t(3) at 99 % is 5.841; the slope's standard error is sqrt(3.5 / 3 / 10).
    assert found.least_per_s == pytest.approx(1.5 - 5.841 * (3.5 / 30) ** 0.5, abs=1e-3)


def _exponential(chance: random.Random) -> list[int]:
    return [round(chance.expovariate(1 / 6)) for _ in range(6)]


def _trips(courses: list[list[int]]) -> bool:
    said = validity_gates.queue_did_not_grow([_course(*one) for one in courses])
    return said[0] == "unknown"


@pytest.mark.parametrize("check", [*validity_gates.GATES, *validity_gates.COURSE_GATES])
def test_how_to_read_a_page_explains_every_check(check: str) -> None:
    guide = (Path(__file__).parents[4] / "reports" / "README.md").read_text(encoding="utf-8")

    assert f"| {check} |" in guide
