"""Tells a difference in a shared component once, with every place in every operation it reaches.

Two differences are one where they say the same about one thing in either side's document: a
component, as a rule, or what two operations of one path share. What is said alike of the keys or of
a status of several operations is one as well: a gateway forgets such for all of them at once.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import unquote

from msgspec import Struct

from contract_tests.drift.drift_sentences import DocumentDifference
from contract_tests.drift.reading import token
from contract_tests.drift.schemas.keyword_disputes import FIELD
from contract_tests.drift.telling.caller_effects import level_of, sorted_effects
from reports.record.document_drift import DriftPlace, Effect, Level
from testcontainers_fixtures.json_pointers import unescaped

_COMPONENTS: Final = "#/components/"
# Of a pointer into a schema: where a field, the items or further fields begin.
_FIELD: Final = re.compile(r"/(?:properties|patternProperties)/([^/]*)")
_EACH: Final = re.compile(r"/(?:items|additionalProperties)(?=/|$)")
_SILENT: Final = re.compile(r"/(?:(?:allOf|anyOf|oneOf)/\d+|schema)(?=/|$)")
_OF_ALL: Final = frozenset({"security", "status"})
_KINDS: Final = {
    "parameters": "parameter ",
    "responses": "response ",
    "requestBodies": "request body ",
    "headers": "header ",
    "pathItems": "path item ",
}


class SharedDifference(Struct, frozen=True, kw_only=True):
    """One difference with all the places that it reaches; `members` are those, one or more."""

    members: tuple[DocumentDifference, ...]

    @property
    def first(self) -> DocumentDifference:
        """Return the difference at the first place."""
        return self.members[0]

    @property
    def effects(self) -> tuple[Effect, ...]:
        """Return what it does to callers anywhere, the worst first."""
        return sorted_effects(effect for one in self.members for effect in one.effects)

    @property
    def level(self) -> Level:
        """Return the level of the worst of it."""
        return level_of(self.effects)

    @property
    def title(self) -> str:
        """Return what it is about: a component ("Item /qty"), or a place, of several or of one."""
        if len(self.members) > 1 and self.component:
            return self.component
        if self.is_of_all:
            return f"{len(self.members)} operations, {self.first.where}"
        return f"{self.first.operation}, {self.first.where}"

    @property
    def is_of_all(self) -> bool:
        """Tell whether it is said alike of several operations, which share nothing else there."""
        return len(self.members) > 1 and self.first.kind in _OF_ALL and not self.component

    @property
    def component(self) -> str:
        """Return the shared component that it is about, "" where it is about none."""
        origin = _shared_in(self.members)
        if not origin:
            return ""
        named = component_title(origin)
        keyword, _, field = self.first.about.partition(" ")
        if keyword != FIELD:
            return named
        return f"{named}{'' if ' ' in named else ' '}/{token(field)}"

    @property
    def places(self) -> tuple[DriftPlace, ...]:
        """Return the places that it reaches, by operation and direction."""
        return tuple(
            DriftPlace(
                operation=one.operation,
                where=one.where,
                direction=one.direction,
                effects=one.effects,
            )
            for one in self.members
        )


def told_once(found: Iterable[DocumentDifference]) -> list[SharedDifference]:
    """Return differences as they are told, in the order in which they were first met."""
    groups: list[list[DocumentDifference]] = []
    known: dict[tuple[str, ...], list[DocumentDifference]] = {}
    for one in found:
        keys = list(_keys(one))
        group = next((known[key] for key in keys if key in known), None)
        if group is None:
            group = []
            groups.append(group)
        group.append(one)
        known |= dict.fromkeys(keys, group)
    return [SharedDifference(members=tuple(group)) for group in groups]


def component_title(pointer: str) -> str:
    """Return how a place among the components is called: "Item /qty", "parameter Limit"."""
    kind, _, rest = pointer.removeprefix(_COMPONENTS).partition("/")
    name, slash, inner = rest.partition("/")
    within = _SILENT.sub("", _EACH.sub("/*", _FIELD.sub(r"/\1", f"{slash}{inner}")))
    said = f"{_KINDS.get(kind, '')}{_plain(name)}"
    return f"{said} {within}" if within else said


def _keys(one: DocumentDifference) -> Iterator[tuple[str, ...]]:
    """Yield what a difference shares with others that are the same one."""
    for side, origin in zip(("gateway", "service"), one.origins, strict=True):
        if origin:
            yield one.service, side, origin, one.about, one.said
    if one.kind in _OF_ALL:
        yield one.service, one.kind, one.where, one.about, one.said


def _shared_in(members: Sequence[DocumentDifference]) -> str:
    """Return the one place that all have in common, by preference the service's."""
    for side in (1, 0):
        origins = {one.origins[side] for one in members}
        if len(origins) == 1 and (only := origins.pop()).startswith(_COMPONENTS):
            return only
    if members[0].kind in _OF_ALL:
        return ""  # said alike of several operations, which need not share it
    known = [origin for one in members for origin in reversed(one.origins)]
    return next((origin for origin in known if origin.startswith(_COMPONENTS)), "")


def _plain(name: str) -> str:
    return unescaped(unquote(name))
