"""What `init` writes of a system that is up holds for the gateway as it stands there."""

import json
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from typer.testing import CliRunner

from gatewaybench.initial_stack_file import app
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file

ID = {"in": "path", "name": "book_id", "required": True, "schema": {"type": "integer"}}
Serve = Callable[..., str]


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
    """Return who serves answers by their paths, and 404 else; it returns its URL.

    Nothing comes for paths that begin as `slow` does and, if it `hangs`, for any after them.
    """
    servers: list[ThreadingHTTPServer] = []

    stopped = Event()

    def of(
        answers: Mapping[str, Any],
        *,
        slow: str = "-",
        hangs: bool = False,
        seen: list[str] | None = None,
    ) -> str:
        asked = [] if seen is None else seen

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                before = asked if hangs else asked[-1:]
                if any(one.startswith(slow) for one in before):
                    stopped.wait(10)
                    return
                self.send_response(200 if self.path in answers else 404)
                self.end_headers()
                self.wfile.write(json.dumps(answers.get(self.path)).encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield of
    stopped.set()
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


def test_what_acts_is_not_sent_to_the_gateway_nor_a_probe(serve: Serve, tmp_path: Path) -> None:
    acting = {"openapi": "3.1.0", "paths": {"/sign-out": {"get": {"responses": {}}}}}
    gateway = serve({"/health": {}, "/sign-out": {}})
    service = serve({"/health": {}, "/openapi.json": acting, "/sign-out": {}})
    spec, _ = written(tmp_path / "stack.toml", gateway, service)

    assert spec.parts["books"].probe is None
    said = '# probe = "GET /sign-out"  # not tried: it may act, or have no end'
    assert said in (tmp_path / "stack.toml").read_text()


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


def with_gets(*paths: str) -> dict[str, Any]:
    said = document()
    return said | {"paths": {**{one: {"get": {}} for one in paths}, **said["paths"]}}


def test_a_request_that_never_ends_is_no_probe_and_the_next_one_is_asked(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gatewaybench.published.WITHIN_S", 0.5)
    service = serve({"/health": {}, "/openapi.json": with_gets("/ages")})
    gateway = serve({"/health": {}, "/openapi.json": with_gets("/ages"), "/books": []}, slow="/ag")
    spec, _ = written(tmp_path / "stack.toml", gateway, service)

    assert spec.parts["books"].probe == "GET /books"


def test_a_gateway_that_hangs_meanwhile_is_told(
    serve: Serve, service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gatewaybench.published.WITHIN_S", 0.5)
    served = serve({"/ready": {}, "/openapi.json": document()}, slow="/books", hangs=True)
    words = [str(tmp_path / "stack.toml"), "--gateway", served, "--service", f"books={service}"]
    done = CliRunner().invoke(app, words)

    assert done.exit_code == 2
    assert "Expected gateway to answer at" in done.output


def test_what_a_path_calls_an_action_is_not_asked_for_where_a_collection_is_there(
    serve: Serve, tmp_path: Path
) -> None:
    acts = ("/books/export", "/auth/logout", "/cache/flush_all", "/about")
    said = with_gets(*acts)
    service = serve({"/health": {}, "/openapi.json": said})
    asked: list[str] = []
    gateway = serve({"/health": {}, "/openapi.json": said, "/about": {}, "/books": []}, seen=asked)
    spec, _ = written(tmp_path / "stack.toml", gateway, service)

    assert spec.parts["books"].probe == "GET /books"
    assert not {*acts} & {*asked}


def test_no_more_than_a_few_requests_are_tried(serve: Serve, tmp_path: Path) -> None:
    said = with_gets(*(f"/n{number}" for number in range(100)))
    service = serve({"/health": {}, "/openapi.json": said})
    asked: list[str] = []
    written(tmp_path / "stack.toml", serve({"/health": {}}, seen=asked), service)

    assert len([one for one in asked if one.startswith("/n")]) < 10
