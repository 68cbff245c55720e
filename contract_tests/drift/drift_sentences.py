"""What one difference between gateway and service is, and how it is put into a sentence."""

from collections.abc import Iterator
from typing import Any, Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from contract_tests.drift.media_types import of_media_type
from contract_tests.drift.operation import Content, Schema
from contract_tests.drift.reading import token
from contract_tests.drift.schemas.disputed_values import DisputedValues
from contract_tests.drift.schemas.keyword_disputes import FIELD
from contract_tests.drift.schemas.keyword_words import halves, need
from contract_tests.drift.schemas.schema_differences import KeywordDifference, SchemaComparison
from contract_tests.drift.schemas.wider_sides import BOTH, WiderSides
from contract_tests.drift.telling.caller_effects import (
    BREAKS,
    WORDS,
    effects_of,
    level_of,
    of_default,
    of_field,
)
from reports.record.document_drift import Direction, Effect, Level

Kind = Literal[
    "operation", "parameter", "default", "body", "status", "answer", "header", "security"
]


class DocumentDifference(Struct, frozen=True, kw_only=True):
    """One thing that gateway and service say differently.

    `where` is the place in the operation ("query limit", "body /price", "answer 200 /id"), `at` the
    same where it is one of a request, for a body with its content type; `values` are those there
    that one side alone takes. `said` is what each side says, `effects` what that does to a caller.
    `origins` are where it stands in the gateway's document and in the service's, "" in one that
    lacks it; `about` tells apart what is said alike there.
    """

    service: str
    operation: str
    kind: Kind
    where: str
    sentence: str
    at: tuple[str, ...] = ()
    values: DisputedValues | None = None
    said: str = ""
    effects: tuple[Effect, ...] = BREAKS
    origins: tuple[str, str] = ("", "")
    about: str = ""

    @property
    def direction(self) -> Direction:
        """Return whether it is about what is sent, about what is answered, or about both."""
        return _DIRECTIONS[self.kind]

    @property
    def level(self) -> Level:
        """Return how grave it is."""
        return level_of(self.effects)

    @property
    def only_gateway(self) -> Schema | None:
        """Return a schema of what the gateway alone takes, to draw a counterexample from.

        None where none is known.
        """
        return self.values.both[0] if self.values else None

    @property
    def only_service(self) -> Schema | None:
        """Return the same of the service."""
        return self.values.both[1] if self.values else None


_DIRECTIONS: Final[dict[Kind, Direction]] = {
    "operation": "operation",
    "security": "request",
    "parameter": "request",
    "default": "request",
    "body": "request",
    "status": "answer",
    "answer": "answer",
    "header": "answer",
}


class ComparedPlace(Struct, frozen=True, kw_only=True):
    """Where in an operation two sides are compared; makes the differences found there.

    `comparison` compares their schemas, `origins` are where both stand.
    """

    service: str
    operation: str
    kind: Kind
    where: str
    comparison: SchemaComparison
    at: tuple[str, ...] = ()
    origins: tuple[str, str] = ("", "")

    def differs(self, said: str, effects: tuple[Effect, ...]) -> DocumentDifference:
        """Return a difference at this spot, said in half a sentence."""
        return self._differs(said, effects)

    def _differs(
        self, said: str, effects: tuple[Effect, ...], one: KeywordDifference | None = None
    ) -> DocumentDifference:
        pointer = one.pointer if one else ""
        place = f"{self.where} {pointer}".rstrip()
        return DocumentDifference(
            service=self.service,
            operation=self.operation,
            kind=self.kind,
            where=place,
            sentence=f"{self.operation}, {place}: {said}.",
            at=self.at,
            values=one.values if one else None,
            said=said,
            effects=effects,
            origins=one.origins if one else self.origins,
            about=f"{one.keyword} {one.field}" if one else self.where,
        )

    @property
    def direction(self) -> Direction:
        """Return whether this is about what is sent, or about what is answered."""
        return _DIRECTIONS[self.kind]

    def sides(self, ours: str, theirs: str, effects: tuple[Effect, ...]) -> DocumentDifference:
        """Return a difference of which each side says its half."""
        return self.differs(self._both(ours, theirs), effects)

    def demands(self, *, ours: bool, theirs: bool) -> DocumentDifference:
        """Return that one side alone requires this: it takes less."""
        effects = effects_of(self.direction, WiderSides(ours=not ours, theirs=not theirs))
        return self.sides(need(ours), need(theirs), effects)

    def known_to_one(self, ours: object | None, effects: tuple[Effect, ...]) -> DocumentDifference:
        """Return that one side alone knows this; `ours` is None where the gateway does not."""
        one, other = (
            ("the gateway", self.service)
            if ours is not None
            else (
                self.service,
                "the gateway",
            )
        )
        return self.differs(f"{one} knows it, {other} does not", effects)

    def schemas(self, ours: Schema, theirs: Schema) -> Iterator[DocumentDifference]:
        """Yield the differences of two schemas; a default changes nothing but in a request."""
        for one in self.comparison.differences(ours, theirs, self.direction):
            if one.keyword != "default" or (self.at and one.pointer):
                yield self._differs(self._disputed(one), self._effects(one), one)

    def _effects(self, one: KeywordDifference) -> tuple[Effect, ...]:
        if one.keyword == "default":
            return of_default(one.ours, one.theirs)
        if one.is_words:
            return WORDS
        told = of_field if one.keyword == FIELD else effects_of
        return told(self.direction, one.wider)

    def contents(self, ours: Content, theirs: Content) -> Iterator[DocumentDifference]:
        """Yield the differences of two bodies, by content type."""
        if ours.required != theirs.required:
            yield self.demands(ours=ours.required, theirs=theirs.required)
        for kind in dict.fromkeys([*ours.schemas, *theirs.schemas]):
            one, other = (of_media_type(kind, side.schemas) for side in (ours, theirs))
            spot = replace(self, at=(*self.at, kind)) if self.at else self
            yield from spot.encodings(ours.encodings.get(kind, {}), theirs.encodings.get(kind, {}))
            if one is None or other is None:
                wider = WiderSides(ours=one is not None, theirs=other is not None)
                ours_said, theirs_said = (
                    kind if side is not None else f"no {kind}" for side in (one, other)
                )
                yield spot.sides(ours_said, theirs_said, effects_of(spot.direction, wider))
            else:
                yield from spot.schemas(one, other)

    def encodings(
        self, ours: dict[str, Any], theirs: dict[str, Any]
    ) -> Iterator[DocumentDifference]:
        """Yield the differences in how the parts of a form are written."""
        for name in dict.fromkeys([*ours, *theirs]):
            if ours.get(name) != theirs.get(name):
                said = halves("encoding", ours.get(name), theirs.get(name))
                part = replace(self, where=f"{self.where} /{token(name)}")
                yield part.sides(*said, effects_of(self.direction, BOTH))

    def _disputed(self, one: KeywordDifference) -> str:
        if one.keyword != FIELD:
            return self._both(*halves(one.keyword, one.ours, one.theirs))
        sides = ("the gateway", self.service) if one.ours else (self.service, "the gateway")
        return "{} has the field, {} has not".format(*sides)

    def _both(self, ours: str, theirs: str) -> str:
        return f"the gateway says {ours}, {self.service} says {theirs}"
