"""Turns JSON Schemas into values with braces, and what those are drawn from: to be edited."""

import re
from collections.abc import Mapping
from typing import Any, Final

import jsonschema_rs

from loadtests.plan.random_values import LETTERS
from testcontainers_fixtures.json_pointers import steps

Schema = Mapping[str, Any]
MOST_DEEP: Final = 6
_SAID: Final = ("const", "example", "default")
_WIDE: Final = 1_000
_LETTERS: Final = (5, 12)
_KNOWN_FORMATS: Final[Mapping[str, str]] = {
    "date-time": "2026-01-01T12:00:00Z",
    "time": "12:00:00Z",
    "email": "somebody@example.org",
    "uri": "https://example.org/",
    "ipv4": "192.0.2.1",
    "hostname": "example.org",
}
_COMMON_TEXTS: Final = ("7", "42", "1.50", "2026", "0001", "AB", "abc", "ABC", "a-1", "+4930123456")
_DATES: Final = ("2026-01-01", "2026-12-31")


class NoTemplateError(ValueError):
    """A schema of which no value is made here; one sentence without a full stop."""


class SchemaTemplates:
    """Templates for the schemas of one document; `draw` has what their braces are drawn from.

    Names that are `kept` by other calls stand for themselves.
    """

    def __init__(self, document: Mapping[str, Any], kept: frozenset[str] = frozenset()) -> None:
        self._document = document
        self._kept = kept
        self.draw: dict[str, Any] = {}

    def of(self, schema: Any, name: str, depth: int = 0) -> Any:  # noqa: ANN401 -- JSON
        """Return a template for a schema; raise NoTemplateError where none is made."""
        schema = self.resolved(schema)
        if name in self._kept:
            return f"{{{name}}}"
        for key in _SAID:
            if schema.get(key) is not None:
                return _literal(schema[key])
        if schema.get("examples"):
            return _literal(next(iter(schema["examples"])))
        if choices := [one for one in schema.get("enum", ()) if one is not None]:
            return self._drawn(name, {"choices": choices})
        if options := (schema.get("anyOf") or schema.get("oneOf")):
            return self.of(next(filter(_no_null, options), {}), name, depth)
        return self._of_kind(_whole(self, schema), name, depth)

    def resolved(self, schema: Any) -> dict[str, Any]:  # noqa: ANN401 -- JSON
        """Return a schema, or the one within the document that it refers to."""
        for _ in range(MOST_DEEP):
            if not isinstance(schema, Mapping):
                return {}
            if "$ref" not in schema:
                return dict(schema)
            schema = self.at(str(schema["$ref"]))
        raise NoTemplateError("its schema refers to itself")

    def at(self, reference: str) -> Any:  # noqa: ANN401 -- JSON
        """Return what a reference leads to; raise NoTemplateError where that is nothing."""
        found: Any = self._document
        nothing = NoTemplateError(f"{reference} leads to no schema in the document")
        if not reference.startswith("#/"):
            raise nothing
        for key in steps(reference):
            if not isinstance(found, Mapping) or key not in found:
                raise nothing
            found = found[key]
        return found

    def _of_kind(self, schema: Schema, name: str, depth: int) -> Any:  # noqa: ANN401 -- JSON
        if depth > MOST_DEEP:
            raise NoTemplateError("its schema is too deep")
        match _kind(schema):
            case "object":
                return self._of_object(schema, depth)
            case "array":
                count = int(schema.get("minItems", 0))
                return [self.of(schema.get("items", {}), name, depth + 1) for _ in range(count)]
            case "integer":
                return self._drawn(name, _bounds(schema))
            case "number":
                return self._drawn(name, _bounds(schema))
            case "boolean":
                return self._drawn(name, {"choices": [False, True]})
            case "string":
                return self._of_text(schema, name)
        raise NoTemplateError(f"the schema of {name!r} does not say what it is")

    def free_properties(self, schema: Any) -> Mapping[str, Any] | None:  # noqa: ANN401 -- JSON
        """Return the properties of an object that need have none; None for what is no such."""
        schema = self.resolved(schema)
        if any(schema.get(key) for key in (*_SAID, "examples", "enum")):
            return None
        if options := (schema.get("anyOf") or schema.get("oneOf")):
            return self.free_properties(next(filter(_no_null, options), {}))
        whole = _whole(self, schema)
        free = _kind(whole) == "object" and not whole.get("required")
        return whole.get("properties", {}) if free else None

    def _of_object(self, schema: Schema, depth: int) -> dict[str, Any]:
        properties = schema.get("properties", {})
        return {
            name: self.of(properties.get(name, {}), placeholder(name), depth + 1)
            for name in schema.get("required", ())
        }

    def _of_text(self, schema: Schema, name: str) -> str:
        kind = schema.get("format", "")
        if kind == "uuid":
            return self._drawn(name, "uuid")
        if kind == "date":
            return self._drawn(name, {"date": list(_DATES)})
        if kind in _KNOWN_FORMATS:
            return _KNOWN_FORMATS[kind]
        least = int(schema.get("minLength", 0))
        most = int(schema.get("maxLength", max(_LETTERS[1], least)))
        usual = [max(least, min(one, most)) for one in _LETTERS]
        if "pattern" in schema and not _is_met(str(schema["pattern"]), usual):
            return self._drawn(name, {"choices": _texts_for(schema, name)})
        return self._drawn(name, {"text": usual})

    def _drawn(self, name: str, how: Any) -> str:  # noqa: ANN401 -- what a draw may be
        """Note what a name is drawn from; another of the same name gets a number."""
        number = 1
        while self.draw.setdefault(name, how) != how:
            number += 1
            name = f"{name.rstrip('0123456789_')}_{number}"
        return f"{{{name}}}"


