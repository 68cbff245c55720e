"""Finds the line of a TOML file on which a key stands; a parser tells values, and no lines."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

Where = tuple[str | int, ...]
_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([\w.\-\"' ]+?)\s*\]\]?\s*(?:#.*)?")
_KEY: Final = re.compile(r"\s*([\w\-\"'][\w.\-\"' ]*?)\s*=(?!=)")
_NAME: Final = re.compile(r"\"([^\"]*)\"|'([^']*)'|([\w-]+)")
_QUOTES: Final = ('"""', "'''")


def line_of(text: str, where: Sequence[str | int]) -> int | None:
    """Return the line, from 1, of a key or a table; of what holds it, where it stands in a line.

    `where` leads to it: names, and numbers of array tables from 0.
    """
    lines: dict[Where, int] = {}
    for path, line in _places(text):
        lines.setdefault(path, line)
    found = (lines.get(tuple(where[:end])) for end in range(len(where), 0, -1))
    return next((line for line in found if line is not None), None)


def _places(text: str) -> Iterator[tuple[Where, int]]:
    table: Where = ()
    counts: dict[Where, int] = {}
    quoted = False
    for number, line in enumerate(text.splitlines(), start=1):
        inside, quoted = quoted, quoted ^ _turns(line)
        if inside:
            continue
        if header := _HEADER.fullmatch(line):
            table = _table(_names(header[2]), counts, several=header[1] == "[[")
            yield table, number
        elif key := _KEY.match(line):
            yield (*table, *_names(key[1])), number


def _turns(line: str) -> bool:
    """Tell whether a text of several lines begins or ends on this one."""
    return any(line.count(quotes) % 2 for quotes in _QUOTES)


def _table(names: list[str], counts: dict[Where, int], *, several: bool) -> Where:
    """Return where a table is: within the latest of each array of tables on its way."""
    path: Where = ()
    for at, name in enumerate(names, start=1):
        path = (*path, name)
        if several and at == len(names):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _names(dotted: str) -> list[str]:
    return ["".join(groups) for groups in _NAME.findall(dotted)]
