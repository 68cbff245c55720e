"""What a value in braces is drawn from, anew for each request."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

from testcontainers_fixtures.errors import KeyedError

MOST_LETTERS: Final = 10_000
_FORMS: Final = (
    'expected [1, 100], "uuid", { choices = ["a", "b"] }, { text = [3, 20] } or '
    "{ date = [2026-01-01, 2026-12-31] }"
)


class Drawn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of some `choices`; a `text` of so many letters and digits; a `date` (ISO 8601).

    Of text and date the bounds are the least and the most, both included.
    """

    choices: Annotated[tuple[Any, ...], Meta(min_length=1)] | None = None
    text: tuple[int, int] | None = None
    date: tuple[dt.date, dt.date] | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if sum(one is not None for one in (self.choices, self.text, self.date)) != 1:
            raise ValueError(_FORMS)
        if self.text and not 0 <= self.text[0] <= self.text[1] <= MOST_LETTERS:
            raise ValueError(f"a text has from 0 to {MOST_LETTERS:,} letters, the fewest first")
        if self.date and self.date[0] > self.date[1]:
            raise ValueError("of the two dates the first is the later one")


# From a whole number to another, both included; a random UUID (version 4); or what a table says.
Draw = tuple[int, int] | Literal["uuid"] | Drawn


def refuse_empty_ranges(draw: Mapping[str, Draw]) -> None:
    """Raise KeyedError for a range of whole numbers that holds none."""
    for name, one in draw.items():
        if isinstance(one, tuple) and one[0] > one[1]:
            raise KeyedError(f"no whole number is from {one[0]} to {one[1]}", "draw", name)
