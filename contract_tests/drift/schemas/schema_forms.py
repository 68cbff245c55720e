"""Gives every schema of OpenAPI 3.0, 3.1 and 3.2 one form: JSON Schema 2020-12, as it is meant.

OpenAPI 3.0 has words of its own: `nullable`, and bounds that a boolean makes exclusive. What is no
schema at all is left out of its node, and named. The author's notes are left out as well.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from contract_tests.drift.reading import (
    UNREAD,
    Origins,
    UnreadableError,
    UnreadPlace,
    mapping,
    seen,
    sequence,
    shown,
    token,
)

Node = Any
_TYPES: Final = frozenset(
    {"null", "boolean", "object", "array", "number", "integer", "string"},
)
_SCHEMAS: Final = frozenset(
    {"items", "additionalProperties", "unevaluatedItems", "unevaluatedProperties", "not"}
    | {"if", "then", "else", "contains", "propertyNames", "contentSchema"}
)
_LISTS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_BY_NAME: Final = frozenset({"properties", "patternProperties", "dependentSchemas"})
_NUMBERS: Final = frozenset({"maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum"})
_COUNTS: Final = frozenset(
    {"maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"}
    | {"maxContains", "minContains"}
)
_TEXTS: Final = frozenset({"pattern", "format", "contentMediaType", "contentEncoding"})
_FLAGS: Final = frozenset({"uniqueItems", "readOnly", "writeOnly", "deprecated"})
# Said of a value, or of the schema itself, without bounding anything.
NOTES: Final = frozenset(
    {"default", "example", "examples", "deprecated", "readOnly", "writeOnly", "discriminator"}
)
_EXCLUSIVE: Final = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
_REFERENCES: Final = ("$ref", "$dynamicRef")


class SchemaForms:
    """Writes schemas anew; `refer` returns the reference that stands for one, `unread` is filled.

    `old` says that the document is OpenAPI 3.0. `origins` is filled with where each form stands.
    """

    def __init__(
        self,
        refer: Callable[[str], str],
        unread: list[UnreadPlace],
        origins: Origins,
        *,
        old: bool,
    ) -> None:
        self._refer = refer
        self._origins = origins
        self._unread = unread
        self._old = old
        self._known: dict[str, Callable[[Any, str], Any]] = {
            **dict.fromkeys(_SCHEMAS, self.form),
            **dict.fromkeys(_LISTS, self._listed),
            **dict.fromkeys(_BY_NAME, self._named),
            **dict.fromkeys(_NUMBERS, _number),
            **dict.fromkeys(_COUNTS, _count),
            **dict.fromkeys(_TEXTS, _text),
            **dict.fromkeys(_FLAGS, _flag),
            **dict.fromkeys(("const", "default", "example"), _anything),
            **_OTHERS,
        }

    def __repr__(self) -> str:
        """Show which OpenAPI it reads."""
        return f"<SchemaForms of {'3.0' if self._old else '3.1'}>"

    def form(self, said: Any, pointer: str) -> Node:  # noqa: ANN401 -- whatever stands there
        """Return a schema in its one form: a boolean, or an object with known keywords alone."""
        if isinstance(said, bool):
            return said
        if not isinstance(said, dict):
            return self.lost(pointer, f"a schema is an object or a boolean; seen: {seen(said)}")
        reference = next((said[key] for key in _REFERENCES if key in said), None)
        if reference is not None:
            return self._origins.note(self._referring(said, reference, pointer), pointer)
        return self._origins.note(self._plain(said, pointer), pointer)

    def lost(self, pointer: str, why: str) -> Node:
        """Name a place that cannot be read, and return what stands for it."""
        self._unread.append(UnreadPlace(pointer=pointer, why=why, kind="schema"))
        return {UNREAD: pointer}

    def _referring(self, said: Mapping[str, Any], reference: Any, pointer: str) -> Node:  # noqa: ANN401 -- as above
        try:
            found = {"$ref": self._refer(_text(reference, pointer))}
        except UnreadableError as error:
            return self.lost(pointer, str(error))
        # OpenAPI 3.0, Reference Object: what stands beside a reference is ignored.
        return found if self._old else {**self._plain(said, pointer), **found}

    def _plain(self, said: Mapping[str, Any], pointer: str) -> Node:
        made: dict[str, Any] = {}
        for key, value in _exclusive(said).items():
            if key in self._known:
                self._put(made, key, value, f"{pointer}/{token(key)}")
        if self._old and said.get("nullable") is True:
            return _with_null(made)
        return made

    def _put(self, made: dict[str, Any], key: str, value: Any, pointer: str) -> None:  # noqa: ANN401 -- as above
        try:
            made[key] = self._known[key](value, pointer)
        except UnreadableError as error:
            made[UNREAD] = pointer
            self._unread.append(UnreadPlace(pointer=pointer, why=str(error), kind="keyword"))

    def _listed(self, value: Any, pointer: str) -> list[Node]:  # noqa: ANN401 -- as above
        found = sequence(value, "this")
        if not found:
            raise UnreadableError("this is a list of at least one schema; seen: none")
        made = [self.form(one, f"{pointer}/{number}") for number, one in enumerate(found)]
        if not self._old or not pointer.endswith(("/anyOf", "/oneOf")):
            return made
        return [_null(one, form) for one, form in zip(found, made, strict=True)]

    def _named(self, value: Any, pointer: str) -> dict[str, Node]:  # noqa: ANN401 -- as above
        return {
            str(name): self.form(one, f"{pointer}/{token(name)}")
            for name, one in mapping(value, "this").items()
        }


def _exclusive(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a schema whose exclusive bounds are numbers, as they are since draft 6.

    In OpenAPI 3.0 a boolean makes the bound beside it exclusive; some write the newer form there.
    """
    if not any(isinstance(said.get(key), bool) for key in _EXCLUSIVE):
        return said
    made = dict(said)
    for key, bound in _EXCLUSIVE.items():
        if not isinstance(said.get(key), bool):
            continue
        exclusive = made.pop(key)
        if exclusive and bound in made:
            made[key] = made.pop(bound)
    return made


