"""Lets differences be for which somebody gave a reason; tells which rules are of no use any more.

A rule is good until the end of its last day. After that what it ignored fails again, and says why.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from msgspec import Struct

from contract_tests.drift.drift_sentences import DocumentDifference
from contract_tests.drift.telling.shared_differences import SharedDifference
from testcontainers_fixtures.stack_file.drift_spec import EVERY, IgnoreRule


class SortedDifferences(Struct, frozen=True, kw_only=True):
    """Differences by what becomes of them.

    `kept` come with a remark, "" for most; `ignored` with the rule by which they are let be;
    `useless` are sentences on rules that have expired or match nothing.
    """

    kept: tuple[tuple[SharedDifference, str], ...]
    ignored: tuple[tuple[SharedDifference, IgnoreRule], ...]
    useless: tuple[str, ...]


def sorted_out(
    found: Iterable[SharedDifference], rules: Sequence[IgnoreRule], today: date
) -> SortedDifferences:
    """Return which differences are kept and which are ignored.

    A rule for one operation takes that operation out of a difference that reaches several.
    """
    kept: list[tuple[SharedDifference, str]] = []
    ignored: list[tuple[SharedDifference, IgnoreRule]] = []
    used: set[int] = set()
    for one in found:
        for part, number in _parts(one, rules, today):
            rule = rules[number] if number is not None else None
            used |= set() if number is None else {number}
            if rule is None or _is_over(rule, today):
                kept.append((part, _remark(rule)))
            else:
                ignored.append((part, rule))
    useless = [_unused(one) for number, one in enumerate(rules) if number not in used]
    return SortedDifferences(kept=tuple(kept), ignored=tuple(ignored), useless=tuple(useless))


def _parts(
    one: SharedDifference, rules: Sequence[IgnoreRule], today: date
) -> Iterator[tuple[SharedDifference, int | None]]:
    """Yield a difference in parts, each with the number of the rule that is about all of it."""
    sorted_: dict[int | None, list[DocumentDifference]] = {}
    for member in one.members:
        found = [
            number
            for number, rule in enumerate(rules)
            if rule.what in member.sentence and _is_about(rule.where.strip(), member, one.component)
        ]
        # One that is still good goes before one that is over.
        found.sort(key=lambda number: _is_over(rules[number], today))
        sorted_.setdefault(next(iter(found), None), []).append(member)
    for number, members in sorted_.items():
        yield SharedDifference(members=tuple(members)), number


def _is_about(where: str, member: DocumentDifference, component: str) -> bool:
    """Tell whether a rule's place is that of a difference, or one around it."""
    operation, comma, place = where.partition(", ")
    if operation in {EVERY, member.operation}:
        return not comma or _is_within(member.where, place)
    return bool(component) and _is_within(component, where)


def _is_within(place: str, around: str) -> bool:
    return place == around or place.startswith((f"{around} ", f"{around}/"))


def _is_over(rule: IgnoreRule, today: date) -> bool:
    return rule.until is not None and rule.until < today


def _remark(rule: IgnoreRule | None) -> str:
    if rule is None:
        return ""
    return f"It was ignored until {rule.until} ({rule.because}), which is over."


def _unused(rule: IgnoreRule) -> str:
    what = f" and {rule.what!r}" if rule.what else ""
    return (
        f"The rule that ignores what differs at {rule.where!r}{what} matches nothing (any more): "
        "take it out, or name the place as a difference does."
    )
