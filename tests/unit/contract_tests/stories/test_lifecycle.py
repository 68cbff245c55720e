"""A story tells each broken promise of a collection, and nothing of one that keeps them all."""

from copy import deepcopy
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest
from msgspec.structs import replace

from contract_tests.hops.paired_client import SentRequest
from contract_tests.hops.parity import ObservedResponse, answer_of
from contract_tests.stories.lifecycle import LifecycleChecks
from contract_tests.stories.request_bodies import draft
from contract_tests.stories.resources import resources
from testcontainers_fixtures.stack_file.contract_spec import CollectionSpec
from tests.unit.contract_tests.drift.shelf import DOCUMENT, Shelf, Shelves, things


class Forgetful(Shelf):
    """Answers a creation and keeps nothing."""

    def created(self, sent: SentRequest) -> ObservedResponse:
        answer = super().created(sent)
        del self.rows[self.next - 1]
        return answer


class Embellishing(Shelf):
    """Keeps something else than was sent."""

    def created(self, sent: SentRequest) -> ObservedResponse:
        answer = super().created(sent)
        self.rows[self.next - 1]["title"] = "Mine"
        return answer


class Stubborn(Shelf):
    """Answers a change and keeps the row as it was."""

    def changed(self, number: int, values: dict[str, Any]) -> None:
        """Change nothing."""


class Undying(Shelf):
    """Answers a deletion and keeps the row."""

    def deleted(self, number: int) -> ObservedResponse:
        return self.read(number)


class Wearing(Shelf):
    """Wears a row down with every reading."""

    def read(self, number: int) -> ObservedResponse:
        answer = super().read(number)
        self.rows[number]["title"] = self.rows[number]["title"][:-1]
        return answer


class Overlapping(Shelf):
    """Has two pages begin with a row of the page before."""

    def listed(self, query: str) -> ObservedResponse:
        return super().listed(query.replace("offset=3", "offset=2"))


class Indifferent(Shelf):
    """Does not heed its filter."""

    def listed(self, query: str) -> ObservedResponse:
        return super().listed(query.replace("title=", "other="))


class Monochrome(Shelf):
    """Has a filter by colour, and heeds it unless it is told not to."""

    heeds = True

    def listed(self, query: str) -> ObservedResponse:
        asked = parse_qs(query).get("colour", [None])[-1]
        answer = super().listed(query)
        rows = msgspec.json.decode(answer.body)
        kept = [r for r in rows if not self.heeds or asked in {None, "any", r["colour"]}]
        return self.said(200, kept)


class Colourblind(Monochrome):
    """Does not heed it, which no row shows that has the colour asked for."""

    heeds = False


class Broken(Shelf):
    """Fails where a filter is given."""

    def listed(self, query: str) -> ObservedResponse:
        return self.said(500, None) if "title" in query else super().listed(query)


class Unpublished(Shelf):
    """Answers with a number where its document says text."""

    def read(self, number: int) -> ObservedResponse:
        return self.said(200, self.rows[number] | {"title": 7})


class Undocumented(Shelf):
    """Answers a reading with a status of its own."""

    def read(self, number: int) -> ObservedResponse:
        return self.said(203, self.rows[number])


class Leafed(Shelf):
    """Turns pages by their numbers, three rows each unless it is asked for more."""

    alike = False

    def created(self, sent: SentRequest) -> ObservedResponse:
        answer = super().created(sent)
        # Whatever text it has, others have it too, and stand before it.
        text = self.rows[self.next - 1]["title"]
        self.rows = {n: row | {"title": text} for n, row in self.rows.items()}
        return answer

    def listed(self, query: str) -> ObservedResponse:
        asked = {name: values[-1] for name, values in parse_qs(query).items()}
        size, page = int(asked.get("size", 3)), int(asked.get("page", 1))
        rows = [r for r in self.rows.values() if asked.get("title", "") in r["title"]]
        first = 0 if self.alike else (page - 1) * size
        return self.said(200, rows[first : first + size])


class Unleafed(Leafed):
    """Has every page be the first one."""

    alike = True


class Careful(Shelf):
    """Changes and deletes a row only for who says of which state of it that is."""

    def on_one(self, sent: SentRequest, number: int) -> ObservedResponse:
        wanted = {name.lower(): value for name, value in sent.headers.items()}.get("if-match")
        if sent.method in {"PATCH", "DELETE"} and wanted != self.state(number):
            return self.said(428 if wanted is None else 412, {"detail": "of which state?"})
        return super().on_one(sent, number)

    def read(self, number: int) -> ObservedResponse:
        found = super().read(number)
        return replace(found, headers={**found.headers, "etag": self.state(number)})

    def state(self, number: int) -> str:
        return f'"{self.rows[number]["title"]}"'


