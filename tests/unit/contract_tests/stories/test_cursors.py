"""A list that names its next page is read to its end, and held to what pages promise."""

import base64
from collections.abc import Mapping
from copy import deepcopy
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest
from msgspec.structs import replace

from contract_tests.faults import inventory
from contract_tests.faults.row_source import RowSource
from contract_tests.hops.parity import ObservedResponse
from contract_tests.stories.cursors import goes_on, next_cursor
from contract_tests.stories.lifecycle import LifecycleChecks
from contract_tests.stories.resources import Resource, Row, resources
from testcontainers_fixtures.errors import StackError
from tests.unit.contract_tests.drift.shelf import DOCUMENT, Shelf, Shelves

SIZE = 6


def listing(parameter: str = "cursor", field: str = "nextCursor") -> dict[str, Any]:
    """Return the shelf's document with an envelope around its rows, and a cursor."""
    document = deepcopy(DOCUMENT)
    get = document["paths"]["/things"]["get"]
    title, limit, _ = get["parameters"]
    limit = limit | {"schema": limit["schema"] | {"default": SIZE}}
    get["parameters"] = [title, limit, {"in": "query", "name": parameter, "schema": {}}]
    content = get["responses"]["200"]["content"]["application/json"]
    content["schema"] = {
        "type": "object",
        "properties": {"items": content["schema"], field: {"type": ["string", "null"]}},
    }
    return document


def on(document: Mapping[str, Any]) -> Resource:
    [one] = resources(dict(document))
    return one


class Scrolled(Shelf):
    """Lists a few rows, and with them where to go on; all rows have one title."""

    def listed(self, query: str) -> ObservedResponse:
        asked = {name: values[-1] for name, values in parse_qs(query).items()}
        after = int(base64.b64decode(asked["cursor"])) if "cursor" in asked else 0
        rows = [r for r in self.rows.values() if asked.get("title", "Thing") in r["title"]]
        rest = [r for r in rows if r["id"] > after]
        size = int(asked.get("limit", SIZE))
        return self.said(200, self.page(rest[:size], whole=len(rest) <= size))

    def page(self, rows: list[Row], *, whole: bool) -> dict[str, Any]:
        cursor = None if whole else base64.b64encode(str(rows[-1]["id"]).encode()).decode()
        return {"items": rows, "nextCursor": cursor}

    def created(self, sent: Any) -> ObservedResponse:  # noqa: ANN401 -- as in Shelf
        answer = super().created(sent)
        text = self.rows[self.next - 1]["title"]
        self.rows = {n: row | {"title": text} for n, row in self.rows.items()}
        return answer


class Deaf(Scrolled):
    """Shows its first page whatever cursor comes."""

    def listed(self, query: str) -> ObservedResponse:
        return super().listed(query.replace("cursor=", "other="))


class Leaky(Scrolled):
    """Loses a row between two pages."""

    def page(self, rows: list[Row], *, whole: bool) -> dict[str, Any]:
        answer = super().page(rows, whole=whole)
        return answer if whole else answer | {"items": rows[:-1]}


class Echoing(Scrolled):
    """Says on each page what it was asked with, and on all but the last what comes next."""

    def listed(self, query: str) -> ObservedResponse:
        self.asked = parse_qs(query).get("cursor", [""])[-1]
        return super().listed(query)

    def page(self, rows: list[Row], *, whole: bool) -> dict[str, Any]:
        answer = super().page(rows, whole=whole)
        named = {} if whole else {"NextMarker": answer["nextCursor"]}
        return {"items": rows, "Marker": self.asked, **named}


class Mute(Scrolled):
    """Says by no name that anybody knows how its list goes on."""

    def page(self, rows: list[Row], *, whole: bool) -> dict[str, Any]:
        answer = super().page(rows, whole=whole)
        return {"items": answer["items"], "weiter": answer["nextCursor"]}


def told(shelf: Shelf, document: Mapping[str, Any] | None = None) -> list[str]:
    checks = LifecycleChecks(Shelves(shelf), on(document or listing()))
    return [one.sentence for one in checks.stories()]


