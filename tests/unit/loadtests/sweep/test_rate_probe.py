"""A rate is offered long enough for a p99, with arrivals of its own, and never another rate."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from msgspec.structs import replace as changed

from loadtests.plan.plan import Line, Plan, Results
from loadtests.plan.seeds import SEEDS_APART
from loadtests.sweep import rate_probe
from loadtests.sweep.load_process import LoadFailedError
from loadtests.sweep.rate_probe import (
    LEAST_PER_S,
    LEAST_S,
    MOST_S,
    RateProber,
    open_length_s,
    probe_length_s,
)
from loadtests.sweep.usage.usage_sampler import UsageReading
from testcontainers_fixtures.engines.engine import Usage
from tests.unit.loadtests.sample_plans import display, run_plan
from tests.unit.loadtests.sample_results import results

if TYPE_CHECKING:
    from testcontainers_fixtures.stack import Stack

GATEWAY = "http://127.0.0.1:9"


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """Return the plans that a load process was given, in place of one."""
    given: list[Plan] = []

    def generate(plan: Plan, _: Callable[[Line], None]) -> Results:
        given.append(plan)
        return changed(results(), common=None)

    monkeypatch.setattr(rate_probe, "generate", generate)
    return given


def used(at_s: float, cpu_s: float) -> UsageReading:
    usage = Usage(cpu_s=cpu_s, memory_bytes=1_000_000, throttled_s=None)
    return UsageReading(at_s=at_s, parts={"gateway": usage})


def prober(folder: Path, arrivals: str = "constant") -> RateProber:
    spec = SimpleNamespace(attach=None)
    parts = SimpleNamespace(gateway=GATEWAY, nodes={}, core_limits={}, spec=spec)
    stack = cast("Stack", parts)
    return RateProber(
        run_plan=replace(run_plan(folder), arrivals=arrivals), stack=stack, display=display()
    )


def test_the_plan_offers_the_rate_alone(tmp_path: Path, plans: list[Plan]) -> None:
    phase = prober(tmp_path).offer("crud", "knee", 300.0, 2)

    (plan,) = plans
    assert (plan.host, plan.open_per_s, plan.common_per_s) == (GATEWAY, 300.0, None)
    assert plan.timing.open_s == plan.timing.open_most_s == LEAST_S
    assert plan.results.parent == tmp_path / "load" / "knee-3"
    assert phase.offered_per_s == 300.0


def test_each_offer_has_arrivals_of_its_own_and_none_of_the_drives_before_it(
    tmp_path: Path, plans: list[Plan]
) -> None:
    for number in (0, 1):
        prober(tmp_path).offer("crud", "knee", 300.0, number)

    assert [plan.seed for plan in plans] == [5 + SEEDS_APART, 5 + 2 * SEEDS_APART]


@pytest.mark.parametrize(
    ("asked", "offered"),
    [("constant", "constant"), ("poisson", "poisson"), ("ramp:50-300", "poisson")],
)
def test_arrivals_that_bring_their_own_rates_are_not_offered_at_another(
    tmp_path: Path, plans: list[Plan], asked: str, offered: str
) -> None:
    prober(tmp_path, asked).offer("crud", "knee", 300.0, 0)

    assert plans[0].arrivals == offered


@pytest.mark.usefixtures("plans")
def test_what_the_parts_use_is_watched_while_a_rate_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = results().open
    assert opened
    seconds = {opened.begin_s: 1.0, opened.begin_s + opened.duration_s: 1.4}

    class Watching(nullcontext[None]):
        readings = tuple(used(*one) for one in seconds.items())
        failure = None

    monkeypatch.setattr(rate_probe, "UsageSampler", lambda _: Watching())

    phase = prober(tmp_path).offer("crud", "knee", 300.0, 0)

    assert phase.used["gateway"].cpu_s == pytest.approx(0.4)


@pytest.mark.usefixtures("plans")
def test_a_watch_that_failed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    class Failing(nullcontext[None]):
        readings = ()
        failure = "What the parts use is not known: OSError: gone."

    monkeypatch.setattr(rate_probe, "UsageSampler", lambda _: Failing())
    asking = prober(tmp_path)
    monkeypatch.setattr(asking.display, "note", told.append)

    assert asking.offer("crud", "knee", 300.0, 0).used == {}
    assert told == [Failing.failure]


def test_a_process_that_sent_no_open_phase_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_probe, "generate", lambda *_: results(opened=False))

    with pytest.raises(ValueError, match="came back without one"):
        prober(tmp_path).offer("crud", "knee", 300.0, 0)


def test_a_rate_at_which_a_load_process_died_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(*_: object) -> Results:
        raise LoadFailedError("the load process ended with 1")

    monkeypatch.setattr(rate_probe, "generate", dying)
    asking = prober(tmp_path)

    with pytest.raises(LoadFailedError):
        asking.offer("crud", "knee", 300.0, 0)

    assert [(one.subject, one.sentence) for one in asking.unmeasured] == [
        ("crud at 300 requests/s", "the load process ended with 1")
    ]


@pytest.mark.parametrize(
    ("rate_per_s", "seconds"),
    [
        pytest.param(10_000.0, LEAST_S, id="as long as the least"),
        pytest.param(52.0, 10.0, id="until a p99 has its samples"),
        pytest.param(LEAST_PER_S, MOST_S, id="no longer than the most"),
        pytest.param(1.0, MOST_S, id="even where that is too few"),
    ],
)
def test_a_rate_is_offered_until_its_p99_has_samples(rate_per_s: float, seconds: float) -> None:
    assert open_length_s(rate_per_s) == seconds
    assert probe_length_s(rate_per_s) > seconds
