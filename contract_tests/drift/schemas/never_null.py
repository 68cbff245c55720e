"""What a query, a path, a header or a cookie can carry: text, and never a null.

Frameworks write a parameter that may be left out as one that may be null, which is no promise.
"""

from typing import Any

from contract_tests.drift.operation import Schema
from contract_tests.drift.schemas.type_bounds import CHOICES, NULL


def without_null(schema: Schema) -> Schema:
    """Return a schema that takes the same but no null; of one that takes nothing else, the same."""
    types = schema.get("type")
    if isinstance(types, list) and (left := [one for one in types if one != NULL]):
        return {**schema, "type": left[0] if len(left) == 1 else left}
    for choice in CHOICES:
        branches = schema.get(choice)
        left = [one for one in branches if not _is_null(one)] if isinstance(branches, list) else []
        if left and len(left) < len(schema[choice]):
            return _with_choice(schema, choice, left)
    return schema


def _is_null(schema: object) -> bool:
    return isinstance(schema, dict) and schema.get("type") == NULL


def _with_choice(schema: Schema, choice: str, branches: list[Any]) -> Schema:
    """Return a schema with another choice, which of one branch is none."""
    beside = {key: one for key, one in schema.items() if key != choice}
    alone = branches[0] if len(branches) == 1 else None
    if isinstance(alone, dict) and "$ref" not in alone and not alone.keys() & beside.keys():
        return {**alone, **beside}
    return {**beside, choice: branches}
