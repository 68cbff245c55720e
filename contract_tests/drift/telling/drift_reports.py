"""Holds the documents of services against a gateway's, and makes a report of it: data alone."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

from msgspec import Struct

from contract_tests.drift.document_comparison import document_differences, unread
from contract_tests.drift.documents import Document, operations
from contract_tests.drift.drift_sentences import DocumentDifference
from contract_tests.drift.servers import pointer_to
from contract_tests.drift.telling.ignored_differences import SortedDifferences, sorted_out
from contract_tests.drift.telling.shared_differences import SharedDifference, told_once
from reports.record.document_drift import (
    DriftReport,
    DriftSource,
    IgnoredDrift,
    NotCompared,
    ToldDrift,
)
from testcontainers_fixtures.stack_file.drift_spec import Drift, IgnoreRule

_GATEWAY: Final = ""
Lines = Callable[[Sequence[str]], Mapping[str, int]]


class ReadSide(Struct, frozen=True, kw_only=True):
    """One side's document: its address as it is shown, and `lines`, which finds those of places.

    `published` has the path that it was published under by each of the document's: those are the
    gateway's.
    """

    address: str
    document: Document
    lines: Lines = lambda _: {}
    published: Mapping[str, str] = {}

    def was(self, pointer: str) -> str:
        """Return where a place of the document stands in the one that was published."""
        return pointer_to(pointer, self.published)


class ComparisonTerms(Struct, frozen=True, kw_only=True):
    """What a comparison goes by.

    `partial` says that the gateway stands before other services as well: what it alone publishes is
    no difference then. It `asks` who comes. `let_be` gives the reason why a difference is none, by
    its operation and place; `not_compared` and `notes` are told.
    """

    partial: bool = False
    asks: bool = False
    let_be: Callable[[str, str], str] = lambda *_: ""
    not_compared: tuple[NotCompared, ...] = ()
    notes: tuple[str, ...] = ()


class ComparedDocuments:
    """A gateway's document and those of its services, by name, as they were read."""

    def __init__(
        self, gateway: ReadSide, services: Mapping[str, ReadSide], terms: ComparisonTerms
    ) -> None:
        self._gateway = gateway
        self._services = services
        self._terms = terms

    def __repr__(self) -> str:
        """Show what is compared."""
        return f"<ComparedDocuments {', '.join(self._services)}>"

    def report(self, said: Drift, today: date) -> DriftReport:
        """Return what differs, by the rules that are given and the level from which on it fails."""
        documents = {name: one.document for name, one in self._services.items()}
        terms = self._terms
        compared = document_differences(documents, self._gateway.document, asks=terms.asks)
        kept, left = self._sorted(compared.found)
        sorted_ = sorted_out(told_once(kept), said.ignore, today)
        places = self._places(sorted_)
        return DriftReport(
            gateway=self._gateway.address,
            services={name: one.address for name, one in self._services.items()},
            operations=len(self.operations()),
            fail_on=said.fail_on,
            differences=tuple(_told(one, places, remark=remark) for one, remark in sorted_.kept),
            ignored=tuple(_told(one, places, rule=rule) for one, rule in sorted_.ignored),
            unread=tuple(self._unread()),
            rules=sorted_.useless,
            is_cut=compared.is_cut,
            not_compared=(*terms.not_compared, *left),
            notes=terms.notes,
        )

    def _sorted(
        self, found: Sequence[DocumentDifference]
    ) -> tuple[list[DocumentDifference], list[NotCompared]]:
        """Return the differences that count, and what the stack file lets be."""
        kept: list[DocumentDifference] = []
        left: dict[NotCompared, None] = {}
        for one in found:
            if because := self._terms.let_be(one.operation, one.where):
                what = f"{one.operation}, {one.where}"
                left[NotCompared(service=one.service, what=what, because=because)] = None
            elif one.service or not self._terms.partial:
                kept.append(one)
        return kept, list(left)

    def operations(self) -> list[tuple[str, str]]:
        """Return the operations that are compared, each with its service."""
        return [
            (name, one.label)
            for name, side in self._services.items()
            for one in operations(side.document).values()
        ]

    def _unread(self) -> list[str]:
        documents = {name: one.document for name, one in self._services.items()}
        documents[_GATEWAY] = self._gateway.document
        return [sentence for one in unread(documents) for sentence in one.sentences]

    def _places(self, sorted_: SortedDifferences) -> "_Places":
        told = [one for one, _ in (*sorted_.kept, *sorted_.ignored)]
        known = {_GATEWAY: _sources(self._gateway, [one.first.origins[0] for one in told])}
        for name, side in self._services.items():
            own = [one.first.origins[1] for one in told if one.first.service == name]
            known[name] = _sources(side, own)
        return known


_Places = dict[str, dict[str, DriftSource]]


def _sources(side: ReadSide, pointers: Sequence[str]) -> dict[str, DriftSource]:
    there = {one: side.was(one) for one in pointers}
    lines = side.lines(list(there.values()))
    return {
        one: DriftSource(document=side.address, pointer=was, line=lines.get(was))
        for one, was in there.items()
    }


def _told(
    one: SharedDifference, places: _Places, *, remark: str = "", rule: IgnoreRule | None = None
) -> ToldDrift:
    gateway_at, service_at = one.first.origins
    service = one.first.service
    return ToldDrift(
        service=service,
        title=one.title,
        said=one.first.said,
        level=one.level,
        effects=one.effects,
        places=one.places,
        gateway_at=places[_GATEWAY][gateway_at],
        # What the gateway alone publishes stands in no service's document.
        service_at=places.get(service, {}).get(service_at, _NOWHERE) if service else _NOWHERE,
        remark=remark,
        ignored=IgnoredDrift(because=rule.because, until=rule.until) if rule else None,
    )


_NOWHERE: Final = DriftSource(document="", pointer="")
