"""Lays one compose file over another, as Compose merges them: tables, lists, and the two tags."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

RESET: Final = "!reset"
OVERRIDE: Final = "!override"
# Of a list, what makes two rows one; all other lists are one behind the other.
UNIQUE: Final[dict[str, tuple[str, ...]]] = {
    "volumes": ("target",),
    "secrets": ("target",),
    "configs": ("target",),
    "env_file": ("path",),
}
# A list that is one text with another spelling: it is replaced.
WHOLE: Final = frozenset({"command", "entrypoint", "test"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """A value that an override takes out (`!reset`) or sets whole (`!override`)."""

    tag: str
    value: Any


def laid_over(base: Any, over: Any, key: str = "") -> Any:  # noqa: ANN401 -- YAML
    """Return what two values of one key are together; `over` is the later."""
    if isinstance(over, Tagged) or over is None:
        return base if over is None else over
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        shared = {name: laid_over(base[name], over[name], name) for name in base if name in over}
        return {**base, **over, **shared}
    if isinstance(base, list) and isinstance(over, list) and key not in WHOLE:
        return _appended(base, over, UNIQUE.get(key, ()))
    return over


def untagged(node: Any) -> Any:  # noqa: ANN401 -- YAML
    """Return a value without its tags: what is taken out is gone."""
    if isinstance(node, Tagged):
        return untagged(node.value)
    if isinstance(node, Mapping):
        kept = {
            name: one
            for name, one in node.items()
            if not (isinstance(one, Tagged) and one.tag == RESET)
        }
        return {name: untagged(one) for name, one in kept.items()}
    return [untagged(one) for one in node] if isinstance(node, list) else node


def _appended(base: list[Any], over: list[Any], unique: tuple[str, ...]) -> list[Any]:
    if not unique:
        return [*base, *(one for one in over if one not in base)]
    rows = {tuple(one.get(key) for key in unique): one for one in base}
    rows |= {tuple(one.get(key) for key in unique): one for one in over}
    return list(rows.values())
