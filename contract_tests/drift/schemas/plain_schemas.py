"""Lays a schema open: what all its parts say of one value together, whatever they are split into.

`$ref` and `allOf` are followed and merged, and a choice of something or null is the something, with
null as one more type. The parts that a schema is made of stay what they are, so that two schemas
made of the same parts are known to be one.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from contract_tests.drift.operation import Schema
from contract_tests.drift.reading import UNREAD, Origins
from contract_tests.drift.schemas.containment import PREFIX
from contract_tests.drift.schemas.keyword_disputes import BOUNDS, Dispute
from contract_tests.drift.schemas.schema_forms import NOTES, Node
from contract_tests.drift.schemas.type_bounds import (
    CHOICES,
    NULL,
    both,
    encoded,
    exact,
    typed,
    types_of,
)

_EXPANDED: Final = frozenset({"$ref", "allOf", "components"})
_NOTHING: Final[Schema] = {"not": {}}
_LEAST: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_MOST: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_COMBINED: Final[dict[str, Callable[[Any, Any], Any]]] = {
    **dict.fromkeys(_LEAST, min),
    **dict.fromkeys(_MOST, max),
    "uniqueItems": lambda one, other: one or other,
    "required": lambda one, other: [*one, *(name for name in other if name not in one)],
}
_NEEDLESS: Final[dict[str, Any]] = {
    **dict.fromkeys(("minLength", "minItems", "minProperties"), 0),
    "uniqueItems": False,
    "required": [],
    "readOnly": False,
    "writeOnly": False,
}
_IS_NULL: Final = ("type", NULL)
_FORMATS: Final = {
    ("contentEncoding", "base64"): ("format", "byte"),
    ("contentMediaType", "application/octet-stream"): ("format", "binary"),
}


class PlainSchemas:
    """One side's schemas, laid open once each; what was made is kept, as its identity counts."""

    def __init__(self, origins: Origins | None = None) -> None:
        self.schemas: dict[str, Any] = {}
        self._origins = origins or Origins()
        self._met: dict[int, Mapping[str, Any]] = {}
        self._kept: list[Any] = []
        self._parts: dict[int, tuple[Node, ...]] = {}
        self._views: dict[tuple[int, ...], Schema] = {}
        self._joined: dict[tuple[int, ...], Node] = {}

    def __repr__(self) -> str:
        """Show how much was laid open."""
        return f"<PlainSchemas {len(self._views)} laid open>"

    def know(self, schema: Schema) -> Node:
        """Learn what a schema that stands alone carries along, and return it as a node."""
        schemas: Mapping[str, Any] = schema.get("components", {}).get("schemas", {})
        if id(schemas) not in self._met:
            self._met[id(schemas)] = schemas
            self.schemas.update(schemas)
        self._kept.append(schema)
        return schema

    def key(self, node: Node) -> tuple[int, ...]:
        """Return what a schema is known by: the parts that it is made of."""
        return tuple(sorted(map(id, self.parts(node))))

    def parts(self, node: Node) -> tuple[Node, ...]:
        """Return the objects that bound a value together."""
        if id(node) not in self._parts:
            self._kept.append(node)
            self._parts[id(node)] = tuple(self._parted(node))
        return self._parts[id(node)]

    def _parted(self, node: Node) -> Iterator[Node]:
        passed: set[int] = set()
        left = [node]
        while left:
            one = left.pop()
            if one is True or id(one) in passed:
                continue
            passed.add(id(one))
            if one is False:
                yield _NOTHING
                continue
            inner = [*self._referred(one), *one.get("allOf", ()), *self._optional(one)]
            left += reversed(inner)
            if one.keys() - _EXPANDED:
                yield one

    def _referred(self, one: Schema) -> list[Node]:
        reference = one.get("$ref")
        if not isinstance(reference, str):
            return []
        return [self.schemas.get(reference.removeprefix(PREFIX), {UNREAD: reference})]

    def _optional(self, one: Schema) -> list[Node]:
        """Return the one alternative to null of each choice that is no more than that."""
        choices = [_others(one.get(keyword, ())) for keyword in CHOICES]
        return [only for others in choices if len(others) == 1 for only in others]

    def origin(self, node: Node, dispute: Dispute) -> str:
        """Return where stands what a schema says of a dispute; "" where that is not known.

        A schema that says nothing of it is where it stands itself, a reference what it leads to.
        """
        parts = self.parts(node)
        said = [one for one in parts if _says(one, dispute)]
        places = [*said, *(parts if len(parts) == 1 else ()), node, *parts]
        return next(filter(None, map(self._origins.of, places)), "")

    def view(self, node: Node) -> Schema:
        """Return what a schema says, laid open, as a schema."""
        key = self.key(node)
        if key not in self._views:
            self._views[key] = self._viewed(node)
        return self._views[key]

    def join(self, nodes: Sequence[Node]) -> Node:
        """Return the schema of what takes a value that all of some schemas take."""
        if len(nodes) == 1:
            return nodes[0]
        key = tuple(map(id, nodes))
        if key not in self._joined:
            self._kept += nodes
            self._joined[key] = {"allOf": list(nodes)} if nodes else True
        return self._joined[key]

    def bounds(self, node: Node) -> bool:
        """Tell whether a schema refuses any value at all, as far as can be seen at once."""
        return any(one.keys() - NOTES - _EXPANDED for one in self.parts(node))

    def takes_null(self, node: Node) -> bool:
        """Tell whether a schema takes null, as far as its types, values and choices say."""
        return self._takes_null(node, frozenset())

    def _takes_null(self, node: Node, passed: frozenset[int]) -> bool:
        if isinstance(node, bool) or id(node) in passed:
            return node is not False
        inward = passed | {id(node)}
        every = [*self._referred(node), *node.get("allOf", ())]
        choices = [node[keyword] for keyword in CHOICES if keyword in node]
        return (
            NULL in types_of(node.get("type", NULL))
            and None in node.get("enum", (None,))
            and node.get("const") is None
            and node.get("not") != {}
            and all(self._takes_null(one, inward) for one in every)
            and all(any(self._takes_null(one, inward) for one in some) for some in choices)
        )

    def _viewed(self, node: Node) -> Schema:
        said: dict[str, Any] = {}
        parts = self.parts(node)
        for part in parts:
            for keyword, value in part.items():
                self._put(said, keyword, value)
        said |= self._fields(parts)
        said |= self._items(parts)
        made = typed(said, takes_null=self.takes_null(node))
        return {k: v for k, v in exact(made).items() if k not in _NEEDLESS or v != _NEEDLESS[k]}

    def _put(self, said: dict[str, Any], keyword: str, value: Any) -> None:  # noqa: ANN401 -- a keyword's value
        keyword, value = _renamed(keyword, value)
        if keyword in _ELSEWHERE:
            return
        before = said.get(keyword, value) if keyword in said else value
        if keyword not in said or before == value or keyword in NOTES:
            said.setdefault(keyword, value)
        elif keyword in _COMBINED:
            said[keyword] = _COMBINED[keyword](before, value)
        elif keyword == "type":
            said[keyword] = both(types_of(before), types_of(value))
        elif keyword == "enum":
            said[keyword] = [one for one in before if encoded(one) in set(map(encoded, value))]
        else:
            said.setdefault("allOf", []).append({keyword: value})

    def _fields(self, parts: Sequence[Node]) -> dict[str, Any]:
        """Return what is said of fields: of each that is named, and of all further ones."""
        names = dict.fromkeys(name for one in parts for name in one.get("properties", ()))
        found: dict[str, Any] = {}
        if names:
            found["properties"] = {name: self._field(parts, name) for name in names}
        patterns = dict.fromkeys(name for one in parts for name in one.get("patternProperties", ()))
        if patterns:
            found["patternProperties"] = {
                pattern: self.join([one["patternProperties"][pattern] for one in parts
                                    if pattern in one.get("patternProperties", ())])
                for pattern in patterns
            }  # fmt: skip
        return found | self._joint(parts, "additionalProperties")

    def _field(self, parts: Sequence[Node], name: str) -> Node:
        said = [node for one in parts for node in _of_field(one, name)]
        return self.join(said)

    def _joint(self, parts: Sequence[Node], keyword: str) -> dict[str, Any]:
        said = [one[keyword] for one in parts if keyword in one]
        joined = self.join(said)
        return {keyword: joined} if said and self.bounds(joined) else {}

    def _items(self, parts: Sequence[Node]) -> dict[str, Any]:
        listed = [one.get("prefixItems", ()) for one in parts]
        most = max(map(len, listed), default=0)
        found = self._joint(parts, "items")
        if most:
            found["prefixItems"] = [
                self.join([node for one in parts for node in _of_item(one, number)])
                for number in range(most)
            ]
        return found


