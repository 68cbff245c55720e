"""Drift on paper: the services' OpenAPI documents held against the gateway's own.

Each difference is data with a sentence. What a request may hold and what an answer may hold are
compared in both directions: a gateway that takes more than its service sends on what will be
refused, one that takes less refuses what would have been served.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from msgspec.structs import replace

from contract_tests.drift.documents import (
    Content,
    Document,
    DocumentedResponse,
    Key,
    Operation,
    Parameter,
    operations,
)
from contract_tests.drift.drift_sentences import (
    ComparedPlace,
    DocumentDifference,
    Kind,
    need,
    words,
)

_REFUSED: Final = "401"
_EMPTY: Final = Content(required=False, schemas={})


def drift(
    services: Mapping[str, Document], gateway: Document, *, asks: bool = False
) -> list[DocumentDifference]:
    """Return every difference between the services' documents and the gateway's, in their order.

    A gateway that `asks` who comes must say so of each operation, and what an
    unauthenticated request is answered.
    """
    mirrored = operations(gateway)
    found: list[DocumentDifference] = []
    known: set[Key] = set()
    for name, document in services.items():
        published = operations(document)
        known |= set(published)
        for key, operation in published.items():
            found += compared(name, operation, mirrored.get(key), asks=asks)
    return found + [_extra(one) for key, one in mirrored.items() if key not in known]


def compared(
    service: str, published: Operation, mirror: Operation | None, *, asks: bool = False
) -> list[DocumentDifference]:
    """Return how the gateway's mirror of one operation differs from what its service publishes."""
    if mirror is None:
        spot = _spot(service, published, "operation", "operation")
        return [spot.differs(f"{service} publishes it, the gateway does not")]
    if asks:
        known = {status: one for status, one in mirror.answers.items() if status != _REFUSED}
        known |= {_REFUSED: published.answers[_REFUSED]} if _REFUSED in published.answers else {}
        plain = replace(mirror, answers=known)
        return [*_asking(service, mirror, published), *_sides(service, plain, published)]
    return [*_sides(service, mirror, published), *_security(service, mirror, published)]


def _sides(service: str, mirror: Operation, published: Operation) -> list[DocumentDifference]:
    sides = (_parameters, _bodies, _answers)
    return list(chain.from_iterable(side(service, mirror, published) for side in sides))


def _asking(service: str, mirror: Operation, published: Operation) -> Iterator[DocumentDifference]:
    """Yield what a mirror lacks of a gateway that asks; its 401 is no service's business."""
    if not mirror.security or frozenset() in mirror.security:
        spot = _spot(service, published, "security", "security")
        yield spot.differs("the gateway asks who comes, its document does not say so")
    if _REFUSED not in mirror.answers:
        spot = _spot(service, published, "status", f"answer {_REFUSED}")
        yield spot.differs(
            "the gateway refuses unauthenticated clients, its document does not say so"
        )


def _extra(mirror: Operation) -> DocumentDifference:
    spot = _spot("", mirror, "operation", "operation")
    return spot.differs("the gateway publishes it, no service does")


def _parameters(
    service: str, mirror: Operation, published: Operation
) -> Iterator[DocumentDifference]:
    for key in dict.fromkeys([*mirror.parameters, *published.parameters]):
        ours, theirs = mirror.parameters.get(key), published.parameters.get(key)
        spot = _spot(service, published, "parameter", " ".join(key), key)
        if ours is None or theirs is None:
            yield spot.known_to_one(ours)
        else:
            yield from _parameter(spot, ours, theirs)


def _parameter(
    spot: ComparedPlace, ours: Parameter, theirs: Parameter
) -> Iterator[DocumentDifference]:
    if ours.required != theirs.required:
        yield spot.sides(need(ours.required), need(theirs.required))
    if (ours.style, ours.explode) != (theirs.style, theirs.explode):
        yield spot.sides(_style(ours), _style(theirs))
    yield from spot.schemas(ours.schema, theirs.schema)
    if ours.schema.get("default") != theirs.schema.get("default"):
        said = (words("default", one.schema.get("default")) for one in (ours, theirs))
        yield replace(spot, kind="default").sides(*said)


def _bodies(service: str, mirror: Operation, published: Operation) -> Iterator[DocumentDifference]:
    spot = _spot(service, published, "body", "body", ("body",))
    yield from spot.contents(mirror.body or _EMPTY, published.body or _EMPTY)


def _answers(service: str, mirror: Operation, published: Operation) -> Iterator[DocumentDifference]:
    for status in dict.fromkeys([*mirror.answers, *published.answers]):
        ours, theirs = mirror.answers.get(status), published.answers.get(status)
        spot = _spot(service, published, "status", f"answer {status}")
        if ours is None or theirs is None:
            yield spot.known_to_one(ours)
        else:
            yield from _answer(replace(spot, kind="answer"), ours, theirs)


def _answer(
    spot: ComparedPlace, ours: DocumentedResponse, theirs: DocumentedResponse
) -> Iterator[DocumentDifference]:
    yield from spot.contents(ours.content, theirs.content)
    for name in dict.fromkeys([*ours.headers, *theirs.headers]):
        header = replace(spot, kind="header", where=f"{spot.where} header {name}")
        one, other = ours.headers.get(name), theirs.headers.get(name)
        if one is None or other is None:
            yield header.known_to_one(one)
        else:
            yield from header.schemas(one, other)


def _security(
    service: str, mirror: Operation, published: Operation
) -> Iterator[DocumentDifference]:
    if mirror.security != published.security:
        spot = _spot(service, published, "security", "security")
        yield spot.sides(_keys(mirror), _keys(published))


def _spot(
    service: str, operation: Operation, kind: Kind, where: str, at: tuple[str, ...] = ()
) -> ComparedPlace:
    return ComparedPlace(service=service, operation=operation.label, kind=kind, where=where, at=at)


def _style(one: Parameter) -> str:
    return f"style {one.style}{', exploded' if one.explode else ''}"


def _keys(operation: Operation) -> str:
    choices = sorted(" and ".join(sorted(one)) or "nothing" for one in operation.security)
    return " or ".join(choices) or "nothing"
