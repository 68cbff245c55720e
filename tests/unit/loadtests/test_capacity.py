"""From W = 1 and 2 workers of a known speed the model foretells W = 4, and says how sure it is."""

import pytest

from loadtests import dispatch
from loadtests.arrivals import poisson
from loadtests.capacity import model_of
from loadtests.demands import Demands, NoModel
from loadtests.evidence import Evidence, Path, Seen
from loadtests.layout import Layout, Works
from testcontainers_fixtures.configuration import Configuration
from tests.truth import theory

HELD_MS = 50.0
CORES = 8
WORKS = Works(
    generator_ms=0.3,
    gateway_ms=0.8,
    broker_ms=0.5,
    resolver_ms=0.9,
    services_ms=(0.5,),
    parts=(1.0,),
    holds_ms=(HELD_MS,),
)


def layout(workers: int) -> Layout:
    return Layout(
        cores=CORES,
        resolvers=1,
        gateway_workers=1,
        service_workers=workers,
        prefetch=32,
        serial=True,
        dispatch="shared",
    )


def p99_ms(workers: int, path: Path) -> float:
    due_s = poisson(path.rate_per_s, path.duration_s, path.seed)
    return theory.quantile(dispatch.open_ms(layout(workers), WORKS, due_s), 0.99)


def evidence(workers: int, *, off: float = 1.0) -> Evidence:
    """Return what a system of serial workers shows; `off` multiplies its maximum."""
    most_per_s = off * dispatch.closed_per_s(layout(workers), WORKS, 4 * workers)
    path = Path(rate_per_s=0.7 * most_per_s, duration_s=60.0, seed=5)
    due_s = poisson(path.rate_per_s, path.duration_s, path.seed)
    times_ms = dispatch.open_ms(layout(workers), WORKS, due_s)
    seen = Seen(
        paths=(path,),
        p50_ms=theory.quantile(times_ms, 0.50),
        p99_ms=theory.quantile(times_ms, 0.99),
    )
    shown = Demands(rate_per_s=most_per_s, cores=CORES, others=0.0, works=WORKS, by_part={})
    return Evidence(
        at=Configuration(service_workers=workers),
        users=4 * workers,
        most_per_s=most_per_s,
        full=shown,
        light=shown,
        seen=(seen,),
        shares=(1 / workers,) * workers,
        generators=1,
    )


def test_four_workers_are_foretold_from_one_and_two() -> None:
    model = model_of([evidence(1), evidence(2)])
    four = Configuration(service_workers=4)
    carries = model.carries(four)
    rate_per_s = 0.8 * 4 * 1_000 / HELD_MS

    truth_ms = p99_ms(4, Path(rate_per_s=rate_per_s, duration_s=200.0, seed=9))

    assert model.serial
    assert model.dispatch == "shared"
    assert carries.value == pytest.approx(4 * 1_000 / HELD_MS, rel=0.10)
    assert carries.low
    assert carries.high
    assert carries.low < 80 < carries.high
    assert model.p99_ms(four, rate_per_s).value == pytest.approx(truth_ms, rel=0.25)


def test_more_than_it_carries_has_no_p99_and_says_why() -> None:
    model = model_of([evidence(1)])

    found = model.p99_ms(Configuration(), 25.0)

    assert found.value is None
    assert "more than this configuration carries" in found.reasons["value"]


def test_each_configuration_that_agrees_makes_the_interval_narrower() -> None:
    at = Configuration(service_workers=4)
    alone = model_of([evidence(1)]).carries(at)
    three = model_of([evidence(1), evidence(2), evidence(3)]).carries(at)

    assert (three.high or 0) / (three.low or 1) < (alone.high or 0) / (alone.low or 1)


def test_what_no_known_resource_explains_gets_no_model() -> None:
    with pytest.raises(NoModel, match="not among the resources"):
        model_of([evidence(4, off=0.5)])
