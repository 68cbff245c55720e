"""Says whether a value may be sent: formats count, and what only answers hold is left out.

JSON Schema leaves it to its reader whether `format` bounds anything. For a value that is to be sent
it does, OpenAPI's own formats included.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final, Literal

import jsonschema_rs
import msgspec

from contract_tests.documents import Schema, at

Unseen = Literal["readOnly", "writeOnly"]
_BITS: Final = {"int32": 32, "int64": 64}
_KNOWN: Final = frozenset(
    {"date", "date-time", "time", "duration", "email", "idn-email", "hostname", "idn-hostname"}
    | {"ipv4", "ipv6", "uri", "uri-reference", "uri-template", "iri", "iri-reference", "uuid"}
    | {"json-pointer", "relative-json-pointer", "regex"}
    | {"byte", "binary", "password", "float", "double", *_BITS}
)
# Enough for ECMA 262's look-around, with an end to what it may cost.
_PATTERNS: Final = jsonschema_rs.FancyRegexOptions(size_limit=150_000_000)
_BRANCHES: Final = ("allOf", "anyOf", "oneOf")
# Keywords that hold values, and those that hold schemas by a name of the author's.
_VALUES: Final = frozenset({"enum", "const", "default", "example", "examples"})
_BY_NAME: Final = frozenset({"properties", "patternProperties", "$defs", "schemas"})
_REFERENCE: Final = re.compile(r'"#/components/schemas/([^"/]+)')


def takes(schema: Schema, value: object) -> bool:
    """Tell whether a schema takes a value, formats included; one that cannot be read takes none."""
    check = _validator(msgspec.json.encode(schema))
    return check is not None and check.is_valid(value)


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
    if isinstance(pattern, str) and not _is_readable(pattern):
        name = f"python {made.pop('pattern')}"
        forms[name] = _matching(re.compile(pattern))
        made["allOf"] = [*made.get("allOf", ()), {"format": name}]
    return made


def _matching(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.search(text) is not None


@lru_cache(maxsize=1_024)
def _is_readable(pattern: str) -> bool:
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


def without(schema: Schema, unseen: Unseen) -> Schema:
    """Return a schema without the fields of one direction: no request holds what is `readOnly`.

    No answer holds what is `writeOnly`. OpenAPI's integers get the bounds of their bits.
    """
    return _without(msgspec.json.encode(schema), unseen)


@lru_cache(maxsize=1_024)
def _without(schema: bytes, unseen: Unseen) -> Schema:
    root: Schema = msgspec.json.decode(schema)
    made: Schema = _Rewriting(root, unseen)(root)
    return {**made, "components": {"schemas": _reached(made)}} if "components" in made else made


def _reached(root: Schema) -> dict[str, Any]:
    """Return the components that a schema refers to, since all of them go with each field."""
    known = root["components"].get("schemas", {})
    found: dict[str, Any] = {}
    left = [{key: one for key, one in root.items() if key != "components"}]
    while left:
        for name in _REFERENCE.findall(msgspec.json.encode(left.pop()).decode()):
            if name in known and name not in found:
                found[name] = known[name]
                left.append(known[name])
    return found


class _Rewriting:
    """Makes a schema anew, node by node; whatever is no schema stays as it is."""

    def __init__(self, root: Schema, unseen: Unseen) -> None:
        self._root = root
        self._unseen = unseen

    def __repr__(self) -> str:
        """Show what is left out."""
        return f"<_Rewriting without {self._unseen}>"

    def __call__(self, node: Any) -> Any:  # noqa: ANN401 -- any node of a schema
        """Return a node without what is not seen."""
        if isinstance(node, list):
            return [self(one) for one in node]
        if not isinstance(node, dict):
            return node
        gone = self._gone(node)
        return _bounded({key: self._kept(key, one, gone) for key, one in node.items()})

    def _kept(self, key: str, value: Any, gone: frozenset[str]) -> Any:  # noqa: ANN401 -- as above
        if key in _VALUES:
            return value
        if key == "required" and isinstance(value, list):
            return [name for name in value if name not in gone]
        if key in _BY_NAME and isinstance(value, dict):
            hidden = gone if key == "properties" else frozenset[str]()
            return {name: self(one) for name, one in value.items() if name not in hidden}
        if key == "allOf" and isinstance(value, list):
            return [self._branch(one, gone) for one in value]
        return self(value)

    def _branch(self, one: Any, gone: frozenset[str]) -> Any:  # noqa: ANN401 -- as above
        """Return a branch of allOf: it may require what another one says is not seen."""
        made = self(one)
        if isinstance(made, dict) and "required" in made:
            made["required"] = [name for name in made["required"] if name not in gone]
        return made

    def _gone(self, node: Schema) -> frozenset[str]:
        return frozenset(
            name
            for branch in branches(node, self._root)
            for name, one in properties(branch).items()
            if any(part.get(self._unseen) is True for part in branches(one, self._root))
        )


def properties(schema: Schema) -> Mapping[str, Any]:
    """Return what a schema itself says of an object's fields."""
    found = schema.get("properties", {})
    return found if isinstance(found, dict) else {}


def _bounded(node: Schema) -> Schema:
    if node.get("format") in _BITS and node.get("type") in {"integer", "number"}:
        most = 2 ** (_BITS[node["format"]] - 1)
        bounds = {"minimum": -most, "maximum": most - 1}
        return {**node, "allOf": [*node.get("allOf", ()), bounds]}
    if node.get("contentEncoding") == "base64":
        return {"format": "byte", **node}
    return node
