"""The JSON Schema that is in the package is that of the Structs, and tells of every key."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import validator_for

from testcontainers_fixtures.project.stack_schema import SCHEMA_FILE, schema, schema_text

ROOT = Path(__file__).parents[4]
FILES = sorted(
    file
    for place in ("system", "tests", "loadtests")
    for file in (ROOT / place).rglob("*.toml")
    if "format_version" in file.read_text(encoding="utf-8")
)
SCHEMA: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))


def test_the_schema_in_the_package_is_that_of_the_code() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), (
        "write it again: python -m gatewaybench schema --write"
    )


@pytest.mark.parametrize("file", FILES, ids=lambda one: str(one.relative_to(ROOT)))
def test_a_stack_file_that_is_read_fits_the_schema(file: Path) -> None:
    data = tomllib.loads(file.read_text(encoding="utf-8"))

    assert [str(one) for one in validator_for(SCHEMA).iter_errors(data)] == []


def test_a_key_that_is_unknown_does_not_fit() -> None:
    data = tomllib.loads((ROOT / "system" / "stack.toml").read_text(encoding="utf-8"))
    data["parts"]["gateway"]["prot"] = 8000

    assert not validator_for(SCHEMA).is_valid(data)


@pytest.mark.parametrize(
    ("more", "fits"), [({}, False), ({"compose": "compose.yaml"}, True)], ids=["alone", "composed"]
)
def test_a_part_says_what_it_is_unless_a_compose_file_does(
    more: dict[str, str], *, fits: bool
) -> None:
    data = {"format_version": 2, "name": "shop", "parts": {"gateway": {"port": 80}}, **more}

    assert validator_for(SCHEMA).is_valid(data) is fits


def test_a_file_need_not_say_what_has_a_default() -> None:
    whole = schema()["$defs"]["StackFile"]

    assert (whole["required"], whole["then"]["required"]) == (["format_version", "name"], ["parts"])


@pytest.mark.parametrize("table", ["Part", "Broker", "Image", "Link", "Contract", "Login", "Call"])
def test_every_key_of_a_table_is_described(table: str) -> None:
    found = SCHEMA["$defs"][table]

    assert found["description"]
    assert [key for key, one in found["properties"].items() if not one.get("description")] == []
