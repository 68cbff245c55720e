"""Finds the line of a place in a document's text, JSON or YAML, by its pointer."""

from collections.abc import Iterable

import yaml

from contract_tests.drift.reading import token

# What is longer is written by a machine, on one line as a rule, and is read by none.
MOST_CHARACTERS = 4_000_000


def document_lines(text: str, pointers: Iterable[str]) -> dict[str, int]:
    """Return the line of each place that a text has, from 1; that of what is around one it lacks.

    Empty for what cannot be read as YAML, which has all of JSON.
    """
    wanted = {one for one in pointers if one.startswith("#")}
    if not wanted or len(text) > MOST_CHARACTERS:
        return {}
    try:
        root = yaml.compose(text.replace("\t", " "), yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError):
        return {}
    return {one: _line(root, one) for one in wanted} if root else {}


def _line(root: yaml.Node, pointer: str) -> int:
    node, line = root, root.start_mark.line
    for name in pointer.split("/")[1:]:
        found = _within(node, name)
        if found is None:
            break
        node, line = found
    return int(line) + 1


def _within(node: yaml.Node, name: str) -> tuple[yaml.Node, int] | None:
    """Return what a node has by a name, and the line of that; a list has it by its number."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and token(key.value) == name:
                return value, key.start_mark.line
    elif isinstance(node, yaml.SequenceNode) and name.isdigit() and int(name) < len(node.value):
        value = node.value[int(name)]
        return value, value.start_mark.line
    return None
