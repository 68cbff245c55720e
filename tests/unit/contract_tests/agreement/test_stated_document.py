"""Lists that a stack file alone knows become a document that rows can be written by."""

from pathlib import Path
from typing import Any

import pytest

from contract_tests.agreement.stated_document import stated_document
from contract_tests.drift.documents import operations
from contract_tests.faults.row_source import RowSource
from contract_tests.faults.writable_collections import WritableCollection, writable_collections
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file

STACK = """
format_version = 2
name = "market"

[parts.front]
role = "gateway"
port = 9000
command = ["front"]

[parts.back]
role = "service"
port = 9001
command = ["back"]

[contract.collections]
"/orders" = { rows = "/rows", total = "/total", id = "/id", query = ["offset", "limit"] }
"""
SEED = """
[[seed]]
part = "front"
request = "POST /orders"
body = { note = "Order {n}", product = 1, number = "{n}" }
repeat = 3
"""
ROW = {"id": 7, "note": "Order 3", "product": 1, "number": 3}


def spec(folder: Path, text: str) -> StackSpec:
    file = folder / "stack.toml"
    file.write_text(text, encoding="utf-8")
    return read_stack_file(file)


def places(known: StackSpec) -> tuple[list[WritableCollection], list[str]]:
    document = stated_document(known)
    assert document is not None
    sources = {"front": RowSource(url="http://front")}
    lists = known.contract.collections
    return writable_collections({"front": document}, sources, lambda *_: [ROW], lists)


def test_a_list_that_a_seed_fills_through_the_gateway_is_a_place(tmp_path: Path) -> None:
    [place], why = places(spec(tmp_path, STACK + SEED))
    entry = place.entry("k")

    assert why == []
    assert entry is not None
    assert entry.fields == {"note"}
    assert b'"product":1,"number":3' in entry.body
    assert place.item(ROW) == "/orders/7"
    assert list(place.resource.queried()) == ["offset", "limit"]


def test_what_lies_deeper_is_as_the_seed_puts_it(tmp_path: Path) -> None:
    seed = SEED.replace("product = 1", 'product = { name = "Tea {n}", size = "{n}" }')
    [place], _ = places(spec(tmp_path, STACK + seed))
    entry = place.entry("k")

    assert entry is not None
    assert b'"product":{"name":"Tea 1","size":1}' in entry.body


def test_rows_of_a_file_say_as_well_what_may_be_written(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"note": "tea", "product": 2}\n', encoding="utf-8")
    seed = '[[seed]]\npart = "front"\nrequest = "POST /orders"\nrows = "rows.jsonl"\n'
    [place], _ = places(spec(tmp_path, STACK + seed))
    entry = place.entry("k")

    assert entry is not None
    assert b'"product":2' in entry.body


@pytest.mark.parametrize(
    "seed",
    ["", SEED.replace('"front"', '"back"'), SEED.replace("POST /orders", "POST /others")],
    ids=["none", "past the gateway", "of another list"],
)
def test_a_list_that_no_seed_fills_through_the_gateway_is_none(tmp_path: Path, seed: str) -> None:
    assert places(spec(tmp_path, STACK + seed)) == ([], ["/orders of front has no POST"])


def test_without_a_key_no_item_is_claimed(tmp_path: Path) -> None:
    document: Any = stated_document(spec(tmp_path, STACK.replace(', id = "/id"', "")))

    assert list(operations(document)) == [("GET", "/orders")]


def test_a_stack_file_that_knows_no_list_states_nothing(tmp_path: Path) -> None:
    assert stated_document(spec(tmp_path, STACK.partition("[contract")[0])) is None
