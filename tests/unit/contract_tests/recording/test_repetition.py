"""A failure is told again over data that is as it was at first, on all sides."""

from types import SimpleNamespace
from typing import Any

from contract_tests.hops.counterparts import Counterparts
from contract_tests.recording.repetition import by_rerun
from contract_tests.recording.session_findings import Findings
from reports.record.failures import Failure, Identity
from testcontainers_fixtures.stack_file.parity_spec import ParityRule

FAILURE = Failure(
    service="shelf",
    operation="GET /things/{n}",
    check="a row is what was sent",
    method="promises",
    kind="answer",
    sentence="GET /things/1: it is another.",
    test="a story",
)
ID = ParityRule(rule="id", pointer="/id", because="each side counts for itself")


def test_a_story_is_told_again_without_the_ids_that_the_twin_had_before_its_data_was_fresh() -> (
    None
):
    findings, rows, resets = Findings(), Counterparts(), list[str]()
    places: Any = SimpleNamespace(rows=rows, proposals=[])
    findings.places["shelf"] = places
    findings.note(FAILURE)
    rows.learn("/things", [ID], b'{"id": 17}', b'{"id": 9}')
    assert rows.at_twin("/things/17") == "/things/9"

    def rerun() -> set[Identity]:
        resets.append(rows.at_twin("/things/17"))
        return {FAILURE.identity}

    stack: Any = SimpleNamespace(ours=True, reset=lambda: resets.append("reset"))
    by_rerun(stack, findings, FAILURE.test, rerun)

    assert resets == ["reset", "/things/17"]
    [again] = findings.of_test(FAILURE.test)
    assert again.repeated == "reproducible"
