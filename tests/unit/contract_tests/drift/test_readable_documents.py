"""What cannot be read of a document costs that place: requests are drawn from all the rest."""

from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from contract_tests.drift.documents import read
from contract_tests.drift.readable_documents import guessed, readable

Document = dict[str, Any]
GONE = "#/components/{}/Gone"
OK: Document = {"200": {"description": "all"}}


def of(paths: Document) -> Document:
    head = {"openapi": "3.1.0", "info": {"title": "things", "version": "1"}}
    return {**head, "paths": paths}


def body(schema: Document) -> Document:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def lost(kind: str) -> Document:
    return {"$ref": GONE.format(kind)}


BROKEN: dict[str, tuple[Document, bool]] = {
    "a field of a body": (
        {
            "post": {
                "requestBody": body(
                    {
                        "type": "object",
                        "required": ["n"],
                        "properties": {"n": {"type": "integer"}, "gone": lost("schemas")},
                    }
                ),
                "responses": OK,
            }
        },
        True,
    ),
    "a body": ({"post": {"requestBody": lost("requestBodies"), "responses": OK}}, True),
    "a parameter": (
        {
            "get": {
                "parameters": [
                    lost("parameters"),
                    {"in": "query", "name": "q", "schema": {"type": "integer"}},
                ],
                "responses": OK,
            }
        },
        True,
    ),
    "a parameter's schema": (
        {
            "get": {
                "parameters": [{"in": "query", "name": "q", "schema": lost("schemas")}],
                "responses": OK,
            }
        },
        True,
    ),
    "a type": (
        {
            "get": {
                "parameters": [{"in": "query", "name": "q", "schema": {"type": "text"}}],
                "responses": OK,
            }
        },
        True,
    ),
    "an answer": ({"get": {"responses": {"200": lost("responses")}}}, False),
    "an answer's schema": (
        {"get": {"responses": {"200": {"description": "all", **body(lost("schemas"))}}}},
        False,
    ),
    "a header": (
        {"get": {"responses": {"200": {"description": "all", "headers": {"X": lost("headers")}}}}},
        False,
    ),
}


def drawn(document: Document) -> list[str]:
    """Return the operations of which a request could be drawn."""
    found = []
    for one in schemathesis.openapi.from_dict(document).get_all_operations():
        operation: Any = one.ok()  # type: ignore[union-attr] # one that cannot be read has no ok

        @settings(
            max_examples=2,
            database=None,
            derandomize=True,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy())
        def draw(case: "schemathesis.Case[Any]") -> None:
            found.append(case.operation.label)

        draw()
        list(operation.responses.items())
    return sorted(set(found))


@pytest.mark.parametrize("what", BROKEN)
def test_of_every_operation_requests_can_be_drawn(what: str) -> None:
    item, _ = BROKEN[what]
    document = of({"/broken": item, "/whole": {"get": {"responses": OK}}})

    assert read(document).unread
    assert len(drawn(readable(document))) == 2
    assert not read(readable(document)).unread


@pytest.mark.parametrize("what", BROKEN)
def test_an_operation_whose_requests_are_a_guess_is_named_and_no_other(what: str) -> None:
    item, is_guess = BROKEN[what]
    document = of({"/broken": item, "/whole": {"get": {"responses": OK}}})
    method = next(iter(item)).upper()

    assert guessed(document) == (frozenset({f"{method} /broken"}) if is_guess else frozenset())


def test_a_path_that_leads_nowhere_costs_that_path() -> None:
    document = of({"/broken": lost("pathItems"), "/whole": {"get": {"responses": OK}}})

    assert drawn(readable(document)) == ["GET /whole"]


def test_a_shared_schema_that_cannot_be_read_is_a_guess_wherever_it_is_sent() -> None:
    post = {"requestBody": body({"$ref": "#/components/schemas/Thing"}), "responses": OK}
    document = of({"/a": {"post": post}, "/b": {"post": post}})
    document["components"] = {"schemas": {"Thing": {"properties": {"x": lost("schemas")}}}}

    assert guessed(document) == {"POST /a", "POST /b"}
    assert drawn(readable(document)) == ["POST /a", "POST /b"]


def test_a_document_that_can_be_read_stays_as_it_is_and_the_other_is_not_touched() -> None:
    whole = of({"/whole": {"get": {"responses": OK}}})
    broken = of({"/broken": BROKEN["a parameter"][0]})
    before = repr(broken)

    assert readable(whole) == whole
    assert readable(broken) != broken
    assert repr(broken) == before


def streaming(media: Document) -> Document:
    answer = {"description": "events", "content": {"text/event-stream; charset=utf-8": media}}
    return of({"/events": {"get": {"responses": {"200": answer}}}})


def test_a_stream_of_events_that_is_called_text_takes_any_event() -> None:
    assert readable(streaming({"schema": {"type": "string"}})) == streaming({"schema": {}})


@pytest.mark.parametrize("key", ["schema", "itemSchema"])
def test_what_is_said_of_each_event_is_kept(key: str) -> None:
    document = streaming({key: {"type": "object", "required": ["data"]}})

    assert readable(document) == document
