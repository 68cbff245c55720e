"""What is asked of any operation, be it of a collection or not: forms, packed and bodiless answers.

    form          each body of `form_bodies`, where the operation takes one
    HEAD          as GET, without a body
    packed        GET that takes gzip, Brotli, or nothing packed
    unchanged     GET under the validator that the answer before it bore, where the document has a
                  304, or the stack file promises to pass If-None-Match on

Every request is put to the gateway and to the twin, and looked at as it arrives where there is a
tap; where both agree nothing is said. What such a request changes is a row that was made for it.
"""

from collections.abc import Iterator
from typing import Final

from contract_tests.drift.documents import Document, Operation, operations
from contract_tests.hops.answer_patience import AnswerPatience
from contract_tests.hops.paired_client import SILENT, PairedClient, PairedExchange, SentRequest
from contract_tests.hops.parity import ObservedResponse
from contract_tests.stories.broken_promises import BrokenPromise, unlike_service
from contract_tests.stories.disposable_rows import DisposableRows
from contract_tests.stories.form_bodies import form_bodies, takes_form

_CODINGS: Final = ("gzip", "br", "identity")
_OK: Final = 200
_NOT_MODIFIED: Final = "304"
IF_NONE_MATCH: Final = "if-none-match"


class PlainExchanges:
    """Asks the operations of one service; `sides` are its gateway and its twin."""

    def __init__(self, sides: PairedClient, document: Document) -> None:
        self.sides = sides
        self._document = document
        self._operations = list(operations(document).values())
        self._patience = AnswerPatience()

    def __repr__(self) -> str:
        """Show whom it asks."""
        return f"<PlainExchanges of {self.sides.service}>"

    @property
    def takes_forms(self) -> bool:
        """Tell whether any operation takes a form."""
        return any(takes_form(one) for one in self._operations)

    @property
    def reads_known(self) -> bool:
        """Tell whether anything can be read."""
        return any(one.method == "GET" for one in self._operations)

    def forms(self) -> Iterator[BrokenPromise]:
        """Yield in what a form fares otherwise on its way through the gateway."""
        with self._rows() as rows:
            for operation in filter(takes_form, self._operations):
                yield from self._formed(operation, rows)

    def reads(self) -> Iterator[BrokenPromise]:
        """Yield in what an answer that is packed, or has no body, fares otherwise."""
        with self._rows() as rows:
            for operation in (one for one in self._operations if one.method == "GET"):
                target = rows.target(operation)
                if target is not None:
                    yield from self._read(operation, target)

    def _formed(self, operation: Operation, rows: DisposableRows) -> Iterator[BrokenPromise]:
        for body in form_bodies(operation):
            target = rows.target(operation)
            if target is None:
                return
            sent = SentRequest(
                method=operation.method,
                target=target,
                headers={"Content-Type": body.kind},
                body=body.content,
            )
            answer = self._asked(operation, sent)
            yield from self._told(answer)
            if _is_silent(answer):
                return

    def _read(self, operation: Operation, target: str) -> Iterator[BrokenPromise]:
        asked_for = [{"Accept-Encoding": coding} for coding in _CODINGS]
        sent = [SentRequest(method="GET", target=target, headers=one) for one in asked_for]
        for one in (*sent, SentRequest(method="HEAD", target=target)):
            answer = self._asked(operation, one)
            yield from self._told(answer)
            if _is_silent(answer):
                return
        if self._is_conditional(operation):
            yield from self._unchanged(operation, target)

    def _is_conditional(self, operation: Operation) -> bool:
        promised = {name.lower() for name in self.sides.promises.request_headers}
        documented = ("header", IF_NONE_MATCH) in operation.parameters
        return documented or _NOT_MODIFIED in operation.answers or IF_NONE_MATCH in promised

    def _unchanged(self, operation: Operation, target: str) -> Iterator[BrokenPromise]:
        """Ask again under the entity tag of an answer, where both sides tell the same."""
        first = self._asked(operation, SentRequest(method="GET", target=target))
        tag = _tag(first) if first else None
        if tag is not None:
            headers = {"If-None-Match": tag}
            sent = SentRequest(method="GET", target=target, headers=headers)
            yield from self._told(self._asked(operation, sent))

    def _told(self, answer: PairedExchange | None) -> Iterator[BrokenPromise]:
        if answer is not None:
            yield from unlike_service(self.sides, answer)

    def _asked(self, operation: Operation, sent: SentRequest) -> PairedExchange | None:
        """Ask both sides; None where the stack file leaves it out."""
        if not self.sides.tried(sent):
            return None
        with self._patience.of(operation.label):
            answer = self.sides.ask(sent)
        self._patience.note(operation.label, answer.gateway)
        return answer

    def _rows(self) -> DisposableRows:
        promises = self.sides.promises

        def ask(sent: SentRequest) -> ObservedResponse:
            return self.sides.ask(sent).gateway

        return DisposableRows(self._document, ask, promises.collections)


def _is_silent(answer: PairedExchange | None) -> bool:
    """Tell whether a gateway answered nothing: asked in other ways it would be waited for again."""
    return answer is not None and answer.gateway.status == SILENT


def _tag(answer: PairedExchange) -> str | None:
    """Return an answer's entity tag, where the twin's is the same."""
    sides = [answer.gateway, *([answer.twin] if answer.twin else [])]
    tags = {side.headers.get("etag") if side.status == _OK else None for side in sides}
    return tags.pop() if len(tags) == 1 else None
