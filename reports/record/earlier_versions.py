"""Lifts a record of an earlier format version to the present one, as a plain JSON tree.

2 to 3: what does not apply was told by a missing word and has one now. A promise's verdict was null
and is "not applicable", and its reason, which ended its sentence, stands in a field of its own; a
fault's reason stood in `absent` and stands in `not_applicable`.
"""

from collections.abc import Callable
from typing import Any, Final

Tree = dict[str, Any]
LIFTED: Final = (2,)
_BEFORE_REASON: Final = " Not applicable: "


def lifted(tree: Tree) -> Tree:
    """Return a tree of version 2 as one of version 3; what is no such tree comes back as wrong."""
    changes = {
        "format_version": 3,
        "checks": _each(tree.get("checks"), _check),
        "trials": _each(tree.get("trials"), _trial),
    }
    return tree | {name: value for name, value in changes.items() if name in tree}


def _check(one: Tree) -> Tree:
    said = one.get("sentence")
    if one.get("verdict", "") is not None or not isinstance(said, str):
        return one
    sentence, _, reason = said.partition(_BEFORE_REASON)
    return one | {"verdict": "not applicable", "sentence": sentence, "reason": reason}


def _trial(one: Tree) -> Tree:
    return {("not_applicable" if name == "absent" else name): value for name, value in one.items()}


def _each(value: object, change: Callable[[Tree], Tree]) -> object:
    if not isinstance(value, list):
        return value
    return [change(one) if isinstance(one, dict) else one for one in value]
