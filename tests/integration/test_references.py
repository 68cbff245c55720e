"""What a document refers to elsewhere is fetched only when asked, and then within bounds."""

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from socket import socket
from typing import Any

import hypothesis
import pytest
import schemathesis

from contract_tests.drift import references
from contract_tests.drift.document_sources import DocumentAccess, fetched, given
from contract_tests.drift.documents import operations
from contract_tests.stories.resources import fits
from testcontainers_fixtures.errors import SpecError
from tests.integration.raw_server import RawServer, raw_server
from tests.integration.test_fronts import NOTES, contract

Document = dict[str, Any]


def document(**changed: Any) -> Document:  # noqa: ANN401 -- parts of a document
    """Return a document of one POST, parts of it changed."""
    schema = changed.get("schema", {"type": "object"})
    content = {"application/json": changed.get("media", {"schema": schema})}
    post: Document = {
        "parameters": changed.get("parameters", []),
        "requestBody": changed.get("body", {"required": True, "content": content}),
        "responses": {"200": changed.get("answer", {"description": "ok"})},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/notes": changed.get("item", {"post": post})},
        "components": changed.get("components", {}),
        **changed.get("root", {}),
    }


@pytest.fixture
def bystander() -> Iterator[RawServer]:
    """Give a server that nobody should ask."""
    with raw_server() as server:
        yield server


OUTWARD: dict[str, Callable[[str], Document]] = {
    "a schema": lambda to: document(schema={"$ref": to}),
    "deep in a schema": lambda to: document(
        schema={"allOf": [{"properties": {"a": {"items": {"$ref": to}}}}]}
    ),
    "a dynamic one": lambda to: document(schema={"$dynamicRef": to}),
    "a parameter": lambda to: document(parameters=[{"$ref": to}]),
    "a body": lambda to: document(body={"$ref": to}),
    "an answer": lambda to: document(answer={"$ref": to}),
    "a path": lambda to: document(item={"$ref": to}),
    "a component": lambda to: document(components={"schemas": {"A": {"$ref": to}}}),
    "an example": lambda to: document(media={"schema": {}, "examples": {"a": {"$ref": to}}}),
    "a link": lambda to: document(
        answer={"description": "ok", "links": {"a": {"operationRef": to}}}
    ),
}
SILENT: dict[str, Callable[[str], Document]] = {
    "an example's value": lambda to: document(
        media={"schema": {"type": "object"}, "examples": {"a": {"externalValue": to}}}
    ),
    "a parameter's example": lambda to: document(
        parameters=[
            {"name": "a", "in": "query", "schema": {}, "examples": {"a": {"externalValue": to}}}
        ]
    ),
    "a schema's dialect": lambda to: document(schema={"$schema": to, "type": "object"}),
    "the document's dialect": lambda to: document(root={"jsonSchemaDialect": to}),
    "a discriminator": lambda to: document(
        schema={
            "oneOf": [{"type": "object"}],
            "discriminator": {"propertyName": "kind", "mapping": {"a": to}},
        }
    ),
    "a schema's name": lambda to: document(schema={"$id": to, "type": "object"}),
    "what is told beside it": lambda to: document(
        root={"externalDocs": {"url": to}},
        components={"securitySchemes": {"a": {"type": "openIdConnect", "openIdConnectUrl": to}}},
    ),
}
PLACES = ["{url}/x.json", "{url}/x.json#/a/b", "//127.0.0.1:{port}/x.json", "file:///etc/passwd"]


def written(folder: Path, text: str | Document, name: str = "api.json") -> list[str]:
    """Write a document and return the option that names it."""
    file = folder / name
    file.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    return [f"notes={file}"]


