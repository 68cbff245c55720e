"""Says of what types a value may be, and within which bounds, in the fewest words."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

CHOICES: Final = ("anyOf", "oneOf")
# Beside a choice: null is taken as well.
OR_NULL: Final = "x-or-null"
NULL: Final = "null"
_TYPE_OF: Final[dict[type, str]] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    list: "array",
    dict: "object",
    type(None): NULL,
}


def types_of(said: Any) -> list[str]:  # noqa: ANN401 -- a type or a list of them
    """Return what a type keyword says, as a list."""
    return list(said) if isinstance(said, list) else [said]


def both(ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """Return the types that both sides take; a whole number is a number."""
    found = [one for one in ours if one in theirs or (one == "integer" and "number" in theirs)]
    return found + [
        one for one in theirs if one == "integer" and "number" in ours and one not in found
    ]


def typed(said: dict[str, Any], *, takes_null: bool) -> dict[str, Any]:
    """Return what is said with its types in order; null is among them where it is taken."""
    types = types_of(said["type"]) if "type" in said else None
    if "enum" in said:
        values = [one for one in said["enum"] if types is None or _fits(one, types)]
        values = [one for one in values if one is not None]
        values += [None] if takes_null else []
        said["enum"] = values
        types = list(dict.fromkeys(_TYPE_OF.get(type(one), "string") for one in values))
        types = both(types, types_of(said["type"])) if "type" in said else types
    if types is None and _has_choice(said):
        return {**said, OR_NULL: True} if takes_null else said
    if types is None:
        return said if takes_null else {**said, "not": {"type": NULL}}
    plain = sorted({one for one in types if one != NULL})
    plain += [NULL] if takes_null else []
    return {**said, "type": plain[0] if len(plain) == 1 else plain}


def _has_choice(said: Mapping[str, Any]) -> bool:
    return any(keyword in said for keyword in CHOICES)


def _fits(value: Any, types: Sequence[str]) -> bool:  # noqa: ANN401 -- any JSON
    kind = _TYPE_OF.get(type(value), "")
    whole = kind == "number" and float(value).is_integer() and "integer" in types
    return kind in types or whole or (kind == "integer" and "number" in types)


def exact(said: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of whole numbers in whole numbers, and of two bounds the nearer one."""
    made = dict(said)
    if {*types_of(made.get("type", "number"))} <= {"integer", NULL}:
        _whole(made, "minimum", "exclusiveMinimum", lambda n: math.floor(n) + 1, math.ceil)
        _whole(made, "maximum", "exclusiveMaximum", lambda n: math.ceil(n) - 1, math.floor)
    for bound, sign in (("inimum", 1), ("aximum", -1)):
        inward, outward = f"{'m'}{bound}", f"exclusive{'M'}{bound}"
        if inward in made and outward in made:
            exclusive = sign * made[outward] >= sign * made[inward]
            made.pop(inward if exclusive else outward)
    return made


def _whole(
    made: dict[str, Any],
    bound: str,
    exclusive: str,
    beyond: Callable[[float], int],
    rounded: Callable[[float], int],
) -> None:
    within = [rounded(made[bound])] if bound in made else []
    within += [beyond(made.pop(exclusive))] if exclusive in made else []
    if within:
        made[bound] = max(within) if bound == "minimum" else min(within)


def encoded(value: Any) -> bytes:  # noqa: ANN401 -- any JSON
    """Return a value as text by which it is known."""
    return msgspec.json.encode(value, order="sorted")
