"""Watches every call of a test: what reached the service, what the twin says, whose fault it is."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import hypothesis
import schemathesis
from msgspec import Struct
from msgspec.structs import replace
from schemathesis.checks import CheckFunction
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import positive_data_acceptance

from contract_tests.drift.readable_documents import guessed
from contract_tests.hops.answer_patience import AnswerPatience
from contract_tests.hops.bounded_session import (
    UnansweredError,
    reply_to,
    session,
    target_below,
)
from contract_tests.hops.guilty_hop import (
    CallObservations,
    Hop,
    answered_alike,
    at_the_broker,
    guilty,
    verdict,
)
from contract_tests.hops.http_methods import SAFE
from contract_tests.hops.parity import (
    Mismatch,
    ObservedResponse,
    answer_from_wire,
    mismatches,
)
from contract_tests.hops.parity_rules import rules_for
from contract_tests.hops.path_map import AS_IT_IS, PathMap
from contract_tests.hops.received import Received, altered, request_of
from contract_tests.hops.wiretap import TappedMessage, Wiretap
from contract_tests.recording.alike_findings import is_alike, of_both
from contract_tests.recording.failures import (
    OWN,
    NoWholeAnswer,
    complained,
    recorded,
    reproduced,
    said,
    sent,
    to_send,
    unanswered,
)
from contract_tests.recording.remembering_twin import RememberingTwin
from contract_tests.recording.session_findings import Findings
from reports.judgement.reproductions import curl
from testcontainers_fixtures.stack_spec import Contract, StackSpec

if TYPE_CHECKING:
    from contract_tests.hops.paired_client import SentRequest
    from reports.record.failures import Failure as Recorded
    from reports.record.failures import Method


# What a request was refused for by itself, whoever it came from.
_REFUSED: Final = frozenset({400, 405, 415, 422})


class About(Struct, frozen=True, kw_only=True):
    """Whose answers are held: a service over some data, by a test whose id grows by operations."""

    service: str = ""
    data: str = ""
    test: Callable[[], str] = str


class CallWatch:
    """Holds each answer of one service, naming the guilty hop; `look` right after every call.

    Any of the three may be missing: the service may have no tap, no twin, the system no broker.
    What is found and asked goes to the account of the session, which lets pass what is known.
    """

    def __init__(  # noqa: PLR0913 -- what it watches by, each by its name
        self,
        spec: StackSpec,
        received: Received | None,
        twin: RememberingTwin | None,
        wiretap: Wiretap | None,
        *,
        about: About | None = None,
        findings: Findings | None = None,
    ) -> None:
        self._spec = spec
        self.about = about or About()
        self.findings = findings or Findings()
        self._received = received
        self._twin = twin
        self._wiretap = wiretap
        self._heard: list[TappedMessage] | None = None
        self._unanswered: dict[str, tuple[NoWholeAnswer, str]] = {}
        self.session = session()
        self._patience = AnswerPatience()
        # Asks a service without a twin what its gateway was asked.
        self.past: Callable[[SentRequest], ObservedResponse] | None = None

    def __repr__(self) -> str:
        """Show what it watches by."""
        return f"<CallWatch {self._received} {self._twin} {self._wiretap}>"

    @property
    def _paths(self) -> PathMap:
        return self._received.paths if self._received else AS_IT_IS

    @property
    def checks(self) -> list[CheckFunction]:
        """Return the checks for schemathesis, in the order in which they must be made."""
        return [self._naming(one) for one in (self._received, self._twin) if one is not None]

    def left_out(self, case: "schemathesis.Case[Any]") -> list[CheckFunction]:
        """Return the checks not to be made: of requests that are a guess none need be accepted."""
        guesses = case.operation.label in self._guessed
        return [positive_data_acceptance] if guesses else []

    @cached_property
    def _guessed(self) -> frozenset[str]:
        document = self.findings.documents.get(self.about.service)
        return guessed(document) if document else frozenset()

    def call(self, case: "schemathesis.Case[Any]", **options: Any) -> schemathesis.Response:  # noqa: ANN401 -- what schemathesis passes on
        """Send a case, within the session's bounds; one that the stack file leaves out is not sent.

        An operation that once gave no whole answer is not asked again by the same test: a smaller
        request that shows it would be looked for, at the price of the whole bound each time.
        """
        if self.findings.left_out.because(case.method, case.operation.path):
            hypothesis.reject()  # another method than the operation's own, which is published
        label = case.operation.label
        if label not in self._unanswered:
            try:
                return self._called(case, options)
            except UnansweredError as error:
                self.look()  # what it led to is none of the next call's
                self._unanswered[label] = self._without_answer(error, case)
        complaint, told = self._unanswered[label]
        raise FailureGroup([complaint], told)

    def _called(
        self, case: "schemathesis.Case[Any]", options: dict[str, Any]
    ) -> schemathesis.Response:
        label = case.operation.label
        with self._patience.of(label):
            response = case.call(**{"session": self.session, **options})
        self._patience.note(label, reply_to(response.request))
        return response

    def _without_answer(
        self, error: UnansweredError, case: "schemathesis.Case[Any]"
    ) -> tuple[NoWholeAnswer, str]:
        base, label = self.findings.gateway, case.operation.label
        request = sent(error.sent, base)
        complaint = NoWholeAnswer(operation=label, message=str(error))
        self._found(unanswered(complaint, label, request))
        return complaint, reproduced([complaint], "no answer", curl(request, base))

    def look(self) -> None:
        """Note what the call that was just made has led to."""
        self._heard = None
        if self._twin:
            self._twin.said, self._twin.differing = None, []
        if self._received:
            self._received.look()
        if self._twin and self._received:
            self._twin.added.look(self._received.arrived)

    def hold(
        self,
        response: schemathesis.Response,
        case: "schemathesis.Case[Any]",
        validate: Callable[[], object],
    ) -> None:
        """Note a call and what `validate` finds in it; raise what no earlier record knows."""
        self._note(response, case)
        try:
            with self._patience.of(case.operation.label):
                validate()
        except FailureGroup as group:
            fresh = [one for one in group.exceptions if self._kept(one, response, case)]
            if fresh:
                base = self.findings.gateway
                line = curl(sent(response.request, base), base)
                answer = f"[{response.status_code}] {response.text}"
                raise FailureGroup(fresh, reproduced(fresh, answer, line)) from None

    def _note(self, response: schemathesis.Response, case: "schemathesis.Case[Any]") -> None:
        took_s = response.elapsed
        answer = recorded(said(response))
        request = sent(response.request, self.findings.gateway)
        self.findings.journal.note(self.about.service, request, answer, took_s)
        methods: list[Method] = ["schema"]
        methods += ["received"] if self._received else []
        methods += ["parity"] if self._twin else []
        self.findings.put(self.about.service, case.operation.label, methods)

    def _kept(
        self, one: Failure, response: schemathesis.Response, case: "schemathesis.Case[Any]"
    ) -> bool:
        twin = self._twin.said if self._twin else None
        failure = complained(one, response, case, twin, self.findings.gateway)
        failure = replace(failure, service=self.about.service)
        found = self._unlike(response) if failure.method == "schema" else None
        if found is not None and is_alike(failure, found):
            failure = of_both(failure, self.about.service)
        return self._found(failure)

    def _unlike(self, response: schemathesis.Response) -> list[Mismatch] | None:
        """Return in what the service answers otherwise, as its twin or tap tells; else None."""
        if self._twin and self._twin.said is not None:
            return self._twin.differing
        arrived = self._received.arrived if self._received else ()
        answer = arrived[0].answer if len(arrived) == 1 else None
        left = answer and answer_from_wire(answer.status, answer.joined(), answer.content)
        left = left or self._past_gateway(response)
        if left is None:
            return None
        return mismatches(said(response), left, self._promises(response), self._paths)

    def _past_gateway(self, response: schemathesis.Response) -> ObservedResponse | None:
        """Return what the service says to what reads, or was refused for what it is: else None."""
        asked = response.request
        if self.past is None or not (asked.method in SAFE or response.status_code in _REFUSED):
            return None
        return self.past(to_send(sent(asked, self.findings.gateway)))

    def _promises(self, response: schemathesis.Response) -> Contract:
        """Return what is promised of the answer to a request, with the rules that are about it."""
        asked, known = response.request, self._twin.promises if self._twin else self._spec.contract
        target = target_below(asked.url or "", self.findings.gateway)
        return rules_for(known, asked.method or "", target)

    def _found(self, failure: "Recorded") -> bool:
        about = {"service": self.about.service, "data": self.about.data, "test": self.about.test()}
        return self.findings.note(replace(failure, **about))

    def _naming(self, check: Received | RememberingTwin) -> CheckFunction:
        def held(
            context: object, response: schemathesis.Response, case: "schemathesis.Case[Any]"
        ) -> None:
            try:
                check(context, response, case)
            except OWN as failure:
                hops = self._guilty(response, [one.what for one in failure.found])
                failure.hops = hops
                failure.message = f"{failure.message}\n{verdict(hops)}"
                raise

        held.__name__ = check.__name__
        return held

    def _guilty(self, response: schemathesis.Response, what: list[str]) -> tuple[Hop, ...]:
        facts = self._facts(response)
        if self._wiretap:
            arrived = self._received.arrived if self._received else ()
            if self._heard is None:  # both checks may fail, and messages are told once
                self._heard = self._wiretap.overheard()
            asked, heard = request_of(response.request), self._heard
            queues, promises = self._wiretap.work_queues, self._spec.contract
            missed = [one.removeprefix("header ") for one in what if one.startswith("header ")]
            facts = at_the_broker(
                facts,
                asked,
                arrived,
                heard,
                queues=queues,
                promises=promises,
                missed=missed,
                paths=self._paths,
            )
        return guilty(facts)

    def _facts(self, response: schemathesis.Response) -> CallObservations:
        broker, promises = self._spec.broker is not None, self._spec.contract
        if self._received is None:
            return CallObservations(broker=broker, arrived=None)
        arrived = self._received.arrived
        about = (response.request, response.status_code, arrived, promises)
        unlike = altered(*about, self._paths)
        # The twin's answer is known once it has been asked, which comes after what was received.
        theirs = self._twin.said if self._twin else None
        return CallObservations(
            broker=broker,
            arrived=len(arrived),
            as_sent=len(arrived) == 1 and not unlike,
            service_as_twin=answered_alike(arrived, theirs, self._promises(response)),
        )
