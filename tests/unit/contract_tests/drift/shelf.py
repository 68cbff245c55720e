"""A collection in memory that keeps every promise, for tests that break them one at a time."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from contract_tests.hops.paired_client import PairedClient, PairedExchange, SentRequest
from contract_tests.hops.parity import ObservedResponse, answer_of, mismatches
from contract_tests.stories.resources import Resource, resources
from testcontainers_fixtures.stack_spec import Contract

_TEXT = {"type": "string", "maxLength": 255}
_BODY = {
    "type": "object",
    "properties": {"title": _TEXT, "colour": {"enum": ["red", "blue"]}},
    "required": ["title", "colour"],
    "additionalProperties": False,
}
_ROW = {"type": "object", "properties": {"id": {"type": "integer"}, "title": _TEXT}}
_ONE = {"in": "path", "name": "thing_id", "required": True, "schema": {"type": "integer"}}


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"in": "query", "name": name, "schema": schema}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


_NONE = _json({"type": "object", "required": ["detail"]})
_PAGED = [
    _query("title", _TEXT),
    _query("limit", {"type": "integer", "minimum": 1, "maximum": 50, "default": 50}),
    _query("offset", {"type": "integer", "minimum": 0}),
]
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/things": {
            "get": {
                "parameters": _PAGED,
                "responses": {"200": _json({"type": "array", "items": _ROW})},
            },
            "post": {"requestBody": _json(_BODY), "responses": {"201": _json(_ROW)}},
        },
        "/things/{thing_id}": {
            "parameters": [_ONE],
            "get": {"responses": {"200": _json(_ROW), "404": _NONE}},
            "patch": {"requestBody": _json(_BODY), "responses": {"200": _json(_ROW), "404": _NONE}},
            "delete": {"responses": {"200": _json({}), "4XX": _NONE}},
        },
        "/version": {"get": {"responses": {"200": _json({"type": "object"})}}},
    },
}


def things(document: dict[str, Any] = DOCUMENT) -> Resource:
    """Return the one resource of the document."""
    [one] = resources(document)
    return one


class Shelf:
    """Answers as the document says; a test overrides what it wants broken."""

    def __init__(self) -> None:
        self.rows: dict[int, dict[str, Any]] = {
            n: {"id": n, "title": f"Thing {n}", "colour": "red"} for n in range(1, 21)
        }
        self.next = 21

    def answer(self, sent: SentRequest) -> ObservedResponse:
        """Answer one request."""
        where = urlsplit(sent.target)
        key = where.path.removeprefix("/things").strip("/")
        if not key:
            return self.created(sent) if sent.method == "POST" else self.listed(where.query)
        number = int(key) if key.isdigit() else 0
        if number not in self.rows:
            return self.said(404, {"detail": "none"})
        return self.on_one(sent, number)

    def on_one(self, sent: SentRequest, number: int) -> ObservedResponse:
        if sent.method == "DELETE":
            return self.deleted(number)
        if sent.method == "PATCH":
            self.changed(number, msgspec.json.decode(sent.body or b"{}"))
        return self.read(number)

    def created(self, sent: SentRequest) -> ObservedResponse:
        row = {"id": self.next} | msgspec.json.decode(sent.body or b"{}")
        self.rows[self.next] = row
        self.next += 1
        return self.said(201, row)

    def read(self, number: int) -> ObservedResponse:
        return self.said(200, self.rows[number])

    def changed(self, number: int, values: dict[str, Any]) -> None:
        self.rows[number] |= values

    def deleted(self, number: int) -> ObservedResponse:
        del self.rows[number]
        return self.said(200, None)

    def listed(self, query: str) -> ObservedResponse:
        asked = {name: values[-1] for name, values in parse_qs(query).items()}
        rows = [r for r in self.rows.values() if asked.get("title") in {None, r["title"]}]
        first = int(asked.get("offset", 0))
        return self.said(200, rows[first : first + int(asked.get("limit", 50))])

    def said(self, status: int, value: object) -> ObservedResponse:
        return answer_of(status, {"content-type": "application/json"}, msgspec.json.encode(value))


class Shelves(PairedClient):
    """A shelf for a gateway and another for its twin, without any network between."""

    def __init__(self, gateway: Shelf, twin: Shelf | None = None) -> None:
        super().__init__("http://gateway", "http://twin" if twin else None, Contract())
        self.ours, self.theirs = gateway, twin

    def ask(self, sent: SentRequest) -> PairedExchange:
        ours = self.ours.answer(sent)
        theirs = self.theirs.answer(sent) if self.theirs else None
        found = mismatches(ours, theirs, self.promises) if theirs else []
        return PairedExchange(sent=sent, gateway=ours, twin=theirs, differing=tuple(found))
