"""What `init` writes of a system that is up holds for the gateway as it stands there."""

import json
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from typer.testing import CliRunner

from gatewaybench.initial_stack_file import app
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file

ID = {"in": "path", "name": "book_id", "required": True, "schema": {"type": "integer"}}
Serve = Callable[[Mapping[str, Any]], str]


def document(base: str = "") -> dict[str, Any]:
    body = {
        "type": "object",
        "required": ["title"],
        "properties": {"title": {"type": "string", "pattern": "^[^\\u0000]*$"}},
    }
    posted = {"requestBody": {"content": {"application/json": {"schema": body}}}}
    return {
        "paths": {
            "/health": {"get": {}},
            f"{base}/books": {"get": {}, "post": {**posted, "responses": {"201": {}}}},
            f"{base}/books/{{book_id}}": {"get": {"parameters": [ID]}},
        }
    }


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return who serves answers by their paths, and 404 else; it returns its URL."""
    servers: list[ThreadingHTTPServer] = []

    def of(answers: Mapping[str, Any]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if self.path in answers else 404)
                self.end_headers()
                self.wfile.write(json.dumps(answers.get(self.path)).encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield of
    for one in servers:
        one.shutdown()
        one.server_close()


@pytest.fixture
def service(serve: Serve) -> str:
    return serve({"/health": {}, "/openapi.json": document(), "/books": []})


def written(file: Path, gateway: str, service: str) -> tuple[StackSpec, str]:
    words = [str(file), "--gateway", gateway, "--service", f"books={service}"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    return read_stack_file(file), done.output


def test_a_base_path_is_in_all_that_is_asked_for(
    serve: Serve, service: str, tmp_path: Path
) -> None:
    known = {"/v2/health": {}, "/v2/openapi.json": document("/v2"), "/v2/books": []}
    spec, _ = written(tmp_path / "stack.toml", f"{serve(known)}/v2", service)
    gateway = spec.parts["gateway"]

    assert (gateway.ready, gateway.openapi) == ("GET /v2/health", "/v2/openapi.json")
    assert spec.parts["books"].probe == "GET /v2/books"
    assert spec.contract.paths["books"].strip == "/v2"


def test_a_request_that_the_gateway_does_not_answer_is_no_probe(
    serve: Serve, service: str, tmp_path: Path
) -> None:
    gateway = serve({"/health": {}, "/openapi.json": document()})
    spec, _ = written(tmp_path / "stack.toml", gateway, service)

    assert spec.parts["books"].probe is None
    assert '# probe = "GET /books"' in (tmp_path / "stack.toml").read_text()


def test_a_health_request_proves_no_way_through_the_gateway(
    serve: Serve, service: str, tmp_path: Path
) -> None:
    spec, told = written(tmp_path / "stack.toml", serve({"/health": {}, "/books": []}), service)

    assert spec.parts["books"].probe == "GET /books"
    assert "gateway has no OpenAPI document at /openapi.json, " in told


def test_rows_are_made_up_for_a_pattern_that_they_meet(
    serve: Serve, service: str, tmp_path: Path
) -> None:
    spec, _ = written(tmp_path / "stack.toml", serve({"/health": {}}), service)

    assert [one.body for one in spec.seed] == [{"title": "seed {n}"}]
