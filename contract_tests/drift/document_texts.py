"""Reads the text of a document: JSON, or YAML 1.2, in which `no`, `on` and a date are text.

A node that stands in many places, or within itself, is counted first: a short text can be endless.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import yaml
import yaml12

from testcontainers_fixtures.errors import SpecError

MOST_NODES: Final = 2_000_000
_ALIAS: Final = re.compile(r"(?:^|[\s\[{,:-])\*[^\s,\]}]", re.MULTILINE)
# YAML 1.1 only, but many a document is written with it.
_MERGE: Final = "<<"


def parsed(text: str, *, is_yaml: bool) -> Any:  # noqa: ANN401 -- whatever stands there
    """Return what a text says; raise SpecError for what is neither."""
    try:
        if not is_yaml:
            return json.loads(text)
        if _ALIAS.search(text):
            _require_an_end(text)
        return _plain(yaml12.parse_yaml(text))
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise SpecError(" ".join(str(error).split())) from error


def _require_an_end(text: str) -> None:
    """Raise SpecError for a text whose nodes, each counted wherever it stands, are too many."""
    root = yaml.compose(text, yaml.CSafeLoader)
    if root is not None and _count(root, {}) > MOST_NODES:
        raise SpecError(f"it has more than {MOST_NODES:,} nodes, or no end")


def _count(node: yaml.Node, known: dict[int, int]) -> int:
    if id(node) not in known:
        known[id(node)] = MOST_NODES + 1  # until it is known: one that stands within itself
        known[id(node)] = 1 + sum(_count(one, known) for one in _within(node))
    return known[id(node)]


def _within(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _plain(node: Any) -> Any:  # noqa: ANN401 -- any node
    """Return a node as JSON has it: names are text, and a tag says nothing."""
    if isinstance(node, yaml12.Yaml):
        return _plain(node.value)
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {_name(key): _plain(one) for key, one in node.items()}
    return _merged(made) if _MERGE in made else made


def _name(key: Any) -> str:  # noqa: ANN401 -- any scalar
    if isinstance(key, yaml12.Yaml):
        return _name(key.value)
    return key if isinstance(key, str) else json.dumps(key, default=str)


def _merged(made: dict[str, Any]) -> dict[str, Any]:
    """Return a mapping with what others lend it; what it says itself goes before."""
    lent = made[_MERGE] if isinstance(made[_MERGE], list) else [made[_MERGE]]
    if not all(isinstance(one, Mapping) for one in lent):
        return made
    own = {key: one for key, one in made.items() if key != _MERGE}
    for one in lent:
        own = {**one, **own}
    return own
