"""What a session found, asked and sent: the account that its record is made of.

One failure is kept of each identity (operation, check, kind): of one test the last, which is the
shrunk one. What an earlier record knows is kept as known, and fails nothing.
"""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Final

import pytest
from msgspec.structs import replace

from contract_tests.agreement.agreed_documents import Agreement
from contract_tests.agreement.left_out import LeftOut
from contract_tests.drift.documents import Document, operations
from contract_tests.drift.operation_labels import Labels
from contract_tests.hops.added_headers import AddedHeaders
from contract_tests.hops.rule_proposals import Proposal
from contract_tests.recording.alike_findings import Key, is_known, key_of, reaching
from contract_tests.recording.traffic_journal import TrafficJournal
from reports.export.har import HarEntry
from reports.record.failures import Failure, Identity, Method, MethodCoverage, RecordedRequest
from testcontainers_fixtures.stack_file.login_spec import Login
from testcontainers_fixtures.stack_spec import Contract

if TYPE_CHECKING:
    from contract_tests.hops.volatile_places import VolatilePlaces

# How long all repetitions of a session may take together.
REPEATING_S: Final = 60.0
OPERATIONAL: Final[tuple[Method, ...]] = ("paper", "parity", "received", "promises", "schema")


class Findings:
    """The account of one session; `known` are the failures of the record it is compared with.

    `record` is where all of it is kept, "" where nothing is; `notes` is what was left out, and why.
    """

    def __init__(self, known: Iterable[Identity] = ()) -> None:
        self.known = frozenset(known)
        self.failures: dict[Identity, Failure] = {}
        self.asked: Counter[tuple[str, str, Method]] = Counter()
        self.journal = TrafficJournal()
        self.agreement = Agreement(documents={})
        self.left_out = LeftOut(Contract())
        self._promises = Contract()
        self._added: dict[str, AddedHeaders] = {}
        # By service, once its twin was asked.
        self.places: dict[str, VolatilePlaces] = {}
        self.documents: dict[str, Document] = {}
        self.labels = Labels({})
        self.missing: dict[tuple[str, Method], str] = {}
        self.accounted: set[str] = set()
        self.gateway = ""
        self.record = ""
        self.notes: list[str] = []
        # What was never asked of such a system, and why.
        self.apart: list[tuple[str, str]] = []
        self._of_both: dict[Key, Identity] = {}
        self._before: dict[Identity, tuple[RecordedRequest, ...]] = {}
        self._entries: dict[Identity, HarEntry | None] = {}
        self._left_s = REPEATING_S

    def __repr__(self) -> str:
        """Show how much was found."""
        return f"<Findings {len(self.failures)}, {len(self.known)} known before>"

    def of_agreement(
        self, found: Agreement, promises: Contract, login: Login | None = None
    ) -> None:
        """Learn what the gateway is held to, and what it is not."""
        self.of_documents(found.documents)
        self.agreement, self.left_out = found, LeftOut(promises, login)
        self._promises = promises
        self.notes += found.notes

    def added_for(self, service: str) -> AddedHeaders:
        """Return what the gateway adds for a service, as far as this session has seen it."""
        return self._added.setdefault(service, AddedHeaders(self._promises))

    @property
    def proposals(self) -> list[Proposal]:
        """Return the rules that are proposed for the stack file."""
        return [one for places in self.places.values() for one in places.proposals]

    def fresh(self) -> None:
        """Note that the data is as it was at first."""
        self.journal.fresh()
        for one in self.places.values():
            one.rows.clear()

    def of_documents(self, documents: Mapping[str, Document]) -> None:
        """Learn what the services publish; "" is the gateway's own."""
        self.documents = dict(documents)
        self.labels = Labels(documents)

    def note(self, failure: Failure) -> bool:
        """Keep a failure; return whether it is new to the record that is compared with.

        One whose check is left out is none, and what gateway and service do alike is told once.
        """
        if self.left_out.excuse(failure):
            return False
        if failure.alike and not self._is_first(failure):
            return False
        known = is_known(failure, self.known) if failure.alike else failure.identity in self.known
        before = self.failures.get(failure.identity)
        if before is None or before.test == failure.test:
            again = before.reaches if before and failure.alike else ()
            kept = reduce(reaching, again, replace(failure, known=known))
            self.failures[failure.identity] = kept
            self._before[failure.identity] = self._writes_before(failure)
            self._entries[failure.identity] = self.journal.last(failure.request)
        if not known:
            self.accounted.add(failure.test)
        return not known

    def _is_first(self, failure: Failure) -> bool:
        """Tell whether a finding about gateway and service was not told before, by another test.

        One that was is noted to be at this operation as well.
        """
        first = self._of_both.setdefault(key_of(failure), failure.identity)
        before = self.failures.get(first)
        if before is None or (before.test, first) == (failure.test, failure.identity):
            return True
        self.failures[first] = reaching(before, failure.operation)
        return False

    def writes_before(self, failure: Failure) -> tuple[RecordedRequest, ...]:
        """Return the writes that came before a failure since the data was fresh."""
        return self._before.get(failure.identity, ())

    def _writes_before(self, failure: Failure) -> tuple[RecordedRequest, ...]:
        writes = self.journal.writes(failure.service)
        return writes[:-1] if writes and writes[-1] == failure.request else writes

    def put(self, service: str, operation: str, methods: Iterable[Method]) -> None:
        """Count one request, or one comparison, to which methods were put."""
        for method in methods:
            self.asked[service, operation, method] += 1

    def of_test(self, test: str) -> list[Failure]:
        """Return what a test found that is new, its rows of a table included."""
        found = self.failures.values()
        return [one for one in found if one.test.startswith(test) and not one.known]

    def repeated(self, failure: Failure) -> None:
        """Put a failure that was repeated in the place of what it was."""
        self.failures[failure.identity] = failure

    def time_left(self, since_s: float) -> bool:
        """Take the time since a moment off what there is for repetitions; tell whether any is."""
        self._left_s -= time.monotonic() - since_s
        return self._left_s > 0

    def leave_no_time(self) -> None:
        """Have nothing repeated: to have found it is enough."""
        self._left_s = 0.0

    def entries(self) -> list[HarEntry]:
        """Return the requests of the HAR file: those of the failures, and the first of the run."""
        shown = [one for one in self._entries.values() if one]
        kept = self.journal.entries
        return [*(one for one in shown if one not in kept), *kept]

    def cells(self) -> tuple[MethodCoverage, ...]:
        """Return how often each method was put to each operation, and why where it was not."""
        rows = [
            (service, operation.label)
            for service, document in self.documents.items()
            if service
            for operation in operations(document).values()
        ]
        left = self.agreement.left_out
        return (
            *(self._cell(*row, method) for row in rows for method in OPERATIONAL),
            *(
                MethodCoverage(
                    service=one.service,
                    operation=one.operation,
                    method=method,
                    applies=False,
                    reason=one.because,
                )
                for one in left
                if one.service
                for method in OPERATIONAL
            ),
        )

    def _cell(self, service: str, operation: str, method: Method) -> MethodCoverage:
        apart = self.left_out.of_method(method, operation)
        asked = 0 if apart else self.asked[service, operation, method]
        because = apart or self.missing.get((service, method), "")
        return MethodCoverage(
            service=service,
            operation=operation,
            method=method,
            asked=asked,
            applies=bool(asked) or not because,
            reason="" if asked else because or _NOT_ASKED[method],
        )


FINDINGS: Final = pytest.StashKey[Findings]()
# A test tells of so many failures; the record holds all.
MOST_TOLD: Final = 10
SEED_OPTION: Final = "--seed"
FAIL_ON_OPTION: Final = "--fail-on"
_NOT_ASKED: Final[dict[Method, str]] = {
    "paper": "the documents were not compared in this run",
    "parity": "no request of it was put to both sides",
    "received": "no request of it was looked at before the service",
    "promises": "it belongs to no collection whose rows could be followed",
    "schema": "no request of it was generated",
}


def told(failures: Sequence[Failure], record: str, most: int = MOST_TOLD) -> str:
    """Return failures as lines: what a test says when it fails; `record` has those left out."""
    lines = [one.sentence for one in failures[:most]]
    left = len(failures) - most
    where = f"all in the record: {record}" if record else "which --record would keep"
    return "\n".join([*lines, *([f"and {left} more, {where}"] if left > 0 else [])])
