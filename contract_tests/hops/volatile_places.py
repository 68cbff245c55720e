"""Tells apart what a gateway changes and what its service never answers twice alike.

Of each difference the service itself is asked (`service_probe`). What is noise is proposed as a
rule for the stack file (`place_rules`), once a place, and gone by from then on; what is the
gateway's stays a difference. In doubt it is the gateway's: no change is let pass for noise.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from contract_tests.hops.counterparts import Counterparts
from contract_tests.hops.http_methods import METHODS, SAFE
from contract_tests.hops.json_bodies import json_of
from contract_tests.hops.paired_client import SILENT, SentRequest
from contract_tests.hops.parity import (
    Mismatch,
    ObservedResponse,
    mismatches,
)
from contract_tests.hops.parity_rules import allows, rules_for, values_at
from contract_tests.hops.path_map import PathMap
from contract_tests.hops.place_rules import (
    HEADER,
    STATUS,
    SeenValues,
    any_item,
    body_rule,
    matchers,
    names_a_row,
    pointer_of,
    value_in,
)
from contract_tests.hops.rule_proposals import (
    BECAUSE,
    UNEQUAL,
    Proposal,
    RuleProposals,
    rule_of_answer,
)
from contract_tests.hops.service_probe import ProbedAnswers, ServiceProbe, sorted_by
from contract_tests.hops.unheld_bodies import BODY
from testcontainers_fixtures.stack_file.parity_spec import ParityRule
from testcontainers_fixtures.stack_spec import Contract

# How long all that is asked again of one service may take.
PROBED_S: Final = 60.0
_FAILED: Final = 500
# How far a service counts that is asked before its gateway is, and after.
_COUNTED: Final = 2
_GONE: Final = frozenset({404, 410})


class ServedSystem(Struct, frozen=True, kw_only=True):
    """What is known of the service that is asked: its name, and what its document has.

    `label` names the operation of a request; `ours` tells that both sides began alike, and were
    sent nothing but what is known here.
    """

    service: str
    ours: bool
    label: Callable[[str, str], str]
    templates: Sequence[str]
    paths: PathMap


class VolatilePlaces:
    """The places of one service's answers at which it agrees with no copy of itself."""

    def __init__(
        self, system: ServedSystem, promises: Contract, probe: ServiceProbe, rows: Counterparts
    ) -> None:
        self.rows = rows
        self._system = system
        self._probe = probe
        self._rules = RuleProposals(system.service, promises)
        self._drifting: set[tuple[str, str]] = set()
        self._left_s = PROBED_S

    def __repr__(self) -> str:
        """Show how much is proposed."""
        return f"<VolatilePlaces of {self._system.service}, {len(self.proposals)} proposed>"

    @property
    def proposals(self) -> list[Proposal]:
        """Return the rules that are proposed, in the order in which their places were met."""
        return self._rules.all

    @property
    def promises(self) -> Contract:
        """Return the stack file's promises, with the proposed rules that are gone by."""
        return self._rules.promises

    @property
    def is_unequal(self) -> bool:
        """Tell whether the twin has other data, so that it says nothing for the service."""
        return self._rules.is_unequal

    def sorted_out(
        self,
        sent: SentRequest,
        ours: ObservedResponse,
        theirs: ObservedResponse,
        found: Sequence[Mismatch],
    ) -> Sequence[Mismatch]:
        """Return what of the differences found is the gateway's; the rest is proposed."""
        route = self._route(sent)
        places = {one.what: self._place(one, ours) for one in found}
        silent = {SILENT, *range(_FAILED, 600)} & {ours.status, theirs.status}
        known_drift = {(route, one) for one in places.values()} <= self._drifting
        if silent or known_drift or not route:
            return found
        known = self._known_ids(sent, ours, theirs, found, route)
        rest = [one for one in found if one not in known]
        if self._left_s <= 0:
            return self._not_proposed(rest, route, ours)
        if not rest:
            return rest
        drift = self._probed(sent, ours, theirs, rest, route)
        if ours.status == theirs.status:
            rules = rules_for(self.promises, sent.method, sent.target).parity
            self.rows.learn(sent.target, rules, ours.body, theirs.body)
        self._drifting |= {(route, places.get(one.what, one.what)) for one in drift}
        return drift

    def _not_proposed(
        self, found: Sequence[Mismatch], route: str, ours: ObservedResponse
    ) -> Sequence[Mismatch]:
        """Return the differences at whose places nothing was proposed, all of another answer."""
        known = [one for one in found if self._rules.know(route, self._named(one, ours))]
        another = any(one.what == STATUS for one in known)
        return [] if another else [one for one in found if one not in known]

    def _probed(
        self,
        sent: SentRequest,
        ours: ObservedResponse,
        theirs: ObservedResponse,
        found: Sequence[Mismatch],
        route: str,
    ) -> list[Mismatch]:
        began_s = time.monotonic()
        answers = self._probe(sent, ours, theirs)
        self._left_s -= time.monotonic() - began_s
        promises = rules_for(self.promises, sent.method, sent.target)
        paths = self._system.paths
        compare = partial(mismatches, promises=promises, paths=paths)
        if not answers.is_telling:
            agree = not compare(answers.gateway, answers.service_again)
            return self._untold(found, answers, route, agree=agree)
        sorted_ = sorted_by(found, answers, promises, compare)
        drift = list(sorted_.drift)
        drift += self._of_all(sorted_.varying, answers, route, varying=True)
        drift += self._of_all(sorted_.unequal, answers, route, varying=False)
        return drift

    def _untold(
        self,
        found: Sequence[Mismatch],
        answers: ProbedAnswers,
        route: str,
        *,
        agree: bool,
    ) -> list[Mismatch]:
        """Return what is the gateway's of what cannot be asked twice: a row that is made, or gone.

        That one side had a row and the other none is other data, where all agree by now; an id is
        right that leads to a row of its own side.
        """
        gone = {answers.first.status, answers.at_first.status} & _GONE
        if gone and agree and self.is_unequal and any(one.what == STATUS for one in found):
            self._rules.propose(rule_of_answer(STATUS, route, UNEQUAL), found[0], varying=False)
            return []
        return [one for one in found if not self._is_told(one, answers, route)]

    def _is_told(self, one: Mismatch, answers: ProbedAnswers, route: str) -> bool:
        """Propose a rule for a place by the first two answers alone; tell whether there is one."""
        pointer = pointer_of(one.what)
        if not one.what.startswith(BODY) or answers.first.status != answers.at_first.status:
            return False
        bodies = json_of(answers.first.body), json_of(answers.at_first.body)
        pairs = list(values_at(*bodies, pointer))
        wide = any_item(bodies[0], pointer)
        is_id = names_a_row(wide, route, self._system.templates)
        for matcher in ("time", *(("id",) if is_id and not self._system.ours else ())):
            rule = ParityRule(rule=matcher, pointer=wide, where=route, because=BECAUSE[matcher])
            fits = bool(pairs) and all(allows(rule, *pair) for pair in pairs)
            if fits and (matcher == "time" or self._lead_to_rows(answers.sent, pairs)):
                self._rules.propose(rule, one, varying=True)
                return True
        return False

    def _lead_to_rows(self, sent: SentRequest, pairs: Iterable[tuple[object, object]]) -> bool:
        """Tell whether each side has a row by the id that it told."""
        return all(self._probe.has_row(sent, *pair) for pair in pairs)

    def _of_all(
        self, noise: Sequence[Mismatch], answers: ProbedAnswers, route: str, *, varying: bool
    ) -> list[Mismatch]:
        """Propose a rule for each of some differences; return those for which there is none."""
        other = [one for one in noise if one.what == STATUS]
        drift = []
        for one in other or noise:  # the rest of another answer is another one as well
            rule = self._rule(one, answers, route, varying=varying)
            if rule is None or (varying and self._is_done_twice(one, answers)):
                drift.append(one)
            else:
                self._rules.propose(rule, one, varying=varying)
        return [*noise] if other and drift else drift

    def _rule(
        self, one: Mismatch, answers: ProbedAnswers, route: str, *, varying: bool
    ) -> ParityRule | None:
        ours, because = self._system.ours, UNEQUAL
        if one.what == STATUS or one.what.startswith(HEADER):
            if ours and not varying:
                return None
            because = BECAUSE["volatile"] if varying else UNEQUAL
            return rule_of_answer(one.what, route, because)
        pointer = any_item(json_of(answers.first.body), pointer_of(one.what))
        wanted = matchers(
            is_id=names_a_row(pointer, route, self._system.templates),
            counts=SeenValues(answers, pointer_of(one.what)).count,
            ours=ours,
            varying=varying,
            method=route.partition(" ")[0],
        )
        rule = body_rule(answers, one.what, wanted, route)
        if rule is None:
            return None
        told = varying or rule.rule in {"time", "id"}
        return replace(rule, because=BECAUSE[rule.rule] if told else UNEQUAL)

    def _is_done_twice(self, one: Mismatch, answers: ProbedAnswers) -> bool:
        """Tell whether a service that counts by one counts its gateway's one request as several."""
        pointer = pointer_of(one.what)
        seen = SeenValues(answers, pointer)
        writes = answers.by_service and answers.sent.method not in SAFE
        if not (writes and one.what.startswith(BODY) and seen.count):
            return False
        first, second, *_ = seen.own
        if second - first <= _COUNTED:
            return False
        third = value_in(self._probe.once_more(answers.sent), pointer)
        return isinstance(third, int) and third - second == 1

    def _known_ids(
        self,
        sent: SentRequest,
        ours: ObservedResponse,
        theirs: ObservedResponse,
        found: Iterable[Mismatch],
        route: str,
    ) -> list[Mismatch]:
        """Return the differences that are ids of rows which are known to be the same."""
        bodies = json_of(ours.body), json_of(theirs.body)
        known = []
        for one in found:
            pointer = pointer_of(one.what)
            pairs = list(values_at(*bodies, pointer)) if one.what.startswith(BODY) else []
            if pairs and all(self.rows.is_known(sent.target, *pair) for pair in pairs):
                wide = any_item(bodies[0], pointer)
                rule = ParityRule(rule="id", pointer=wide, where=route, because=BECAUSE["id"])
                self._rules.propose(rule, one, varying=True)
                known.append(one)
        return known

    def _route(self, sent: SentRequest) -> str:
        """Return a request's route; "" where its path is published by no method."""
        own = self._system.label(sent.method, sent.target)
        known = (self._system.label(method, sent.target) for method in METHODS)
        label = own if "/" in own else next((one for one in known if "/" in one), "")
        return label and f"{sent.method} {label.partition(' ')[2]}"

    def _place(self, one: Mismatch, ours: ObservedResponse) -> str:
        """Return a place with any item of a list for the one that it is."""
        if not one.what.startswith(BODY):
            return one.what
        return any_item(json_of(ours.body), pointer_of(one.what))

    def _named(self, one: Mismatch, ours: ObservedResponse) -> str:
        """Return a place as a rule names it."""
        place = self._place(one, ours)
        return f"{BODY} {place}".rstrip() if one.what.startswith(BODY) else place