@pytest.mark.parametrize(
    "shelf",
    [Scrolled(), Mute(), Echoing()],
    ids=["its cursor", "words nobody knows", "a marker beside the one it was asked with"],
)
def test_nothing_is_told_of_a_list_that_goes_on_by(shelf: Shelf) -> None:
    assert told(shelf) == []


@pytest.mark.parametrize("shelf", [Deaf(), Leaky()], ids=["does not heed it", "loses a row"])
def test_a_list_is_held_to_what_its_cursor_promises_that(shelf: Shelf) -> None:
    assert [one for one in told(shelf) if "pages without loss or repeat" in one]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param({"items": [], "next_cursor": "a b"}, "a b", id="beside the rows"),
        pytest.param({"items": [], "meta": {"next": 7}}, "7", id="deeper"),
        pytest.param({"items": [], "next": "/things?limit=2&cursor=x%3D"}, "x=", id="an address"),
        pytest.param({"items": [], "next": None}, None, id="the last page"),
        pytest.param({"items": [], "cursor": "x", "hasMore": False}, None, id="no more"),
        pytest.param({"items": [{"id": 4}], "has_more": True}, "4", id="the last row's key"),
        pytest.param({"items": [{"next": "no"}]}, None, id="of a row"),
        pytest.param([], None, id="no object"),
        pytest.param(
            {"items": [], "cursor": "bad", "next_cursor": None}, None, id="an echo, and the end"
        ),
        pytest.param({"code": 400, "cursor": "bad"}, None, id="a refusal"),
        pytest.param({"items": [], "Marker": "a", "IsTruncated": False}, None, id="not cut off"),
        pytest.param(
            {"items": [], "ContinuationToken": "a", "NextContinuationToken": "b"}, "b", id="both"
        ),
        pytest.param(
            {"items": [], "_links": {"next": {"href": "/things?cursor=y"}}}, "y", id="a link"
        ),
    ],
)
def test_the_next_page_is_named_by_what_an_answer_says(answer: object, expected: str) -> None:
    assert next_cursor(on(listing()), answer) == expected


@pytest.mark.parametrize(
    ("parameter", "said", "cursor"),
    [
        pytest.param(
            "after",
            {"paging": {"next": {"after": "NTI1", "link": "https://api/things?after=NTI1"}}},
            "NTI1",
            id="a cursor and its address",
        ),
        pytest.param("cursor", {"links": {"next": {"cursor": "abc"}}}, "abc", id="a cursor"),
        pytest.param("cursor", {"next": {"url": "/things?cursor=x"}}, "x", id="an address"),
        pytest.param("cursor", {"next": {"cursors": {"after": "d"}}}, "d", id="deeper"),
        pytest.param(
            "cursor", {"cursor": "echo", "next": {"cursor": "b"}}, "b", id="beside an echo"
        ),
        pytest.param("cursor", {"next": {"page": 2}}, None, id="words nobody knows"),
        pytest.param(
            "cursor", {"next": {"page": 2, "filters": {}}}, None, id="words, and others of nothing"
        ),
        pytest.param(
            "cursor", {"cursor": None, "next": {"page": 2}}, None, id="words, and an echo of none"
        ),
    ],
)
def test_a_next_page_told_as_an_object_is_one(
    parameter: str, said: dict[str, Any], cursor: str | None
) -> None:
    answer = {"items": [{"id": 1}], **said}

    assert next_cursor(on(listing(parameter)), answer) == cursor
    assert goes_on(on(listing(parameter)), answer, "") is True


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({}, id="empty"),
        pytest.param({"href": None}, id="no address"),
        pytest.param({"href": "", "rel": "next"}, id="an empty address"),
        pytest.param({"cursor": None}, id="no cursor"),
        pytest.param({"cursors": {"after": ""}}, id="none deeper"),
        pytest.param({"cursor": None, "limit": 20}, id="no cursor, and how many rows"),
        pytest.param({"Url": None, "rel": "next"}, id="no address of another name"),
        pytest.param({"after": None, "limit": 6}, id="nothing after it"),
        pytest.param({"cursors": {"after": None}, "limit": 6}, id="none deeper, and how many rows"),
        pytest.param({"exists": False}, id="there is none"),
    ],
)
def test_an_object_that_says_nothing_of_a_next_page_is_the_end(said: dict[str, Any]) -> None:
    answer = {"items": [{"id": 1}], "cursor": "echo", "next": said}

    assert next_cursor(on(listing()), answer) is None
    assert goes_on(on(listing()), answer, "") is False


