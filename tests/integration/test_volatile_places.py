"""Parity of systems as they are found: ids, clocks and others' data are proposed as rules, once."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reports.record.record import E2eRun
from tests.integration.keepers import Keeper, Said, System, document, keepers, stack_file
from tests.integration.suite_runs import run_in, suite

pytestmark = pytest.mark.timeout(240)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended, what it said, and what it left."""

    code: int
    said: str
    record: E2eRun
    folder: Path

    @property
    def proposed(self) -> dict[str, str]:
        """Return what is proposed, by the name of the check."""
        return {one.name: one.sentence for one in self.record.checks if one.verdict == "unknown"}

    @property
    def failed(self) -> list[tuple[str, str]]:
        """Return what failed, by its check."""
        return [(one.check, one.sentence) for one in self.record.failures]


def contract(system: System, folder: Path, *words: str, said: str = "", twin: bool = True) -> Ended:
    site = folder / "site"
    options = (f"--site={site}", f"--stack={stack_file(folder, said)}", *words)
    done = suite(
        *system.words(twin=twin), *options, within_s=220, environment={"GITHUB_ACTIONS": ""}
    )
    run, record = run_in(site, done.stdout + done.stderr)
    return Ended(code=done.returncode, said=done.stdout, record=record, folder=run)


def wider(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document that promises too little: of a row it does not say what is always there."""
    answers = document["paths"]["/items"]["post"]["responses"]["201"]
    schema = answers["content"]["application/json"]["schema"]
    answers["content"]["application/json"]["schema"] = {**schema, "required": ["id", "text"]}
    return document


def rules_in(ended: Ended) -> list[dict[str, Any]]:
    """Return the rules that a run proposed, as they are told to be put into the stack file."""
    _, _, block = ended.said.partition("All of them, for [contract] of the stack file:\n")
    text, _, _ = block.partition("\n]")
    return list(tomllib.loads(f"{text}\n]")["parity"])


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Run the suite on a service that counts from 1, and a twin that counts from 501."""
    with keepers(Keeper(1), Keeper(501)) as system:
        return contract(system, tmp_path_factory.mktemp("found"))


def test_ids_and_clocks_are_proposed_once_a_place_and_fail_nothing(found: Ended) -> None:
    assert found.failed == [], found.said[-4000:]
    assert found.code == 3
    assert {(one["pointer"], one["rule"]) for one in rules_in(found)} >= {
        ("/id", "id"),
        ("/made_at", "time"),
    }
    assert len(found.proposed) == len(rules_in(found)) <= 8


def test_with_the_rules_that_were_proposed_the_system_holds(found: Ended, tmp_path: Path) -> None:
    block = found.said.partition("of the stack file:\n")[2].partition("\n]")[0]
    with keepers(Keeper(1), Keeper(501)) as system:
        ended = contract(system, tmp_path, said=f"[contract]\n{block}\n]\n")

    assert ended.failed == []
    assert ended.proposed == {}
    assert ended.code == 0, ended.said[-4000:]


def changing(method: str, path: str, said: Said) -> Said:
    """Change what comes back: the price of a new row, the id of a row as text, a list's dates."""
    match method, path, said.body:
        case "POST", "/items", {"price": price}:
            return Said(said.status, {**said.body, "price": price + 1})
        case "GET", _, {"id": number}:
            return Said(said.status, {**said.body, "id": str(number)})
        case "GET", "/items", list():
            late = [{**one, "made_at": "2020-01-01T00:00:00.5+00:00"} for one in said.body]
            return Said(said.status, late)
        case _:
            return said


def test_a_gateway_that_changes_a_value_is_drift_and_no_proposal(tmp_path: Path) -> None:
    with keepers(Keeper(1), Keeper(501)) as system:
        system.front.change = changing
        ended = contract(system, tmp_path)
    drift = {
        f"{one.operation} {difference.what}"
        for one in ended.record.failures
        if one.check == "answers_as_its_twin"
        for difference in one.differences
    }

    assert ended.code == 1
    assert "POST /items body /price" in drift
    assert "GET /items/{item_id} body /id" in drift
    assert "GET /items body /0/made_at" in drift
    assert not any("/price" in one for one in ended.proposed)
    assert not any("POST /items body /id" in one for one in drift)


def test_rows_that_somebody_else_makes_meanwhile_are_other_data_and_no_drift(
    tmp_path: Path,
) -> None:
    with keepers(Keeper(1), Keeper(1)) as system:
        system.service.put_row("of somebody else")
        system.front.document = wider(document())
        ended = contract(system, tmp_path, "--fail-on=error")

    assert ended.failed == [], ended.said[-4000:]
    assert ended.code == 3
    assert any(one.startswith("Fails nothing, being a warning") for one in ended.record.notes)
    assert any("gateway and items agree on" in said for said in ended.proposed.values())


def test_the_command_line_says_from_which_effect_on_paper_fails_before_the_stack_file_does(
    tmp_path: Path,
) -> None:
    with keepers(Keeper(1), Keeper(1)) as system:
        system.front.document = wider(document())
        rules = '[contract.drift]\nfail_on = "error"\n'
        ended = contract(system, tmp_path, "--fail-on=promises too little", said=rules)

    assert [one for one, _ in ended.failed] == ["drift on paper"]
    assert ended.code == 1
