"""Traffic mixes as the load process gets them."""

from pathlib import Path

import msgspec
import pytest

from loadtests.plan.plan import PlannedStep
from loadtests.plan.scenarios import calls_of, chosen, rows_of
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.scenario_spec import Call, Scenario
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


def test_a_calls_header_stands_before_the_scenarios_and_that_before_the_usual_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ROWS_KEY", "k3y-of-rows")
    call = Call(name="one", request="POST /", body={}, headers={"x-key": "{secrets.ROWS_KEY}"})
    scenario = Scenario(
        description="some", headers={"X-Key": "scenario", "Accept": "text/plain"}, calls=(call,)
    )

    (made,) = calls_of("a", scenario, {"X-KEY": "usual", "X-Tenant": "usual"})

    assert made.headers == {
        "Accept": "text/plain",
        "Content-Type": "application/json",
        "x-key": "k3y-of-rows",
        "X-Tenant": "usual",
    }


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Host": "other"}, "which the load generator writes itself"),
        ({"X-Key": "{secrets.NO_SUCH_VARIABLE}"}, "NO_SUCH_VARIABLE, which is not set"),
        ({"X-Key": "\N{EURO SIGN}"}, "letters outside Latin-1"),
        ({"X-Key": "a\r\nX-Other: b"}, "a line end"),
    ],
)
def test_a_header_that_cannot_be_sent_is_found_before_anything_starts(
    headers: dict[str, str], why: str
) -> None:
    scenario = Scenario(
        description="some", headers=headers, calls=(Call(name="one", request="GET /"),)
    )

    with pytest.raises(SpecError, match=why):
        calls_of("a", scenario)


def flow(*steps: dict[str, object]) -> Scenario:
    made = [{"name": "in", "request": "POST /in", "keeps": {"sid": "/id"}}, *steps]
    return msgspec.convert({"description": "some", "flow": made}, Scenario)


def test_the_steps_of_a_flow_keep_when_they_are_taken() -> None:
    _, look, pay = calls_of(
        "a",
        flow(
            {"name": "look", "request": "GET /{sid}", "think_s": [1, 2], "share": 0.5},
            {"name": "pay", "request": "GET /", "choice": "how", "branch": "card", "weight": 3},
        ),
    )

    assert look.step == PlannedStep(think_s=(1.0, 2.0), share=0.5)
    assert pay.step == PlannedStep(choice="how", branch="card", weight=3.0)
    assert look.weight == pay.weight == 1.0


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        pytest.param(
            [{"name": "b", "request": "GET /{row}"}],
            r"Step 'b' of scenario 'a' uses \{row\}, .* and no step before it keeps",
            id="nobody keeps it",
        ),
        pytest.param(
            [
                {"name": "b", "request": "GET /", "keeps": {"row": "/id"}, "share": 0.5},
                {"name": "c", "request": "GET /{row}"},
            ],
            "which only a step keeps that a session may leave out",
            id="an optional step keeps it",
        ),
        pytest.param(
            [
                {"name": "b", "request": "GET /{row}"},
                {"name": "c", "request": "GET /", "keeps": {"row": "/id"}},
            ],
            "no step before it keeps",
            id="a later step keeps it",
        ),
    ],
)
def test_a_step_may_use_only_what_is_sure_to_be_known_by_then(
    steps: list[dict[str, object]], why: str
) -> None:
    with pytest.raises(SpecError, match=why):
        calls_of("a", flow(*steps))


def test_a_branch_may_use_what_its_own_steps_keep() -> None:
    branch: dict[str, object] = {"request": "GET /", "choice": "how", "branch": "card"}
    steps = (
        branch | {"name": "b", "keeps": {"row": "/id"}},
        branch | {"name": "c", "request": "GET /{row}"},
    )

    assert len(calls_of("a", flow(*steps))) == 3


def test_a_column_that_is_missing_is_told_with_those_there_are(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("who,age\nAnn,7\n", encoding="utf-8")
    good, bad = (
        Scenario(description="s", calls=(Call(name="one", request=request),), data="c.csv")
        for request in ("GET /{who}", "GET /{name}")
    )

    assert len(calls_of("a", good, data=rows_of(good, tmp_path))) == 1
    with pytest.raises(SpecError, match=r"and c.csv has the columns who, age; add it to"):
        calls_of("a", bad, data=rows_of(bad, tmp_path))


def test_the_schema_of_a_call_is_read_and_what_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text('{"type": "object"}', encoding="utf-8")
    (tmp_path / "bad.json").write_text('{"type": "nope"}', encoding="utf-8")

    def made(file: str) -> object:
        call = Call(name="one", request="GET /", expect_schema=file)
        (found,) = calls_of("a", Scenario(description="s", calls=(call,)), folder=tmp_path)
        return found.expect_schema

    assert made("good.json") == {"type": "object"}
    with pytest.raises(SpecError, match=r"Call 'one' of scenario 'a' expects .*bad.json to be a"):
        made("bad.json")
    with pytest.raises(SpecError, match=r"gone.json, but: No such file"):
        made("gone.json")
