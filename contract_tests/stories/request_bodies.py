"""Drafts a request's body that is valid by its schema, formats included, with text of ours in it.

A row that a service has stored shows what its values look like; where a field takes any text, the
draft holds one of TEXTS instead, which says how text fares on its way. What a row does not show is
as the schema tells by an example, or drawn from it.
"""

import itertools
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec import Struct

from contract_tests.drift.documents import Operation, Schema
from contract_tests.drift.generation import drawn
from contract_tests.drift.required_parameters import stated
from contract_tests.drift.schemas.request_and_answer_schemas import without
from contract_tests.drift.validation import branches, free, properties, takes
from contract_tests.stories.resources import Row, body_of

# Each is followed by a number, so that no key is violated.
TEXTS: Final = (
    "Plain",
    "a b+c %2B&d=e;f#g/h?i 100% ",
    "\u00e4\u00f6\u00fc\u00df \u6f22\u5b57 \U0001f600 e\u0301 \u0130",
    "'\"\\<>{}[]() \t",
    "UPPER lower  two spaces",
    "0",
    "long " * 49,
)
# Texts of a certain form that are nobody else's, as keys often must be.
_NOBODYS: Final = {
    "email": "story{n}@example.com",
    "idn-email": "story{n}@example.com",
    "hostname": "story{n}.example.com",
    "idn-hostname": "story{n}.example.com",
    "uri": "https://example.com/story/{n}",
    "iri": "https://example.com/story/{n}",
    "uri-reference": "/story/{n}",
    "iri-reference": "/story/{n}",
    "uuid": "00000000-0000-4000-8000-{n:012d}",
}
_DIGITS: Final = "0123456789"
_MOST_DEPTH: Final = 6
_numbers = itertools.count(1)


class RequestBody(Struct, frozen=True, kw_only=True):
    """A body, as the values that are sent, and its content type."""

    sent: Row
    kind: str = "application/json"

    def encoded(self) -> bytes:
        """Return the body as UTF-8."""
        return msgspec.json.encode(self.sent)


def draft(
    operation: Operation, pattern: Row, text: str, *, turned: bool = False
) -> RequestBody | None:
    """Return a body that fits the operation's schema; None where none is an object.

    `turned` turns the digits of texts that have a form of their own (19.90 to 20.01), each time by
    more, so that values are tried that nobody has stored before; should one be another row's key,
    it is refused. One value alone may come through where most do not: a price rounded to 5 cents.
    """
    kind, said = body_of(operation)
    if said is None:
        return None
    made = _Variation(without(said, "readOnly"), text, turned=turned).of(pattern)
    return RequestBody(sent=made, kind=kind) if made else None


class _Variation:
    """One way to fill a schema: a text of ours, and a number that no other draft has."""

    def __init__(self, schema: Schema, text: str, *, turned: bool) -> None:
        self._schema = schema
        self._number = next(_numbers)
        self._text = f"{text}{self._number}"
        self._turned = turned

    def __repr__(self) -> str:
        """Show what is put in."""
        return f"<_Variation {self._text!r}>"

    def of(self, pattern: Row) -> Row | None:
        """Return an object after a pattern; None where the schema takes none that is known."""
        said = next((one for one in stated(self._schema) if isinstance(one, dict)), {})
        pattern = {**said, **pattern}
        made = self._filled(self._schema, pattern, 0)
        if made and takes(self._schema, made):
            return made
        return self._grown(pattern)

    def _grown(self, pattern: Row) -> Row | None:
        """Return a valid object, with as much of ours in it as leaves it valid."""
        made = next((one for one in self._bases(pattern) if isinstance(one, dict)), None)
        if made is None or not takes(self._schema, made):
            return None
        for name, value in self._filled(self._schema, {**made, **pattern}, 0).items():
            if takes(self._schema, {**made, name: value}):
                made = {**made, name: value}
        return made or self._named()

    def _named(self) -> Row | None:
        """Return an object of which the schema names no field, with one of ours."""
        made = {"text": self._text}
        return made if takes(self._schema, made) else None

    def _bases(self, pattern: Row) -> Iterator[Any]:
        names = fields(self._schema)
        known = {name: value for name, value in pattern.items() if name in names}
        yield from (one for one in (*stated(self._schema), known) if takes(self._schema, one))
        yield from drawn(self._schema)

    def _filled(self, schema: Schema, pattern: Row, depth: int) -> Row:
        """Return a value for each field that has one, whether or not they go together."""
        needed = {name for one in branches(schema, schema) for name in one.get("required", ())}
        made = {}
        for name, one in fields(schema).items():
            values = self._values(one, pattern.get(name), depth, drawing=name in needed)
            value = next((v for v in values if takes(one, v)), None)
            if value is not None:
                made[name] = value
        return made

    def _values(
        self,
        schema: Schema,
        known: Any,  # noqa: ANN401 -- any JSON
        depth: int,
        *,
        drawing: bool,
    ) -> Iterator[Any]:
        """Yield what a field may hold, the best first."""
        if free(schema):
            yield self._text
        if depth < _MOST_DEPTH and (drawing or isinstance(known, dict)) and fields(schema):
            yield self._filled(schema, known if isinstance(known, dict) else {}, depth + 1)
        yield from self._known(schema, known)
        if drawing:
            yield from stated(schema)
            yield from self._nobodys(schema)
            yield from (self._told(one) for one in drawn(schema))
            yield from drawn(schema)

    def _known(self, schema: Schema, known: Any) -> Iterator[Any]:  # noqa: ANN401 -- any JSON
        # A number or a text of a certain form is as the row has it; it may be another row's key.
        if known is None:
            return
        if self._turned:
            yield from self._nobodys(schema)
            yield self._told(known)
        yield known

    def _nobodys(self, schema: Schema) -> Iterator[str]:
        for one in branches(schema, schema):
            form = _NOBODYS.get(str(one.get("format")))
            if form:
                yield form.format(n=self._number)

    def _told(self, value: Any) -> Any:  # noqa: ANN401 -- any JSON
        by = self._number % 9 + 1
        table = str.maketrans(_DIGITS, _DIGITS[by:] + _DIGITS[:by])
        return value.translate(table) if isinstance(value, str) else value


def fields(schema: Schema) -> dict[str, Schema]:
    """Return the schemas of an object's fields, each of which stands alone.

    Of alternatives the first that names a field counts.
    """
    carried = {"components": schema.get("components", {})}
    found: dict[str, Schema] = {}
    for branch in branches(schema, schema):
        for name, one in properties(branch).items():
            plain = one if isinstance(one, dict) else ({} if one else {"not": {}})
            found.setdefault(name, {**plain, **carried})
    return found
