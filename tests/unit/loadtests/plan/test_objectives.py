"""How SLOs are written, and which calls they are about."""

import pytest

from loadtests.plan.objectives import asked_for, objectives_of
from loadtests.plan.plan import PlannedCall
from reports.record.objectives import Objective
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.scenario_spec import Call, Scenario, Slo

READ = PlannedCall(name="read", request="GET /rows")
WRITE = PlannedCall(name="write", request="POST /rows:bulk")
CALLS = {"reads": (READ,), "both": (READ, WRITE)}


@pytest.mark.parametrize(
    ("text", "figure", "limit"),
    [
        ("p99<50ms", "p99", 50.0),
        ("p99.9 <= 1.5s", "p99_9", 1_500.0),
        ("failed<0.1%", "failed", 0.001),
        ("throughput>200/s", "throughput", 200.0),
    ],
)
def test_an_slo_of_all_calls_is_about_every_scenario(text: str, figure: str, limit: float) -> None:
    found = list(asked_for([text], CALLS))

    assert [(one.scenario, one.call) for one in found] == [("reads", ""), ("both", "")]
    assert {(one.figure, one.limit) for one in found} == {(figure, limit)}


def test_an_slo_of_one_call_names_it_or_its_request() -> None:
    found = list(asked_for(["write: p90<20ms", "POST /rows:bulk:p50<9ms", "read:p99<3s"], CALLS))

    assert [(one.scenario, one.text) for one in found] == [
        ("both", "write: p90 < 20 ms"),
        ("both", "write: p50 < 9 ms"),
        ("reads", "read: p99 < 3000 ms"),
        ("both", "read: p99 < 3000 ms"),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("p99<50", "expected a percentile"),
        ("p99>50ms", "expected a percentile"),
        ("throughput<9/s", "expected a percentile"),
        ("p98<5ms", "expected a percentile"),
        ("failed<5ms", "expected a percentile"),
        ("p99<0ms", "a limit of 0"),
        ("read:throughput>5/s", "decided by its weight"),
        ("list:p99<5ms", "about no call there is; there are: 'read', 'read', 'write'"),
    ],
)
def test_what_cannot_be_held_is_refused_in_one_sentence(text: str, why: str) -> None:
    with pytest.raises(SpecError, match=why):
        list(asked_for([text], CALLS))


def test_a_stack_file_holds_its_scenarios_and_nothing_is_asked_twice() -> None:
    calls = (Call(name="read", request="GET /rows"),)
    slo = (Slo(p99_ms=50.0, failed_share=0.01), Slo(call="GET /rows", p50_ms=9.0))
    mix = Scenario(description="Reads", calls=calls, slo=slo)

    found = objectives_of({"reads": mix}, {"reads": (READ,)}, ["p99<50ms", "throughput>9/s"])

    assert [one.text for one in found] == [
        "p99 < 50 ms",
        "failed < 1 %",
        "read: p50 < 9 ms",
        "throughput > 9/s",
    ]
    assert found[0] == Objective(scenario="reads", figure="p99", limit=50.0)


def test_a_stack_files_slo_of_no_call_is_refused() -> None:
    mix = Scenario(
        description="Reads",
        calls=(Call(name="read", request="GET /rows"),),
        slo=(Slo(call="list", p99_ms=5.0),),
    )

    with pytest.raises(SpecError, match="names the call 'list'; there are: 'read'"):
        objectives_of({"reads": mix}, {"reads": (READ,)}, [])


def test_an_slo_without_a_limit_and_a_rate_of_one_call_are_refused() -> None:
    with pytest.raises(ValueError, match="sets no limit"):
        Slo(call="read")
    with pytest.raises(ValueError, match="is about all calls"):
        Slo(call="read", throughput_per_s=5.0)
