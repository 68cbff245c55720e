"""Says which of two schemas takes more values because of one dispute: ours, theirs, or both."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from msgspec import Struct

from contract_tests.drift.operation import Schema
from contract_tests.drift.schemas.keyword_disputes import FIELD, Dispute, encoded
from contract_tests.drift.schemas.schema_pairs import CHOICE, FITTING, FURTHER, StepInside
from contract_tests.drift.schemas.type_bounds import OR_NULL, types_of

_MOST: Final = frozenset(
    {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"}
)
_LEAST: Final = frozenset(
    {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"}
)
_BITS: Final = {"int32": 32, "int64": 64}


class WiderSides(Struct, frozen=True, kw_only=True):
    """Which side takes values that the other one does not, as far as is known."""

    ours: bool = False
    theirs: bool = False

    @property
    def turned(self) -> "WiderSides":
        """Return what holds where the values are those that are refused."""
        return WiderSides(ours=self.theirs, theirs=self.ours)


BOTH: Final = WiderSides(ours=True, theirs=True)
OURS: Final = WiderSides(ours=True)
THEIRS: Final = WiderSides(theirs=True)


def wider(
    dispute: Dispute, views: tuple[Schema, Schema], trail: Sequence[tuple[StepInside, Schema]] = ()
) -> WiderSides:
    """Return which side takes more; both where that is not known.

    Of a field that one side alone names it is the side that does; the other one takes less where
    it takes no further fields at all, which `views` tell. `trail` is the way to the dispute.
    """
    found = _at_place(dispute, views)
    for step, _ in trail:
        if step.field is None and step.pointer == "/(not)":
            found = found.turned
        elif step.field is None and step.pointer == "/(if)":
            return BOTH
    return found


def _at_place(dispute: Dispute, views: tuple[Schema, Schema]) -> WiderSides:
    keyword, ours, theirs = dispute.keyword, dispute.ours, dispute.theirs
    if keyword == FIELD:
        return OURS if ours else WiderSides(theirs=views[0].get(FURTHER) is False)
    if keyword in {CHOICE, OR_NULL}:
        return WiderSides(ours=bool(ours), theirs=bool(theirs))
    if keyword == FITTING:
        return WiderSides(ours=ours == "anyOf", theirs=theirs == "anyOf")
    if keyword == "required":
        return WiderSides(ours=bool(theirs), theirs=bool(ours))
    one, other = _room(ours), _room(theirs)
    if one != other or one != _SOME:
        return WiderSides(ours=one > other, theirs=other > one)
    return _KEYWORDS.get(keyword, _unknown)(ours, theirs)


_NONE, _SOME, _ALL = range(3)


def _room(said: Any) -> int:  # noqa: ANN401 -- a keyword's value
    """Return how much a keyword leaves: `false` nothing, and one that is not said everything."""
    if said is None:
        return _ALL
    return _NONE if said is False else _SOME


def _unknown(ours: Any, theirs: Any) -> WiderSides:  # noqa: ANN401, ARG001 -- a keyword's values
    return BOTH


def _most(ours: Any, theirs: Any) -> WiderSides:  # noqa: ANN401 -- as above
    return WiderSides(ours=ours > theirs, theirs=theirs > ours)


def _least(ours: Any, theirs: Any) -> WiderSides:  # noqa: ANN401 -- as above
    return _most(theirs, ours)


def _bound(ours: Any, theirs: Any, *, is_upper: bool) -> WiderSides:  # noqa: ANN401 -- as above
    """Return the same of two bounds with their keywords; one that excludes itself is narrower."""
    (one, mine), (other, its) = ours, theirs
    if mine == its:
        return WiderSides(ours=other.startswith("exclusive"), theirs=one.startswith("exclusive"))
    return _most(mine, its) if is_upper else _least(mine, its)


def _multiples(ours: Any, theirs: Any) -> WiderSides:  # noqa: ANN401 -- as above
    """Return the same of two factors: all multiples of 10 are multiples of 5."""
    return WiderSides(ours=ours % theirs != 0, theirs=theirs % ours != 0)


def _formats(ours: Any, theirs: Any) -> WiderSides:  # noqa: ANN401 -- as above
    bits = [_BITS.get(one) for one in (ours, theirs)]
    return _most(*bits) if all(bits) else BOTH


def _sets(ours: Any, theirs: Any) -> WiderSides:  # noqa: ANN401 -- as above
    mine, its = (set(map(encoded, one)) for one in (ours, theirs))
    return WiderSides(ours=bool(mine - its), theirs=bool(its - mine))


def _type_sets(ours: Any, theirs: Any) -> WiderSides:  # noqa: ANN401 -- as above
    mine, its = (_with_integers(types_of(one)) for one in (ours, theirs))
    return WiderSides(ours=bool(mine - its), theirs=bool(its - mine))


def _with_integers(names: Sequence[str]) -> set[str]:
    return {*names, *(["integer"] if "number" in names else [])}


_KEYWORDS: Final[dict[str, Callable[[Any, Any], WiderSides]]] = {
    **dict.fromkeys(_MOST, _most),
    **dict.fromkeys(_LEAST, _least),
    "lower bound": lambda ours, theirs: _bound(ours, theirs, is_upper=False),
    "upper bound": lambda ours, theirs: _bound(ours, theirs, is_upper=True),
    "multipleOf": _multiples,
    "enum": _sets,
    "type": _type_sets,
    "format": _formats,
}
