"""Compares one operation as its service publishes it with the gateway's mirror of it."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from msgspec.structs import replace

from contract_tests.drift.drift_sentences import ComparedPlace, DocumentDifference, Kind
from contract_tests.drift.operation import Content, DocumentedResponse, Operation, Parameter
from contract_tests.drift.schemas.keyword_disputes import alike
from contract_tests.drift.schemas.keyword_words import halves
from contract_tests.drift.schemas.schema_differences import SchemaComparison
from contract_tests.drift.schemas.wider_sides import BOTH, WiderSides
from contract_tests.drift.telling.caller_effects import (
    BREAKS,
    REFUSES,
    TOO_LITTLE,
    effects_of,
    of_default,
    of_keys,
    of_parameter,
)
from reports.record.document_drift import Effect

_REFUSED: Final = "401"
DEFAULT: Final = "default"
_EMPTY: Final = Content(required=False, schemas={})


class OperationComparison:
    """Compares the operations of one service with the gateway's; `asks` as for `drift`."""

    def __init__(self, service: str, schemas: SchemaComparison, *, asks: bool = False) -> None:
        self._service = service
        self._schemas = schemas
        self._asks = asks

    def __repr__(self) -> str:
        """Show whose operations are compared."""
        return f"<OperationComparison of {self._service}>"

    def compared(self, published: Operation, mirror: Operation | None) -> list[DocumentDifference]:
        """Return how the gateway's mirror of one operation differs from what is published."""
        if mirror is None:
            spot = self._spot(published, "operation", "operation")
            return [spot.differs(f"{self._service} publishes it, the gateway does not", REFUSES)]
        if self._asks:
            plain = replace(mirror, answers=_but_refusals(mirror, published))
            return [*self._asking(mirror, published), *self._sides(plain, published)]
        return [*self._sides(mirror, published), *self._security(mirror, published)]

    def mirrored(self, mirror: Operation) -> DocumentDifference:
        """Return that the gateway alone publishes an operation."""
        spot = replace(self._spot(mirror, "operation", "operation"), origins=(mirror.origin, ""))
        return spot.differs("the gateway publishes it, no service does", BREAKS)

    def _sides(self, mirror: Operation, published: Operation) -> list[DocumentDifference]:
        sides = (self._parameters, self._bodies, self._answers)
        return list(chain.from_iterable(side(mirror, published) for side in sides))

    def _asking(self, mirror: Operation, published: Operation) -> Iterator[DocumentDifference]:
        """Yield what a mirror lacks of a gateway that asks; its 401 is no service's business.

        What is open on purpose says so itself.
        """
        if mirror.is_open:
            return
        if not mirror.security or frozenset() in mirror.security:
            spot = self._spot(published, "security", "security")
            yield spot.differs("the gateway asks who comes, its document does not say so", BREAKS)
        if _REFUSED not in mirror.answers:
            spot = self._spot(published, "status", f"answer {_REFUSED}")
            yield spot.differs(
                "the gateway refuses unauthenticated clients, its document does not say so", BREAKS
            )

    def _parameters(self, mirror: Operation, published: Operation) -> Iterator[DocumentDifference]:
        for key in dict.fromkeys([*mirror.parameters, *published.parameters]):
            ours, theirs = mirror.parameters.get(key), published.parameters.get(key)
            origins = tuple(one.origin if one else "" for one in (ours, theirs))
            spot = self._spot(published, "parameter", " ".join(key), key, origins)
            if ours is not None and theirs is not None:
                yield from self._parameter(spot, ours, theirs)
            elif "parameters" not in (mirror if ours is None else published).unread:
                yield spot.known_to_one(ours, _known_to_one(key[0], ours, theirs))

    def _parameter(
        self, spot: ComparedPlace, ours: Parameter, theirs: Parameter
    ) -> Iterator[DocumentDifference]:
        if ours.required != theirs.required:
            yield spot.demands(ours=ours.required, theirs=theirs.required)
        if _style(ours) != _style(theirs):
            yield spot.sides(_style(ours), _style(theirs), effects_of("request", BOTH))
        yield from spot.schemas(ours.schema, theirs.schema)
        one, other = self._schemas.view(ours.schema, theirs.schema)
        if not alike(one.get("default"), other.get("default")):
            values = one.get("default"), other.get("default")
            told = halves("default", *values)
            yield replace(spot, kind="default").sides(*told, of_default(*values))

    def _bodies(self, mirror: Operation, published: Operation) -> Iterator[DocumentDifference]:
        if "body" not in mirror.unread | published.unread:
            ours, theirs = mirror.body or _EMPTY, published.body or _EMPTY
            origins = ours.origin, theirs.origin
            spot = self._spot(published, "body", "body", ("body",), origins)
            yield from spot.contents(ours, theirs)

    def _answers(self, mirror: Operation, published: Operation) -> Iterator[DocumentDifference]:
        lost = mirror.unread | published.unread
        for status in dict.fromkeys([*mirror.answers, *published.answers]):
            (our_name, ours), (their_name, theirs) = (
                covering(status, side.answers) for side in (mirror, published)
            )
            if lost & {"answers", f"answer {our_name}", f"answer {their_name}"}:
                continue
            origins = tuple(one.content.origin if one else "" for one in (ours, theirs))
            spot = self._spot(published, "status", f"answer {status}", (), origins)
            if ours is None or theirs is None:
                wider = WiderSides(ours=ours is not None, theirs=theirs is not None)
                yield spot.known_to_one(ours, effects_of("answer", wider))
            else:
                yield from _answer(replace(spot, kind="answer"), ours, theirs)

    def _security(self, mirror: Operation, published: Operation) -> Iterator[DocumentDifference]:
        if mirror.keys != published.keys:
            origins = mirror.origin, published.origin
            spot = self._spot(published, "security", "security", (), origins)
            effects = of_keys(mirror.keys, published.keys)
            yield spot.sides(_keys(mirror), _keys(published), effects)

    def _spot(
        self,
        operation: Operation,
        kind: Kind,
        where: str,
        at: tuple[str, ...] = (),
        origins: tuple[str, ...] = (),
    ) -> ComparedPlace:
        ours, theirs = origins or ("", operation.origin)
        return ComparedPlace(
            service=self._service,
            operation=operation.label,
            kind=kind,
            where=where,
            comparison=self._schemas,
            at=at,
            origins=(ours, theirs),
        )


