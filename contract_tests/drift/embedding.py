"""Puts a schema that stands alone into another document, where its own references still lead home.

A reference begins at the root of what it stands in ("#/$defs/X"), so it is written anew.
"""

from typing import Any, Final

from contract_tests.drift.documents import Schema

SCHEMAS: Final = "#/components/schemas"
# What a schema carries along for its references alone, or says of itself as a document.
_CARRIED: Final = frozenset({"components", "$defs", "$schema"})


def embedded(schema: Schema, name: str, schemas: dict[str, Any]) -> Schema:
    """Return what stands for a schema in a document that has these `schemas`.

    A schema with references is added to them under a name of its own, which begins as `name` does.
    """
    bare = {key: value for key, value in schema.items() if key not in _CARRIED}
    if not _refers(bare):
        return bare
    own = f"{name}-{len(schemas)}"
    schemas[own] = _moved(schema, f"{SCHEMAS}/{own}")
    return {"$ref": f"{SCHEMAS}/{own}"}


def _refers(value: Any) -> bool:  # noqa: ANN401 -- any node of a schema
    if isinstance(value, dict):
        return isinstance(value.get("$ref"), str) or any(map(_refers, value.values()))
    return isinstance(value, list) and any(map(_refers, value))


def _moved(value: Any, to: str) -> Any:  # noqa: ANN401 -- any node of a schema
    if isinstance(value, list):
        return [_moved(one, to) for one in value]
    if not isinstance(value, dict):
        return value
    moved = {key: _moved(one, to) for key, one in value.items() if key != "$schema"}
    reference = value.get("$ref")
    if isinstance(reference, str) and reference.startswith("#"):
        moved["$ref"] = f"{to}{reference[1:]}"
    return moved