def generated(found: Document) -> None:
    """Draw a few requests from a document, and look at its schemas, as the suite does."""
    for operation in operations(found).values():
        for one in operation.body.schemas.values() if operation.body else ():
            fits(one, {})
    schema = schemathesis.openapi.from_dict(found)

    @hypothesis.settings(max_examples=3, deadline=None, database=None)
    @hypothesis.given(case=schema["/notes"]["POST"].as_strategy())
    def draw(case: "schemathesis.Case[Any]") -> None:
        assert case.method == "POST"

    draw()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("refers", OUTWARD.values(), ids=OUTWARD)
def test_a_document_that_refers_elsewhere_is_refused_and_nothing_is_fetched(
    bystander: RawServer, tmp_path: Path, refers: Callable[[str], Document], place: str
) -> None:
    to = place.format(url=bystander.url, port=bystander.port)

    with pytest.raises(SpecError) as caught:
        given(written(tmp_path, refers(to)), ["notes"])

    assert repr(to) in str(caught.value)
    assert "--follow-refs" in str(caught.value)
    assert bystander.sent == []


@pytest.mark.parametrize("refers", SILENT.values(), ids=SILENT)
def test_what_may_stand_elsewhere_is_left_there(
    bystander: RawServer, tmp_path: Path, refers: Callable[[str], Document]
) -> None:
    [found] = given(
        written(tmp_path, refers(f"{bystander.url}/x")), ["notes"], DocumentAccess(follow=True)
    ).values()
    generated(found)

    assert bystander.sent == []


@pytest.mark.timeout(120)
def test_the_suite_refuses_such_a_document_with_a_sentence(
    bystander: RawServer, tmp_path: Path
) -> None:
    (tmp_path / "notes.json").write_text(
        json.dumps(document(schema={"$ref": f"{bystander.url}/x"})), encoding="utf-8"
    )
    with raw_server() as gateway:
        code, said = contract(tmp_path, gateway.url)

    assert code == 2, said[-3000:]
    assert "which nobody fetches unasked" in " ".join(said.split())
    assert bystander.sent == []


@pytest.mark.timeout(120)
def test_the_suite_fetches_nothing_for_what_may_stand_elsewhere(
    bystander: RawServer, tmp_path: Path
) -> None:
    to = f"{bystander.url}/x"
    examples = {"a": {"externalValue": to}}
    parameter = {"name": "a", "in": "query", "schema": {"$schema": to}, "examples": examples}
    notes: Document = json.loads(json.dumps(NOTES))
    notes["paths"]["/notes"]["get"]["parameters"] = [parameter]
    notes["jsonSchemaDialect"] = to
    (tmp_path / "notes.json").write_text(json.dumps(notes), encoding="utf-8")
    with raw_server() as gateway:
        contract(tmp_path, gateway.url)

    assert gateway.sent
    assert bystander.sent == []


PARTS = {
    "/docs/api.json": document(schema={"$ref": "parts/note.json#/Note"}),
    "/docs/parts/note.json": {
        "Note": {
            "type": "object",
            "required": ["text"],
            "properties": {
                "text": {"type": "string"},
                "next": {"$ref": "#/Note"},
                "label": {"$ref": "label.json"},
                "own": {"$ref": "../api.json#/components/schemas/Own"},
            },
        }
    },
    "/docs/parts/label.json": {"type": "string", "maxLength": 5},
}
PARTS["/docs/api.json"]["components"] = {"schemas": {"Own": {"type": "integer"}}}


