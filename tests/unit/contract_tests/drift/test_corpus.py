"""Of every pair of documents what is right is told, whichever of the two is the gateway's."""

import re
from pathlib import Path
from typing import Any

import pytest

from contract_tests.drift.document_comparison import drift, unread
from contract_tests.drift.document_texts import parsed
from contract_tests.drift.documents import unnamed
from testcontainers_fixtures.errors import SpecError

Document = dict[str, Any]
CORPUS = Path(__file__).with_name("corpus")
FEWEST = 100


def entries() -> list[Document]:
    files = sorted(CORPUS.glob("*.yaml"))
    return [one for file in files for one in parsed(file.read_text("utf-8"), is_yaml=True)]


ENTRIES = entries()
each = pytest.mark.parametrize("entry", ENTRIES, ids=[one["what"] for one in ENTRIES])


def document(said: Document) -> Document:
    """Return a document as it stands, or the one that holds a schema for a body."""
    head = {"openapi": "3.1.0", "info": {"title": "things", "version": "1"}}
    if "schema" not in said:
        return {**head, **said}
    body = {"required": True, "content": {"application/json": {"schema": said["schema"]}}}
    paths = {"/things": {"post": {"requestBody": body, "responses": {"200": {}}}}}
    return {**head, **{k: v for k, v in said.items() if k != "schema"}, "paths": paths}


def both(entry: Document) -> tuple[Document, Document]:
    gateway = entry["service"] if entry["gateway"] == "service" else entry["gateway"]
    return document(entry["service"]), document(gateway)


def places(service: Document, gateway: Document) -> list[str]:
    """Return the places that are named, a path's names left out."""
    found = drift({"things": service}, gateway)
    for one in found:
        assert_says_something(one.sentence)
    named = [f"{one.operation}, {one.where}" for one in found]
    assert all(one.sentence.startswith(name) for one, name in zip(found, named, strict=True))
    return sorted({f"{unnamed(one.operation)}, {one.where}" for one in found})


def assert_says_something(sentence: str) -> None:
    halves = re.search(r": (?:the gateway|things) says (.*), (?:the gateway|things) says (.*)\.$",
                       sentence)  # fmt: skip
    assert halves is None or halves[1] != halves[2], sentence


def test_there_are_enough_pairs_and_each_says_why() -> None:
    assert len(ENTRIES) >= FEWEST
    assert all(one["why"] and "differs" in one for one in ENTRIES)


@each
def test_what_differs_is_named_and_nothing_else_is(entry: Document) -> None:
    service, gateway = both(entry)

    assert places(service, gateway) == sorted(entry["differs"])


@each
def test_what_differs_is_named_with_the_sides_exchanged(entry: Document) -> None:
    service, gateway = both(entry)

    assert places(gateway, service) == sorted(entry["differs"])


@each
def test_no_document_differs_from_itself(entry: Document) -> None:
    for one in both(entry):
        assert places(one, one) == []


@each
def test_what_cannot_be_read_is_named_and_nothing_else_is(entry: Document) -> None:
    service, _ = both(entry)
    found = [place.pointer for one in unread({"things": service}) for place in one.places]

    assert found == entry.get("unread", [])


@pytest.mark.parametrize("head", [{"swagger": "2.0"}, {"openapi": "2.0"}, {"openapi": "4.0.0"}])
def test_what_is_no_openapi_3_is_refused_with_a_sentence(head: Document) -> None:
    old = {**head, "paths": {"/things": {"get": {"responses": {"200": {}}}}}}

    with pytest.raises(SpecError, match=r"Expected a document of OpenAPI 3.*--schema NAME=FILE"):
        drift({"things": old}, old)


def test_a_document_without_an_operation_is_not_read() -> None:
    [found] = unread({"things": {"openapi": "3.1.0", "paths": {"/things": {}}}})

    assert found.sentences == [
        "In the document of things, #/paths cannot be read: no operation stands there."
    ]


def test_a_difference_behind_a_choice_is_told_once_however_often_it_is_met() -> None:
    [entry] = [one for one in ENTRIES if "three times" in one["what"]]
    service, gateway = both(entry)

    assert len(drift({"things": service}, gateway)) == 1
