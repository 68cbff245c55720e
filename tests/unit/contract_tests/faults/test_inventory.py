"""All rows of a list are read, however it turns its pages; else it says that it cannot be."""

import copy
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from contract_tests.faults import inventory
from contract_tests.faults.inventory import counted
from contract_tests.faults.writable_collections import WritableCollection
from contract_tests.hops.paired_client import SentRequest
from contract_tests.hops.parity import ObservedResponse
from contract_tests.stories.resources import resources
from testcontainers_fixtures.errors import StackError
from tests.unit.contract_tests.drift.shelf import DOCUMENT, Shelf

PREFIX = "k1-"
ROWS = 120
NUMBER = {"type": "integer"}
SIZE = {"type": "integer", "maximum": 50}


def place(*, readable: bool = True, **parameters: Mapping[str, Any]) -> WritableCollection:
    """Return the shelf as a place whose list takes these query parameters."""
    document: dict[str, Any] = copy.deepcopy(DOCUMENT)
    document["paths"]["/things"]["get"]["parameters"] = [
        {"in": "query", "name": name, "schema": schema} for name, schema in parameters.items()
    ]
    if not readable:
        del document["paths"]["/things/{thing_id}"]
    [resource] = resources(document)
    return WritableCollection(service="shelf", resource=resource, pattern={}, keyed=False)


class Paged(Shelf):
    """A shelf with many keyed rows whose list turns its pages by words of its own."""

    def __init__(self, cut: Callable[[list[Any], dict[str, int]], list[Any] | None]) -> None:
        super().__init__()
        self.rows = {n: {"id": n, "title": f"{PREFIX}{n}"} for n in range(1, ROWS + 1)}
        self.cut = cut
        self.refusal = 404

    def listed(self, query: str) -> ObservedResponse:
        asked = {name: int(values[-1]) for name, values in parse_qs(query).items()}
        rows = self.cut(list(self.rows.values()), asked)
        return self.said(self.refusal, None) if rows is None else self.said(200, rows)


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Return how many keys are counted on a shelf, all of whose rows were acknowledged."""

    def of(shelf: Shelf, where: WritableCollection, gone: set[int] | None = None) -> int:
        monkeypatch.setattr(inventory, "asked", lambda _, sent: shelf.answer(sent))
        readable = where.resource.read is not None
        told = {f"{PREFIX}{n}": f"/things/{n}" if readable else None for n in shelf.rows}
        for number in gone or ():
            del shelf.rows[number]
        return len(counted(where, PREFIX, told))

    return of


def by_offset(rows: list[Any], asked: dict[str, int]) -> list[Any]:
    """Turn by offset, and show no more than 30 whatever is asked for."""
    return rows[asked["offset"] :][: min(asked["limit"], 30)]


def by_page(rows: list[Any], asked: dict[str, int]) -> list[Any] | None:
    """Turn by a page's number from 1 on; there is no page past the last one."""
    first = (asked["page"] - 1) * asked["per_page"]
    return rows[first : first + asked["per_page"]] or None


def test_a_list_that_shows_less_than_it_was_asked_for_is_turned_to_its_end(
    count: Callable[..., int],
) -> None:
    assert count(Paged(by_offset), place(limit=SIZE, offset=NUMBER)) == ROWS


def test_pages_of_a_size_that_is_refused_are_read_in_the_size_that_the_list_has_by_itself(
    count: Callable[..., int],
) -> None:
    def of_20_at_most(rows: list[Any], asked: dict[str, int]) -> list[Any] | None:
        size = asked.get("limit", 20)
        return rows[asked["offset"] :][:size] if size <= 20 else None

    shelf = Paged(of_20_at_most)
    shelf.refusal = 422

    assert count(shelf, place(limit=SIZE, offset=NUMBER)) == ROWS


def test_pages_that_have_numbers_are_turned_until_there_is_none(count: Callable[..., int]) -> None:
    assert count(Paged(by_page), place(per_page=SIZE, page=NUMBER)) == ROWS


def test_pages_may_count_from_0_if_the_document_says_so(count: Callable[..., int]) -> None:
    def from_0(rows: list[Any], asked: dict[str, int]) -> list[Any] | None:
        return by_page(rows, asked | {"page": asked["page"] + 1})

    assert count(Paged(from_0), place(per_page=SIZE, page={"minimum": 0})) == ROWS


def test_a_list_without_pages_is_read_at_once(count: Callable[..., int]) -> None:
    assert count(Paged(lambda rows, _: rows), place()) == ROWS


def test_a_list_that_turns_its_pages_by_other_words_cannot_be_read(
    count: Callable[..., int],
) -> None:
    with pytest.raises(StackError, match=r"cannot be read whole.*GET /things/\d+ shows.*from_row"):
        count(Paged(lambda rows, _: rows[:50]), place(from_row=NUMBER))


def test_the_newest_rows_alone_are_not_the_whole_list_either(count: Callable[..., int]) -> None:
    with pytest.raises(StackError, match="cannot be read whole"):
        count(Paged(lambda rows, _: rows[-100:]), place(cursor=NUMBER))


def test_a_list_that_does_not_heed_its_offset_cannot_be_read(count: Callable[..., int]) -> None:
    with pytest.raises(StackError, match="one page is as the one before"):
        count(Paged(lambda rows, _: rows[:50]), place(limit=SIZE, offset=NUMBER))


def test_a_row_that_is_neither_listed_nor_there_is_lost(count: Callable[..., int]) -> None:
    assert count(Paged(lambda rows, _: rows), place(), {1, 60, ROWS}) == ROWS - 3


def test_where_no_row_can_be_read_a_list_of_unknown_words_is_not_believed(
    count: Callable[..., int],
) -> None:
    with pytest.raises(StackError, match="nor can a row be read"):
        count(Paged(lambda rows, _: rows), place(readable=False), {60})


def test_where_no_row_can_be_read_known_pages_are_believed(
    count: Callable[..., int],
) -> None:
    where = place(readable=False, limit=SIZE, offset=NUMBER)

    assert count(Paged(by_offset), where, {60}) == ROWS - 1


def test_a_list_that_answers_an_error_cannot_be_read(count: Callable[..., int]) -> None:
    with pytest.raises(StackError, match="Expected 200"):
        count(Paged(lambda *_: None), place())


def test_what_is_asked_for_is_what_the_parameters_are_called() -> None:
    seen: list[str] = []

    def asked(_: str, sent: SentRequest) -> ObservedResponse:
        seen.append(urlsplit(sent.target).query)
        return Shelf().said(200, [])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inventory, "asked", asked)
        counted(place(size=SIZE, skip=NUMBER), PREFIX, {})

    assert seen == ["size=50&skip=0"]
