"""A place of a document that nobody can read costs that place: its operation is tried all the same.

A service, its twin and a gateway really run; the command is the one that a person gives.
"""

import copy
from pathlib import Path

import pytest

from reports.record.record import E2eRun, read_record
from tests.integration.drifting import Document, shop
from tests.integration.test_counterexamples import contract

pytestmark = pytest.mark.timeout(240)


def lost(document: Document) -> Document:
    """Return a document in which an answer's description leads to nothing."""
    made = copy.deepcopy(document)
    made["paths"]["/books"]["post"]["responses"]["200"] = {"$ref": "#/components/responses/Gone"}
    return made


def test_an_answer_that_leads_to_nothing_costs_that_answer(tmp_path: Path) -> None:
    with shop() as running:
        for side in (running.service, running.twin, running.gateway):
            side.document = lost(side.document)
        done = contract(running, tmp_path)
    [run] = tmp_path.glob("*-e2e")
    record = read_record(run)
    assert isinstance(record, E2eRun)
    [requests] = [one.requests for one in record.exercised if one.operation == "POST /books"]

    assert requests > 0
    assert "#/paths/~1books/post/responses/200 cannot be read" in done.stdout
    assert [one.sentence for one in record.failures if one.operation == "POST /books"] == []
