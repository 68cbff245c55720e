"""Says what a difference does to a caller, by its direction and by which side takes more.

A caller goes by the gateway's document. What that takes and the service does not is refused; what
the service answers and that does not name is a surprise.
"""

from collections.abc import Iterable
from typing import Final

from contract_tests.drift.schemas.wider_sides import WiderSides
from reports.record.document_drift import LEVEL_OF, LEVELS, Direction, Effect, Level

BREAKS: Final[tuple[Effect, ...]] = ("breaks callers",)
REFUSES: Final[tuple[Effect, ...]] = ("refuses what was served",)
TOO_LITTLE: Final[tuple[Effect, ...]] = ("promises too little",)
WORDS: Final[tuple[Effect, ...]] = ("words only",)


def effects_of(direction: Direction, wider: WiderSides) -> tuple[Effect, ...]:
    """Return what it does that one side of a request, or of an answer, is the wider one."""
    if direction == "answer":
        more, less = TOO_LITTLE, BREAKS
    else:
        more, less = BREAKS, REFUSES
    found = (more if wider.ours else ()) + (less if wider.theirs else ())
    return sorted_effects(found) or TOO_LITTLE


def of_default(ours: object, theirs: object) -> tuple[Effect, ...]:
    """Return what it does that two defaults differ; what is not said cannot be relied on."""
    return TOO_LITTLE if ours is None and theirs is not None else BREAKS


def of_field(direction: Direction, wider: WiderSides) -> tuple[Effect, ...]:
    """Return what it does that one side alone names a field: a gateway that does promises it."""
    if wider.ours:
        return BREAKS
    return effects_of(direction, wider)


def of_parameter(*, ours: bool | None, theirs: bool | None) -> tuple[Effect, ...]:
    """Return what it does that one side alone knows a parameter.

    Of each side is given whether it requires it, None where it does not know it. OpenAPI forbids no
    parameter that it does not name.
    """
    if ours is None:
        return BREAKS if theirs else TOO_LITTLE
    return (*BREAKS, *REFUSES) if ours else BREAKS


def of_keys(
    ours: frozenset[frozenset[str]], theirs: frozenset[frozenset[str]]
) -> tuple[Effect, ...]:
    """Return what it does that other keys are asked for; each choice is all that one comes with."""
    mine, its = (one or frozenset({frozenset[str]()}) for one in (ours, theirs))
    wider = WiderSides(ours=not _lets_in(its, mine), theirs=not _lets_in(mine, its))
    return effects_of("request", wider)


def _lets_in(door: frozenset[frozenset[str]], comers: frozenset[frozenset[str]]) -> bool:
    """Tell whether who comes with any of some choices is let in where others are asked for."""
    return all(any(choice <= comer for choice in door) for comer in comers)


def sorted_effects(effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """Return effects once each, the worst first."""
    known = set(effects)
    return tuple(one for one in LEVEL_OF if one in known)


def level_of(effects: Iterable[Effect]) -> Level:
    """Return the level of the worst of some effects."""
    return min((LEVEL_OF[one] for one in effects), key=LEVELS.index, default="note")
