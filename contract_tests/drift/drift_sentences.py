"""What one difference between gateway and service is, and how it is put into a sentence."""

from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from contract_tests.drift.operation import Content, Schema
from contract_tests.drift.reading import token
from contract_tests.drift.schemas.disputed_values import DisputedValues
from contract_tests.drift.schemas.keyword_words import halves, need
from contract_tests.drift.schemas.schema_differences import KeywordDifference, SchemaComparison

Kind = Literal[
    "operation", "parameter", "default", "body", "status", "answer", "header", "security"
]


class DocumentDifference(Struct, frozen=True, kw_only=True):
    """One thing that gateway and service say differently.

    `where` is the place in the operation ("query limit", "body /price", "answer 200 /id"), `at` the
    same where it is one of a request, for a body with its content type; `values` are those there
    that one side alone takes.
    """

    service: str
    operation: str
    kind: Kind
    where: str
    sentence: str
    at: tuple[str, ...] = ()
    values: DisputedValues | None = None

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


class ComparedPlace(Struct, frozen=True, kw_only=True):
    """Where in an operation two sides are compared; makes the differences found there.

    `comparison` compares their schemas.
    """

    service: str
    operation: str
    kind: Kind
    where: str
    comparison: SchemaComparison
    at: tuple[str, ...] = ()

    def differs(
        self, said: str, *, pointer: str = "", values: DisputedValues | None = None
    ) -> DocumentDifference:
        """Return a difference at this spot, said in half a sentence."""
        place = f"{self.where} {pointer}".rstrip()
        return DocumentDifference(
            service=self.service,
            operation=self.operation,
            kind=self.kind,
            where=place,
            sentence=f"{self.operation}, {place}: {said}.",
            at=self.at,
            values=values,
        )

    def sides(self, ours: str, theirs: str) -> DocumentDifference:
        """Return a difference of which each side says its half."""
        return self.differs(self._both(ours, theirs))

    def known_to_one(self, ours: object | None) -> DocumentDifference:
        """Return that one side alone knows this; `ours` is None where the gateway does not."""
        one, other = (
            ("the gateway", self.service)
            if ours is not None
            else (
                self.service,
                "the gateway",
            )
        )
        return self.differs(f"{one} knows it, {other} does not")

    def schemas(self, ours: Schema, theirs: Schema) -> Iterator[DocumentDifference]:
        """Yield the differences of two schemas; a default changes nothing but in a request."""
        for one in self.comparison.differences(ours, theirs):
            if one.keyword != "default" or (self.at and one.pointer):
                yield self.differs(self._disputed(one), pointer=one.pointer, values=one.values)

    def contents(self, ours: Content, theirs: Content) -> Iterator[DocumentDifference]:
        """Yield the differences of two bodies, by content type."""
        if ours.required != theirs.required:
            yield self.sides(need(ours.required), need(theirs.required))
        for kind in dict.fromkeys([*ours.schemas, *theirs.schemas]):
            one, other = ours.schemas.get(kind), theirs.schemas.get(kind)
            spot = replace(self, at=(*self.at, kind)) if self.at else self
            yield from spot.encodings(ours.encodings.get(kind, {}), theirs.encodings.get(kind, {}))
            if one is None or other is None:
                said = (kind if side is not None else f"no {kind}" for side in (one, other))
                yield spot.sides(*said)
            else:
                yield from spot.schemas(one, other)

    def encodings(
        self, ours: dict[str, Any], theirs: dict[str, Any]
    ) -> Iterator[DocumentDifference]:
        """Yield the differences in how the parts of a form are written."""
        for name in dict.fromkeys([*ours, *theirs]):
            if ours.get(name) != theirs.get(name):
                said = halves("encoding", ours.get(name), theirs.get(name))
                yield self.differs(self._both(*said), pointer=f"/{token(name)}")

    def _disputed(self, one: KeywordDifference) -> str:
        if one.keyword != "field":
            return self._both(*halves(one.keyword, one.ours, one.theirs))
        sides = ("the gateway", self.service) if one.ours else (self.service, "the gateway")
        return "{} has the field, {} has not".format(*sides)

    def _both(self, ours: str, theirs: str) -> str:
        return f"the gateway says {ours}, {self.service} says {theirs}"