# Followed, or laid open by what they hold.
_ELSEWHERE: Final = _EXPANDED | {
    *("properties", "patternProperties", "additionalProperties", "items", "prefixItems")
}


def _renamed(keyword: str, value: Any) -> tuple[str, Any]:  # noqa: ANN401 -- a keyword's value
    """Return a keyword in the words in which all are told, with its value."""
    if keyword in CHOICES:
        others = _others(value)
        # One alternative to null is a part of its own.
        return ("allOf", others) if len(others) == 1 else (keyword, others) if others else _IS_NULL
    if keyword == "const":
        return "enum", [value]
    return _FORMATS.get((keyword, str(value)), (keyword, value))


def _says(one: Node, dispute: Dispute) -> bool:
    """Tell whether one part of a schema is about the keyword, or the field, of a dispute."""
    if not isinstance(one, dict):
        return False
    if dispute.field is not None:
        return dispute.field in one.get("properties", ())
    names = BOUNDS.get(dispute.keyword, (dispute.keyword,))
    return any(_renamed(key, value)[0] in names for key, value in one.items())


def _of_field(one: Schema, name: str) -> list[Node]:
    """Return what one part says of a field; a further one where it does not name it."""
    named = [one["properties"][name]] if name in one.get("properties", ()) else []
    named += [node for p, node in one.get("patternProperties", {}).items() if _matches(p, name)]
    if named:
        return named
    return [one["additionalProperties"]] if "additionalProperties" in one else []


def _of_item(one: Schema, number: int) -> list[Node]:
    listed = one.get("prefixItems", ())
    if number < len(listed):
        return [listed[number]]
    return [one["items"]] if "items" in one else []


def _matches(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except (re.error, RecursionError, OverflowError):
        return False


def _others(branches: Sequence[Node]) -> list[Node]:
    """Return the branches of a choice that are not null alone."""
    return [one for one in branches if not _is_null(one)]


def _is_null(one: Node) -> bool:
    if not isinstance(one, dict):
        return False
    bounds = {key: value for key, value in one.items() if key not in NOTES}
    return bounds in ({"type": NULL}, {"type": [NULL]}, {"enum": [None]}, {"const": None}) or (
        bounds == {"type": NULL, "enum": [None]}
    )
