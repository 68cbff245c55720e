"""A difference on paper comes with the request that shows it, and is told whatever becomes of it.

A service, its twin and a drifting gateway really run; the command is the one that a person gives.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from contract_tests.drift.counterexamples import CounterexampleSearch, SearchOutcome
from contract_tests.drift.document_comparison import drift
from reports.record.failures import Failure
from reports.record.record import E2eRun, read_record
from testcontainers_fixtures.stack_spec import Contract
from tests.integration.drifting import DOCUMENT, Change, Document, Shop, shop

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(240)


def books(document: Document) -> Document:
    found: Document = document["paths"]["/books"]
    return found


def path_drifts(document: Document) -> None:
    item = document["paths"]["/shelves/{shelf}/books/{book}"]
    item["parameters"][0]["schema"]["maximum"] = 100


def query_drifts(document: Document) -> None:
    books(document)["get"]["parameters"][0]["schema"]["maximum"] = 100


def query_drifts_at_both_ends(document: Document) -> None:
    books(document)["get"]["parameters"][0]["schema"] |= {"minimum": 3, "maximum": 100}


def header_drifts(document: Document) -> None:
    document["paths"]["/greeting"]["get"]["parameters"][0]["schema"]["enum"].remove("plain")


def body_drifts(document: Document) -> None:
    document["components"]["schemas"]["Book"]["properties"]["title"]["maxLength"] = 40


DRIFTS: list[Change] = [path_drifts, query_drifts_at_both_ends, header_drifts, body_drifts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended, what it said, what it left, and what it was about."""

    code: int
    said: str
    run: Path
    failures: dict[str, Failure]
    shop: Shop


