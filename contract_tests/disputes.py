"""Finds where two JSON Schemas differ, down to the field and the keyword, and by how much.

Whether they differ at all is decided by containment (`jsonschema_rs.canonicalize`), so that
`maximum: 10` and `maximum: 10.0`, or the same thing said in another order, are no difference.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import jsonschema_rs
import msgspec
from jsonschema_rs import CanonicalSchema
from jsonschema_rs.canonical import CanonicalizationError, Containment, Satisfiability
from msgspec import Struct

from contract_tests.documents import Schema, at

# Said of a value without bounding it.
_NOTES: Final = frozenset({"title", "description", "examples", "example", "default", "deprecated"})
_CARRIED: Final = frozenset({"components", "$ref"})
_MOST_DEPTH: Final = 12


class Dispute(Struct, frozen=True, kw_only=True):
    """One keyword about which two schemas differ; a side that does not say it has None.

    `pointer` is the field within the value ("" for the value itself), "/*" for an array's items.
    """

    pointer: str
    keyword: str
    ours: Any
    theirs: Any


def equal(ours: Schema, theirs: Schema) -> bool:
    """Tell whether two schemas take the same values, as far as that can be proved."""
    return covers(ours, theirs) and covers(theirs, ours)


def covers(wider: Schema, narrower: Schema) -> bool:
    """Tell whether it is proved that `wider` takes every value that `narrower` takes."""
    return canonical(wider).covers(canonical(narrower)) is Containment.YES


def surplus(ours: Schema, theirs: Schema) -> Schema | None:
    """Return a schema of exactly the values that only `ours` takes; None where there are none."""
    try:
        rest = canonical(ours).subtract(canonical(theirs))
    except (CanonicalizationError, ValueError, TypeError):
        return None
    if rest.satisfiability() is Satisfiability.NO:
        return None
    schema = rest.to_json_schema()
    return schema if isinstance(schema, dict) else None


def canonical(schema: Schema) -> CanonicalSchema:
    """Return the canonical form, in which formats bound strings as well."""
    return _canonical(msgspec.json.encode(schema))


@lru_cache(maxsize=4_096)
def _canonical(schema: bytes) -> CanonicalSchema:
    return jsonschema_rs.canonicalize(msgspec.json.decode(schema), validate_formats=True)


def disputes(ours: Schema, theirs: Schema) -> list[Dispute]:
    """Return every keyword in dispute, the deepest that can be named; [] where both are equal."""
    return list(_disputes(ours, theirs, "", 0))


def _disputes(ours: Schema, theirs: Schema, pointer: str, depth: int) -> Iterator[Dispute]:
    if equal(ours, theirs):
        return
    left, right = followed(ours), followed(theirs)
    own = list(_keywords(left, right, pointer))
    inner = list(_inner(left, right, pointer, depth)) if depth < _MOST_DEPTH else []
    yield from own
    yield from inner
    if not own and not inner:
        yield Dispute(pointer=pointer, keyword="schema", ours=_bare(left), theirs=_bare(right))


def _inner(left: Schema, right: Schema, pointer: str, depth: int) -> Iterator[Dispute]:
    ours, theirs = left.get("properties", {}), right.get("properties", {})
    for name in ours:
        if name in theirs:
            pair = _carrying(left, ours[name]), _carrying(right, theirs[name])
            yield from _disputes(*pair, f"{pointer}/{_escaped(name)}", depth + 1)
    if isinstance(left.get("items"), dict) and isinstance(right.get("items"), dict):
        pair = _carrying(left, left["items"]), _carrying(right, right["items"])
        yield from _disputes(*pair, f"{pointer}/*", depth + 1)
    choices, others = left.get("anyOf"), right.get("anyOf")
    if choices and others and len(choices) == len(others):
        for one, other in zip(choices, others, strict=True):
            yield from _disputes(_carrying(left, one), _carrying(right, other), pointer, depth + 1)


def _keywords(left: Schema, right: Schema, pointer: str) -> Iterator[Dispute]:
    deep = {"properties", "items"}
    if len(left.get("anyOf", ())) == len(right.get("anyOf", ())):
        deep.add("anyOf")
    names = dict.fromkeys([*left, *right])
    for keyword in names:
        if keyword in _NOTES | _CARRIED or (keyword in deep and keyword in left.keys() & right):
            continue
        if left.get(keyword) != right.get(keyword) and keyword not in deep:
            yield _dispute(pointer, keyword, left, right)
    ours, theirs = left.get("properties", {}), right.get("properties", {})
    for name in dict.fromkeys([*ours, *theirs]):
        if (name in ours) != (name in theirs):
            found = f"{pointer}/{_escaped(name)}"
            yield Dispute(pointer=found, keyword="field", ours=name in ours, theirs=name in theirs)


def _dispute(pointer: str, keyword: str, left: Schema, right: Schema) -> Dispute:
    ours, theirs = left.get(keyword), right.get(keyword)
    if keyword == "required":
        only = sorted(set(ours or ()) ^ set(theirs or ()))
        ours = [name for name in only if name in (ours or ())]
        theirs = [name for name in only if name in (theirs or ())]
    return Dispute(pointer=pointer, keyword=keyword, ours=ours, theirs=theirs)


def followed(schema: Schema) -> Schema:
    """Return the schema behind a reference, still standing alone."""
    for _ in range(_MOST_DEPTH):
        if "$ref" not in schema:
            break
        schema = _carrying(schema, at(schema, schema["$ref"]))
    return schema


def _carrying(outer: Schema, inner: Any) -> Schema:  # noqa: ANN401 -- a schema may be a boolean
    plain: Schema = inner if isinstance(inner, dict) else ({} if inner else {"not": {}})
    return {**plain, "components": outer.get("components", {})}


def _bare(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key != "components"}


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
