"""Turns a difference on paper into a request that shows it, sent to the gateway and to the twin.

Where both sides answer alike whatever is drawn, the difference is harmless today. What goes wrong
in the search is told, and never in the difference's place.
"""

import time
from collections.abc import Mapping
from typing import Any, Final

import hypothesis
import requests
import schemathesis
from hypothesis import settings
from msgspec import Struct

from contract_tests.drift.documents import Document, operations, unnamed
from contract_tests.drift.drift_sentences import DocumentDifference
from contract_tests.drift.generation import CONFIGURATION, SETTINGS
from contract_tests.drift.narrowing import Narrowed, narrowed
from contract_tests.hops import idempotency_keys  # noqa: F401 -- its hook is known once it is imported
from contract_tests.hops.gateway_access import options
from contract_tests.hops.paired_client import SILENT
from contract_tests.hops.parity import (
    ANSWER_WITHIN_S,
    Mismatch,
    ObservedResponse,
    Twin,
    answer_of,
    flat,
)
from contract_tests.hops.path_map import AS_IT_IS, PathMap
from testcontainers_fixtures.stack_spec import Contract
from testcontainers_fixtures.taps.records import TapReader

# Requests of one kind.
DRAWN: Final = 5
# How long the requests of all differences are looked for.
SOUGHT_S: Final = 90.0
NO_TIME: Final = "there was no time left for it"
_SETTINGS: Final = settings(SETTINGS, max_examples=DRAWN)
_SHOWN: Final = 200


class Counterexample(Struct, frozen=True, kw_only=True):
    """A request to which gateway and twin answer differently."""

    mismatches: tuple[Mismatch, ...]
    sent: requests.PreparedRequest
    gateway: ObservedResponse
    twin: ObservedResponse
    took_s: float


class SearchOutcome(Struct, frozen=True, kw_only=True):
    """What came of a search: a counterexample, or how many requests were answered alike.

    `why` says what kept the search from its end, "" where nothing did.
    """

    counterexample: Counterexample | None = None
    asked: int = 0
    why: str = ""

    @property
    def harmless(self) -> bool:
        """Tell whether it was searched to the end, and both sides answered every request alike."""
        return self.counterexample is None and self.asked > 0 and not self.why


class CounterexampleSearch:
    """Looks for the requests of the differences of one service; all of them share its time.

    `document` is the service's, `mirror` the gateway's own, `tap` shows which headers the
    gateway adds. What cannot be sent (a documented status, an answer's header) is not looked for.
    """

    def __init__(  # noqa: PLR0913 -- what it looks at, each by its name
        self,
        document: Document,
        mirror: Document,
        *,
        gateway: str,
        twin: str,
        promises: Contract,
        until_s: float,
        paths: PathMap = AS_IT_IS,
        tap: TapReader | None = None,
    ) -> None:
        self._tap = tap
        self._published = {one.label: one for one in operations(document).values()}
        self._mirrored = operations(mirror)
        self._gateway = gateway
        self._twin = Twin(twin, promises, gateway, paths)
        self._promises = promises
        self._until_s = until_s
        self._asked = 0
        self._why = ""

    def __repr__(self) -> str:
        """Show where it looks."""
        return f"<CounterexampleSearch {self._gateway} {self._twin}>"

    def __call__(self, difference: DocumentDifference) -> SearchOutcome:
        """Return what came of looking for a request that shows the difference."""
        self._asked, self._why = 0, ""
        try:
            counterexample = self._sought(difference)
        except Exception as error:  # noqa: BLE001 -- the difference is told whatever happens here
            self._failed(error)
            counterexample = None
        return SearchOutcome(
            counterexample=counterexample,
            asked=self._asked,
            why="" if counterexample else self._why,
        )

    def _sought(self, difference: DocumentDifference) -> Counterexample | None:
        published = self._published[difference.operation]
        mirror = self._mirrored.get((published.method, unnamed(published.path)))
        for one in narrowed(difference, published, mirror):
            found = self._shown(one)
            if found is not None:
                return found
        return None

    def _shown(self, one: Narrowed) -> Counterexample | None:
        """Return the first of a few requests to which both sides answer differently."""
        found: list[Counterexample] = []
        try:
            self._draw(one, found)
        except Exception as error:  # noqa: BLE001 -- of this kind none can be drawn, of another one may
            self._failed(error)
        return found[0] if found else None

    def _draw(self, one: Narrowed, found: list[Counterexample]) -> None:
        @_SETTINGS
        @hypothesis.seed(1)
        @hypothesis.given(case=self._operation(one).as_strategy())
        def ask(case: "schemathesis.Case[Any]") -> None:
            if not found and self._time_left():
                found.extend(filter(None, [self._tried(case)]))

        ask()

    def _operation(self, one: Narrowed) -> Any:  # noqa: ANN401 -- schemathesis names no type for it
        schema = schemathesis.openapi.from_dict(
            one.document, config=schemathesis.Config.from_str(CONFIGURATION)
        )
        schema.config.update(base_url=self._gateway)
        return schema[one.path][one.method]

    def _tried(self, case: "schemathesis.Case[Any]") -> Counterexample | None:
        try:
            return self._compared(case)
        except (requests.RequestException, ValueError) as error:
            self._failed(error)  # the next one may be one that can be sent
            return None

    def _compared(self, case: "schemathesis.Case[Any]") -> Counterexample | None:
        began_s = time.monotonic()
        with options(self._promises) as entrance:
            sent, gateway = _answered(case, entrance)
        took_s = time.monotonic() - began_s
        if self._tap is not None:
            self._twin.added.look(self._tap.arrivals())
        twin = self._twin.ask(sent)
        self._asked += 1
        differing = tuple(self._twin.unlike(sent, gateway, twin))
        if not differing:
            return None
        return Counterexample(
            mismatches=differing, sent=sent, gateway=gateway, twin=twin, took_s=took_s
        )

    def _time_left(self) -> bool:
        if time.monotonic() < self._until_s:
            return True
        self._why = self._why or NO_TIME
        return False

    def _failed(self, error: Exception) -> None:
        first = next(iter(str(error).splitlines()), "")
        self._why = self._why or f"{type(error).__name__}: {first}"[:_SHOWN]


def _answered(
    case: "schemathesis.Case[Any]", entrance: Mapping[str, Any]
) -> tuple[requests.PreparedRequest, ObservedResponse]:
    """Return what was sent to the gateway, and its answer; silence is an answer as well."""
    try:
        answer = case.call(timeout=ANSWER_WITHIN_S, **entrance)
    except requests.RequestException as error:
        if not isinstance(error.request, requests.PreparedRequest):
            raise  # it was never sent
        return error.request, answer_of(SILENT, {}, repr(error).encode())
    return answer.request, answer_of(answer.status_code, flat(answer.headers), answer.content)
