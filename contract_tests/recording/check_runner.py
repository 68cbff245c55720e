"""Holds the stories of a test: notes what is broken, repeats it, and fails for what is new."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final

from msgspec.structs import replace

from contract_tests.drift.documents import Document
from contract_tests.drift.required_parameters import Parameters
from contract_tests.hops.gateway_access import entering
from contract_tests.hops.paired_client import GatewaySilentError, PairedClient, PairedExchange
from contract_tests.recording.alike_findings import is_alike, of_both
from contract_tests.recording.failures import broken, exchanged
from contract_tests.recording.repeated_asking import volatile_places
from contract_tests.recording.repetition import by_request, by_rerun
from contract_tests.recording.session_findings import Findings, told
from contract_tests.stories.broken_promises import BrokenPromise
from reports.record.failures import Failure, Identity, Method
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.taps.records import TapReader

Count = Callable[[str, object], None]
# What rows the stories are told over.
DATA: Final = "seeded"


def noting_client(
    stack: Stack, name: str, document: Document, tap: TapReader | None, findings: Findings
) -> PairedClient:
    """Return the sides of a service, each exchange of which is noted in the session's account.

    Each request has the parameters that its operation requires, and shows the credentials.
    """

    def seen(exchange: PairedExchange) -> None:
        request, answer = exchanged(exchange)
        findings.journal.note(name, request, answer, exchange.took_s)
        label = findings.labels.label(name, request.method, request.target)
        methods: list[Method] = ["promises"]
        methods += ["received"] if tap else []
        methods += ["parity"] if exchange.twin else []
        findings.put(name, label, methods)

    promises, parameters = stack.spec.contract, Parameters(document)
    return PairedClient(
        stack.doorstep,
        stack.twins.get(name),
        promises,
        tap,
        service=name,
        seen=seen,
        prepared=lambda sent: entering(parameters.on(sent), promises),
        paths=findings.agreement.of(name),
        added=findings.added_for(name),
        volatile=volatile_places(stack, findings, name),
        tried=lambda sent: not findings.left_out.because(sent.method, sent.target),
    )


def _heard(told: Iterable[BrokenPromise]) -> Iterator[BrokenPromise]:
    """Yield what is told, as long as somebody answers; that nobody does was told before."""
    with suppress(GatewaySilentError):
        yield from told


class CheckRunner:
    """Holds what one test tells, by asking the gateways and twins of `sides`."""

    def __init__(
        self,
        stack: Stack,
        findings: Findings,
        sides: Sequence[PairedClient],
        test: str,
        count: Count,
    ) -> None:
        self._stack = stack
        self._findings = findings
        self._sides = sides
        self._test = test
        self._count = count

    def __call__(self, tell: Callable[[], Iterable[BrokenPromise]]) -> None:
        """Tell the stories; once more, over fresh rows, where one of them was broken."""
        self._skip()  # what an earlier test repeated is none of this one's
        before = sum(one.asked for one in self._sides)
        fresh = [one for one in map(self._failure, _heard(tell())) if self._findings.note(one)]
        self._count("cases", sum(one.asked for one in self._sides) - before)
        if fresh:
            by_request(self._stack, self._findings, self._test)
            by_rerun(self._stack, self._findings, self._test, lambda: self._identities(tell))

        assert not fresh, told(fresh, self._findings.record)  # noqa: S101 -- this is how a test of pytest fails

    def _identities(self, tell: Callable[[], Iterable[BrokenPromise]]) -> set[Identity]:
        self._skip()  # what proved that all is up again
        return {self._failure(one).identity for one in _heard(tell())}

    def _skip(self) -> None:
        for asking in self._sides:
            if asking.tap:
                asking.tap.skip()

    def _failure(self, one: BrokenPromise) -> Failure:
        sent, labels = one.sent, self._findings.labels
        label = labels.label(one.service, sent.method, sent.target) if sent else ""
        failure = replace(broken(one, label), test=self._test, data=DATA)
        exchange = one.exchange
        if failure.method != "promises" or exchange is None or exchange.twin is None:
            return failure
        if not is_alike(failure, exchange.differing):
            return failure
        return of_both(failure, one.service)
