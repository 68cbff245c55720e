"""A record of the version before is read as it was meant, and says so where it does not fit."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reports.judgement.verdicts import verdict
from reports.page.page import run_page
from reports.record.record import E2eRun, FaultsRun, LoadRun, RecordError, read_record, write_record

# Real runs, kept as they were written.
VERSION_2 = Path(__file__).with_name("version_2")
REFERENCE = Path("reports/reference/reference-1x1-crud.json")


def changed(name: str, change: Callable[[dict[str, Any]], None], folder: Path) -> Path:
    tree: dict[str, Any] = json.loads((VERSION_2 / name).read_text(encoding="utf-8"))
    change(tree)
    path = folder / "run.json"
    path.write_text(json.dumps(tree), encoding="utf-8")
    return path


def test_a_promise_without_a_verdict_was_not_applicable() -> None:
    record = read_record(VERSION_2 / "e2e.json")
    assert isinstance(record, E2eRun)

    assert [one.verdict for one in record.checks] == [
        *("not applicable", "pass", "pass", "pass", "not applicable"),
    ]
    assert [one.reason for one in record.checks if one.reason] == [
        "Nobody is asked who comes: no document has security, nor the stack file keys.",
        "The stack file names no deadline_header.",
    ]
    assert not any("Not applicable" in one.sentence for one in record.checks)
    assert verdict(record) == "pass"
    assert "The stack file names no deadline_header." in run_page(record)


def test_a_fault_that_was_absent_was_not_applicable() -> None:
    record = read_record(VERSION_2 / "faults.json")
    assert isinstance(record, FaultsRun)

    assert [one.not_applicable.partition(" refuses")[0] for one in record.trials] == [
        "",
        "Debian 12's RabbitMQ 3.10",
    ]
    assert verdict(record) == "pass"


def test_a_load_run_is_read_as_it_was() -> None:
    record = read_record(REFERENCE)

    assert isinstance(record, LoadRun)
    assert json.loads(REFERENCE.read_text(encoding="utf-8"))["format_version"] == 2


def test_a_slim_record_can_be_judged_and_shown() -> None:
    record = read_record(REFERENCE)

    assert verdict(record) in {"pass", "fail", "unknown"}
    assert "a slim record keeps no histogram of it" in run_page(record)


@pytest.mark.parametrize("name", ["e2e.json", "faults.json"])
def test_what_was_read_of_an_earlier_version_is_written_in_this_one(
    name: str, tmp_path: Path
) -> None:
    record = read_record(VERSION_2 / name)
    path = write_record(tmp_path / "run.json", record)

    assert json.loads(path.read_text(encoding="utf-8"))["format_version"] == 3
    assert read_record(path) == record


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(lambda tree: tree.pop("command"), "of format version 2: ", id="a key less"),
        pytest.param(lambda tree: tree.update(checks=5), "array", id="no list"),
        pytest.param(lambda tree: tree.update(checks=["x"]), "object", id="texts in it"),
        pytest.param(lambda tree: tree["checks"][0].pop("verdict"), "verdict", id="no verdict"),
        pytest.param(lambda tree: tree["checks"][0].pop("sentence"), "`null`", id="no sentence"),
        pytest.param(
            lambda tree: tree["checks"][0].update(verdict="good"), "'good'", id="another word"
        ),
        pytest.param(
            lambda tree: tree.update(format_version=1), "format version 2 or 3", id="version 1"
        ),
        pytest.param(
            lambda tree: tree.update(format_version=4), "is later than 3", id="a later one"
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(
    change: Callable[[dict[str, Any]], None], said: str, tmp_path: Path
) -> None:
    path = changed("e2e.json", change, tmp_path)

    with pytest.raises(RecordError) as refused:
        read_record(path)

    assert said in str(refused.value)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_verdict_of_this_version_is_never_missing(tmp_path: Path) -> None:
    path = changed("e2e.json", lambda tree: tree.update(format_version=3), tmp_path)

    with pytest.raises(RecordError, match="got `null`"):
        read_record(path)
