"""Traffic mixes as the load process gets them."""

import pytest

from loadtests.plan.scenarios import calls_of, chosen
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.scenario_spec import Call, Scenario
from testcontainers_fixtures.stack_spec import Part, StackSpec


def mix(request: str = "GET /") -> Scenario:
    return Scenario(description="some", calls=(Call(name="one", request=request),))


def system(**scenarios: Scenario) -> StackSpec:
    parts = {"gate": Part(role="gateway", command=("x",), port=1)}
    return StackSpec(format_version=1, name="some", parts=parts, scenarios=scenarios)


def test_all_scenarios_are_driven_unless_some_are_named() -> None:
    spec = system(a=mix(), b=mix())

    assert list(chosen(spec)) == ["a", "b"]
    assert list(chosen(spec, ["b"])) == ["b"]


def test_an_unknown_scenario_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SpecError, match=r"no scenario 'c'; choose from: a, b"):
        chosen(system(a=mix(), b=mix()), ["c"])


def test_a_stack_without_traffic_cannot_be_loaded() -> None:
    with pytest.raises(SpecError, match="has no scenario"):
        chosen(system())


def test_a_name_that_nothing_fills_is_found_before_anything_starts() -> None:
    with pytest.raises(SpecError, match=r"uses \{row\}, which it does not draw"):
        calls_of("a", mix("GET /rows/{row}"))


def test_a_call_keeps_every_field_of_the_stack_file() -> None:
    call = Call(
        name="one", request="POST /{n}", weight=2, body={"a": 1}, draw={"n": (1, 2)}, status=(201,)
    )
    (made,) = calls_of("a", Scenario(description="some", calls=(call,)))

    assert (made.weight, made.body, made.draw, made.status) == (2, {"a": 1}, {"n": (1, 2)}, (201,))