def publishing(parts: dict[str, Any]) -> Callable[[RawServer, socket, bytes], None]:
    """Return what answers with documents by their paths."""

    def answer(_: RawServer, link: socket, request: bytes) -> None:
        path = request.split(b" ")[1].decode()
        if path not in parts:
            link.sendall(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
        elif isinstance(parts[path], bytes):
            link.sendall(parts[path])
        else:
            body = json.dumps(parts[path]).encode()
            link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    return answer


def test_what_lies_below_its_address_is_followed_when_asked() -> None:
    with raw_server(publishing(PARTS)) as server:
        found = fetched(f"{server.url}/docs/api.json", follow=True)
    [operation] = operations(found).values()
    assert operation.body
    schema = operation.body.schemas["application/json"]
    good = {"text": "a", "next": {"text": "b", "label": "short"}, "own": 1}

    assert sorted(server.lines) == [f"GET {path} HTTP/1.1" for path in sorted(PARTS)]
    assert fits(schema, good)
    assert not fits(schema, good | {"next": {"text": "b", "label": "too long"}})
    assert not fits(schema, good | {"own": "text"})
    generated(found)


def test_what_lies_in_its_folder_is_followed_when_asked(tmp_path: Path) -> None:
    for path, part in PARTS.items():
        (tmp_path / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path[1:]).write_text(json.dumps(part), encoding="utf-8")

    [found] = given(
        [f"notes={tmp_path}/docs/api.json"], ["notes"], DocumentAccess(follow=True)
    ).values()

    generated(found)


@pytest.mark.parametrize(
    "to",
    [
        "../secret.json",
        "/secret.json",
        "//127.0.0.1:{other}/docs/x.json",
        "http://127.0.0.1:{other}/docs/x.json",
        "%2e%2e/secret.json",
        "parts/%2e%2e/%2e%2e/secret.json",
        "..%2fsecret.json",
        "parts/..\\..\\secret.json",
        "file:///etc/passwd",
        "moved.json",
    ],
)
def test_what_lies_elsewhere_is_not_followed_even_when_asked(bystander: RawServer, to: str) -> None:
    moved = f"HTTP/1.1 302 Found\r\nLocation: {bystander.url}/x\r\nContent-Length: 0\r\n\r\n"
    parts: dict[str, Any] = {
        "/docs/api.json": document(schema={"$ref": to.format(other=bystander.port)}),
        "/secret.json": {"type": "string"},
        "/docs/moved.json": moved.encode(),
    }
    with raw_server(publishing(parts)) as server, pytest.raises(SpecError) as caught:
        fetched(f"{server.url}/docs/api.json", follow=True)

    assert "Expected" in str(caught.value)
    assert not [line for line in server.lines if "secret" in line]
    assert bystander.sent == []


def test_no_link_and_no_pipe_leads_out_of_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (tmp_path / "secret.json").write_text('{"type": "string"}', encoding="utf-8")
    (folder / "link.json").symlink_to(tmp_path / "secret.json")
    os.mkfifo(folder / "pipe.json")

    for name in ("link.json", "pipe.json", "../secret.json"):
        with pytest.raises(SpecError):
            given(
                written(folder, document(schema={"$ref": name})),
                ["notes"],
                DocumentAccess(follow=True),
            )


def chain(count: int) -> dict[str, Any]:
    links = {f"/docs/{n}.json": {"items": {"$ref": f"{n + 1}.json"}} for n in range(count)}
    return links | {
        f"/docs/{count}.json": {"type": "string"},
        "/docs/api.json": document(schema={"$ref": "0.json"}),
    }


def fan(count: int) -> dict[str, Any]:
    leaves = {f"/docs/{n}.json": {"type": "string"} for n in range(count)}
    properties = {str(n): {"$ref": f"{n}.json"} for n in range(count)}
    return leaves | {"/docs/api.json": document(schema={"properties": properties})}


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        pytest.param(chain(20), "over 8 documents at most", id="too deep"),
        pytest.param(fan(60), "is one over 50", id="too many"),
    ],
)
def test_references_are_followed_within_bounds(parts: dict[str, Any], why: str) -> None:
    with raw_server(publishing(parts)) as server, pytest.raises(SpecError, match=why):
        fetched(f"{server.url}/docs/api.json", follow=True)

    assert len(server.sent) <= 52