NEXT_LINK = '</things?cursor=b>; rel="next"'


@pytest.mark.parametrize(
    ("said", "link", "expected"),
    [
        pytest.param({"cursor": None}, "", False, id="null"),
        pytest.param({"marker": ""}, "", False, id="empty"),
        pytest.param({"paging": {"cursors": {"after": None}}}, "", False, id="deeper"),
        pytest.param({}, "", None, id="nothing"),
        pytest.param({"cursor": "a"}, "", None, id="an echo or not"),
        pytest.param({"cursor": None, "after": "a"}, "", None, id="one of two"),
        pytest.param({"cursor": None, "total": 2}, "", None, id="and a total that is more"),
        pytest.param({"cursor": None, "total": 1}, "", False, id="and a total that is no more"),
        pytest.param({"cursor": None, "nextCursor": "b"}, "", True, id="and a next one"),
        pytest.param({"marker": "", "isTruncated": True}, "", True, id="and more"),
        pytest.param({"cursor": None}, NEXT_LINK, True, id="and a link"),
    ],
)
def test_a_cursor_of_none_is_the_end_unless_more_is_said(
    said: dict[str, Any], link: str, *, expected: bool | None
) -> None:
    document = listing()
    content = document["paths"]["/things"]["get"]["responses"]["200"]["content"]
    content["application/json"]["schema"]["properties"]["total"] = {"type": "integer"}

    assert goes_on(on(document), {"items": [{"id": 1}], **said}, link) is expected


def test_what_a_page_was_asked_with_is_not_what_the_next_one_is_asked_with() -> None:
    answer = {"items": [{"id": 4}], "Marker": "a"}

    assert next_cursor(on(listing()), answer, "a") is None
    assert next_cursor(on(listing()), answer, "b") == "a"
    assert next_cursor(on(listing()), answer | {"IsTruncated": True}, "a") == "4"


class Linked(Scrolled):
    """Says in a header alone how its list goes on."""

    repeats = False

    def listed(self, query: str) -> ObservedResponse:
        answer = super().listed(query)
        body = msgspec.json.decode(answer.body)
        cursor = body.pop("nextCursor")
        if self.repeats and cursor is None:
            body["items"].append(body["items"][-1])
        link = f'</things?limit=6>; rel="self", </things?cursor={cursor}>; rel="next"'
        headers = {**answer.headers, **({"link": link} if cursor else {})}
        return replace(self.said(200, body), headers=headers)


class Repeating(Linked):
    """Shows its last row twice."""

    repeats = True


def test_a_list_is_followed_by_its_link_header() -> None:
    assert told(Linked()) == []
    assert [one for one in told(Repeating()) if "lists a row once" in one]


class Hidden(Mute):
    """Is asked for one row of all that have the same title, in pages of a size nobody knows."""

    def listed(self, query: str) -> ObservedResponse:
        return super().listed(query if "limit=" in query else f"{query}&limit=4")


@pytest.mark.parametrize("limited", [True, False], ids=["no default", "no such parameter"])
def test_of_a_list_in_pages_of_an_unknown_size_nobody_knows_the_end(*, limited: bool) -> None:
    document = listing()
    parameters = document["paths"]["/things"]["get"]["parameters"]
    del parameters[1]["schema"]["default"]
    if not limited:
        del parameters[1]

    assert told(Hidden(), document) == []


class Whole(Mute):
    """Says that it shows all there is, in one of several ways, and loses the last row."""

    said_so: dict[str, Any]

    def page(self, rows: list[Row], *, whole: bool) -> dict[str, Any]:
        return super().page(rows[:3], whole=whole) | self.said_so


@pytest.mark.parametrize(
    "said_so",
    [{"hasMore": False}, {"next": None}, {"total": 3}, {"cursor": None}],
    ids=["no more", "null", "total", "a cursor of none"],
)
def test_a_list_that_says_it_is_whole_is_held_to_it(said_so: dict[str, Any]) -> None:
    document = listing()
    get = document["paths"]["/things"]["get"]
    del get["parameters"][1]["schema"]["default"]
    schema = get["responses"]["200"]["content"]["application/json"]["schema"]
    schema["properties"]["total"] = {"type": "integer"}
    shelf = Whole()
    shelf.said_so = said_so

    assert [one for one in told(shelf, document) if "lists a row once" in one]