def covering(
    status: str, answers: Mapping[str, DocumentedResponse]
) -> tuple[str, DocumentedResponse | None]:
    """Return what a document says of a status, by itself or by a range or default that has it."""
    ranges = [f"{status[:1]}XX"] if status[:1].isdigit() else []
    names = [status, *ranges, *([] if status == DEFAULT else [DEFAULT])]
    found = next((name for name in names if name in answers), status)
    return found, answers.get(found)


def _known_to_one(
    place: str, ours: Parameter | None, theirs: Parameter | None
) -> tuple[Effect, ...]:
    """Return what it does that one side alone describes a parameter; in a path both have it."""
    if place == "path":
        return effects_of("request", WiderSides(ours=ours is None, theirs=theirs is None))
    return of_parameter(
        ours=ours.required if ours else None, theirs=theirs.required if theirs else None
    )


def _but_refusals(mirror: Operation, published: Operation) -> dict[str, DocumentedResponse]:
    """Return a mirror's answers with the service's own refusal in place of the gateway's."""
    known = {status: one for status, one in mirror.answers.items() if status != _REFUSED}
    own = published.answers.get(_REFUSED)
    return known if own is None else {**known, _REFUSED: own}


def _answer(
    spot: ComparedPlace, ours: DocumentedResponse, theirs: DocumentedResponse
) -> Iterator[DocumentDifference]:
    yield from spot.contents(ours.content, theirs.content)
    for name in dict.fromkeys([*ours.headers, *theirs.headers]):
        header = replace(
            spot,
            kind="header",
            where=f"{spot.where} header {name}",
            origins=(ours.origins.get(name, ""), theirs.origins.get(name, "")),
        )
        one, other = ours.headers.get(name), theirs.headers.get(name)
        if one is None or other is None:
            yield header.known_to_one(one, TOO_LITTLE if one is None else BREAKS)
            continue
        if (name in ours.required) != (name in theirs.required):
            yield header.demands(ours=name in ours.required, theirs=name in theirs.required)
        yield from header.schemas(one, other)


def _style(one: Parameter) -> str:
    exploded = ", exploded" if one.explode else ""
    reserved = ", reserved characters as they are" if one.reserved else ""
    return f"written as {one.written}" if one.written else f"style {one.style}{exploded}{reserved}"


def _keys(operation: Operation) -> str:
    choices = sorted(" and ".join(sorted(one)) or "nothing" for one in operation.keys)
    return " or ".join(choices) or "nothing"
