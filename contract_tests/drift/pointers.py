"""Follows references within a document, by pointer or by anchor (RFC 6901; JSON Schema, 8.2)."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final
from urllib.parse import unquote

from contract_tests.drift.reading import UnreadableError, token
from testcontainers_fixtures.json_pointers import unescaped

_ANCHORS: Final = ("$anchor", "$dynamicAnchor")
_MOST_HOPS: Final = 50
_MOST_DEPTH: Final = 400


class Pointers:
    """The places of one document, found by what refers to them."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def __repr__(self) -> str:
        """Show how many anchors there are."""
        return f"<Pointers with {len(self._anchors)} anchors>"

    def tokens(self, reference: str) -> tuple[str, ...]:
        """Return the way to what a reference points at; raise UnreadableError where it leaves.

        A name may be written with percents, as in a URL, and with RFC 6901's own escapes.
        """
        if reference in self._anchors:
            return self._anchors[reference]
        if not reference.startswith("#"):
            raise UnreadableError(f"it refers to {reference!r}, which is not in this document")
        raw = reference[1:].split("/")
        if raw[0]:
            raise UnreadableError(f"it refers to {reference!r}, and nothing has that anchor")
        return tuple(unescaped(unquote(one)) for one in raw[1:])

    def at(self, tokens: tuple[str, ...], *, hops: int = 0) -> tuple[Any, tuple[str, ...]]:
        """Return what stands at the end of a way, and its own way; else raise UnreadableError.

        On the way a reference may stand for what it refers to; `hops` were made before.
        """
        found: Any = self._document
        way: tuple[str, ...] = ()
        for number, name in enumerate(tokens):
            found, way = self._behind(found, way, name, hops)
            try:
                found = found[int(name) if isinstance(found, list) else name]
            except (KeyError, IndexError, TypeError, ValueError):
                said = "/".join(map(token, tokens[: number + 1]))
                raise UnreadableError(f"#/{said} leads to nothing in this document") from None
            way = (*way, name)
        return found, way

    def _behind(
        self,
        found: Any,  # noqa: ANN401 -- any node
        way: tuple[str, ...],
        name: str,
        hops: int,
    ) -> tuple[Any, tuple[str, ...]]:
        while isinstance(found, dict) and name not in found and isinstance(found.get("$ref"), str):
            hops += 1
            if hops > _MOST_HOPS:
                raise UnreadableError(f"#/{'/'.join(map(token, way))} leads round in a circle")
            found, way = self.at(self.tokens(found["$ref"]), hops=hops)
        return found, way

    @cached_property
    def _anchors(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        left: list[tuple[Any, tuple[str, ...]]] = [(self._document, ())]
        while left:
            node, way = left.pop()
            if isinstance(node, list):
                left += [(one, (*way, str(n))) for n, one in enumerate(node) if _deep(one)]
            elif isinstance(node, dict) and len(way) < _MOST_DEPTH:
                for key in _ANCHORS:
                    if isinstance(node.get(key), str):
                        found.setdefault(f"#{node[key]}", way)
                if isinstance(node.get("$id"), str):
                    found.setdefault(node["$id"], way)
                left += [(one, (*way, str(key))) for key, one in node.items() if _deep(one)]
        return found


def _deep(value: object) -> bool:
    return isinstance(value, dict | list)
