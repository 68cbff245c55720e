"""Puts keywords and their values into words: "at most 100", "no maximum"."""

from typing import Any, Final

import msgspec

from contract_tests.drift.schemas.keyword_disputes import BOUNDS, encoded
from contract_tests.drift.schemas.schema_pairs import CHOICE, FITTING, FURTHER
from contract_tests.drift.schemas.type_bounds import OR_NULL

_MOST_CHARACTERS: Final = 120
# How much of a long text is seen before its first difference, and after it.
_SEEN_BEFORE: Final = 40
_SEEN_AFTER: Final = 20
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
    "enum": "one of {}",
    "const": "only {}",
    "type": "type {}",
    "required": "required {}",
    "default": "default {}",
    "format": "format {}",
    CHOICE: "the choice {}",
}
_ABSENT: Final = {CHOICE: "no such choice", FURTHER: "any further field", OR_NULL: "no null"}
_FITTING: Final = {"anyOf": "at least one of the choices", "oneOf": "exactly one of the choices"}


def halves(keyword: str, ours: Any, theirs: Any) -> tuple[str, str]:  # noqa: ANN401 -- its values
    """Return what each side says of a keyword, in words: "at most 100", or "no maximum".

    What is cut is cut so that the two differ.
    """
    texts = _text(ours), _text(theirs)
    begin = _shared(*texts) if min(map(len, texts)) > _MOST_CHARACTERS else 0
    one, other = (
        words(keyword, value, _cut(text, begin))
        for value, text in zip((ours, theirs), texts, strict=True)
    )
    return (one, other) if one != other else (one, f"another {keyword} of the same words")


def words(keyword: str, value: Any, text: str = "") -> str:  # noqa: ANN401 -- a keyword's value
    """Return a keyword and its value in words; `text` is the value as it is to be shown."""
    if value is None or value == []:
        return _ABSENT.get(keyword, f"no {keyword}")
    if keyword in BOUNDS:
        return words(*value)
    if keyword == FITTING:
        return _FITTING[value]
    if keyword == OR_NULL:
        return "null as well"
    if keyword == FURTHER and value is False:
        return "no further field"
    return _KEYWORDS.get(keyword, f"{keyword} {{}}").replace("{}", text or _cut(_text(value), 0))


def _text(value: Any) -> str:  # noqa: ANN401 -- a keyword's value
    return (
        encoded(value).decode() if isinstance(value, dict) else msgspec.json.encode(value).decode()
    )


def _shared(one: str, other: str) -> int:
    """Return where to begin so that the first difference of two texts is seen."""
    pairs = enumerate(zip(one, other, strict=False))
    first = next((n for n, (mine, its) in pairs if mine != its), min(len(one), len(other)))
    return 0 if first < _MOST_CHARACTERS - _SEEN_AFTER else first - _SEEN_BEFORE


def _cut(text: str, begin: int) -> str:
    end = begin + _MOST_CHARACTERS
    before, after = "..." if begin else "", "..." if len(text) > end else ""
    return f"{before}{text[begin:end]}{after}"


def need(required: bool) -> str:  # noqa: FBT001 -- one fact in words
    """Return the fact as a word."""
    return "required" if required else "optional"