def _with_null(made: dict[str, Any]) -> Node:
    """Return what `nullable` makes of a schema: an enum without null still has none (3.0.3).

    Of a schema that bounds nothing it takes nothing away.
    """
    bounds = {key: value for key, value in made.items() if key not in NOTES}
    if not bounds or ("enum" in made and None not in made["enum"]):
        return made
    if "type" in made and not {*_LISTS, "not", "const", UNREAD} & made.keys():
        types = made["type"] if isinstance(made["type"], list) else [made["type"]]
        return {**made, "type": list(dict.fromkeys([*types, "null"]))}
    notes = {key: value for key, value in made.items() if key in NOTES}
    return {**notes, "anyOf": [bounds, {"type": "null"}]}


def _null(said: Any, form: Node) -> Node:  # noqa: ANN401 -- whatever stands there
    """Return a branch that says nothing but `nullable` as what it means in a choice: null."""
    says = isinstance(said, dict) and said.get("nullable") is True
    bare = isinstance(form, dict) and not form.keys() - NOTES
    return {"type": "null"} if says and bare else form


def _anything(value: Any, _: str) -> Any:  # noqa: ANN401 -- any JSON
    return value


def _type(value: Any, _: str) -> Any:  # noqa: ANN401 -- whatever stands there
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(one, str) and one in _TYPES for one in names):
        raise UnreadableError(f"there is no such type: {shown(value)}")
    return value


def _number(value: Any, _: str) -> Any:  # noqa: ANN401 -- as above
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnreadableError(f"this is a number; seen: {seen(value)}")
    return value


def _positive(value: Any, _: str) -> Any:  # noqa: ANN401 -- as above
    if _number(value, _) <= 0:
        raise UnreadableError(f"this is a number above 0; seen: {seen(value)}")
    return value


def _count(value: Any, _: str) -> int:  # noqa: ANN401 -- as above
    if _number(value, _) < 0 or value != int(value):
        raise UnreadableError(f"this is a whole number from 0 on; seen: {seen(value)}")
    return int(value)


def _text(value: Any, _: str) -> str:  # noqa: ANN401 -- as above
    if not isinstance(value, str):
        raise UnreadableError(f"this is text; seen: {seen(value)}")
    return value


def _flag(value: Any, _: str) -> bool:  # noqa: ANN401 -- as above
    if not isinstance(value, bool):
        raise UnreadableError(f"this is true or false; seen: {seen(value)}")
    return value


def _names(value: Any, _: str) -> list[str]:  # noqa: ANN401 -- as above
    found = sequence(value, "this")
    if not all(isinstance(one, str) for one in found):
        raise UnreadableError(f"this is a list of names; seen: {shown(value)}")
    return list(dict.fromkeys(found))


def _values(value: Any, _: str) -> list[Any]:  # noqa: ANN401 -- as above
    found = sequence(value, "this")
    if not found:
        raise UnreadableError("this is a list of at least one value; seen: none")
    return found


def _examples(value: Any, _: str) -> list[Any]:  # noqa: ANN401 -- as above
    return value if isinstance(value, list) else []


def _dependent(value: Any, _: str) -> dict[str, list[str]]:  # noqa: ANN401 -- as above
    return {str(name): _names(one, _) for name, one in mapping(value, "this").items()}


def _discriminator(value: Any, _: str) -> dict[str, Any]:  # noqa: ANN401 -- as above
    found = mapping(value, "this")
    if not isinstance(found.get("propertyName"), str):
        raise UnreadableError("a discriminator has a propertyName, which is text")
    kept: dict[str, Any] = {"propertyName": found["propertyName"]}
    if isinstance(found.get("mapping"), dict):
        kept["mapping"] = sorted(map(str, found["mapping"]))
    return kept


_OTHERS: Final[dict[str, Callable[[Any, str], Any]]] = {
    "type": _type,
    "required": _names,
    "enum": _values,
    "multipleOf": _positive,
    "dependentRequired": _dependent,
    "discriminator": _discriminator,
    "examples": _examples,
}
