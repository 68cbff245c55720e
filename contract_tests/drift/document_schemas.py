"""Has each schema of a document stand alone: in one form, with what it refers to, and no more.

Whatever a reference leads to (a component, a place among the paths, a part of either) becomes one
of the schemas that are carried along, each of which is read once and shared.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from contract_tests.drift.pointers import Pointers
from contract_tests.drift.reading import UNREAD, Origins, UnreadPlace, token
from contract_tests.drift.schemas.schema_forms import Node, SchemaForms

Schema = dict[str, Any]
PREFIX: Final = "#/components/schemas/"
_COMPONENT: Final = ("components", "schemas")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")
Way = tuple[str, ...]


class DocumentSchemas:
    """The schemas of one document; `unread` are the places among them that cannot be read.

    `origins` says where each of the others stands.
    """

    def __init__(self, pointers: Pointers, *, old: bool) -> None:
        self.unread: list[UnreadPlace] = []
        self.origins = Origins()
        self._pointers = pointers
        self._forms = SchemaForms(self._refer, self.unread, self.origins, old=old)
        self._names: dict[Way, str] = {}
        self._ways: dict[str, Way] = {}
        self._left: list[tuple[str, Any, Way]] = []
        self._found: dict[str, Node] = {}
        self._referred: dict[str, list[str]] = {}
        self._met: list[str] = []
        self._carried: dict[frozenset[str], Schema] = {frozenset(): {"schemas": {}}}

    def __repr__(self) -> str:
        """Show how many schemas are shared."""
        return f"<DocumentSchemas {len(self._found)} shared>"

    def alone(self, said: Any, pointer: str) -> Schema:  # noqa: ANN401 -- whatever stands there
        """Return a schema that stands alone, as an object."""
        self._met = []
        form = self._forms.form(said, pointer)
        met = frozenset(self._met)
        self._read()
        plain: Schema = form if isinstance(form, dict) else ({} if form else {"not": {}})
        made: Schema = self.origins.note({**plain, "components": self._components(met)}, pointer)
        return made

    def lost(self, pointer: str, why: str) -> Schema:
        """Name a place that cannot be read, and return the schema that stands for it."""
        return {**self._forms.lost(pointer, why), "components": self._components(frozenset())}

    def _refer(self, reference: str) -> str:
        """Return the reference to a schema as it is carried along."""
        tokens = self._pointers.tokens(reference)
        if tokens not in self._names:
            target, way = self._pointers.at(tokens)
            self._names[tokens] = self._names.get(way) or self._named(way, target)
        self._met.append(self._names[tokens])
        return f"{PREFIX}{self._names[tokens]}"

    def _named(self, way: Way, target: Any) -> str:  # noqa: ANN401 -- whatever stands there
        """Return a name of its own for what stands at the end of a way, which is to be read."""
        stem = _UNSAFE.sub("_", way[-1] if way else "document")
        number = 1
        name = stem if way[:-1] == _COMPONENT else f"{stem}.{number}"
        while name in self._ways:
            number += 1
            name = f"{stem}.{number}"
        self._ways[name] = way
        self._names[way] = name
        self._left.append((name, target, way))
        return name

    def _read(self) -> None:
        while self._left:
            name, target, way = self._left.pop()
            self._met = []
            self._found[name] = self._forms.form(target, f"#/{'/'.join(map(token, way))}")
            self._referred[name] = list(dict.fromkeys(self._met))
            self._break_circle(name)

    def _break_circle(self, name: str) -> None:
        """Name references that lead to nothing but each other."""
        passed = [name]
        while True:
            node = self._found.get(passed[-1])
            if not isinstance(node, dict) or set(node) != {"$ref"}:
                return
            following = node["$ref"].removeprefix(PREFIX)
            if following in passed:
                shown = " -> ".join([*passed, following])
                pointer = f"#/{'/'.join(map(token, self._ways[following]))}"
                self._found[following] = self._forms.lost(
                    pointer, f"its reference leads round in a circle ({shown})"
                )
                return
            passed.append(following)

    def _components(self, met: frozenset[str]) -> Schema:
        """Return the components with what is reached from some names; the same where that is."""
        if met not in self._carried:
            reached = frozenset(self._reached(met))
            if reached not in self._carried:
                schemas = {name: self._found[name] for name in sorted(reached)}
                self._carried[reached] = {"schemas": schemas}
            self._carried[met] = self._carried[reached]
        return self._carried[met]

    def _reached(self, met: frozenset[str]) -> Iterator[str]:
        passed: set[str] = set()
        left = list(met)
        while left:
            name = left.pop()
            if name not in passed:
                passed.add(name)
                yield name
                left += self._referred[name]


def is_unread(node: Node) -> bool:
    """Tell whether a schema, or a keyword of it, could not be read."""
    return isinstance(node, dict) and UNREAD in node
