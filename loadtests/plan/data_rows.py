"""The rows of a scenario's data file, whose columns are values in braces: CSV, or JSON lines."""

import csv
import io
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.scenario_spec import RowOrder

# The rows travel in the plan, to each load process.
MOST_ROWS: Final = 200_000
MOST_BYTES: Final = 64 * 1024 * 1024
_FORMS: Final = "a header and rows of CSV (.csv), or an object of JSON a line (.jsonl, .ndjson)"
_Table = tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]
_LINES: Final = frozenset({".jsonl", ".ndjson"})


class RowsUsedUpError(LookupError):
    """Each row is used once, and no row is left; one sentence."""


class DataRows(Struct, frozen=True, kw_only=True):
    """Rows of a file, by the names of their columns; `order` is how they are taken."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    order: RowOrder = "in order"


class RowSupply:
    """Hands out the rows of one of several load processes, which share them out."""

    def __init__(self, data: DataRows, *, seed: object, part: int = 0, parts: int = 1) -> None:
        self._data = data
        self.columns = data.columns
        draw = random.Random(f"rows {seed}")  # noqa: S311 -- reproducible, not a secret
        # More processes than rows: only where each row is used once must some go without.
        mine = data.rows[part::parts] or (() if data.order == "once" else data.rows)
        self._rows = _handed_out(data, mine, draw)

    def __repr__(self) -> str:
        """Show whose rows they are; what stands in them is nobody's to see."""
        return f"<RowSupply of {self._data.file}, {self._data.order}>"

    def next(self) -> dict[str, object]:
        """Return the next row by column; raise RowsUsedUpError where none is left."""
        row = next(self._rows, None)
        if row is None:
            raise RowsUsedUpError(f"no row of {self._data.file} is left")
        return dict(zip(self._data.columns, row, strict=True))


def read_rows(file: Path, order: RowOrder = "in order") -> DataRows:
    """Read a data file; raise SpecError, one sentence with the line, for what cannot be used."""
    try:
        size = file.stat().st_size
        text = file.read_text(encoding="utf-8-sig") if size <= MOST_BYTES else ""
    except (OSError, ValueError) as error:
        raise SpecError(f"Expected data in {file}, but: {_why(error)}.") from error
    if size > MOST_BYTES:
        raise SpecError(f"{file} has {size:,} bytes of data; give at most {MOST_BYTES:,}.")
    if file.suffix not in {".csv", *_LINES}:
        raise SpecError(f"Expected {_FORMS}; got {file.name}.")
    columns, rows = _of_lines(file, text) if file.suffix in _LINES else _of_csv(file, text)
    if not 0 < len(rows) <= MOST_ROWS:
        raise SpecError(f"{file} has {len(rows):,} rows; give 1 to {MOST_ROWS:,}.")
    return DataRows(file=file.name, columns=columns, rows=rows, order=order)


def _handed_out(
    data: DataRows, mine: Sequence[tuple[Any, ...]], draw: random.Random
) -> Iterator[tuple[Any, ...]]:
    if data.order == "random":
        return iter(lambda: draw.choice(mine), None)
    return iter(mine) if data.order == "once" else cycle(mine)


def _of_csv(file: Path, text: str) -> _Table:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = tuple(name.strip() for name in next(reader, []))
        rows = []
        for row in filter(None, reader):
            if len(row) != len(columns):
                raise SpecError(
                    f"Line {reader.line_num} of {file} has {len(row)} values, and its header "
                    f"{len(columns)}; give each row a value a column."
                )
            rows.append(tuple(row))
    except csv.Error as error:
        raise SpecError(f"Line {reader.line_num} of {file} is not CSV: {error}.") from error
    if len(set(columns)) < len(columns):
        raise SpecError(f"Line 1 of {file} names a column twice; give each a name of its own.")
    return columns, tuple(rows)


def _of_lines(file: Path, text: str) -> _Table:
    lines = enumerate(text.split("\n"), 1)
    found = [_object(file, number, line) for number, line in lines if line.strip()]
    columns = tuple(found[0][1]) if found else ()
    for number, row in found:
        if missing := [name for name in columns if name not in row]:
            raise SpecError(
                f"Line {number} of {file} has no {missing[0]!r}, which its first line has; give "
                f"each line the same keys."
            )
    return columns, tuple(tuple(row[name] for name in columns) for _, row in found)


def _object(file: Path, number: int, line: str) -> tuple[int, Mapping[str, Any]]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise SpecError(f"Line {number} of {file} is not JSON: {error}.") from error
    if not isinstance(row, dict):
        raise SpecError(f"Line {number} of {file} is no object of JSON; expected {_FORMS}.")
    return number, row


def _why(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
