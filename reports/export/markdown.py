"""Writes Markdown in which nothing that a system answered is more than the letters it shows."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from reports.record.number_formats import visible

MOST_ROWS: Final = 30
_MOST_CHARACTERS: Final = 300
# What Markdown or the HTML in it would take for more than a letter.
_SPECIAL: Final = "\\`*_{}[]()<>#+!|&~@:"


def plain(text: str, most: int = _MOST_CHARACTERS) -> str:
    """Return foreign text that Markdown shows as it is, in one line of so many letters."""
    line = " ".join(visible(text, most).split())
    return "".join(f"&#{ord(one)};" if one in _SPECIAL else one for one in line)


def table(
    head: Sequence[str], rows: Sequence[Iterable[str]], most: int = MOST_ROWS
) -> Iterator[str]:
    """Yield the lines of a table, of foreign cells; nothing where there are no rows."""
    if not rows:
        return
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows[:most]:
        yield f"| {' | '.join(map(plain, row))} |"
    yield from _rest(len(rows) - most)


def items(sentences: Sequence[str], most: int = MOST_ROWS) -> Iterator[str]:
    """Yield the lines of a list of foreign sentences."""
    for one in sentences[:most]:
        yield f"- {plain(one)}"
    yield from _rest(len(sentences) - most)


def titled(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield lines below a title; nothing where there are none."""
    inside = list(lines)
    if inside:
        yield from ("", f"### {title}", "", *inside)


def _rest(left: int) -> Iterator[str]:
    if left > 0:
        yield from ("", f"And {left} more, in run.json.")
