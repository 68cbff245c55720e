"""Which steps of a flow a session takes."""

import random

import pytest

from loadtests.plan.flows import Flow, arrivals_per_s, flow_of, requests_per_s
from loadtests.plan.plan import PlannedCall, PlannedStep


def step(name: str, **more: object) -> PlannedCall:
    return PlannedCall(name=name, request="GET /", step=PlannedStep(**more))  # type: ignore[arg-type]


STEPS = (
    step("in", think_s=(0.0, 0.0)),
    step("look", share=0.25, think_s=(1.0, 3.0)),
    step("card", choice="pay", branch="card", weight=3.0),
    step("pin", choice="pay", branch="card", think_s=(2.0, 2.0)),
    step("cash", choice="pay", branch="cash"),
    step("out"),
)


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 -- not for secrets


def sessions(count: int) -> list[list[str]]:
    flow, draw = Flow(STEPS), seeded(1)
    return [[STEPS[number].name for number in flow.session(draw).steps] for _ in range(count)]


def test_a_session_takes_one_branch_whole_and_optional_steps_by_their_share() -> None:
    made = sessions(4_000)
    by_card = [one for one in made if one[-3:] == ["card", "pin", "out"]]
    in_cash = [one for one in made if one[-2:] == ["cash", "out"]]

    assert len(by_card) + len(in_cash) == 4_000
    assert not any("card" in one for one in in_cash)
    assert len(by_card) == pytest.approx(3_000, rel=0.05)
    assert sum("look" in one for one in made) == pytest.approx(1_000, rel=0.1)
    assert all(one[0] == "in" for one in made)


def test_a_flow_knows_how_many_requests_a_session_makes_and_how_long_it_may_think() -> None:
    flow = Flow(STEPS)

    assert flow.mean_steps == pytest.approx(1 + 0.25 + (3 * 2 + 1) / 4 + 1)
    assert sum(map(len, sessions(4_000))) / 4_000 == pytest.approx(flow.mean_steps, rel=0.02)
    assert flow.longest_think_s == 5.0


def test_think_times_are_drawn_within_their_bounds_and_equally_for_equal_seeds() -> None:
    flow = Flow(STEPS)
    one, other = (flow.session(seeded(7)) for _ in range(2))
    thinks_s = [
        think_s
        for session in (flow.session(seeded(seed)) for seed in range(200))
        for number, think_s in zip(session.steps, session.thinks_s, strict=True)
        if STEPS[number].name == "look"
    ]

    assert one == other
    assert 1 <= min(thinks_s) < 1.5
    assert 2.5 < max(thinks_s) <= 3
    assert set(one.hurried.thinks_s) == {0.0}


def test_rates_are_of_requests_and_arrivals_of_sessions() -> None:
    calls = (PlannedCall(name="a", request="GET /"),)

    assert flow_of(calls) is None
    assert arrivals_per_s(100, calls) == requests_per_s(100, calls) == 100
    assert arrivals_per_s(100, STEPS) == pytest.approx(25)
    assert requests_per_s(25, STEPS) == pytest.approx(100)
