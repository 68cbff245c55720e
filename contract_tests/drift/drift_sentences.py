"""What one difference between gateway and service is, and how it is put into a sentence."""

from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from contract_tests.drift.documents import Content, Schema
from contract_tests.drift.schema_differences import KeywordDifference, schema_differences

Kind = Literal[
    "operation", "parameter", "default", "body", "status", "answer", "header", "security"
]
_MOST_CHARACTERS: Final = 120
_KEYWORDS: Final[dict[str, str]] = {
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maxLength": "at most {} characters",
    "minLength": "at least {} characters",
    "maxItems": "at most {} items",
    "minItems": "at least {} items",
    "multipleOf": "multiples of {}",
    "pattern": "text that matches {}",
    "format": "format {}",
    "enum": "one of {}",
    "const": "only {}",
    "type": "type {}",
    "required": "required {}",
    "default": "default {}",
}


class DocumentDifference(Struct, frozen=True, kw_only=True):
    """One thing that gateway and service say differently.

    `where` is the place in the operation ("query limit", "body /price", "answer 200 /id"), `at` the
    same where it is one of a request, for a body with its content type; `only_gateway` and
    `only_service` are schemas of the values there that one side alone takes (null where none is
    known): what a counterexample is drawn from.
    """

    service: str
    operation: str
    kind: Kind
    where: str
    sentence: str
    at: tuple[str, ...] = ()
    only_gateway: Schema | None = None
    only_service: Schema | None = None


class ComparedPlace(Struct, frozen=True, kw_only=True):
    """Where in an operation two sides are compared; makes the differences found there."""

    service: str
    operation: str
    kind: Kind
    where: str
    at: tuple[str, ...] = ()

    def differs(
        self,
        said: str,
        *,
        pointer: str = "",
        only: tuple[Schema | None, Schema | None] = (None, None),
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
            only_gateway=only[0],
            only_service=only[1],
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
        """Yield the differences of two schemas."""
        for one in schema_differences(ours, theirs):
            only = one.only_ours, one.only_theirs
            yield self.differs(self._disputed(one), pointer=one.pointer, only=only)

    def contents(self, ours: Content, theirs: Content) -> Iterator[DocumentDifference]:
        """Yield the differences of two bodies, by content type."""
        if ours.required != theirs.required:
            yield self.sides(need(ours.required), need(theirs.required))
        for kind in dict.fromkeys([*ours.schemas, *theirs.schemas]):
            one, other = ours.schemas.get(kind), theirs.schemas.get(kind)
            spot = replace(self, at=(*self.at, kind)) if self.at else self
            if one is None or other is None:
                said = (kind if side is not None else f"no {kind}" for side in (one, other))
                yield spot.sides(*said)
            else:
                yield from spot.schemas(one, other)

    def _disputed(self, one: KeywordDifference) -> str:
        if one.keyword != "field":
            return self._both(words(one.keyword, one.ours), words(one.keyword, one.theirs))
        sides = ("the gateway", self.service) if one.ours else (self.service, "the gateway")
        return "{} has the field, {} has not".format(*sides)

    def _both(self, ours: str, theirs: str) -> str:
        return f"the gateway says {ours}, {self.service} says {theirs}"


def words(keyword: str, value: Any) -> str:  # noqa: ANN401 -- a keyword's value
    """Return a keyword and its value in words: "at most 100", or "no maximum"."""
    if value is None or value == []:
        return f"no {keyword}"
    text = msgspec.json.encode(value).decode()
    short = text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}..."
    return _KEYWORDS.get(keyword, f"{keyword} {{}}").replace("{}", short)


def need(required: bool) -> str:  # noqa: FBT001 -- one fact in words
    """Return the fact as a word."""
    return "required" if required else "optional"
