"""Says whether a value may be sent: formats count, OpenAPI's own and Python's patterns included.

JSON Schema leaves it to its reader whether `format` bounds anything. For a value that is to be sent
it does.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any, Final

import jsonschema_rs
import msgspec

from contract_tests.drift.documents import Schema, at

_KNOWN: Final = frozenset(
    {"date", "date-time", "time", "duration", "email", "idn-email", "hostname", "idn-hostname"}
    | {"ipv4", "ipv6", "uri", "uri-reference", "uri-template", "iri", "iri-reference", "uuid"}
    | {"json-pointer", "relative-json-pointer", "regex"}
    | {"byte", "binary", "password", "float", "double", "int32", "int64"}
)
# Enough for ECMA 262's look-around, with an end to what it may cost.
_PATTERNS: Final = jsonschema_rs.FancyRegexOptions(size_limit=150_000_000)
_BRANCHES: Final = ("allOf", "anyOf", "oneOf")


def takes(schema: Schema, value: object) -> bool:
    """Tell whether a schema takes a value, formats included; one that cannot be read takes none."""
    check = _validator(msgspec.json.encode(schema))
    return check is not None and check.is_valid(value)


def is_readable(schema: Schema) -> bool:
    """Tell whether anybody here can say what a schema takes: its patterns can be read."""
    return _validator(msgspec.json.encode(schema)) is not None


def fits(schema: Schema, value: object) -> bool:
    """Tell whether a schema takes a value, formats apart: what was answered is judged by it.

    A pattern that the engine refuses bounds nothing.
    """
    return _lenient(msgspec.json.encode(schema)).is_valid(value)


@lru_cache(maxsize=1_024)
def _lenient(encoded: bytes) -> jsonschema_rs.Draft202012Validator:
    schema = msgspec.json.decode(encoded)
    validator = partial(jsonschema_rs.Draft202012Validator, pattern_options=_PATTERNS, offline=True)
    try:
        return validator(schema)
    except ValueError:
        return validator(_without_patterns(schema))


def _without_patterns(node: Any) -> Any:  # noqa: ANN401 -- any node of a schema
    """Return a schema without the patterns that the engine refuses."""
    if isinstance(node, list):
        return [_without_patterns(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {key: _without_patterns(one) for key, one in node.items()}
    if isinstance(made.get("pattern"), str) and not is_readable_pattern(made["pattern"]):
        made.pop("pattern")
    if isinstance(made.get("patternProperties"), dict):
        named = made["patternProperties"].items()
        made["patternProperties"] = {p: one for p, one in named if is_readable_pattern(p)}
    return made


@lru_cache(maxsize=4_096)
def _validator(encoded: bytes) -> jsonschema_rs.Draft202012Validator | None:
    schema = msgspec.json.decode(encoded)
    try:
        return _built(schema, {})
    except ValueError:
        forms: dict[str, Callable[[str], bool]] = {}
        with suppress(ValueError, re.error):
            return _built(_by_python(schema, forms), forms)
        return None


def _built(
    schema: Schema, forms: Mapping[str, Callable[[str], bool]]
) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        schema,
        validate_formats=True,
        formats={"byte": _base64, **forms},
        pattern_options=_PATTERNS,
        offline=True,
    )


def _by_python(node: Any, forms: dict[str, Callable[[str], bool]]) -> Any:  # noqa: ANN401 -- any node of a schema
    """Return a schema in which what Python alone can read of its patterns is a format."""
    if isinstance(node, list):
        return [_by_python(one, forms) for one in node]
    if not isinstance(node, dict):
        return node
    made = {key: _by_python(one, forms) for key, one in node.items()}
    pattern = made.get("pattern")
    if isinstance(pattern, str) and not is_readable_pattern(pattern):
        name = f"python {made.pop('pattern')}"
        forms[name] = _matching(re.compile(pattern))
        made["allOf"] = [*made.get("allOf", ()), {"format": name}]
    return made


def _matching(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.search(text) is not None


@lru_cache(maxsize=1_024)
def is_readable_pattern(pattern: str) -> bool:
    """Tell whether the engine reads a pattern."""
    try:
        _built({"pattern": pattern}, {})
    except ValueError:
        return False
    return True


def _base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def free(schema: Schema) -> bool:
    """Tell whether text of ours may be tried on a schema: every format that it asks for is known.

    Of any other format nobody here can say which texts have it.
    """
    return all(one.get("format", "byte") in _KNOWN for one in branches(schema, schema))


def branches(schema: Any, root: Schema) -> Iterator[Schema]:  # noqa: ANN401 -- a schema may be a boolean
    """Yield a schema, what it refers to and its alternatives, all of which speak of one value."""
    followed: set[str] = set()
    left = [schema]
    while left:
        one = left.pop(0)
        if not isinstance(one, dict):
            continue
        yield one
        reference = one.get("$ref")
        if isinstance(reference, str) and reference not in followed:
            followed.add(reference)
            left.append(at(root, reference))
        left += [branch for keyword in _BRANCHES for branch in one.get(keyword, ())]


def properties(schema: Schema) -> Mapping[str, Any]:
    """Return what a schema itself says of an object's fields."""
    found = schema.get("properties", {})
    return found if isinstance(found, dict) else {}