def contract(shop: Shop, folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    words = [f"--gateway={shop.gateway.url}", f"--site={folder}"]
    words += [f"--service=shop={shop.service.url}", f"--twin=shop={shop.twin.url}"]
    return subprocess.run(
        [sys.executable, "-m", "contract_tests", *words, *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Run the suite once on a gateway that has drifted in every place of a request."""
    folder = tmp_path_factory.mktemp("drifted")
    with shop(*DRIFTS) as running:
        done = contract(running, folder)
    [run] = folder.glob("*-e2e")
    record = read_record(run)
    assert isinstance(record, E2eRun)
    drawn = {f"{one.operation} {one.kind}": one for one in record.failures if one.method == "paper"}
    return Ended(code=done.returncode, said=done.stdout, run=run, failures=drawn, shop=running)


PLACES: list[Any] = [
    pytest.param(
        "GET /shelves/{shelf}/books/{book} path 2",
        "path 2: the gateway says at most 100, shop says at most 1000.",
        lambda one: 100 < int(one.request.target.rpartition("/")[2]) <= 1_000,
        id="path",
    ),
    pytest.param(
        "GET /books query limit: the gateway says at most 100, shop says at most 500.",
        "query limit: the gateway says at most 100, shop says at most 500.",
        lambda one: 100 < int(one.request.target.rpartition("=")[2]) <= 500,
        id="query",
    ),
    pytest.param(
        "GET /greeting header x-tone",
        'header x-tone: the gateway says one of ["soft","loud"], shop says one of',
        lambda one: {k.lower(): v for k, v in one.request.headers.items()}["x-tone"] == "plain",
        id="header",
    ),
    pytest.param(
        "POST /books body /title",
        "body /title: the gateway says at most 40 characters, shop says at most 50 characters.",
        lambda one: b"title" in one.request.body.content,
        id="body",
    ),
]


@pytest.mark.parametrize(("key", "sentence", "shows"), PLACES)
def test_drift_is_told_with_the_request_that_shows_it_and_both_answers_to_it(
    ended: Ended, key: str, sentence: str, shows: Callable[[Failure], bool]
) -> None:
    failure = ended.failures[key]

    assert ended.code == 1
    assert sentence in failure.sentence
    assert failure.request is not None
    assert shows(failure)
    assert failure.gateway is not None
    assert failure.twin is not None
    assert (failure.gateway.status, failure.twin.status) == (422, 200)
    assert failure.differences[0].what == "status"


@pytest.mark.parametrize(("key", "sentence", "shows"), PLACES)
def test_the_terminal_and_the_page_tell_the_sentence_and_the_request(
    ended: Ended, key: str, sentence: str, shows: Callable[[Failure], bool]
) -> None:
    request = ended.failures[key].request
    assert request is not None
    page = (ended.run / "index.html").read_text(encoding="utf-8")
    shown = f"{request.method} {request.target}"

    assert shows(ended.failures[key])
    assert sentence in ended.said
    assert f"Shown by {shown}" in ended.said
    assert f"Shown by {shown}" in page


def test_a_second_drift_in_one_place_is_kept_beside_the_first(ended: Ended) -> None:
    first = ended.failures["GET /books query limit"]

    assert "query limit: the gateway says at least 3, shop says at least 1." in first.sentence
    assert first.request is not None
    assert first.request.target in {"/books?limit=1", "/books?limit=2"}


def book(document: Document) -> Document:
    found: Document = document["components"]["schemas"]["Book"]
    return found


def chapter_drifts(document: Document) -> None:
    document["components"]["schemas"]["Chapter"]["properties"]["name"]["maxLength"] = 10


def currency(document: Document, **said: object) -> None:
    """Have the gateway ask for what no service knows."""
    schema = {"type": "string", "enum": ["eur", "sek"]}
    one = {"in": "query", "name": "currency", "required": False, "schema": schema, **said}
    books(document)["get"]["parameters"].append(one)


def in_3_0(document: Document) -> None:
    """Say the same in OpenAPI 3.0, but for a title that may be shorter only."""
    document["openapi"] = "3.0.3"
    book(document)["properties"]["title"] |= {"maxLength": 40, "nullable": False}


def sought(running: Shop, where: str, *, within_s: float = 30.0) -> SearchOutcome:
    """Return what comes of the search for the one difference in a place."""
    drifted = running.gateway.document
    [one] = [d for d in drift({"shop": DOCUMENT}, drifted) if f"{d.operation} {d.where}" == where]
    search = CounterexampleSearch(
        DOCUMENT,
        drifted,
        gateway=running.gateway.url,
        twin=running.twin.url,
        promises=Contract(),
        until_s=time.monotonic() + within_s,
    )
    return search(one)


def said_in(found: SearchOutcome) -> Any:  # noqa: ANN401 -- any JSON
    assert found.counterexample is not None, found
    return json.loads(found.counterexample.sent.body or b"null")


@pytest.mark.parametrize(
    ("change", "where", "statuses"),
    [
        pytest.param(
            lambda d: currency(d, required=True),
            "GET /books query currency",
            (422, 200),
            id="a parameter that the gateway alone demands",
        ),
        pytest.param(
            currency,
            "GET /books query currency",
            (422, 200),
            id="a parameter that the gateway alone looks at",
        ),
        pytest.param(
            lambda d: books(d)["get"]["parameters"][0].update(required=True),
            "GET /books query limit",
            (422, 200),
            id="a parameter that the gateway demands",
        ),
        pytest.param(
            lambda d: books(d).pop("post"), "POST /books operation", (405, 200), id="an operation"
        ),
        pytest.param(chapter_drifts, "POST /books body /chapters/*/name", (422, 200), id="an item"),
        pytest.param(
            lambda d: book(d)["required"].append("pages"),
            "POST /books body",
            (422, 200),
            id="a field that the gateway demands",
        ),
        pytest.param(
            lambda d: book(d)["properties"].pop("pages"),
            "POST /books body /pages",
            (422, 200),
            id="a field that the gateway refuses",
        ),
        pytest.param(in_3_0, "POST /books body /title", (422, 200), id="another OpenAPI"),
    ],
)
def test_drift_of_every_kind_in_a_request_is_shown(
    change: Change, where: str, statuses: tuple[int, int]
) -> None:
    with shop(change) as running:
        found = sought(running, where)

    assert found.counterexample is not None, found
    assert (found.counterexample.gateway.status, found.counterexample.twin.status) == statuses
    assert found.why == ""


def test_a_drift_of_what_holds_itself_is_told_once_where_it_is_met_first() -> None:
    with shop(chapter_drifts) as running:
        found = drift({"shop": DOCUMENT}, running.gateway.document)

    assert [f"{one.operation} {one.where}" for one in found] == [
        "POST /books body /chapters/*/name"
    ]


def test_of_two_drifts_in_one_body_each_is_shown_by_a_request_of_its_own() -> None:
    def both(document: Document) -> None:
        body_drifts(document)
        book(document)["properties"]["pages"]["maximum"] = 100

    with shop(both) as running:
        title = said_in(sought(running, "POST /books body /title"))
        pages = said_in(sought(running, "POST /books body /pages"))

    assert len(title["title"]) > 40
    assert pages["pages"] > 100


def test_a_gateway_that_breaks_off_is_shown_as_one_that_gives_no_answer() -> None:
    with shop(query_drifts) as running:
        running.gateway.mute = True
        found = sought(running, "GET /books query limit")

    assert found.counterexample is not None, found
    assert found.counterexample.gateway.status == 0
    assert found.counterexample.twin.status == 200


def test_what_both_sides_answer_alike_is_harmless_and_says_how_often_it_was_asked() -> None:
    with shop(query_drifts) as running:
        running.gateway.lax = True
        found = sought(running, "GET /books query limit")

    assert found.harmless
    assert found.asked == len(running.twin.asked) >= 5


def test_a_search_without_time_says_so_and_calls_nothing_harmless() -> None:
    with shop(query_drifts) as running:
        found = sought(running, "GET /books query limit", within_s=0)

    assert (found.counterexample, found.asked, found.harmless) == (None, 0, False)
    assert found.why == "there was no time left for it"


def test_a_twin_that_breaks_off_takes_no_sentence_with_it(tmp_path: Path) -> None:
    with shop(*DRIFTS) as running:
        running.twin.broken = True
        done = contract(running, tmp_path, "--seed=1")

    assert done.returncode == 1, done.stdout[-4000:]
    assert "query limit: the gateway says at most 100, shop says at most 500." in done.stdout
    assert "body /title: the gateway says at most 40 characters" in done.stdout
    assert "(no request found that shows it: UnansweredError: RemoteDisconnected" in done.stdout
