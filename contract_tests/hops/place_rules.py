"""Finds the narrowest rule by which a place of two answers may be let be, by what was seen there.

    time       all tell moments, near each other and written alike
    id         what names a row in the paths below, of one type
    unordered  lists of the same items
    type       values of one JSON type
    volatile   whatever it is

What the gateway says counts as well: where its service's values fit a rule and its own does not,
there is no rule, and the gateway has changed something.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from contract_tests.hops.http_methods import SAFE
from contract_tests.hops.json_bodies import NO_JSON, json_of
from contract_tests.hops.parity import ObservedResponse
from contract_tests.hops.parity_rules import ANY, allows
from contract_tests.hops.service_probe import ProbedAnswers
from contract_tests.hops.unheld_bodies import BODY
from testcontainers_fixtures.json_pointers import steps
from testcontainers_fixtures.stack_file.parity_spec import Matcher, ParityRule

HEADER: Final = "header "
STATUS: Final = "status"
_IDS: Final = frozenset({"id", "_id", "uuid", "key"})
# What stands around the one row that an answer is about.
_ENVELOPES: Final = frozenset({"data", "item", "result", "row"})
_NOTHING: Final = NO_JSON
_NAMED: Final = re.compile(r"\{([^{}]+)\}")


class SeenValues:
    """What stood at one place of the body: `own` is of service and twin, `gateway` of that."""

    def __init__(self, answers: ProbedAnswers, pointer: str) -> None:
        own = (answers.service, answers.service_again, answers.at_first, answers.twin)
        self.own = [value_in(one, pointer) for one in own]
        self.gateway = [value_in(one, pointer) for one in (answers.first, answers.gateway)]

    def __repr__(self) -> str:
        """Show them."""
        return f"<SeenValues {self.own} {self.gateway}>"

    @property
    def count(self) -> bool:
        """Tell whether the service's are whole numbers: they may tell how often it was asked."""
        return all(isinstance(one, int) and not isinstance(one, bool) for one in self.own)

    def fit(self, rule: ParityRule) -> bool | None:
        """Tell whether all fit a rule; None where all but the gateway's do."""
        first = self.own[0]
        if not all(_fits(rule, first, one) for one in self.own[1:]):
            return False
        return all(_fits(rule, first, one) for one in self.gateway) or None


def body_rule(
    answers: ProbedAnswers, what: str, wanted: Sequence[Matcher], route: str, because: str = "?"
) -> ParityRule | None:
    """Return the first of the wanted rules that fits what was seen at a place of the body."""
    pointer = pointer_of(what)
    seen = SeenValues(answers, pointer)
    wide = any_item(json_of(answers.first.body), pointer)
    for matcher in wanted:
        rule = ParityRule(rule=matcher, pointer=wide, where=route, because=because)
        fits = seen.fit(rule)
        if fits is None:
            return None
        if fits:
            return rule
    return None


def matchers(
    *, is_id: bool, counts: bool, ours: bool, varying: bool, method: str
) -> tuple[Matcher, ...]:
    """Return the rules that may be looked for at a place, the narrowest first.

    Of a stack of our own both sides have begun alike and had the same requests: what differs but
    for clocks and what is drawn anew is no noise. A number that `counts` tells how often something
    was written, and is looked at by no rule there.
    """
    if not ours:
        return (*("time",), *(("id",) if is_id else ()), "unordered", "type", "volatile")
    if counts and (is_id or method not in SAFE):
        return ("time",)
    drawn: tuple[Matcher, ...] = ("unordered", "type", "volatile") if varying else ()
    return ("time", *(("id",) if is_id else ()), *drawn)


def pointer_of(what: str) -> str:
    """Return where in the body a difference is, as a pointer; "" is the whole of it."""
    return what.removeprefix(BODY).lstrip()


def any_item(value: Any, pointer: str) -> str:  # noqa: ANN401 -- any JSON
    """Return a pointer that means any item of each list on its way."""
    made = []
    for token in steps(pointer):
        made.append(ANY if isinstance(value, list) else token)
        value = _step(value, token)
    return "".join(f"/{one.replace('~', '~0').replace('/', '~1')}" for one in made)


def names_a_row(pointer: str, route: str, templates: Sequence[str]) -> bool:
    """Tell whether a place is that of a row's own id, by its name and the paths below.

    The id of something else that a row has in it leads to no row here.
    """
    *around, last = steps(pointer) or ("",)
    path = route.partition(" ")[2]
    base = path.rpartition("/")[0] if path.endswith("}") else path
    names = set(_parameters(base, templates))
    if not names:
        return False
    depth = [one for one in around if one != ANY]
    outer = not depth or (len(depth) == 1 and (around[-1] == ANY or depth[0] in _ENVELOPES))
    return outer and (last in _IDS or last in names)


def _parameters(base: str, templates: Sequence[str]) -> Iterator[str]:
    for one in templates:
        rest = one.removeprefix(f"{base}/")
        if one != rest and (found := _NAMED.fullmatch(rest.partition("/")[0])):
            yield found[1]


def _fits(rule: ParityRule, one: Any, other: Any) -> bool:  # noqa: ANN401 -- any JSON
    if one is _NOTHING or other is _NOTHING:
        return rule.rule == "volatile"
    return allows(rule, one, other)


def value_in(answer: ObservedResponse, pointer: str) -> Any:  # noqa: ANN401 -- any JSON
    """Return what an answer's body has at a place, NO_JSON where it has nothing there."""
    value = json_of(answer.body)
    for token in steps(pointer):
        value = _step(value, token)
    return value


def _step(value: Any, token: str) -> Any:  # noqa: ANN401 -- any JSON
    if isinstance(value, dict):
        return value.get(token, _NOTHING)
    if isinstance(value, list) and token.isdigit() and int(token) < len(value):
        return value[int(token)]
    return _NOTHING
