"""A wait of 40 ms that is no work is named for what it is, and no other wait is blamed for it."""

from collections.abc import Callable, Sequence

import pytest
from msgspec.structs import replace

from reports.judgement import delayed_acknowledgements, findings
from reports.record import latency
from reports.record.measurements import Configuration, Histograms, Latency, Level, Phase
from tests.unit.reports.sample_runs import load_run, phase, target_run

Ms = Callable[[int], float]


def held(number: int) -> float:
    """Return what an answer took that waited for the timer: 40, 44 or 48 ms, by the ticks."""
    return (43.9, 44.0, 44.0, 40.9, 47.9)[number % 5]


def slept(ms: float) -> Ms:
    return lambda number: ms + 0.5 + number % 7 / 5


def quick(number: int) -> float:
    return 0.3 + number % 9 / 10


def taking(ms: Ms, *, users: Sequence[int] = (), host_cpu: float | None = 0.3) -> Phase:
    """Return a phase whose 500 answers took so long; of a closed loop with each level's users."""
    histogram = latency.new_histogram()
    for number in range(500):
        latency.record_us(histogram, ms(number) * 1_000)
    text, found = latency.encode(histogram), latency.summary(histogram)
    arrivals = "closed" if users else "poisson"
    reasons = {} if host_cpu is not None else {"host_cpu": "not told"}
    drawn = phase(arrivals=arrivals, endpoints=["read"])
    return replace(
        drawn,
        host_cpu=host_cpu,
        latency_ms=found,
        histograms=Histograms(total=text, endpoints={"read": text}),
        levels=tuple(_level(one, found) for one in users),
        reasons=drawn.reasons | reasons,
    )


def _level(users: int, found: Latency) -> Level:
    return Level(
        users=users, duration_s=1, throughput_per_s=1, samples=500, failed=0, latency_ms=found
    )


def configuration(closed: Phase | None, common: Phase) -> Configuration:
    one = load_run(points=[(1, 1)]).configurations[0]
    only = replace(one.repetitions[0], closed=closed, common=common, open=None, reasons={
        "open": "left out", "closed": "left out", "warm_up": "left out",
    })  # fmt: skip
    return replace(one, repetitions=(only,))


SHOWN = configuration(taking(held, users=(1, 64)), taking(quick))


@pytest.mark.parametrize(
    ("closed", "spaced", "seen"),
    [
        pytest.param(held, quick, "shown", id="back to back it waits, spaced it does not"),
        pytest.param(lambda n: held(n) + 8, lambda n: quick(n) + 8, "shown", id="beside 8 ms work"),
        pytest.param(held, held, "alike", id="each answer waits"),
        pytest.param(slept(41), slept(41), "alike", id="a sleep of 41 ms"),
        pytest.param(slept(45), slept(45), "", id="a sleep of 45 ms"),
        pytest.param(slept(20), slept(20), "", id="a sleep of 20 ms"),
        pytest.param(quick, quick, "", id="quick"),
        pytest.param(slept(100), slept(100), "", id="slow"),
        pytest.param(
            lambda n: quick(n) if n % 4 else held(n), quick, "", id="a call in four waits"
        ),
    ],
)
def test_a_wait_for_an_acknowledgement_is_told_from_others(
    closed: Ms, spaced: Ms, seen: str
) -> None:
    found = configuration(taking(closed, users=(1, 64)), taking(spaced))

    assert delayed_acknowledgements.seen(found) == seen


def test_answers_that_wait_for_each_other_are_not_blamed() -> None:
    busy = taking(lambda n: 41.0 + n % 5, users=(64,))
    alone = _level(1, taking(quick).latency_ms)
    closed = replace(busy, levels=(alone, *busy.levels))

    assert delayed_acknowledgements.seen(configuration(closed, taking(quick))) == ""


def test_cores_that_are_busy_are_not_called_idle() -> None:
    found = configuration(taking(held, users=(1,)), taking(held, host_cpu=0.95))

    assert delayed_acknowledgements.seen(found) == ""


def test_it_is_named_first_with_what_to_do_and_cpu_bound_is_not_said_of_idle_cores() -> None:
    busy = configuration(taking(held, users=(1, 64), host_cpu=0.97), taking(quick))

    named = [one.sentence for one in findings.findings(busy)]

    assert findings.cpu_bound(busy) is None
    assert named[0].startswith("Answers take 44.0 ms where one request follows another, be there ")
    assert "delayed acknowledgement (Nagle, no TCP_NODELAY)" in named[0]
    assert not [one for one in named if "CPU-bound" in one]


def test_a_closed_loop_that_waits_for_cores_as_well_is_cpu_bound_all_the_same() -> None:
    closed = taking(lambda n: held(n) + 3 * (n % 50), users=(64,), host_cpu=0.97)
    alone = _level(1, taking(held).latency_ms)
    found = configuration(replace(closed, levels=(alone, *closed.levels)), taking(quick))

    assert delayed_acknowledgements.seen(found) == "shown"
    assert findings.cpu_bound(found)


def test_what_a_scenario_carries_is_said_with_what_holds_it_up() -> None:
    run = replace(load_run(points=[(1, 1)]), configurations=(SHOWN,))

    said = findings.scaling(run, SHOWN.scenario)

    assert "Answers wait 40 ms for a delayed acknowledgement, not for a core." in said


@pytest.mark.parametrize(("ms", "named"), [(held, True), (slept(45), False), (quick, False)])
def test_of_a_target_it_is_said_that_it_looks_alike(ms: Ms, *, named: bool) -> None:
    one = target_run().configurations[0]
    measured = replace(one, repetitions=(replace(one.repetitions[0], open=taking(ms)),))

    said = [found.sentence for found in findings.findings(measured)]

    assert any("looks like a delayed acknowledgement" in one for one in said) == named
