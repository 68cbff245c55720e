"""Finds where two JSON Schemas differ, down to the field and the keyword, and by how much.

Whether they differ at all is decided by containment (`jsonschema_rs.canonicalize`), so that
`maximum: 10` and `maximum: 10.0`, or the same thing said in another order, are no difference.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any, Final

import jsonschema_rs
import msgspec
from jsonschema_rs import CanonicalSchema
from jsonschema_rs.canonical import CanonicalizationError, Containment, Satisfiability
from msgspec import Struct
from msgspec.structs import replace

from contract_tests.drift.documents import Schema, at
from contract_tests.drift.embedding import embedded

# Said of a value without bounding it.
_NOTES: Final = frozenset({"title", "description", "examples", "example", "default", "deprecated"})
_CARRIED: Final = frozenset({"components", "$ref"})
_MOST_DEPTH: Final = 12
# The keyword of a dispute of which no more can be said than that both schemas differ.
_ALL: Final = "schema"
# That of one about a field that one side alone has.
_FIELD: Final = "field"
_DISPUTED: Final = "disputed"


class KeywordDifference(Struct, frozen=True, kw_only=True):
    """One keyword about which two schemas differ; a side that does not say it has None.

    `pointer` is the field within the value ("" for the value itself), "/*" for an array's items.
    `only_ours` and `only_theirs` are schemas of values that one side alone takes because of this
    keyword and of no other; None where none is known.
    """

    pointer: str
    keyword: str
    ours: Any
    theirs: Any
    only_ours: Schema | None = None
    only_theirs: Schema | None = None

    def within(self, hold: Callable[[Schema], Schema]) -> "KeywordDifference":
        """Return the dispute as one of a larger value; `hold` puts a value of it into that."""
        ours, theirs = self.only_ours, self.only_theirs
        return replace(
            self,
            only_ours=None if ours is None else hold(ours),
            only_theirs=None if theirs is None else hold(theirs),
        )


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


def schema_differences(ours: Schema, theirs: Schema) -> list[KeywordDifference]:
    """Return every keyword in dispute, the deepest that can be named; [] where both are equal."""
    return list(_disputes(ours, theirs, "", 0))


def _disputes(
    ours: Schema, theirs: Schema, pointer: str, depth: int
) -> Iterator[KeywordDifference]:
    if equal(ours, theirs):
        return
    left, right = followed(ours), followed(theirs)
    own = list(_keywords(left, right, pointer))
    inner = list(_inner(left, right, pointer, depth)) if depth < _MOST_DEPTH else []
    if not own and not inner:
        own = [
            KeywordDifference(pointer=pointer, keyword=_ALL, ours=_bare(left), theirs=_bare(right))
        ]
    yield from (_valued(one, left, right) for one in own)
    yield from inner


def _inner(left: Schema, right: Schema, pointer: str, depth: int) -> Iterator[KeywordDifference]:
    ours, theirs = left.get("properties", {}), right.get("properties", {})
    for name in ours:
        if name in theirs:
            pair = _carrying(left, ours[name]), _carrying(right, theirs[name])
            for one in _disputes(*pair, f"{pointer}/{_escaped(name)}", depth + 1):
                yield one.within(partial(_field_of, right, name))
    if isinstance(left.get("items"), dict) and isinstance(right.get("items"), dict):
        pair = _carrying(left, left["items"]), _carrying(right, right["items"])
        for one in _disputes(*pair, f"{pointer}/*", depth + 1):
            yield one.within(partial(_item_of, right))
    choices, others = left.get("anyOf"), right.get("anyOf")
    if choices and others and len(choices) == len(others):
        for mine, other in zip(choices, others, strict=True):
            pair = _carrying(left, mine), _carrying(right, other)
            yield from _disputes(*pair, pointer, depth + 1)


def _valued(one: KeywordDifference, left: Schema, right: Schema) -> KeywordDifference:
    """Return a dispute with the values that one side alone takes because of it."""
    if one.keyword == _FIELD:
        return _with_field(one, left, right)
    if one.keyword == "required":
        return replace(
            one, only_ours=_lacking(right, one.theirs), only_theirs=_lacking(right, one.ours)
        )
    ours = _only(left, one.keyword)
    refers = one.keyword == _ALL or b'"$ref"' in msgspec.json.encode(ours)
    swayed = left if refers else {**_but(right, one.keyword), **ours}
    return replace(one, only_ours=surplus(swayed, right), only_theirs=surplus(right, swayed))


def _lacking(schema: Schema, names: list[str]) -> Schema | None:
    """Return a schema of the values without fields that one side demands; None without such."""
    if not names:
        return None
    needed = [name for name in schema.get("required", ()) if name not in names]
    # Ruled out where it stands, so that nothing is drawn in vain.
    fields = {**schema.get("properties", {}), **{name: {"not": {}} for name in names}}
    return {**schema, "type": "object", "required": needed, "properties": fields}


def _with_field(one: KeywordDifference, left: Schema, right: Schema) -> KeywordDifference:
    """Return a dispute about a field with values that have it, as its schema says and otherwise."""
    name = _unescaped(one.pointer.rpartition("/")[2])
    side = left if one.ours else right
    field = _carrying(side, side["properties"][name])
    fits, breaks = (_field_of(right, name, value) for value in (field, otherwise(field)))
    only_ours, only_theirs = (fits, breaks) if one.ours else (breaks, fits)
    return replace(one, only_ours=only_ours, only_theirs=only_theirs)


def otherwise(schema: Schema) -> Schema:
    """Return a schema of all that a schema does not take."""
    return _carrying(schema, {"not": _bare(schema)})


def _only(said: Schema, name: str) -> Schema:
    return {name: said[name]} if name in said else {}


def _but(said: Schema, name: str) -> Schema:
    return {key: value for key, value in said.items() if key != name}


def _field_of(outer: Schema, name: str, inner: Schema) -> Schema:
    """Return `outer` with a field that must be there and holds `inner`."""
    schemas = dict(outer.get("components", {}).get("schemas", {}))
    fields = {**outer.get("properties", {}), name: embedded(inner, _DISPUTED, schemas)}
    needed = list(dict.fromkeys([*outer.get("required", ()), name]))
    held = {"type": "object", "properties": fields, "required": needed}
    return {**outer, **held, "components": {**outer.get("components", {}), "schemas": schemas}}


def _item_of(outer: Schema, inner: Schema) -> Schema:
    """Return `outer` with at least one item, each of which is one of `inner`."""
    schemas = dict(outer.get("components", {}).get("schemas", {}))
    held = {"type": "array", "items": embedded(inner, _DISPUTED, schemas)}
    held["minItems"] = max(1, outer.get("minItems", 1))
    return {**outer, **held, "components": {**outer.get("components", {}), "schemas": schemas}}


def _keywords(left: Schema, right: Schema, pointer: str) -> Iterator[KeywordDifference]:
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
            yield KeywordDifference(
                pointer=found, keyword=_FIELD, ours=name in ours, theirs=name in theirs
            )


def _dispute(pointer: str, keyword: str, left: Schema, right: Schema) -> KeywordDifference:
    ours, theirs = left.get(keyword), right.get(keyword)
    if keyword == "required":
        only = sorted(set(ours or ()) ^ set(theirs or ()))
        ours = [name for name in only if name in (ours or ())]
        theirs = [name for name in only if name in (theirs or ())]
    return KeywordDifference(pointer=pointer, keyword=keyword, ours=ours, theirs=theirs)


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


def _unescaped(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")
