"""Says which schemas within two belong together: the same field, the items, equal choices."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from msgspec import Struct

from contract_tests.drift.operation import Schema
from contract_tests.drift.reading import token
from contract_tests.drift.schemas.choices import matched
from contract_tests.drift.schemas.keyword_disputes import (
    BY_KEYWORD,
    FIELD,
    Dispute,
    disjoint,
    local,
    types,
)
from contract_tests.drift.schemas.plain_schemas import PlainSchemas
from contract_tests.drift.schemas.schema_forms import NOTES, Node
from contract_tests.drift.schemas.type_bounds import CHOICES, OR_NULL

# A branch that one side alone has.
CHOICE: Final = "choice"
# How many branches have to fit.
FITTING: Final = "fitting"
FURTHER: Final = "additionalProperties"


class Step(Struct, frozen=True, kw_only=True):
    """The way from a schema to one within it; `pointer` is what it adds to a place's name.

    `field` is the field that it leads to; `is_item` tells that it leads to an array's items.
    """

    pointer: str = ""
    field: str | None = None
    is_item: bool = False


class Within(Struct, frozen=True, kw_only=True):
    """Two schemas that belong together within two others."""

    step: Step
    ours: Node
    theirs: Node


Found = Within | Dispute


def within(
    sides: tuple[PlainSchemas, PlainSchemas], nodes: tuple[Node, Node], views: tuple[Schema, Schema]
) -> Iterator[Found]:
    """Yield the schemas that belong together within two, and what one side alone has."""
    if disjoint(*views):
        return
    if _may_be("object", *views):
        yield from _fields(sides, *views)
        yield from _by_name("patternProperties", *views)
        yield from _by_name("dependentSchemas", *views)
        yield from _one("additionalProperties", "/*", *views)
    if _may_be("array", *views):
        yield from _items(*views)
    for keyword in BY_KEYWORD:
        yield from _one(keyword, f"/({keyword})", *views)
    yield from _choices(sides, nodes, views)


def _may_be(kind: str, *views: Schema) -> bool:
    """Tell whether both sides take a value of a type at all."""
    return all("type" not in one or kind in types(one) for one in views)


def is_choice_of(views: tuple[Schema, Schema]) -> bool:
    """Tell whether one side is nothing but a choice, and the other one is what may be a branch."""
    chooses = [any(keyword in one for keyword in CHOICES) for one in views]
    if chooses[0] == chooses[1]:
        return False
    choice = views[0] if chooses[0] else views[1]
    rest = choice.keys() - NOTES - {*CHOICES, OR_NULL, "components"}
    return not rest


def _fields(
    sides: tuple[PlainSchemas, PlainSchemas], ours: Schema, theirs: Schema
) -> Iterator[Found]:
    mine, its = ours.get("properties", {}), theirs.get("properties", {})
    for name in dict.fromkeys([*mine, *its]):
        if name in mine and name in its:
            step = Step(pointer=f"/{token(name)}", field=name)
            yield Within(step=step, ours=mine[name], theirs=its[name])
        elif _tells(sides, name, ours, theirs):
            yield Dispute(
                keyword=FIELD, ours=name in mine, theirs=name in its, field=name, is_simple=False
            )


def _tells(
    sides: tuple[PlainSchemas, PlainSchemas], name: str, ours: Schema, theirs: Schema
) -> bool:
    """Tell whether it means something that one side alone names a field."""
    mine = name in ours.get("properties", {})
    side, schema, other = (sides[0], ours, theirs) if mine else (sides[1], theirs, ours)
    return side.bounds(schema["properties"][name]) or FURTHER in other


def _items(ours: Schema, theirs: Schema) -> Iterator[Found]:
    yield from _one("items", "/*", ours, theirs, is_item=True)
    mine, its = ours.get("prefixItems", []), theirs.get("prefixItems", [])
    for number, (one, other) in enumerate(zip(mine, its, strict=False)):
        yield Within(step=Step(pointer=f"/{number}"), ours=one, theirs=other)
    if len(mine) != len(its):
        yield Dispute(keyword="prefixItems", ours=mine or None, theirs=its or None, is_simple=False)


def _by_name(keyword: str, ours: Schema, theirs: Schema) -> Iterator[Found]:
    mine, its = ours.get(keyword, {}), theirs.get(keyword, {})
    for name in dict.fromkeys([*mine, *its]):
        if name in mine and name in its:
            step = Step(pointer=f"/{token(name)}")
            yield Within(step=step, ours=mine[name], theirs=its[name])
        else:
            sides = ({name: one[name]} if name in one else None for one in (mine, its))
            yield _differing(keyword, *sides)


def _one(
    keyword: str, pointer: str, ours: Schema, theirs: Schema, *, is_item: bool = False
) -> Iterator[Found]:
    if keyword not in ours and keyword not in theirs:
        return
    mine, its = ours.get(keyword), theirs.get(keyword)
    if isinstance(mine, dict) and isinstance(its, dict):
        step = Step(pointer=pointer, is_item=is_item)
        yield Within(step=step, ours=mine, theirs=its)
    elif mine != its:
        yield _differing(keyword, mine, its)


def _choices(
    sides: tuple[PlainSchemas, PlainSchemas], nodes: tuple[Node, Node], views: tuple[Schema, Schema]
) -> Iterator[Found]:
    mine, its = (_branches(view) for view in views)
    if is_choice_of(views):
        one, other = (found or {"": [node]} for found, node in zip((mine, its), nodes, strict=True))
        yield from _paired(sides, next(iter(one.values())), next(iter(other.values())))
        return
    if len(mine) == len(its) == 1 and mine.keys() != its.keys():
        yield from _paired(sides, next(iter(mine.values())), next(iter(its.values())))
        yield _differing(FITTING, next(iter(mine)), next(iter(its)))
        return
    for keyword in CHOICES:
        if keyword in mine and keyword in its:
            yield from _paired(sides, mine[keyword], its[keyword])
        elif keyword in mine or keyword in its:
            yield _differing(keyword, mine.get(keyword), its.get(keyword))


def _branches(view: Schema) -> dict[str, Sequence[Node]]:
    return {keyword: view[keyword] for keyword in CHOICES if keyword in view}


def _paired(
    sides: tuple[PlainSchemas, PlainSchemas], ours: Sequence[Node], theirs: Sequence[Node]
) -> Iterator[Found]:
    together, mine, its = matched((sides[0], ours), (sides[1], theirs))
    for one, other in together:
        yield Within(step=Step(), ours=one, theirs=other)
    for one in mine:
        yield _differing(CHOICE, _shown(sides[0], one), None)
    for one in its:
        yield _differing(CHOICE, None, _shown(sides[1], one))


def _shown(side: PlainSchemas, node: Node) -> Any:  # noqa: ANN401 -- a node, or what it says of itself
    """Return a branch as it can be told of: by its reference, or by what it says."""
    if isinstance(node, dict) and "$ref" in node:
        return {"$ref": node["$ref"]}
    return local(side.view(node)) or node


def _differing(keyword: str, ours: Any, theirs: Any) -> Dispute:  # noqa: ANN401 -- a keyword's values
    return Dispute(keyword=keyword, ours=ours, theirs=theirs, is_simple=False)
