"""The JSON Schema of a stack file, from its Structs, with what the guide says of each key."""

import json
import re
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import defstruct, structs

from testcontainers_fixtures import stack_spec
from testcontainers_fixtures.stack_spec import StackSpec

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
NAME: Final = "stack.schema.json"
SCHEMA_FILE: Final = Path(stack_spec.__file__).parent / "stack_file" / NAME
GUIDE: Final = Path(stack_spec.__file__).with_name("README.md")
# What is no key of the file: where it was read from.
_READ_FROM: Final = "folder"
_ROW: Final = re.compile(
    r"^\| *(?P<where>[^|]*?) *\| *(?P<keys>`[^|]*?) *\| *(?P<meaning>.*?) *\|$"
)
_CODE: Final = re.compile(r"`(\w+)`")
_TOP: Final = "top"


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a stack file."""
    fields = [one for one in structs.fields(StackSpec) if one.name != _READ_FROM]
    stack_file = defstruct(
        "StackFile",
        [(one.encode_name, one.type, *_default(one)) for one in fields],
        namespace={"__doc__": StackSpec.__doc__},
        kw_only=True,
        forbid_unknown_fields=True,
    )
    made = msgspec.json.schema(stack_file)
    for one in made["$defs"].values():
        one["description"] = cleandoc(one["description"])
    _let_compose_fill_in(made["$defs"])
    for where, keys, meaning in _told():
        properties = _properties(made, where)
        for key in keys:
            if key in properties:
                properties[key] = {**properties[key], "description": meaning}
    return {"$schema": DIALECT, **made}


def schema_text() -> str:
    """Return the schema as it stands in the package."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _let_compose_fill_in(tables: dict[str, Any]) -> None:
    """Require what a compose file would tell of parts and broker where none is named, alone."""
    whole, part, broker = (tables[name] for name in ("StackFile", "Part", "Broker"))
    whole["required"].remove("parts")
    whole["if"] = {"not": {"required": ["compose"]}}
    whole["then"] = {
        "required": ["parts"],
        "properties": {
            "parts": {"additionalProperties": {"required": part.pop("required")}},
            "broker": {"required": broker.pop("required")},
        },
    }


def _default(field: structs.FieldInfo) -> tuple[Any, ...]:
    if field.default_factory is not msgspec.NODEFAULT:
        return (msgspec.field(default_factory=field.default_factory),)
    return () if field.required else (field.default,)


def _told() -> Iterator[tuple[list[str], list[str], str]]:
    """Yield the guide's rows: the way to a table, its keys, and what they mean."""
    where: list[str] = []
    for line in GUIDE.read_text(encoding="utf-8").splitlines():
        if row := _ROW.match(line):
            if row["where"]:
                where = [] if row["where"] == _TOP else row["where"].strip("`[]").split(".")
            yield where, _CODE.findall(row["keys"]), row["meaning"].replace("`", "")


def _properties(whole: dict[str, Any], where: list[str]) -> dict[str, Any]:
    """Return the properties of the table that is so called; none where there is no such table."""
    at = _struct(whole, whole)
    for step in where:
        if step != "NAME":
            at = _struct(whole, at.get("properties", {}).get(step, {}))
    properties: dict[str, Any] = at.get("properties", {})
    return properties


def _struct(whole: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the object that a schema is, has as each of its values, or may be."""
    if "$ref" in schema and "properties" not in schema:
        return _struct(whole, whole["$defs"][schema["$ref"].rpartition("/")[2]])
    inner = (schema.get("additionalProperties"), schema.get("items"), *schema.get("anyOf", ()))
    for one in inner:
        if isinstance(one, dict) and (found := _struct(whole, one)).get("properties"):
            return found
    return schema
