"""Rows of a data file: how they are read, handed out and shared out."""

from pathlib import Path

import msgspec
import pytest

from loadtests.plan.data_rows import DataRows, RowSupply, RowsUsedUpError, read_rows
from testcontainers_fixtures.errors import SpecError


def written(folder: Path, text: str, name: str = "customers.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def rows(count: int, order: str = "in order") -> DataRows:
    plain = {"file": "f.csv", "columns": ["n"], "rows": [[n] for n in range(count)], "order": order}
    return msgspec.convert(plain, DataRows)


def taken(supply: RowSupply, count: int) -> list[object]:
    return [supply.next()["n"] for _ in range(count)]


def test_csv_is_texts_and_json_lines_are_what_they_say(tmp_path: Path) -> None:
    of_csv = read_rows(written(tmp_path, '\ufeffname, id\n"Lee, Ann",7\n\n"a\nb",8\n'))
    of_lines = read_rows(written(tmp_path, '{"id": 7}\n\n{"x": 1, "id": [8]}\n', "c.jsonl"))

    assert (of_csv.columns, of_csv.rows) == (("name", "id"), (("Lee, Ann", "7"), ("a\nb", "8")))
    assert (of_lines.columns, of_lines.rows) == (("id",), ((7,), ([8],)))


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("c.csv", "a,b\n1,2\n3\n", r"Line 3 of .*c.csv has 1 values, and its header 2"),
        ("c.csv", "a,a\n1,2\n", "names a column twice"),
        ("c.csv", "a,b\n", "has 0 rows; give 1 to 200,000"),
        ("c.csv", 'a\n"b', "Line 2 of .* is not CSV"),
        ("c.jsonl", '{"a": 1}\n{"b": 1}\n', r"Line 2 of .* has no 'a'"),
        ("c.jsonl", "[1]\n", "Line 1 of .* is no object of JSON"),
        ("c.jsonl", "{\n", "Line 1 of .* is not JSON"),
        ("c.xlsx", "x", r"Expected a header and rows of CSV .*; got c.xlsx"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_line(
    tmp_path: Path, name: str, text: str, why: str
) -> None:
    with pytest.raises(SpecError, match=why):
        read_rows(written(tmp_path, text, name))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"Expected data in .*gone.csv, but: No such file"):
        read_rows(tmp_path / "gone.csv")


def test_rows_come_in_order_and_again_or_at_random_by_seed_or_once() -> None:
    some = [taken(RowSupply(rows(50, "random"), seed=seed), 200) for seed in (1, 1, 2)]
    once = RowSupply(rows(3, "once"), seed=1)

    assert taken(RowSupply(rows(3), seed=1), 7) == [0, 1, 2, 0, 1, 2, 0]
    assert some[0] == some[1] != some[2]
    assert len(set(some[0])) > 40
    assert taken(once, 3) == [0, 1, 2]
    with pytest.raises(RowsUsedUpError, match=r"no row of f.csv is left"):
        once.next()


def test_several_processes_use_each_row_once_all_together() -> None:
    supplies = [RowSupply(rows(5, "once"), seed=1, part=part, parts=2) for part in range(2)]

    assert taken(supplies[0], 3) == [0, 2, 4]
    assert taken(supplies[1], 2) == [1, 3]


def test_a_process_without_a_row_of_its_own_has_all_unless_each_is_used_once() -> None:
    assert taken(RowSupply(rows(1), seed=1, part=1, parts=2), 2) == [0, 0]
    with pytest.raises(RowsUsedUpError):
        RowSupply(rows(1, "once"), seed=1, part=1, parts=2).next()
