"""The rules of the stack file by which two answers may differ: which apply, and what they let be.

A rule lets a place be only as far as it says: a number that has become a text is a difference
still where any number may stand, and a moment an hour ago where two clocks are allowed for.
"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from msgspec.structs import replace

from contract_tests.hops.route_patterns import meant_by
from testcontainers_fixtures.json_pointers import steps
from testcontainers_fixtures.stack_file.parity_spec import ParityRule
from testcontainers_fixtures.stack_spec import Contract

ANY: Final = "*"
_FRACTION: Final = re.compile(r"[.,]\d+")
_DIGIT: Final = re.compile(r"\d")
# Of a date in words: its day and its month.
_WORD: Final = re.compile(r"[A-Za-z]{3,}")
# Numbers that are moments since 1970: seconds from 2001 on, and milliseconds.
_SECONDS: Final = (1e9, 1e11)
_MILLISECONDS: Final = (1e12, 1e14)


def rules_for(promises: Contract, method: str, target: str) -> Contract:
    """Return the promises with the rules of parity that are about a request, and no others."""
    if not promises.parity:
        return promises
    known = tuple(
        one
        for one in promises.parity
        if not one.routes or meant_by(one.routes, method, target) is not None
    )
    headers = (one.header for one in known if one.header)
    return replace(promises, parity=known, volatile_headers=(*promises.volatile_headers, *headers))


def settled(one: Any, other: Any, rules: Sequence[ParityRule]) -> tuple[Any, Any]:  # noqa: ANN401 -- any JSON
    """Return two JSON documents without what the rules let differ between them."""
    for rule in sorted(rules, key=lambda each: each.rule != "unordered"):
        if rule.pointer is not None:
            one, other = _settled(one, other, steps(rule.pointer), rule)
    return one, other


def _settled(one: Any, other: Any, way: Sequence[str], rule: ParityRule) -> tuple[Any, Any]:  # noqa: ANN401 -- any JSON
    if not way:
        return _at_place(one, other, rule)
    first, *rest = way
    if isinstance(one, dict) and isinstance(other, dict):
        return _in_objects(one, other, first, rest, rule)
    if isinstance(one, list) and isinstance(other, list):
        mine, theirs = list(one), list(other)
        for n in range(min(len(one), len(other))):
            if first in {ANY, str(n)}:
                mine[n], theirs[n] = _settled(one[n], other[n], rest, rule)
        return mine, theirs
    return one, other


def _in_objects(
    one: dict[str, Any], other: dict[str, Any], first: str, rest: Sequence[str], rule: ParityRule
) -> tuple[Any, Any]:
    mine, theirs = dict(one), dict(other)
    for name in [n for n in {**one, **other} if first in {ANY, n}]:
        if name in one and name in other:
            mine[name], theirs[name] = _settled(one[name], other[name], rest, rule)
        elif not rest and rule.rule == "volatile":
            mine.pop(name, None)
            theirs.pop(name, None)
    return mine, theirs


def _at_place(one: Any, other: Any, rule: ParityRule) -> tuple[Any, Any]:  # noqa: ANN401 -- any JSON
    if allows(rule, one, other):
        return None, None
    if rule.rule == "unordered" and isinstance(one, list) and isinstance(other, list):
        return sorted(one, key=_text), sorted(other, key=_text)
    return one, other


def allows(rule: ParityRule, one: Any, other: Any) -> bool:  # noqa: ANN401 -- any JSON
    """Tell whether two values may stand at a rule's place."""
    match rule.rule:
        case "volatile":
            return True
        case "type":
            return json_type(one) == json_type(other)
        case "id":
            return _names(one) and json_type(one) == json_type(other)
        case "time":
            return _are_near(one, other, rule.within_s)
        case "unordered":
            both = isinstance(one, list) and isinstance(other, list)
            return both and sorted(map(_text, one)) == sorted(map(_text, other))


def json_type(value: Any) -> str:  # noqa: ANN401 -- any JSON
    """Return what JSON calls a value's type; a number is one whether or not it is whole."""
    if isinstance(value, bool) or value is None:
        return "null" if value is None else "boolean"
    known = {int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return known.get(type(value), "none")


def moment(value: Any) -> float | None:  # noqa: ANN401 -- any JSON
    """Return the seconds since 1970 that a value tells; None where it tells no moment."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if not isinstance(value, str):
        scale = next((s for s, (low, high) in _SCALES if low <= value < high), None)
        return value * scale if scale else None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(value)
        except (ValueError, TypeError, IndexError):
            continue
        zone = found.tzinfo or UTC
        return found.replace(tzinfo=zone).timestamp()
    return None


_SCALES: Final = ((1.0, _SECONDS), (0.001, _MILLISECONDS))


def values_at(one: Any, other: Any, pointer: str) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 -- any JSON
    """Yield the pairs of values that two documents have at a pointer, in their order."""
    yield from _values(one, other, steps(pointer))


def _values(one: Any, other: Any, way: Sequence[str]) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 -- any JSON
    if not way:
        yield one, other
        return
    first, *rest = way
    if isinstance(one, dict) and isinstance(other, dict):
        for name in one.keys() & other.keys():
            if first in {ANY, name}:
                yield from _values(one[name], other[name], rest)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for n, pair in enumerate(zip(one, other, strict=True)):
            if first in {ANY, str(n)}:
                yield from _values(*pair, rest)


def _names(value: Any) -> bool:  # noqa: ANN401 -- any JSON
    """Tell whether a value can name a row in a path."""
    return isinstance(value, int | str) and not isinstance(value, bool) and value != ""


def _are_near(one: Any, other: Any, within_s: float) -> bool:  # noqa: ANN401 -- any JSON
    mine, theirs = moment(one), moment(other)
    if mine is None or theirs is None or _written(one) != _written(other):
        return False
    return abs(mine - theirs) <= within_s


def _written(value: Any) -> object:  # noqa: ANN401 -- any JSON
    """Return how a moment is written, whatever it is: what a gateway writes anew is no clock's."""
    if not isinstance(value, str):
        return json_type(value)
    return _WORD.sub("aaa", _DIGIT.sub("0", _FRACTION.sub("", value)))


def _text(value: Any) -> str:  # noqa: ANN401 -- any JSON
    return json.dumps(value, sort_keys=True)
