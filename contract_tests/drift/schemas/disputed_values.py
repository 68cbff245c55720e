"""The values that one side alone takes because of one difference, worked out when asked for."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Final

from contract_tests.drift.embedding import embedded
from contract_tests.drift.operation import Schema
from contract_tests.drift.schemas.containment import standing, surplus
from contract_tests.drift.schemas.keyword_disputes import FIELD, Dispute
from contract_tests.drift.schemas.schema_pairs import FURTHER, Step

_DISPUTED: Final = "disputed"
# A field that no schema names.
_ANOTHER: Final = "another-field"
Both = tuple[Schema | None, Schema | None]
NONE: Final[Both] = (None, None)


class DisputedValues:
    """Schemas of what ours alone takes, and of what theirs does; None where none is known.

    Both are schemas of the whole value that is compared. `trail` is the way to the place, each step
    with what theirs says of the value that it leads from.
    """

    def __init__(
        self,
        dispute: Dispute,
        views: tuple[Schema, Schema],
        schemas: tuple[dict[str, Any], dict[str, Any]],
        trail: Sequence[tuple[Step, Schema]],
    ) -> None:
        self._dispute = dispute
        self._views = views
        self._schemas = schemas
        self._trail = trail

    def __repr__(self) -> str:
        """Show what they are about."""
        return f"<DisputedValues of {self._dispute.keyword}>"

    @cached_property
    def both(self) -> Both:
        """Return what ours alone takes, and what theirs alone takes."""
        ours, theirs = self._here()
        for step, outer in reversed(self._trail):
            hold = _holder(step, standing(outer, self._schemas[1]))
            ours, theirs = (None if one is None else hold(one) for one in (ours, theirs))
        return ours, theirs

    def _here(self) -> Both:
        left, right = (
            standing(view, known) for view, known in zip(self._views, self._schemas, strict=True)
        )
        dispute = self._dispute
        if dispute.is_words:
            return NONE
        if dispute.keyword == FIELD:
            return _with_field(dispute, left, right)
        if dispute.keyword == "required":
            return _lacking(right, dispute.theirs), _lacking(right, dispute.ours)
        swayed = _swayed(dispute.keyword, left, right) if dispute.is_simple else left
        return surplus(swayed, right), surplus(right, swayed)


def otherwise(schema: Schema) -> Schema:
    """Return a schema of all that a schema does not take."""
    bare = {key: value for key, value in schema.items() if key != "components"}
    return {"not": bare, "components": schema.get("components", {})}


def _swayed(keyword: str, left: Schema, right: Schema) -> Schema:
    """Return what theirs says with one keyword as ours has it."""
    kept = {key: value for key, value in right.items() if key != keyword}
    return {**kept, **({keyword: left[keyword]} if keyword in left else {})}


def _lacking(schema: Schema, names: list[str]) -> Schema | None:
    """Return a schema of the values without fields that one side demands; None without such."""
    if not names:
        return None
    needed = [name for name in schema.get("required", ()) if name not in names]
    # Ruled out where it stands, so that nothing is drawn in vain.
    fields = {**schema.get("properties", {}), **{name: {"not": {}} for name in names}}
    return {**schema, "type": "object", "required": needed, "properties": fields}


def _with_field(dispute: Dispute, left: Schema, right: Schema) -> Both:
    """Return values that have a field, as its schema says and otherwise."""
    name = dispute.field or ""
    side = left if dispute.ours else right
    field = standing(side["properties"][name], side["components"]["schemas"])
    fits, breaks = (_field_of(right, name, value) for value in (field, otherwise(field)))
    return (fits, breaks) if dispute.ours else (breaks, fits)


def _holder(step: Step, outer: Schema) -> Callable[[Schema], Schema | None]:
    if step.field is not None:
        name = step.field
        return lambda inner: _field_of(outer, name, inner)
    if step.is_item:
        return lambda inner: _item_of(outer, inner)
    if step.pointer == "":
        return lambda inner: inner
    if FURTHER in outer and step.pointer == "/*":
        return lambda inner: _field_of(outer, _ANOTHER, inner)
    return lambda _: None


def _field_of(outer: Schema, name: str, inner: Schema) -> Schema:
    """Return `outer` with a field that must be there and holds `inner`."""
    schemas = dict(outer.get("components", {}).get("schemas", {}))
    fields = {**outer.get("properties", {}), name: embedded(inner, _DISPUTED, schemas)}
    needed = list(dict.fromkeys([*outer.get("required", ()), name]))
    held = {"type": "object", "properties": fields, "required": needed}
    return {**outer, **held, "components": {**outer.get("components", {}), "schemas": schemas}}


def _item_of(outer: Schema, inner: Schema) -> Schema:
    """Return `outer` with at least one item, each of which is one of `inner`."""
    schemas = dict(outer.get("components", {}).get("schemas", {}))
    held = {"type": "array", "items": embedded(inner, _DISPUTED, schemas)}
    held["minItems"] = max(1, outer.get("minItems", 1))
    return {**outer, **held, "components": {**outer.get("components", {}), "schemas": schemas}}