def placeholder(name: str) -> str:
    """Return a name as it may stand in braces: `clientId` as `client_id`."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    plain = re.sub(r"[^a-z0-9]+", "_", snake.lower()).strip("_") or "value"
    return f"_{plain}" if plain[0].isdigit() else plain


def _is_met(pattern: str, lengths: list[int]) -> bool:
    """Tell whether drawn letters and digits meet a pattern, of all these lengths."""
    schema = {"type": "string", "pattern": pattern}
    texts = [(LETTERS * (length // len(LETTERS) + 1))[:length] for length in lengths]
    texts += [text[::-1] for text in texts] + [LETTERS[-1] * length for length in lengths]
    try:
        return all(jsonschema_rs.is_valid(schema, text) for text in texts)
    except ValueError:
        return False


def _texts_for(schema: Schema, name: str) -> list[str]:
    """Return common texts that fit a schema; raise NoTemplateError where none does."""
    fitting = [text for text in _COMMON_TEXTS if jsonschema_rs.is_valid(dict(schema), text)]
    if not fitting:
        raise NoTemplateError(f"the pattern of {name!r} has to be met by hand")
    return fitting


def _whole(templates: SchemaTemplates, schema: Schema) -> dict[str, Any]:
    """Return a schema with all that `allOf` says in it."""
    whole = {key: value for key, value in schema.items() if key != "allOf"}
    for part in map(templates.resolved, schema.get("allOf", ())):
        whole["required"] = [*whole.get("required", ()), *part.get("required", ())]
        whole["properties"] = {**whole.get("properties", {}), **part.get("properties", {})}
        whole = {**part, **whole}
    return whole


def _kind(schema: Schema) -> str:
    kinds = schema.get("type", "object" if "properties" in schema else "")
    if isinstance(kinds, list):
        return next((kind for kind in kinds if kind != "null"), "")
    return str(kinds)


def _no_null(schema: Any) -> bool:  # noqa: ANN401 -- JSON
    return not isinstance(schema, Mapping) or schema.get("type") != "null"


def _bounds(schema: Schema) -> list[int]:
    low, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    high, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    least = _least(low, above)
    most = _most(high, below)
    if least is None:
        least = 1 if most is None or most >= 1 else int(most) - _WIDE
    return [least, least + _WIDE - 1 if most is None else max(least, most)]


def _least(low: Any, above: Any) -> int | None:  # noqa: ANN401 -- JSON
    if above is True and low is not None:
        return int(low) + 1
    if above is not None and not isinstance(above, bool):
        return int(above // 1) + 1
    return None if low is None else -int(-low // 1)


def _most(high: Any, below: Any) -> int | None:  # noqa: ANN401 -- JSON
    if below is True and high is not None:
        return int(high) - 1
    if below is not None and not isinstance(below, bool):
        return -int(-below // 1) - 1
    return None if high is None else int(high // 1)


def _literal(value: Any) -> Any:  # noqa: ANN401 -- JSON
    """Return a value whose braces are braces, without what TOML has no word for."""
    if isinstance(value, str):
        return value.replace("{", "{{").replace("}", "}}")
    if isinstance(value, Mapping):
        return {key: _literal(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_literal(one) for one in value if one is not None]
    return value
