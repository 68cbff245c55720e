"""Writes docs/stack-file.md: every key of a stack file, from its JSON Schema.

`python docs/stack_file.py` writes it; tests/unit/test_docs.py holds it equal to the schema.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
SCHEMA: Final = ROOT / "testcontainers_fixtures" / "stack_file" / "stack.schema.json"
PAGE: Final = Path(__file__).with_name("stack-file.md")
_HEAD: Final = """# The stack file, key by key

Made from the stack file's JSON Schema (`gatewaybench schema`) by `python docs/stack_file.py`: each
table, what it is for, its keys, what they may hold, and what they are unless you say otherwise.
`!` marks keys that must be there; where a compose file is named, what it tells need not be. [The
guide](../testcontainers_fixtures/README.md) has whole examples, placeholders, a row for each key.
"""
_LONGEST_DEFAULT: Final = 30
Node = dict[str, Any]


def page() -> str:
    """Return the page: a section a table of the file, in the order of the schema."""
    whole = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return "\n".join([_HEAD, *_Tables(whole["$defs"]).sections("StackFile", "")])


class _Tables:
    """The structs of the schema, each told once, where it is first met."""

    def __init__(self, structs: dict[str, Node]) -> None:
        self._structs = structs
        self._told: set[str] = set()

    def sections(self, struct: str, path: str, brackets: str = "{}") -> Iterator[str]:
        if struct in self._told:
            return
        self._told.add(struct)
        table = self._structs[struct]
        needed = [*table.get("required", ()), *self._needed(struct)]
        yield f"## {f'`{brackets.format(path)}`' if path else 'At the top'}\n"
        yield f"{table['description']}\n"
        yield "| key | holds | unless you say |\n|---|---|---|"
        for key, one in table["properties"].items():
            yield _row(key, one, key in needed)
        yield ""
        for key, one in table["properties"].items():
            for inner, tail, many in self._inner(one):
                below = f"{path}.{key}{tail}".lstrip(".")
                yield from self.sections(inner, below, "[[{}]]" if many else "[{}]")

    def _needed(self, struct: str) -> list[str]:
        """Return what is needed where no compose file has it."""
        then = self._structs["StackFile"]["then"]
        tables = then["properties"]
        needed: dict[str, list[str]] = {
            "StackFile": then["required"],
            "Part": tables["parts"]["additionalProperties"]["required"],
            "Broker": tables["broker"]["required"],
        }
        return needed.get(struct, [])

    def _inner(self, node: Node, tail: str = "", *, many: bool = False) -> Iterator[Any]:
        """Yield the structs that a key may hold, and how a table of each is headed."""
        if "$ref" in node:
            yield node["$ref"].rpartition("/")[2], tail, many
        for one in node.get("anyOf", ()):
            yield from self._inner(one, tail, many=many)
        if isinstance(node.get("items"), dict):
            yield from self._inner(node["items"], tail, many=True)
        if isinstance(node.get("additionalProperties"), dict):
            yield from self._inner(node["additionalProperties"], f"{tail}.NAME", many=many)


def _row(key: str, node: Node, needed: bool) -> str:  # noqa: FBT001 -- a column
    cells = (f"`{key}`{' !' if needed else ''}", _holds(node), _default(node, needed))
    return f"| {' | '.join(one.replace('|', chr(92) + '|') for one in cells)} |"


def _holds(node: Node) -> str:  # noqa: PLR0911 -- a way a kind
    if choices := node.get("anyOf"):
        kinds = dict.fromkeys(_holds(one) for one in choices if one.get("type") != "null")
        return " or ".join(kinds)
    if "enum" in node:
        return ", ".join(f"`{json.dumps(one)}`" for one in node["enum"])
    if "$ref" in node:
        return "a table, below"
    match node.get("type"):
        case "array":
            items = node.get("items")
            kind = _holds(items) if isinstance(items, dict) else "numbers"
            return f"a list ({kind.removeprefix('a ')})"
        case "object":
            return f"by name: {_holds(node.get('additionalProperties') or {})}"
        case "integer" | "number" as kind:
            return _bounded("a whole number" if kind == "integer" else "a number", node)
        case "string":
            return f"a {node['format']}" if "format" in node else "a text"
        case "boolean":
            return "`true` or `false`"
    return "anything"


def _bounded(kind: str, node: Node) -> str:
    low = node.get("minimum", node.get("exclusiveMinimum"))
    high = node.get("maximum", node.get("exclusiveMaximum"))
    if low is None and high is None:
        return kind
    return f"{kind}, {low} to {high}" if high is not None else f"{kind}, {low} or more"


def _default(node: Node, needed: bool) -> str:  # noqa: FBT001 -- as above
    value = node.get("default")
    if needed or value in (None, [], {}, "") or isinstance(value, dict):
        return ""
    text = json.dumps(value)
    return f"`{text}`" if len(text) <= _LONGEST_DEFAULT else "see the guide"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
