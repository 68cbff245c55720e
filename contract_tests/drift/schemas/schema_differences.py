"""Finds where two JSON Schemas differ, down to the field and the keyword.

Both sides are walked together, each pair of schemas once, through references, `allOf` and choices,
however they lead back to themselves. Where the words differ it is proved, if it can be, that they
mean the same; then they are no difference.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
from msgspec import Struct

from contract_tests.drift.documents import at
from contract_tests.drift.operation import Schema
from contract_tests.drift.reading import UNREAD, token
from contract_tests.drift.schemas.containment import equal, standing
from contract_tests.drift.schemas.disputed_values import DisputedValues
from contract_tests.drift.schemas.keyword_disputes import Dispute, disputes, encoded, local
from contract_tests.drift.schemas.plain_schemas import PlainSchemas
from contract_tests.drift.schemas.schema_forms import Node
from contract_tests.drift.schemas.schema_pairs import StepInside, Within, is_choice_of, within
from contract_tests.drift.schemas.wider_sides import WiderSides, wider

# So many places are told of in one comparison of documents. After that a difference is told where
# it is met first, and not wherever else its schema stands: 6,000 in what 600 operations share reach
# 3,600,000.
MOST_PLACES: Final = 20_000
# How much may be looked into for proofs in one comparison of documents.
MOST_PROOF_BYTES: Final = 8 * 1024 * 1024
_MOST_HOPS: Final = 50

Trail = tuple[tuple[StepInside, Schema], ...]


class KeywordDifference(Struct, frozen=True, kw_only=True):
    """One keyword about which two schemas differ; a side that does not say it has None.

    `pointer` is the field within the value ("" for the value itself), "/*" for an array's items and
    for further fields. `values` are those that one side alone takes because of this keyword,
    `wider` says which side takes more. `origins` are where it stands in the document of each side,
    "" where that is not known. `is_words` tells that no value is refused because of it.
    """

    pointer: str
    keyword: str
    ours: Any
    theirs: Any
    values: DisputedValues
    wider: WiderSides
    origins: tuple[str, str] = ("", "")
    field: str | None = None
    is_words: bool = False


class _Pair:
    """Two schemas that are compared, with what differs in themselves and the pairs within them."""

    def __init__(self, ours: Node, theirs: Node) -> None:
        self.nodes = (ours, theirs)
        self.views: tuple[Schema, Schema] = ({}, {})
        self.own: list[Dispute] = []
        self.inner: list[tuple[StepInside, _Pair]] = []
        self.differs = False
        self.proved: bool | None = None

    def __repr__(self) -> str:
        """Show what was found."""
        return f"<_Pair {len(self.own)} disputes, {len(self.inner)} pairs within>"


class SchemaComparison:
    """Compares the schemas of two documents; what was found of a pair holds wherever it stands."""

    def __init__(
        self, ours: PlainSchemas | None = None, theirs: PlainSchemas | None = None
    ) -> None:
        self._sides = (ours or PlainSchemas(), theirs or PlainSchemas())
        self._pairs: dict[tuple[tuple[int, ...], tuple[int, ...]], _Pair] = {}
        self._left_bytes = MOST_PROOF_BYTES
        self._places = 0
        self._told_pairs: dict[str, set[int]] = {}

    def __repr__(self) -> str:
        """Show how many pairs were compared."""
        return f"<SchemaComparison of {len(self._pairs)} pairs>"

    def view(self, ours: Schema, theirs: Schema) -> tuple[Schema, Schema]:
        """Return what two schemas say, laid open."""
        left, right = self._sides
        return left.view(left.know(ours)), right.view(right.know(theirs))

    @property
    def is_cut(self) -> bool:
        """Tell whether there were more places than are told of."""
        return self._places > MOST_PLACES

    def differences(
        self, ours: Schema, theirs: Schema, direction: str = ""
    ) -> list[KeywordDifference]:
        """Return every keyword in dispute, each once, the nearest place first; [] for none.

        Where there are very many, those are left out that were told of in the same direction.
        """
        left, right = self._sides
        root = self._pair(left.know(ours), right.know(theirs))
        if not root.differs:
            return []
        told = self._told_pairs.setdefault(direction, set())
        # Of a pair that was told of all that is within it was, too.
        passed = (told if self.is_cut else set()) | {id(root)}
        found = list(self._walked(root, passed))
        self._places += len(found)
        if any(_is_doubtful(trail, one) for _, trail, one, _ in found) and self._proved(root):
            found = [one for one in found if one[2].is_words]
        else:
            told |= passed
        return list(_once(self._told(*one) for one in found))

    def _pair(self, ours: Node, theirs: Node) -> _Pair:
        """Return a pair, with all that is within it looked at."""
        fresh: list[_Pair] = []
        root = self._known(ours, theirs, fresh)
        for one in fresh:  # it grows on the way
            self._open(one, fresh)
        _spread(fresh)
        return root

    def _known(self, ours: Node, theirs: Node, fresh: list[_Pair]) -> _Pair:
        key = self._sides[0].key(ours), self._sides[1].key(theirs)
        if key not in self._pairs:
            self._pairs[key] = _Pair(ours, theirs)
            fresh.append(self._pairs[key])
        return self._pairs[key]

    def _open(self, pair: _Pair, fresh: list[_Pair]) -> None:
        left, right = self._sides
        pair.views = left.view(pair.nodes[0]), right.view(pair.nodes[1])
        if any(UNREAD in one for one in pair.views):
            return  # nobody knows what stands there
        found = list(within(self._sides, pair.nodes, pair.views))
        own = [] if is_choice_of(pair.views) else disputes(*pair.views)
        own += [one for one in found if isinstance(one, Dispute)]
        pair.own = self._unproved(pair, own)
        pair.inner = [
            (one.step, self._known(one.ours, one.theirs, fresh))
            for one in found
            if isinstance(one, Within)
        ]

    def _unproved(self, pair: _Pair, own: list[Dispute]) -> list[Dispute]:
        """Return the disputes of a place without those that are only about words."""
        doubtful = [one for one in own if not one.is_words]
        if not doubtful:
            return own
        if all(one.is_simple for one in doubtful):
            same = equal(*(local(view) for view in pair.views))
        else:
            same = self._proved(pair)
        return [one for one in own if one.is_words] if same else own

    def _proved(self, pair: _Pair) -> bool:
        """Tell whether it is proved that both schemas take the same values, within bounds."""
        if pair.proved is None and self._left_bytes > 0:
            left, right = (
                standing(_bare(node), side.schemas)
                for node, side in zip(pair.nodes, self._sides, strict=True)
            )
            self._left_bytes -= sum(len(msgspec.json.encode(one)) for one in (left, right))
            pair.proved = equal(left, right)
        return pair.proved is True

    def _walked(self, root: _Pair, passed: set[int]) -> Iterator[tuple[str, Trail, Dispute, _Pair]]:
        """Yield what differs at and below a pair, where it is met first; `passed` grows by it."""
        left: deque[tuple[str, Trail, _Pair]] = deque([("", (), root)])
        while left:
            pointer, trail, pair = left.popleft()
            yield from ((pointer, trail, one, pair) for one in pair.own)
            for step, inner in pair.inner:
                if inner.differs and id(inner) not in passed:
                    passed.add(id(inner))
                    way = (*trail, (step, pair.views[1]))
                    left.append((f"{pointer}{step.pointer}", way, inner))

    def _told(self, pointer: str, trail: Trail, dispute: Dispute, pair: _Pair) -> KeywordDifference:
        left, right = self._sides
        field = "" if dispute.field is None else f"/{token(dispute.field)}"
        return KeywordDifference(
            pointer=pointer + field,
            keyword=dispute.keyword,
            ours=dispute.ours,
            theirs=dispute.theirs,
            values=DisputedValues(dispute, pair.views, (left.schemas, right.schemas), trail),
            wider=wider(dispute, pair.views, trail),
            origins=(left.origin(pair.nodes[0], dispute), right.origin(pair.nodes[1], dispute)),
            field=dispute.field,
            is_words=dispute.is_words,
        )


def schema_differences(ours: Schema, theirs: Schema) -> list[KeywordDifference]:
    """Return every keyword in dispute between two schemas that stand alone."""
    return SchemaComparison().differences(ours, theirs)


def followed(schema: Schema) -> Schema:
    """Return the schema behind a reference, still standing alone."""
    for _ in range(_MOST_HOPS):
        if "$ref" not in schema:
            break
        plain = at(schema, schema["$ref"])
        found: Schema = plain if isinstance(plain, dict) else ({} if plain else {"not": {}})
        schema = {**found, "components": schema.get("components", {})}
    return schema


def _spread(pairs: Iterable[_Pair]) -> None:
    """Mark the pairs in which anything differs, however deep."""
    outer: dict[int, list[_Pair]] = {}
    left: list[_Pair] = []
    for one in pairs:
        for _, inner in one.inner:
            outer.setdefault(id(inner), []).append(one)
        if one.own or any(inner.differs for _, inner in one.inner):
            left.append(one)
    while left:
        one = left.pop()
        if not one.differs:
            one.differs = True
            left += outer.get(id(one), ())


def _is_doubtful(trail: Trail, dispute: Dispute) -> bool:
    """Tell whether a difference may be none in what surrounds it.

    Where fields and items alone lead to it, what differs in one of them differs in the whole.
    """
    if dispute.is_words:
        return False
    plain = all(step.field is not None or step.is_item for step, _ in trail)
    return not (plain and (dispute.is_simple or dispute.field is not None))


def _once(found: Iterable[KeywordDifference]) -> Iterator[KeywordDifference]:
    passed: set[bytes] = set()
    for one in found:
        known = encoded([one.pointer, one.keyword, one.ours, one.theirs])
        if known not in passed:
            passed.add(known)
            yield one


def _bare(node: Node) -> Node:
    if not isinstance(node, dict):
        return node
    return {key: value for key, value in node.items() if key != "components"}
