"""Tells a difference in full: what each side says, what that does to callers, what it reaches."""

from typing import Final

from contract_tests.drift.telling.caller_effects import sorted_effects
from contract_tests.drift.telling.shared_differences import SharedDifference
from reports.record.document_drift import Direction, Effect

MOST_REACHED: Final = 5
_VERBS: Final[dict[Effect, str]] = {"words only": "is words only"}
_WHERE: Final[dict[Direction, str]] = {"request": "in requests", "answer": "in answers"}


def in_full(one: SharedDifference, remark: str = "") -> str:
    """Return a difference in some sentences, the first of which names the first place."""
    return " ".join(filter(None, (one.first.sentence, _consequence(one), _reach(one), remark)))


def _consequence(one: SharedDifference) -> str:
    """Return what it does to callers; by direction, where it does not do the same in each."""
    by_direction: dict[Direction, tuple[Effect, ...]] = {}
    for each in one.members:
        known = (*by_direction.get(each.direction, ()), *each.effects)
        by_direction[each.direction] = sorted_effects(known)
    if len(set(by_direction.values())) == 1:
        return f"It {_words(one.effects)}."
    said = ", ".join(
        f"{_WHERE.get(direction, 'as a whole')} it {_words(effects)}"
        for direction, effects in by_direction.items()
    )
    return f"{said[0].upper()}{said[1:]}."


def _words(effects: tuple[Effect, ...]) -> str:
    return " and ".join(_VERBS.get(effect, effect) for effect in effects)


def _reach(one: SharedDifference) -> str:
    if len(one.members) == 1:
        return ""
    others = reached(one)
    named = ", ".join(others[:MOST_REACHED])
    left = len(others) - MOST_REACHED
    more = f" and {left} more" if left > 0 else ""
    if one.is_of_all:
        return f"So it is in {named}{more}."
    if not one.component:
        return f"It stands in what {named}{more} share with it." if others else ""
    also = f", so it reaches {named}{more} too" if others else ""
    return f"It stands in {one.component}{also}."


def reached(one: SharedDifference) -> tuple[str, ...]:
    """Return the operations that a difference reaches beside the one at which it is told."""
    known = dict.fromkeys(each.operation for each in one.members)
    return tuple(name for name in known if name != one.first.operation)