class Parted(Shelf):
    """Has parts below each row, told of for as long as the row is there."""

    def answer(self, sent: SentRequest) -> ObservedResponse:
        if not sent.target.endswith("/parts"):
            return super().answer(sent)
        there = int(sent.target.split("/")[2]) in self.rows
        return self.parts() if there else self.missing()

    def parts(self) -> ObservedResponse:
        return self.said(200, {"parts": []})

    def missing(self) -> ObservedResponse:
        return self.said(404, {"detail": "none"})


class Haunted(Parted):
    """Has parts below rows that are gone."""

    def missing(self) -> ObservedResponse:
        return self.parts()


class Partless(Haunted):
    """Has nothing to say of parts, whatever row they are asked of."""

    def parts(self) -> ObservedResponse:
        return self.said(409, {"detail": "not yet"})


def parted(*missing: str) -> dict[str, Any]:
    document = deepcopy(DOCUMENT)
    said = document["paths"]["/things/{thing_id}"]
    answers = {status: {"description": "none"} for status in ("200", "409", *missing)}
    document["paths"]["/things/{thing_id}/parts"] = {
        "parameters": said["parameters"],
        "get": {"responses": answers},
    }
    return document


class Tabular(Parted):
    """Tells of parts in another kind than JSON."""

    kind = "text/csv; charset=utf-8"

    def parts(self) -> ObservedResponse:
        return answer_of(200, {"content-type": self.kind}, b"part;number")


class Hypertextual(Tabular):
    """Tells of them in a kind that nobody documents."""

    kind = "text/html"


def of_kinds(*kinds: str) -> dict[str, Any]:
    document = parted("404")
    answers = document["paths"]["/things/{thing_id}/parts"]["get"]["responses"]
    answers["200"]["content"] = {kind: {"schema": {"type": "object"}} for kind in kinds}
    return document


def leafed() -> dict[str, Any]:
    document = deepcopy(DOCUMENT)
    listing = document["paths"]["/things"]["get"]
    size = {"in": "query", "name": "size", "schema": {"type": "integer", "maximum": 50}}
    page = {"in": "query", "name": "page", "schema": {"type": "integer", "minimum": 1}}
    listing["parameters"] = [listing["parameters"][0], size, page]
    return document


def coloured() -> dict[str, Any]:
    document = deepcopy(DOCUMENT)
    colour = {"enum": ["red", "blue", "any"]}
    document["paths"]["/things"]["get"]["parameters"].append(
        {"in": "query", "name": "colour", "schema": {"anyOf": [colour, {"type": "null"}]}}
    )
    return document


def careful() -> dict[str, Any]:
    document = deepcopy(DOCUMENT)
    for method in ("patch", "delete"):
        answers = document["paths"]["/things/{thing_id}"][method]["responses"]
        answers |= {"428": answers.get("404", {}), "412": answers.get("404", {})}
    return document


def told(
    gateway: Shelf, twin: Shelf | None = None, document: dict[str, Any] = DOCUMENT
) -> list[str]:
    return [
        f"{b.kind}: {b.sentence}"
        for b in LifecycleChecks(Shelves(gateway, twin), things(document)).stories()
    ]


def test_nothing_is_told_of_a_collection_that_keeps_its_promises() -> None:
    assert told(Shelf()) == []
    assert told(Shelf(), Shelf()) == []


@pytest.mark.parametrize(
    ("shelf", "expected"),
    [
        pytest.param(Forgetful(), "is readable once it was created", id="created, not kept"),
        pytest.param(Embellishing(), "title is 'Mine' and not", id="kept otherwise than sent"),
        pytest.param(Stubborn(), "reads as it was changed", id="changed, not kept"),
        pytest.param(Undying(), "says that a deleted row is gone", id="deleted, still there"),
        pytest.param(Wearing(), "is readable once it was created", id="reading changes the row"),
        pytest.param(Overlapping(), "pages without loss or repeat", id="pages overlap"),
        pytest.param(Indifferent(), "lists no row of another title", id="filter not heeded"),
        pytest.param(Unpublished(), "answers as its document says", id="of another shape"),
        pytest.param(Undocumented(), "answers with a documented status", id="of another status"),
        pytest.param(Broken(), "GET /things?title=Plain", id="the list breaks"),
    ],
)
def test_each_broken_promise_is_told(shelf: Shelf, expected: str) -> None:
    sentences = [one for one in told(shelf) if expected in one]

    assert sentences
    assert all(one.startswith("promise: ") for one in sentences)


