"""Reads a compose file's YAML (1.2, and the merge keys that most use), interpolated."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml12

from testcontainers_fixtures.compose_file.interpolation import Unset, interpolated
from testcontainers_fixtures.compose_file.overrides import OVERRIDE, RESET, Tagged

MERGE: Final = "<<"


def read_document(file: Path, variables: Mapping[str, str], unset: Unset) -> dict[str, Any]:
    """Return what a compose file says; raise ValueError, with a sentence, for what is none."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ValueError("there is no such file") from error
    except OSError as error:
        raise ValueError(str(error.strerror or error).lower()) from error
    try:
        document = _plain(yaml12.parse_yaml(text))
    except ValueError as error:
        raise ValueError(f"it is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict) or not isinstance(document.get("services"), dict | None):
        raise ValueError("expected a mapping with `services`, by their names")  # noqa: TRY004 -- of the file
    filled: dict[str, Any] = interpolated(document, variables, unset)
    return filled


def _plain(node: Any) -> Any:  # noqa: ANN401 -- any node
    """Return a node as dictionaries, lists and scalars; names are text."""
    if isinstance(node, yaml12.Yaml):
        value = _plain(node.value)
        return Tagged(tag=node.tag, value=value) if node.tag in {RESET, OVERRIDE} else value
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {str(key): _plain(one) for key, one in node.items()}
    return _merged(made) if MERGE in made else made


def _merged(made: dict[str, Any]) -> dict[str, Any]:
    """Return a mapping with what others lend it; what it says itself goes before."""
    lent = made[MERGE] if isinstance(made[MERGE], list) else [made[MERGE]]
    own = {key: one for key, one in made.items() if key != MERGE}
    for one in lent:
        if not isinstance(one, dict):
            raise ValueError("a merge key (<<) names no mapping")  # noqa: TRY004 -- of the file
        own = {**one, **own}
    return own
