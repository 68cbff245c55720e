"""Pairs the branches of two choices (`anyOf`, `oneOf`) by what they say, wherever they stand.

First those that one value tells from all others, `{"kind": "paid", ...}`, however else they differ;
then those that have the most in common.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from contract_tests.drift.schemas.plain_schemas import PlainSchemas
from contract_tests.drift.schemas.schema_forms import NOTES, Node

Marks = frozenset[tuple[str, ...]]
# What two branches of which neither names anything have in common.
_ALIKE: Final = 1.0
_DEEP: Final = 2
# A field's name, a keyword, its value.
_OF_A_FIELD: Final = 3


def matched(
    ours: tuple[PlainSchemas, Sequence[Node]], theirs: tuple[PlainSchemas, Sequence[Node]]
) -> tuple[list[tuple[Node, Node]], list[Node], list[Node]]:
    """Return the branches that belong together, and those that one side alone has."""
    (left, mine), (right, others) = ours, theirs
    marks = [_marks(left, one, _DEEP) for one in mine]
    known = [_marks(right, one, _DEEP) for one in others]
    fixed = [_of_one_value(one) for one in (*marks, *known)]
    telling = _of_one_branch(fixed[: len(marks)]) & _of_one_branch(fixed[len(marks) :])
    fields = _fields_of_all(fixed)
    rated = sorted(
        (-_rank(one & other & telling, fields), -_likeness(one, other), abs(i - j), i, j)
        for i, one in enumerate(marks)
        for j, other in enumerate(known)
    )
    pairs: dict[int, int] = {}
    for *_, i, j in rated:
        if i not in pairs and j not in pairs.values():
            pairs[i] = j
    together = [(mine[i], others[j]) for i, j in sorted(pairs.items())]
    alone = [one for i, one in enumerate(mine) if i not in pairs]
    return together, alone, [one for j, one in enumerate(others) if j not in pairs.values()]


def _of_one_value(marks: Marks) -> Marks:
    """Return the marks of the fields that have one value alone."""
    return frozenset(filter(_is_one_value, marks))


def _of_one_branch(branches: Sequence[Marks]) -> Marks:
    """Return the marks that a single branch has."""
    counted = Counter(mark for marks in branches for mark in marks)
    return frozenset(mark for mark, count in counted.items() if count == 1)


def _fields_of_all(branches: Sequence[Marks]) -> frozenset[str]:
    """Return the fields that every branch has a mark of: which it is, they say."""
    found = [{mark[0] for mark in marks} for marks in branches]
    return frozenset(set.intersection(*found)) if found else frozenset()


def _rank(shared: Marks, fields: frozenset[str]) -> int:
    """Return how surely two branches belong together, by the telling marks that they share."""
    return 2 if any(mark[0] in fields for mark in shared) else min(1, len(shared))


def _is_one_value(mark: tuple[str, ...]) -> bool:
    if len(mark) != _OF_A_FIELD or mark[1] not in {"const", "enum"} or not mark[2]:
        return False
    value = msgspec.json.decode(mark[2])
    return mark[1] == "const" or (isinstance(value, list) and len(value) == 1)


def _likeness(one: Marks, other: Marks) -> float:
    every = one | other
    return len(one & other) / len(every) if every else _ALIKE


def _marks(side: PlainSchemas, node: Node, depth: int) -> Marks:
    return frozenset(_marked(side, node, depth))


def _marked(side: PlainSchemas, node: Node, depth: int) -> Iterator[tuple[str, ...]]:
    """Yield what a branch is told by: its keywords, its fields, and what these are told by."""
    view = side.view(node)
    for keyword, value in view.items():
        if keyword in NOTES or keyword == "components":
            continue
        if keyword == "properties":
            for name, inner in value.items():
                place = f"/{name}"  # which no keyword is called
                yield (place,)
                if depth:
                    yield from ((place, *mark) for mark in _marked(side, inner, depth - 1))
        elif keyword == "items" and depth:
            yield from (("/*", *mark) for mark in _marked(side, value, depth - 1))
        elif keyword == "required":
            yield from (("required", name) for name in value)
        else:
            yield keyword, _text(value)


def _text(value: Any) -> str:  # noqa: ANN401 -- a keyword's value
    return msgspec.json.encode(value, order="sorted").decode() if _flat(value) else ""


def _flat(value: Any) -> bool:  # noqa: ANN401 -- a keyword's value
    if isinstance(value, list):
        return not any(isinstance(one, dict | list) for one in value)
    return not isinstance(value, dict)