def test_references_have_one_size_and_one_time_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "MOST_BYTES", 20_000)
    large = {f"/docs/{n}.json": {"description": "x" * 9_000} for n in range(9)}
    with raw_server(publishing(fan(9) | large)) as server, pytest.raises(SpecError) as caught:
        fetched(f"{server.url}/docs/api.json", follow=True)
    assert "20,000 bytes" in str(caught.value) or "more than" in str(caught.value)

    monkeypatch.setattr(references, "MOST_SECONDS", 0.5)

    def dripping(server: RawServer, link: socket, request: bytes) -> None:
        if b"api.json" in request.split(b"\r\n")[0]:
            publishing(fan(3))(server, link, request)
            return
        link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not server.ended.wait(0.1):
            link.sendall(b" ")

    began_s = time.monotonic()
    with raw_server(dripping) as server, pytest.raises(SpecError):
        fetched(f"{server.url}/docs/api.json", follow=True)
    assert time.monotonic() - began_s < 3


CIRCLES = {
    "a parameter": document(
        parameters=[{"$ref": "#/components/parameters/A"}],
        components={
            "parameters": {
                "A": {"$ref": "#/components/parameters/B"},
                "B": {"$ref": "#/components/parameters/A"},
            }
        },
    ),
    "a body": document(
        body={"$ref": "#/components/requestBodies/A"},
        components={"requestBodies": {"A": {"$ref": "#/components/requestBodies/A"}}},
    ),
    "an answer": document(
        answer={"$ref": "#/components/responses/A"},
        components={
            "responses": {
                "A": {"$ref": "#/components/responses/B"},
                "B": {"$ref": "#/components/responses/C"},
                "C": {"$ref": "#/components/responses/B"},
            }
        },
    ),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("circle", CIRCLES.values(), ids=CIRCLES)
def test_a_reference_that_leads_round_in_a_circle_is_said_to(circle: Document) -> None:
    with pytest.raises(SpecError, match="round in a circle"):
        operations(circle)


@pytest.mark.timeout(120)
def test_the_suite_ends_over_a_circle_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text(json.dumps(CIRCLES["a parameter"]), encoding="utf-8")
    with raw_server() as gateway:
        code, said = contract(tmp_path, gateway.url)

    assert code == 2, said[-3000:]
    assert "round in a circle" in " ".join(said.split())


def test_a_schema_that_holds_itself_is_none(tmp_path: Path) -> None:
    node: Document = {"type": "object", "properties": {"left": {"$ref": "#/components/schemas/N"}}}
    recursive = document(
        schema={"$ref": "#/components/schemas/N"}, components={"schemas": {"N": node}}
    )

    [found] = given(written(tmp_path, recursive), ["notes"]).values()
    generated(found)

    assert found == recursive


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        "paths: &a\n  /notes: *a\n",
        "".join(
            f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9) if n else 'lol'}]\n" for n in range(12)
        )
        + "paths: {}\n",
        f'{{"paths": {{}}, "x": {"[" * 3_000}{"]" * 3_000}}}',
    ],
    ids=["a node within itself", "a billion nodes", "a deep one"],
)
def test_a_document_without_an_end_is_refused_with_a_sentence(tmp_path: Path, text: str) -> None:
    name = "api.json" if text.startswith("{") else "api.yaml"

    with pytest.raises(SpecError, match="Expected"):
        given(written(tmp_path, text, name), ["notes"])


def test_a_reference_may_lead_through_a_path_and_a_list() -> None:
    shared = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    answers = {"responses": {"200": {"description": "ok"}}}
    found = operations(
        {
            "openapi": "3.1.0",
            "paths": {
                "/books/{id}": {"parameters": [shared], "get": answers},
                "/loans/{id}": {
                    "get": {
                        "parameters": [{"$ref": "#/paths/~1books~1%7Bid%7D/parameters/0"}],
                        **answers,
                    }
                },
            },
        }
    )

    parameters = [one.parameters[("path", "1")].schema["type"] for one in found.values()]
    assert parameters == ["integer", "integer"]