class Asked(Scrolled):
    """Says once more what its page was asked with, by null in the beginning, and nothing else."""

    says: dict[str, Any]

    def page(self, rows: list[Row], *, whole: bool) -> dict[str, Any]:
        return {"items": super().page(rows, whole=whole)["items"], **self.says}


@pytest.mark.parametrize(
    ("parameter", "says"),
    [
        pytest.param("cursor", {"cursor": None}, id="of a cursor"),
        pytest.param("after", {"filters": {"after": None, "before": None}}, id="of a filter"),
        pytest.param("shade", {"filters": {"after": None, "before": None}}, id="of no cursor"),
    ],
)
def test_an_echo_of_nothing_ends_no_page_that_may_be_full(
    parameter: str, says: dict[str, Any]
) -> None:
    shelf = Asked()
    shelf.says = says

    assert told(shelf, listing(parameter)) == []


def test_where_no_cursor_is_taken_an_echo_of_nothing_is_no_end() -> None:
    document = listing("shade")
    del document["paths"]["/things"]["get"]["parameters"][1]["schema"]["default"]
    shelf = Asked()
    shelf.says = {"filters": {"after": None, "before": None}}

    assert told(shelf, document) == []


@pytest.mark.parametrize("says", [{"cursor": None}, {}], ids=["of a cursor", "none"])
def test_a_page_that_is_not_full_is_all_there_is_whatever_echo(says: dict[str, Any]) -> None:
    shelf = Whole()
    shelf.said_so = says

    assert [one for one in told(shelf) if "lists a row once" in one]


def test_without_a_parameter_for_it_no_cursor_is_taken() -> None:
    assert next_cursor(on(listing(parameter="colour")), {"items": [], "next": "x"}) is None


def test_an_inventory_has_the_rows_of_all_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Scrolled()
    monkeypatch.setattr(inventory, "asked", lambda _, sent: shelf.answer(sent))
    document = listing()
    document["paths"]["/things"]["get"]["parameters"][1]["schema"]["maximum"] = SIZE

    rows = list(inventory.rows_of(RowSource(url="http://shelf"), on(document)))

    assert [row["id"] for row in rows] == list(range(1, 21))


class Nested(Scrolled):
    """Says in an object what its next page is asked with, and of the last page nothing."""

    def page(self, rows: list[Row], *, whole: bool) -> dict[str, Any]:
        cursor = super().page(rows, whole=whole)["nextCursor"]
        link = {"cursor": cursor, "link": f"https://shelf/things?cursor={cursor}"}
        return {"items": rows, **({} if whole else {"paging": {"next": link}})}


def test_an_inventory_goes_on_by_an_object(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Nested()
    monkeypatch.setattr(inventory, "asked", lambda _, sent: shelf.answer(sent))
    document = listing()
    document["paths"]["/things"]["get"]["parameters"][1]["schema"]["maximum"] = SIZE

    rows = list(inventory.rows_of(RowSource(url="http://shelf"), on(document)))

    assert [row["id"] for row in rows] == list(range(1, 21))
    assert told(Nested()) == []


class Fixed(Deaf):
    """Says the same word whatever cursor comes, by a name that may mean either."""

    def page(self, rows: list[Row], *, whole: bool) -> dict[str, Any]:
        return {"items": rows, "cursor": super().page(rows, whole=whole)["nextCursor"]}


@pytest.mark.parametrize("shelf", [Deaf(), Fixed()], ids=["its own name", "an echo"])
def test_a_list_whose_cursor_leads_nowhere_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, shelf: Shelf
) -> None:
    monkeypatch.setattr(inventory, "asked", lambda _, sent: shelf.answer(sent))
    document = listing()
    document["paths"]["/things"]["get"]["parameters"][1]["schema"]["maximum"] = SIZE

    with pytest.raises(StackError, match=r"a page names itself|one page is as the one before"):
        list(inventory.rows_of(RowSource(url="http://shelf"), on(document)))
