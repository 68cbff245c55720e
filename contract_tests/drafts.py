"""Drafts a request's body after the pattern of a row that is there already, with text of ours.

A row that a service has stored shows what its values look like; where a field takes any text, the
draft holds one of TEXTS instead, which says how text fares on its way.
"""

import itertools
from typing import Any, Final

import msgspec
from msgspec import Struct

from contract_tests.documents import Operation, Schema
from contract_tests.resources import Row, body_schema, fields, fits

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
_DIGITS: Final = "0123456789"
_numbers = itertools.count(1)


class Draft(Struct, frozen=True, kw_only=True):
    """A body, as the values that are sent."""

    sent: Row

    def encoded(self) -> bytes:
        """Return the body as UTF-8."""
        return msgspec.json.encode(self.sent)


def draft(operation: Operation, pattern: Row, text: str, *, turned: bool = False) -> Draft | None:
    """Return a body that fits the operation's schema; None where the pattern does not suffice.

    `turned` turns the digits of texts that have a form of their own (19.90 to 20.01), each time by
    more, so that values are tried that nobody has stored before; should one be another row's key,
    it is refused. One value alone may come through where most do not: a price rounded to 5 cents.
    """
    schema = body_schema(operation)
    if schema is None:
        return None
    number = next(_numbers)
    numbered = f"{text}{number}"
    known = {n: _turned(v, number) if turned else v for n, v in pattern.items()}
    made = {
        n: _value(s, (numbered, known.get(n), pattern.get(n))) for n, s in fields(schema).items()
    }
    sent = {name: value for name, value in made.items() if value is not None}
    return Draft(sent=sent) if sent and fits(schema, sent) else None


def _value(schema: Schema, choices: tuple[Any, ...]) -> Any:  # noqa: ANN401 -- any JSON
    # A number or a text of a certain form is as the row has it; it may be the key of another row.
    return next((one for one in choices if fits(schema, one)), None)


def _turned(value: Any, number: int) -> Any:  # noqa: ANN401 -- any JSON
    by = number % 9 + 1
    table = str.maketrans(_DIGITS, _DIGITS[by:] + _DIGITS[:by])
    return value.translate(table) if isinstance(value, str) else value
