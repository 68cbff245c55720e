"""Says about which keywords of one place two schemas differ, each of them laid open."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from contract_tests.drift.operation import Schema
from contract_tests.drift.reading import UNREAD
from contract_tests.drift.schemas.type_bounds import CHOICES, OR_NULL

# That of a dispute about a field that one side alone has.
FIELD: Final = "field"
# Keywords that hold schemas: what differs in them is told where it stands.
BY_KEYWORD: Final = ("not", "if", "then", "else", "contains", "propertyNames", "contentSchema",
                     "unevaluatedItems", "unevaluatedProperties")  # fmt: skip
BY_NAME: Final = ("properties", "patternProperties", "dependentSchemas")
_INNER: Final = frozenset({*BY_KEYWORD, *BY_NAME, *CHOICES, "items", "prefixItems"}) | {
    "additionalProperties"
}
# What is told wherever it differs, though no value is refused because of it; a schema's other notes
# do nothing.
TOLD: Final = ("default", "readOnly", "writeOnly", "contentMediaType", "contentEncoding")
# A bound that one side alone excludes is one thing in dispute.
BOUNDS: Final = {
    "lower bound": ("minimum", "exclusiveMinimum"),
    "upper bound": ("maximum", "exclusiveMaximum"),
}
_DISCRIMINATOR: Final = "discriminator"
_SILENT: Final = frozenset({"example", "examples", "deprecated", "components", _DISCRIMINATOR})
_BITS: Final = ("int32", "int64")
_NUMBERS: Final = frozenset({"integer", "number"})


class Dispute(Struct, frozen=True, kw_only=True):
    """One keyword about which two schemas differ; a side that does not say it has None.

    `field` is the field that it is about, where it is about one. `is_simple` tells that the keyword
    bounds the value itself, `is_words` that no proof of equal values settles it.
    """

    keyword: str
    ours: Any
    theirs: Any
    field: str | None = None
    is_simple: bool = True
    is_words: bool = False


def disputes(ours: Schema, theirs: Schema) -> list[Dispute]:
    """Return the keywords in dispute that hold no schemas themselves."""
    if disjoint(ours, theirs):
        return [Dispute(keyword="type", ours=ours["type"], theirs=theirs["type"])]
    return [*_simple(ours, theirs), *_told(ours, theirs)]


def disjoint(ours: Schema, theirs: Schema) -> bool:
    """Tell whether no value has a type that both sides take: all else follows from that."""
    if "type" not in ours or "type" not in theirs:
        return False
    one, other = set(types(ours)), set(types(theirs))
    numbers = one & _NUMBERS and other & _NUMBERS
    return not (one & other - {"null"} or numbers) and bool(one - {"null"} and other - {"null"})


def types(schema: Schema) -> Sequence[str]:
    """Return the types that a schema names."""
    said = schema.get("type", [])
    return said if isinstance(said, list) else [said]


def alike(ours: Any, theirs: Any) -> bool:  # noqa: ANN401 -- any JSON
    """Tell whether two values are one: 10 and 10.0 are, true and 1 are not."""
    return encoded(ours) == encoded(theirs)


def encoded(value: Any) -> bytes:  # noqa: ANN401 -- any JSON
    """Return a value as text by which it is known."""
    return msgspec.json.encode(_whole(value), order="sorted")


def local(schema: Schema) -> Schema:
    """Return what a schema says of the value itself, and nothing of what is within it."""
    left_out = _INNER | _SILENT | {*TOLD, UNREAD}
    return {key: value for key, value in schema.items() if key not in left_out}


def _simple(ours: Schema, theirs: Schema) -> Iterator[Dispute]:
    one, other = local(ours), local(theirs)
    for name, pair in BOUNDS.items():
        if (bound := _bound(name, pair, one, other)) is not None:
            yield bound
            one, other = ({k: v for k, v in side.items() if k not in pair} for side in (one, other))
    for keyword in dict.fromkeys([*one, *other]):
        mine, its = one.get(keyword), other.get(keyword)
        if _alike(keyword, mine, its) or (keyword == "type" and _follows(one, other)):
            continue
        words = keyword == "format" and _is_only_said(one, other)
        if keyword == "required":
            mine, its = _alone(mine, its)
        # Which choice it stands beside is not said here.
        simple = keyword != OR_NULL
        yield Dispute(keyword=keyword, ours=mine, theirs=its, is_simple=simple, is_words=words)


def _bound(name: str, pair: tuple[str, str], ours: Schema, theirs: Schema) -> Dispute | None:
    """Return one dispute about a bound that one side alone excludes."""
    mine, its = ([key for key in pair if key in one] for one in (ours, theirs))
    if len(mine) != 1 or len(its) != 1 or mine == its:
        return None
    said = ([key, one[key]] for (key,), one in ((mine, ours), (its, theirs)))
    return Dispute(keyword=name, ours=next(said), theirs=next(said), is_simple=False)


def _told(ours: Schema, theirs: Schema) -> Iterator[Dispute]:
    for keyword in TOLD:
        if keyword in {*ours, *theirs} and not alike(ours.get(keyword), theirs.get(keyword)):
            yield Dispute(
                keyword=keyword,
                ours=ours.get(keyword),
                theirs=theirs.get(keyword),
                is_words=True,
            )
    one, other = ours.get(_DISCRIMINATOR), theirs.get(_DISCRIMINATOR)
    if (one or {}).get("propertyName") != (other or {}).get("propertyName") or _mapped(one, other):
        yield Dispute(keyword=_DISCRIMINATOR, ours=one, theirs=other, is_words=True)


def _mapped(ours: Any, theirs: Any) -> bool:  # noqa: ANN401 -- a discriminator or None
    """Tell whether two discriminators map other values; what is not mapped goes by its name."""
    both = ours and theirs and "mapping" in ours and "mapping" in theirs
    return bool(both and ours["mapping"] != theirs["mapping"])


def _alike(keyword: str, ours: Any, theirs: Any) -> bool:  # noqa: ANN401 -- a keyword's values
    if keyword in {"enum", "required", "type", "allOf"} and isinstance(ours, list):
        if not isinstance(theirs, list):
            return False
        return sorted(map(encoded, ours)) == sorted(map(encoded, theirs))
    return alike(ours, theirs)


def _follows(ours: Schema, theirs: Schema) -> bool:
    """Tell whether a type differs only because the values themselves are named."""
    if ("enum" in ours) == ("enum" in theirs):
        return "enum" in ours
    named, other = (ours, theirs) if "enum" in ours else (theirs, ours)
    return "type" not in other or set(types(named)) <= {*types(other), "integer", "number"}


def _is_only_said(ours: Schema, theirs: Schema) -> bool:
    """Tell whether a format bounds nothing that can be proved: of numbers, all but whole ones."""
    formats = {one["format"] for one in (ours, theirs) if "format" in one}
    return bool({*types(ours), *types(theirs)} & _NUMBERS) and not formats <= {*_BITS}


def _alone(ours: Any, theirs: Any) -> tuple[list[str], list[str]]:  # noqa: ANN401 -- lists or None
    """Return the names that one side alone demands, of each side."""
    mine, its = ours or [], theirs or []
    return (
        sorted(name for name in mine if name not in its),
        sorted(name for name in its if name not in mine),
    )


def _whole(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _whole(one) for key, one in value.items()}
    return value
