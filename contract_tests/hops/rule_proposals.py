"""Keeps the rules of parity that are proposed for one service, one a place, and goes by them."""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from contract_tests.hops.parity import Mismatch
from contract_tests.hops.place_rules import HEADER, STATUS
from testcontainers_fixtures.stack_file.parity_spec import Matcher, ParityRule
from testcontainers_fixtures.stack_spec import Contract

BECAUSE: Final[dict[Matcher, str]] = {
    "volatile": "it is another one each time",
    "type": "it is another one each time",
    "time": "each side has a clock of its own",
    "id": "each side counts for itself",
    "unordered": "its order is another one each time",
}
UNEQUAL: Final = "the twin has other data"


class Proposal(Struct, frozen=True, kw_only=True):
    """A rule that would let a place be, and what was seen there first.

    `varying` tells that the service itself answers otherwise each time; else its twin does alone.
    """

    service: str
    rule: ParityRule
    shown: Mismatch
    varying: bool


class RuleProposals:
    """What is proposed of a service's answers, in the order in which their places were met.

    `promises` are the stack file's with the rules that are gone by; `is_unequal` tells that the
    twin has other data, so that it says nothing for the service.
    """

    def __init__(self, service: str, promises: Contract) -> None:
        self.promises = promises
        self.is_unequal = False
        self._service = service
        self._known: dict[tuple[str, Matcher], Proposal] = {}

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"<RuleProposals for {self._service}, {len(self._known)}>"

    @property
    def all(self) -> list[Proposal]:
        """Return them."""
        return list(self._known.values())

    def know(self, route: str, place: str) -> bool:
        """Tell whether a rule is proposed for a place of a route."""
        about = [each.rule for each in self._known.values() if route in each.rule.routes]
        return any(rule.place == place for rule in about)

    def propose(self, rule: ParityRule, shown: Mismatch, *, varying: bool) -> None:
        """Keep a rule once, for all of its routes; go by it where it lets no data of rows be."""
        key = (rule.place, rule.rule)
        first = self._known.get(key) or Proposal(
            service=self._service, rule=rule, shown=shown, varying=varying
        )
        routes = tuple(dict.fromkeys((*first.rule.routes, *rule.routes)))
        whole = replace(first.rule, where=routes if len(routes) > 1 else routes[0])
        self._known[key] = replace(first, rule=whole)
        if (varying or rule.rule in {"time", "id"}) and rule.pointer != "":
            self._go_by(rule)
        elif not varying:
            self.is_unequal = True

    def _go_by(self, rule: ParityRule) -> None:
        if rule not in self.promises.parity:
            self.promises = replace(self.promises, parity=(*self.promises.parity, rule))


def rule_of_answer(what: str, route: str, because: str) -> ParityRule:
    """Return the rule by which a header, or a whole answer, may be another one."""
    if what == STATUS:
        return ParityRule(rule="volatile", status=True, where=route, because=because)
    header = what.removeprefix(HEADER)
    return ParityRule(rule="volatile", header=header, where=route, because=because)
