"""Asks a service once more, past its gateway, what the gateway and a twin answered differently.

    service   s1                s2      twice, with the gateway in between
    gateway        g2
    twin                t2              as often as the service where something may be written

Of three that run side by side this is Diffy's way to know noise: where the service differs from
itself, a difference says nothing of the gateway; where it agrees with itself and not with the
gateway, the gateway changes what it hands on. Without the service's address its twin is asked.
"""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from contract_tests.hops.counterparts import below, segment_of
from contract_tests.hops.http_methods import SAFE
from contract_tests.hops.paired_client import SILENT, SentRequest
from contract_tests.hops.parity import Mismatch, ObservedResponse, mismatches
from testcontainers_fixtures.stack_spec import Contract

_OK: Final = 200
_FAILED: Final = 500

Ask = Callable[[SentRequest], ObservedResponse]
Compare = Callable[[ObservedResponse, ObservedResponse], Sequence[Mismatch]]


class ProbedAnswers(Struct, frozen=True, kw_only=True):
    """What was answered to one request, asked again: by the service, its gateway, and the twin.

    `first` is the gateway's, `at_first` the twin's, as they were told apart. `by_service` is false
    where the twin stands for the service.
    """

    sent: SentRequest
    first: ObservedResponse
    at_first: ObservedResponse
    service: ObservedResponse
    gateway: ObservedResponse
    service_again: ObservedResponse
    twin: ObservedResponse
    by_service: bool

    @property
    def is_telling(self) -> bool:
        """Tell whether the service still answers as it did: a row that is made twice may not be."""
        statuses = {self.service.status, self.service_again.status}
        answered = not statuses & {SILENT, *range(_FAILED, 600)}
        alike = len(statuses) == 1 and self.gateway.status == self.service.status
        return answered and alike and self.first.status == self.gateway.status


class ServiceProbe:
    """Asks gateway, service and twin once more; each `Ask` sends a request to one of them."""

    def __init__(self, gateway: Ask, service: Ask | None, twin: Ask) -> None:
        self._gateway = gateway
        self._service = service
        self._twin = twin

    def __repr__(self) -> str:
        """Show who is asked past the gateway."""
        return f"<ServiceProbe of {'the service' if self._service else 'its twin'}>"

    def __call__(
        self, sent: SentRequest, first: ObservedResponse, at_first: ObservedResponse
    ) -> ProbedAnswers:
        """Return what all say when they are asked once more."""
        if self._service is None:
            return self._of_twin(sent, first, at_first)
        service = self._service(sent)
        gateway = self._gateway(sent)
        again = self._service(sent)
        # What may have written is sent to both equally often.
        [twin, *_] = [self._twin(sent) for _ in range(1 if sent.method in SAFE else 3)]
        return ProbedAnswers(
            sent=sent,
            first=first,
            at_first=at_first,
            service=service,
            gateway=gateway,
            service_again=again,
            twin=twin,
            by_service=True,
        )

    def once_more(self, sent: SentRequest) -> ObservedResponse:
        """Return what the service says to it still once; the twin has had it as often then."""
        self._twin(sent)
        return (self._service or self._gateway)(sent)

    def has_row(self, sent: SentRequest, ours: object, theirs: object) -> bool:
        """Tell whether service and twin have rows by two ids, below what a request made them in.

        The twin is asked for its own; without the service's address the gateway is asked.
        """
        path = below(sent.target, segment_of(ours))
        sides = ((self._service or self._gateway, ours), (self._twin, theirs))
        return all(
            ask(replace(sent, method="GET", target=f"{path}/{segment_of(key)}", body=None)).status
            == _OK
            for ask, key in sides
        )

    def _of_twin(
        self, sent: SentRequest, first: ObservedResponse, at_first: ObservedResponse
    ) -> ProbedAnswers:
        gateway, twin = self._gateway(sent), self._twin(sent)
        return ProbedAnswers(
            sent=sent,
            first=first,
            at_first=at_first,
            service=at_first,
            gateway=gateway,
            service_again=twin,
            twin=twin,
            by_service=False,
        )


class SortedMismatches(Struct, frozen=True, kw_only=True):
    """Differences by whose they are: the gateway's `drift`, or noise of the service's data.

    `varying` differ from answer to answer of the service itself; `unequal` are where the twin
    differs, and gateway and service agree.
    """

    drift: tuple[Mismatch, ...]
    varying: tuple[Mismatch, ...] = ()
    unequal: tuple[Mismatch, ...] = ()


def sorted_by(
    found: Sequence[Mismatch], answers: ProbedAnswers, promises: Contract, compare: Compare
) -> SortedMismatches:
    """Return whose each difference is; all are the gateway's where the answers do not tell.

    `compare` is for the gateway's answer with the service's, in their places; what `promises` let
    be is none.
    """
    if not answers.is_telling:
        return SortedMismatches(drift=tuple(found))
    service, again = answers.service, answers.service_again
    itself = [one.what for one in mismatches(service, again, promises)]
    before = {one.what for one in compare(answers.gateway, service)}
    drift = [
        one
        for one in compare(answers.gateway, again)
        if one.what in before and not _is_within(one.what, itself)
    ]
    still = [one.what for one in compare(answers.gateway, answers.twin)]
    rest = [one for one in found if not _is_near(one.what, [each.what for each in drift])]
    varying = [one for one in rest if _is_within(one.what, itself)]
    others = [one for one in rest if one not in varying]
    # One that is gone was a moment's, and whose it was nobody can tell any more.
    unequal = [one for one in others if _is_near(one.what, still)]
    gone = [one for one in others if one not in unequal]
    return SortedMismatches(
        drift=(*_as_told(drift, found), *gone), varying=tuple(varying), unequal=tuple(unequal)
    )


def _as_told(drift: Sequence[Mismatch], found: Sequence[Mismatch]) -> list[Mismatch]:
    """Return drift as it was told first, where it was."""
    told = {one.what: one for one in found}
    return [told.get(one.what, one) for one in drift]


def _is_within(what: str, places: Sequence[str]) -> bool:
    """Tell whether a place is one of some, or in one of them."""
    return any(what == one or what.startswith(_beginning(one)) for one in places)


def _is_near(what: str, places: Sequence[str]) -> bool:
    """Tell whether a place is one of some, in one of them, or around one."""
    return _is_within(what, places) or any(_is_within(one, [what]) for one in places)


def _beginning(place: str) -> str:
    return "body " if place == "body" else f"{place}/"
