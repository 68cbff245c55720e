"""The suite goes by what its stack file lets be of the drift on paper.

A service, its twin and a drifting gateway really run; the command is the one that a person gives.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from reports.record.failures import Failure
from reports.record.record import E2eRun, read_record
from tests.integration.drifting import shop
from tests.integration.test_counterexamples import body_drifts, contract, query_drifts

pytestmark = pytest.mark.timeout(240)
STACK = """format_version = 1
name = "attached"
[parts.gateway]
role = "gateway"
port = 1
command = ["attached"]
openapi = "/openapi.json"
[parts.shop]
role = "service"
twin = true
port = 1
command = ["attached"]
openapi = "/openapi.json"
[contract.drift]
ignore = [
  {{ where = "GET /books, query limit", because = "small pages", until = {until} }},
  {{ where = "DELETE /books", because = "it is gone" }},
]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a run said, and what its record has of the drift on paper."""

    said: str
    drift: dict[str, Failure]
    notes: tuple[str, ...]


def ended(folder: Path, until: str) -> Ended:
    stack = folder / "stack.toml"
    stack.write_text(STACK.format(until=until), encoding="utf-8")
    with shop(query_drifts, body_drifts) as running:
        done = contract(running, folder / "site", f"--stack={stack}")
    [run] = (folder / "site").glob("*-e2e")
    record = read_record(run)
    assert isinstance(record, E2eRun)
    found = {f"{one.operation} {one.kind}": one for one in record.failures if one.method == "paper"}
    return Ended(said=done.stdout, drift=found, notes=tuple(record.notes))


@pytest.fixture(scope="module")
def let_be(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Run the suite once with a rule that is good."""
    return ended(tmp_path_factory.mktemp("good"), "2099-01-31")


def test_what_is_ignored_fails_nothing_and_is_noted_with_its_reason(let_be: Ended) -> None:
    assert "GET /books query limit" not in let_be.drift
    assert any(
        one.startswith("Ignored until 2099-01-31 (small pages): GET /books, query limit: ")
        for one in let_be.notes
    )


def test_all_else_fails_and_says_what_it_does_to_callers(let_be: Ended) -> None:
    [failure] = [one for place, one in let_be.drift.items() if place == "POST /books body /title"]

    assert "shop says at most 50 characters. It refuses what was served." in failure.sentence


def test_a_rule_that_matches_nothing_fails_a_test_of_its_own(let_be: Ended) -> None:
    assert "'DELETE /books' matches nothing" in let_be.said
    assert "test_every_rule_that_ignores_drift_is_of_use" in let_be.said


def test_what_was_ignored_is_red_again_once_its_day_is_over(tmp_path: Path) -> None:
    failure = ended(tmp_path, "2020-01-31").drift["GET /books query limit"]

    assert "It was ignored until 2020-01-31 (small pages), which is over." in failure.sentence
