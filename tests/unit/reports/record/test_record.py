"""What may stand in a run record, checked when it is written and when it is read."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from msgspec.structs import replace

from reports.record.record import (
    RecordError,
    RunRecord,
    read_record,
    schema,
    schema_text,
    write_record,
)
from tests.unit.reports.sample_runs import conditions, e2e_run, hostile_load_run, load_run

SCHEMA = Path("reports/run.schema.json")


@pytest.mark.parametrize(
    "record", [load_run(), hostile_load_run(), e2e_run()], ids=["load", "hostile", "e2e"]
)
def test_a_record_reads_back_as_it_was_written(record: RunRecord, tmp_path: Path) -> None:
    path = write_record(tmp_path / "run" / "run.json", record)

    assert read_record(path) == record
    assert read_record(path.parent) == record


@pytest.mark.parametrize("record", [load_run(), e2e_run()], ids=["load", "e2e"])
def test_a_record_fits_the_schema_in_the_repository(record: RunRecord) -> None:
    stored = json.loads(SCHEMA.read_text(encoding="utf-8"))

    jsonschema_rs.validator_for(stored).validate(json.loads(msgspec.json.encode(record)))


def test_the_schema_in_the_repository_is_current() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), (
        "write it again: python -m reports schema --write"
    )


def test_the_schema_is_itself_valid() -> None:
    assert jsonschema_rs.meta.is_valid(schema())


def _without(key: str) -> dict[str, Any]:
    data = _data()
    del data[key]
    return data


def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(msgspec.json.encode(load_run(points=[(1, 1)])))
    return data


def _common(**changes: object) -> dict[str, Any]:
    data = _data()
    data["configurations"][0]["repetitions"][0]["common"] |= changes
    return data


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(_data() | {"format_version": 4}, "format_version", id="a later version"),
        pytest.param(_data() | {"kind": "rest"}, "kind", id="an unknown kind"),
        pytest.param(_data() | {"extra": 1}, "extra", id="an unknown key"),
        pytest.param(_without("command"), "command", id="a missing key"),
        pytest.param(_data() | {"configurations": []}, "configurations", id="no configuration"),
        pytest.param(_common(host_cpu=None), "host_cpu is null without a reason", id="bare null"),
        pytest.param(_common(host_cpu=98), "host_cpu", id="percent where a share belongs"),
        pytest.param(_common(samples=-1), "samples", id="a negative count"),
        pytest.param(_data() | {"started_at": "2026-11-24T10:00:00"}, "started_at", id="no zone"),
    ],
)
def test_a_record_that_does_not_fit_is_refused_in_one_sentence(
    data: dict[str, Any], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps(data), encoding="utf-8")

    with pytest.raises(RecordError) as refused:
        read_record(path)

    assert said in str(refused.value)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_record_is_named_with_what_to_give_instead(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"Expected a run record at .*give a run's folder"):
        read_record(tmp_path / "nothing.json")


def test_bytes_that_are_no_json_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(b"\xff{")

    with pytest.raises(RecordError, match="cannot be read"):
        read_record(path)


def test_a_record_that_would_not_read_back_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    naive = replace(load_run(), started_at=datetime(2026, 11, 24))  # noqa: DTZ001 -- the point

    with pytest.raises(RecordError, match="cannot be written"):
        write_record(path, naive)

    assert not path.exists()


def test_text_that_no_file_can_hold_is_refused_on_writing(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="cannot be written"):
        write_record(tmp_path / "run.json", load_run(command="\ud800"))


def test_an_unknown_broker_version_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="rabbitmq is null without a reason"):
        conditions(rabbitmq=None)
