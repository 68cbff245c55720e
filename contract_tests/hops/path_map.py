"""Where a path of the gateway's leads at its service, and back, byte for byte.

    gateway   /api/v1/labels/7?a=1
    strip     /labels/7             `strip = "/api/v1"`
    rename    /tags/7               `rename = { "/labels" = "/tags" }`
    add       /internal/tags/7      `add = "/internal"`: what the service gets

A template of a document goes the same way as a path: its parameters are segments as any other.
"""

import re
from collections.abc import Mapping
from typing import Final, Self

from testcontainers_fixtures.stack_file.contract_spec import PathRule

_NAMED: Final = re.compile(r"\{(\w+)\}")
# What to look for, what to write in its place, and the template that says so.
Way = tuple[re.Pattern[str], str, str]


class PathMap:
    """One service's rule, read in both directions; without a rule both sides have one path."""

    def __init__(self, rule: PathRule | None = None) -> None:
        self.rule = rule
        self._strip = rule.strip if rule else ""
        self._add = rule.add if rule else ""
        renamed = rule.rename if rule else {}
        self._there = _ways(renamed)
        self._back = _ways({theirs: ours for ours, theirs in renamed.items()})

    def __repr__(self) -> str:
        """Show what is done to a path."""
        return f"<PathMap {self.sentence}>"

    @property
    def sentence(self) -> str:
        """Return in words what becomes of a gateway's path."""
        said = [f"{self._strip} taken off"] if self._strip else []
        said += [f"{a} for {b}" for b, a in (self.rule.rename if self.rule else {}).items()]
        said += [f"{self._add} put before"] if self._add else []
        return ", ".join(said) or "as it is"

    def to_service(self, target: str) -> str:
        """Return where a request target leads; one that the rule is not about is as it was."""
        path, query = _split(target)
        bare = _without(self._strip, path)
        if bare is None:
            return target
        return self._add + _renamed(self._there, bare) + query

    def renamed_by(self, target: str) -> str | None:
        """Return the template of `rename` that a gateway's target is renamed by, if one is."""
        bare = _without(self._strip, _split(target)[0])
        found = (said for pattern, _, said in self._there if bare and pattern.match(bare))
        return next(found, None)

    def to_gateway(self, target: str) -> str | None:
        """Return the gateway's target that leads to a service's; None where none does."""
        path, query = _split(target)
        bare = _without(self._add, path)
        if bare is None:
            return None
        found = self._strip + _renamed(self._back, bare)
        return found + query if self.to_service(found) == path else None

    @classmethod
    def of(cls, rules: Mapping[str, PathRule], service: str) -> Self:
        """Return the map of a service's rule, if it has one."""
        return cls(rules.get(service))


def _split(target: str) -> tuple[str, str]:
    path, mark, query = target.partition("?")
    return path, mark + query


def _without(prefix: str, path: str) -> str | None:
    """Return a path behind a beginning; None where it does not begin so."""
    if prefix and path == prefix:
        return "/"
    return path[len(prefix) :] if path.startswith(f"{prefix}/") or not prefix else None


def _ways(renamed: Mapping[str, str]) -> list[Way]:
    """Return what to look for and what to write, the longest and least general first."""
    order = sorted(renamed, key=lambda one: (-one.count("/"), one.count("{"), one))
    return [(_pattern(one), _written(renamed[one]), one) for one in order]


def _written(template: str) -> str:
    return _NAMED.sub(r"\\g<\1>", template.replace("\\", r"\\"))


def _pattern(template: str) -> re.Pattern[str]:
    parts = _NAMED.split(template)
    # Names and what stands between them take turns.
    known = (f"(?P<{p}>[^/]*)" if n % 2 else re.escape(p) for n, p in enumerate(parts))
    return re.compile(f"{''.join(known)}(?=/|$)")


def _renamed(ways: list[Way], path: str) -> str:
    for pattern, written, _ in ways:
        if found := pattern.match(path):
            return found.expand(written) + path[found.end() :]
    return path


AS_IT_IS: Final = PathMap()
