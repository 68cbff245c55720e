"""Has a schema as one direction sees it: what only answers hold is in no request, and so back."""

import re
from functools import lru_cache
from typing import Any, Final, Literal

import msgspec

from contract_tests.drift.documents import Schema
from contract_tests.drift.validation import branches, properties

Unseen = Literal["readOnly", "writeOnly"]
_BITS: Final = {"int32": 32, "int64": 64}
# Keywords that hold values, and those that hold schemas by a name of the author's.
_VALUES: Final = frozenset({"enum", "const", "default", "example", "examples"})
_BY_NAME: Final = frozenset({"properties", "patternProperties", "$defs", "schemas"})
_REFERENCE: Final = re.compile(r'"#/components/schemas/([^"/]+)')


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


def _bounded(node: Schema) -> Schema:
    if node.get("format") in _BITS and node.get("type") in {"integer", "number"}:
        most = 2 ** (_BITS[node["format"]] - 1)
        bounds = {"minimum": -most, "maximum": most - 1}
        return {**node, "allOf": [*node.get("allOf", ()), bounds]}
    if node.get("contentEncoding") == "base64":
        return {"format": "byte", **node}
    return node