def test_a_filter_that_is_not_heeded_shows_where_all_rows_have_one_value() -> None:
    [told_of, *_] = told(Colourblind(), document=coloured())

    assert "GET /things?colour=blue: not kept: it lists no row of another colour" in told_of
    assert told(Monochrome(), document=coloured()) == []


def test_a_row_may_stand_on_any_page_of_those_that_a_filter_finds() -> None:
    assert not [one for one in told(Leafed(), document=leafed()) if "lists a row once" in one]


def test_pages_are_turned_by_their_numbers_too() -> None:
    lost = "pages without loss or repeat"

    assert not [one for one in told(Leafed(), document=leafed()) if lost in one]
    assert [one for one in told(Unleafed(), document=leafed()) if lost in one]


BELOW = "says that what is below a deleted row is gone"


def test_what_is_below_a_row_may_outlive_it_where_an_unknown_id_alone_is_documented() -> None:
    for missing in ("404", "4XX"):
        assert told(Haunted(), document=parted(missing)) == []
    assert told(Haunted(), Haunted(), document=parted("404")) == [], "its owner does so as well"
    assert told(Haunted(), document=parted()) == []


def test_what_is_below_a_deleted_row_is_gone_where_its_owner_or_a_document_says_so() -> None:
    assert told(Parted(), document=parted("404", "410")) == []
    assert [one for one in told(Haunted(), document=parted("410")) if BELOW in one]
    assert [one for one in told(Haunted(), Parted(), document=parted("404")) if BELOW in one]
    assert told(Partless(), document=parted("410")) == [], "nothing was seen there before"


@pytest.mark.parametrize("document", [parted("404"), parted()], ids=["404", "not documented"])
def test_what_is_below_a_deleted_row_is_gone_where_the_stack_file_says_so(
    document: dict[str, Any],
) -> None:
    said = {"/things": CollectionSpec(gone=("/parts",))}

    def under(shelf: Shelf) -> list[str]:
        [resource] = resources(document, said)
        stories = LifecycleChecks(Shelves(shelf), resource).stories()
        return [one.sentence for one in stories if BELOW in one.sentence]

    assert under(Parted()) == []
    assert under(Haunted())


@pytest.mark.parametrize("other", ["text/csv", "text/*", "*/*"])
def test_an_answer_is_held_to_what_is_documented_of_its_own_kind(other: str) -> None:
    both = of_kinds("application/json", other)

    assert told(Tabular(), document=both) == []
    assert told(Parted(), document=both) == []


def test_an_answer_of_a_kind_that_nobody_documents_is_not_as_its_document_says() -> None:
    both = of_kinds("application/json", "text/csv")

    assert [one for one in told(Hypertextual(), document=both) if "as its document says" in one]


def test_who_wants_to_know_the_state_of_a_row_is_told_it() -> None:
    assert told(Careful(), document=careful()) == []


def test_a_gateway_unlike_its_twin_is_told_as_parity() -> None:
    [first, *_] = told(Stubborn(), Shelf())

    assert first.startswith("parity: PATCH /things/21: body /title")


def test_a_draft_takes_our_text_where_any_fits_and_the_rows_value_elsewhere() -> None:
    create = things().create
    assert create is not None
    made = draft(create, {"id": 1, "title": "Thing", "colour": "blue"}, "Ours ")

    assert made is not None
    assert made.sent["colour"] == "blue"
    assert made.sent["title"].startswith("Ours ")


def test_a_text_of_a_form_of_its_own_is_another_one_in_each_draft() -> None:
    form = {"type": "string", "pattern": "^[0-9]{2}[.][0-9]{2}$"}
    body = {"type": "object", "properties": {"price": form}, "required": ["price"]}
    create = things().create
    assert create is not None
    assert create.body is not None
    create = replace(create, body=replace(create.body, schemas={"application/json": body}))
    made = [draft(create, {"price": "19.90"}, "Ours ", turned=True) for _ in range(9)]

    assert len({one.sent["price"] for one in made if one}) == 9


def test_a_draft_needs_no_row_to_show_a_value() -> None:
    create = things().create
    assert create is not None

    made = draft(create, {}, "Ours ")

    assert made is not None
    assert made.sent["title"].startswith("Ours ")
    assert made.sent["colour"] in {"red", "blue"}


def test_a_key_is_the_field_that_the_paths_parameter_ends_with() -> None:
    assert things().key({"title": "a", "id": 7}) == "7"
    assert things().key({"title": "a", "id": "no integer"}) is None
    assert things().key({"title": "a"}) is None


def test_what_answers_no_array_is_no_collection() -> None:
    assert things().path == "/things"
