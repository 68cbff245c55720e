"""Watches every call of a test: what reached the service, what the twin says, whose fault it is."""

from typing import Any

import requests
import schemathesis
from schemathesis.checks import CheckFunction
from schemathesis.core.failures import Failure

from contract_tests.guilt import Facts, answered_alike, at_the_broker, guilty, verdict
from contract_tests.parity import Answer, Twin
from contract_tests.received import Received, altered, request_of
from contract_tests.wiretap import Overheard, Wiretap
from testcontainers_fixtures.stack_spec import StackSpec


class RememberingTwin(Twin):
    """A twin that knows what it said last."""

    said: Answer | None = None

    def ask(self, sent: requests.PreparedRequest) -> Answer:
        """Send the bytes that were sent to the gateway."""
        self.said = super().ask(sent)
        return self.said


class Watch:
    """The checks of one service, each naming the guilty hop; `look` right after every call.

    Any of the three may be missing: the service may have no tap, no twin, the system no broker.
    """

    def __init__(
        self,
        spec: StackSpec,
        received: Received | None,
        twin: RememberingTwin | None,
        wiretap: Wiretap | None,
    ) -> None:
        self._spec = spec
        self._received = received
        self._twin = twin
        self._wiretap = wiretap
        self._heard: list[Overheard] | None = None

    def __repr__(self) -> str:
        """Show what it watches by."""
        return f"<Watch {self._received} {self._twin} {self._wiretap}>"

    @property
    def checks(self) -> list[CheckFunction]:
        """Return the checks for schemathesis, in the order in which they must be made."""
        return [self._naming(one) for one in (self._received, self._twin) if one is not None]

    def look(self) -> None:
        """Note what the call that was just made has led to."""
        self._heard = None
        if self._received:
            self._received.look()

    def _naming(self, check: Received | RememberingTwin) -> CheckFunction:
        def held(
            context: object, response: schemathesis.Response, case: "schemathesis.Case[Any]"
        ) -> None:
            try:
                check(context, response, case)
            except Failure as failure:
                failure.message = f"{failure.message}\n{self._verdict(response)}"
                raise

        held.__name__ = check.__name__
        return held

    def _verdict(self, response: schemathesis.Response) -> str:
        facts = self._facts(response)
        if self._wiretap:
            arrived = self._received.arrived if self._received else ()
            if self._heard is None:  # both checks may fail, and messages are told once
                self._heard = self._wiretap.overheard()
            sent, heard = request_of(response.request), self._heard
            queue, promises = self._wiretap.work_queue, self._spec.contract
            facts = at_the_broker(facts, sent, arrived, heard, queue=queue, promises=promises)
        return verdict(guilty(facts))

    def _facts(self, response: schemathesis.Response) -> Facts:
        broker, promises = self._spec.broker is not None, self._spec.contract
        if self._received is None:
            return Facts(broker=broker, arrived=None)
        arrived = self._received.arrived
        unlike = altered(response.request, response.status_code, arrived, promises)
        # The twin's answer is known once it has been asked, which comes after what was received.
        said = self._twin.said if self._twin else None
        return Facts(
            broker=broker,
            arrived=len(arrived),
            as_sent=len(arrived) == 1 and not unlike,
            service_as_twin=answered_alike(arrived, said, promises),
        )
