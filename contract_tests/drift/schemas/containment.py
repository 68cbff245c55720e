"""Tells by proof whether one schema takes all that another takes (`jsonschema_rs.canonicalize`).

So `maximum: 10` and `maximum: 10.0`, or the same thing said in another order, are no difference.
Formats bound strings. What cannot be read proves nothing.
"""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import jsonschema_rs
import msgspec
from jsonschema_rs import CanonicalSchema
from jsonschema_rs.canonical import Containment, Satisfiability

from contract_tests.drift.operation import Schema
from contract_tests.drift.validation import is_readable_pattern

PREFIX: Final = "#/components/schemas/"
_BITS: Final = {"int32": 32, "int64": 64}
_INTEGERS: Final = ("integer", "number")


def equal(ours: Schema, theirs: Schema) -> bool:
    """Tell whether two schemas take the same values, as far as that can be proved."""
    return covers(ours, theirs) and covers(theirs, ours)


def covers(wider: Schema, narrower: Schema) -> bool:
    """Tell whether it is proved that `wider` takes every value that `narrower` takes."""
    one, other = canonical(wider), canonical(narrower)
    return one is not None and other is not None and one.covers(other) is Containment.YES


def surplus(ours: Schema, theirs: Schema) -> Schema | None:
    """Return a schema of exactly the values that only `ours` takes; None where none is known."""
    one, other = canonical(ours), canonical(theirs)
    if one is None or other is None:
        return None
    try:
        rest = one.subtract(other)
    except (ValueError, TypeError):
        return None
    if rest.satisfiability() is Satisfiability.NO:
        return None
    schema = _with_patterns(rest.to_json_schema())
    return schema if isinstance(schema, dict) else None


def canonical(schema: Schema) -> CanonicalSchema | None:
    """Return the canonical form, in which formats bound strings; None where there is none.

    A pattern that the engine refuses bounds as one that is known by its text alone.
    """
    encoded = msgspec.json.encode(schema)
    digest = hashlib.blake2b(encoded, digest_size=16).digest()
    return _canonical(_Encoded(digest, encoded))


class _Encoded:
    """A schema's text, known by its digest, so that what was seen of it is not kept whole."""

    def __init__(self, digest: bytes, text: bytes) -> None:
        self.digest = digest
        self.text: bytes | None = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Encoded) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def take(self) -> bytes:
        """Return the text, which is let go of."""
        text, self.text = self.text, None
        return text or b""


@lru_cache(maxsize=1_024)
def _canonical(schema: _Encoded) -> CanonicalSchema | None:
    plain = _readable(msgspec.json.decode(schema.take()))
    try:
        return jsonschema_rs.canonicalize(plain, validate_formats=True)
    except (ValueError, TypeError, RecursionError):
        return None


def _readable(node: Any) -> Any:  # noqa: ANN401 -- any node of a schema
    """Return a schema that the engine reads: integers within their bits, plain patterns."""
    if isinstance(node, list):
        return [_readable(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {key: _readable(one) for key, one in node.items()}
    if isinstance(made.get("pattern"), str):
        made["pattern"] = _stand_in(made["pattern"])
    if isinstance(made.get("patternProperties"), dict):
        made["patternProperties"] = {
            _stand_in(pattern): one for pattern, one in made["patternProperties"].items()
        }
    return bounded(made)


def bounded(node: Schema) -> Schema:
    """Return a schema whose integers of 32 or 64 bits say so by their bounds."""
    form, types = node.get("format"), node.get("type")
    named = types if isinstance(types, list) else [types]
    if not isinstance(form, str) or form not in _BITS or not {*named} & {*_INTEGERS}:
        return node
    most = 2 ** (_BITS[form] - 1)
    kept = {key: one for key, one in node.items() if key != "format"}
    bounds = {"minimum": -most, "maximum": most - 1}
    return {**kept, "allOf": [*node.get("allOf", ()), bounds]}


_STAND_IN: Final = "(?:unread-"


def _stand_in(pattern: str) -> str:
    if is_readable_pattern(pattern):
        return pattern
    return f"{_STAND_IN}{pattern.encode().hex()})"


def _with_patterns(node: Any) -> Any:  # noqa: ANN401 -- any node of a schema
    """Return a schema with the patterns for which others stood in."""
    if isinstance(node, list):
        return [_with_patterns(one) for one in node]
    if isinstance(node, dict):
        return {_meant(key): _with_patterns(one) for key, one in node.items()}
    return _meant(node) if isinstance(node, str) else node


def _meant(text: str) -> str:
    if not text.startswith(_STAND_IN):
        return text
    return bytes.fromhex(text.removeprefix(_STAND_IN).removesuffix(")")).decode()


def standing(node: Any, schemas: Mapping[str, Any]) -> Schema:  # noqa: ANN401 -- a schema may be a boolean
    """Return a node of a document with what it refers to, and no more."""
    plain: Schema = node if isinstance(node, dict) else ({} if node else {"not": {}})
    reached: dict[str, Any] = {}
    left = [plain]
    while left:
        for name in _referred(left.pop()):
            if name in schemas and name not in reached:
                reached[name] = schemas[name]
                left.append(schemas[name])
    return {**plain, "components": {"schemas": reached}}


def _referred(node: Any) -> set[str]:  # noqa: ANN401 -- any node of a schema
    found: set[str] = set()
    left = [node]
    while left:
        one = left.pop()
        if isinstance(one, list):
            left += one
        elif isinstance(one, dict):
            reference = one.get("$ref")
            if isinstance(reference, str):
                found.add(reference.removeprefix(PREFIX))
            left += [value for value in one.values() if isinstance(value, dict | list)]
    return found
