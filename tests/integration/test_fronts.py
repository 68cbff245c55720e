"""A gateway behind TLS, behind a base path, or whose document says where it serves."""

import json
import ssl
from pathlib import Path
from socket import socket

import pytest
import trustme

from contract_tests.hops.paired_client import SentRequest, asked
from testcontainers_fixtures.http_client.http_exchange import exchange
from tests.integration.drifting import Document, shop
from tests.integration.raw_server import OK, Answer, RawServer, always, raw_server
from tests.integration.suite_runs import run_in, suite

NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n"
NOTES = {
    "openapi": "3.1.0",
    "info": {"title": "notes", "version": "1"},
    "paths": {
        "/notes": {
            "get": {
                "responses": {
                    "200": {
                        "description": "all",
                        "content": {
                            "application/json": {
                                "schema": {"type": "array", "items": {"type": "object"}}
                            }
                        },
                    },
                    "404": {"description": "none", "content": {"text/plain": {"schema": {}}}},
                }
            }
        }
    },
}


def serving(path: str) -> Answer:
    """Return what answers [] below a path alone, to GET and to nothing else."""

    def answer(_: RawServer, link: socket, request: bytes) -> None:
        method, target, __ = request.partition(b"\r\n")[0].split(b" ", 2)
        found = target.partition(b"?")[0] == path.encode()
        refused = b"HTTP/1.1 405 No\r\nAllow: GET\r\nContent-Length: 0\r\n\r\n"
        if not found:
            link.sendall(NOT_FOUND)
        else:
            link.sendall(OK if method == b"GET" else refused)

    return answer


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "ca.pem")
    return made


def certified(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


def contract(folder: Path, gateway: str, *options: str, **environment: str) -> tuple[int, str]:
    """Run the suite against a gateway and return how it ended and what it said."""
    document = folder / "notes.json"
    if not document.exists():
        document.write_text(json.dumps(NOTES), encoding="utf-8")
    words = [f"--gateway={gateway}", f"--schema=notes={document}", f"--site={folder}"]
    done = suite(*words, *options, within_s=150, environment=environment)
    return done.returncode, done.stdout + done.stderr


def test_tls_is_spoken_and_the_certificate_verified(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with raw_server(tls=certified(authority)) as server:
        refused = asked(
            server.url, SentRequest(method="GET", target="/notes", headers={"X-Key": "k"})
        )
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        served = asked(server.url, SentRequest(method="GET", target="/notes"))

    assert refused.status == 0
    assert b"not trusted" in refused.body
    assert b"--ca-file" in refused.body
    assert (served.status, served.body) == (200, b"[]")
    assert server.lines == ["GET /notes HTTP/1.1"]


def test_a_certificate_of_another_name_is_refused(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with raw_server(tls=certified(authority, "elsewhere.example")) as server:
        answer = asked(
            server.url, SentRequest(method="GET", target="/notes", headers={"X-Key": "k"})
        )

    assert answer.status == 0
    assert server.sent == []


@pytest.mark.parametrize("end", ["", "/"], ids=["bare", "with a slash"])
def test_a_base_path_stands_before_every_target(end: str) -> None:
    with raw_server() as server:
        answer = asked(
            f"{server.url}/api/v1{end}", SentRequest(method="GET", target="/notes?a=%2F&a=")
        )

    assert answer.status == 200
    assert server.lines == ["GET /api/v1/notes?a=%2F&a= HTTP/1.1"]


@pytest.mark.parametrize("location", ["{url}/api/v1/notes/1", "/api/v1/notes/1"])
def test_a_location_within_the_base_is_told_without_it(location: str) -> None:
    def answer(server: RawServer, link: socket, _: bytes) -> None:
        where = location.format(url=server.url)
        link.sendall(
            f"HTTP/1.1 201 Made\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode()
        )

    with raw_server(answer) as server:
        said = asked(f"{server.url}/api/v1", SentRequest(method="POST", target="/notes"))

    assert said.headers["location"] == "/notes/1"


@pytest.mark.timeout(200)
@pytest.mark.parametrize("by", ["--ca-file", "SSL_CERT_FILE"])
def test_the_whole_suite_speaks_tls_to_a_gateway_below_a_base_path(
    authority: trustme.CA, tmp_path: Path, by: str
) -> None:
    ca_file = str(tmp_path / "ca.pem")
    options = [f"--ca-file={ca_file}"] if by == "--ca-file" else []
    environment = {} if options else {by: ca_file}
    with raw_server(serving("/api/v1/notes"), certified(authority)) as server:
        code, said = contract(tmp_path, f"{server.url}/api/v1", *options, **environment)

    assert code == 0, said[-4000:]
    assert any(line.startswith("GET /api/v1/notes") for line in server.lines)
    assert [one for one in server.lines if "/api/v1" not in one] == []


@pytest.mark.timeout(200)
def test_a_gateway_whose_certificate_is_not_trusted_ends_with_a_sentence(
    authority: trustme.CA, tmp_path: Path
) -> None:
    with raw_server(tls=certified(authority)) as server:
        code, said = contract(tmp_path, server.url)

    assert code == 2, said[-4000:]
    assert "not trusted" in " ".join(said.split())
    assert server.sent == []


@pytest.mark.timeout(200)
@pytest.mark.parametrize(
    ("servers", "base", "path"),
    [
        pytest.param([{"url": "/v1"}], "", "/v1/notes", id="relative"),
        pytest.param([{"url": "/v1/"}], "/v1", "/v1/notes", id="in the gateway's URL as well"),
        pytest.param(
            [{"url": "https://api.example/{v}", "variables": {"v": {"default": "v2"}}}],
            "",
            "/v2/notes",
            id="absolute, with a variable",
        ),
    ],
)
def test_where_a_document_says_that_it_serves_is_where_it_is_asked(
    tmp_path: Path, servers: list[object], base: str, path: str
) -> None:
    (tmp_path / "notes.json").write_text(json.dumps(NOTES | {"servers": servers}))
    with raw_server(serving(path)) as server:
        code, said = contract(tmp_path, server.url + base)

    assert code == 0, said[-4000:]
    assert any(line.startswith(f"GET {path}") for line in server.lines)


def test_a_file_without_certificates_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate", encoding="utf-8")

    code, said = contract(tmp_path, "https://127.0.0.1:9", f"--ca-file={tmp_path / 'ca.pem'}")

    assert code == 2, said
    assert "Expected --ca-file FILE with certificates in PEM" in " ".join(said.split())


def test_an_answer_in_plain_text_from_a_port_without_tls_is_no_answer() -> None:
    with raw_server(always()) as server:
        answer = asked(server.url.replace("http:", "https:"), SentRequest(method="GET", target="/"))

    assert answer.status == 0


def cutting(base: str, url: str) -> Answer:
    """Return a front that cuts a base path off and hands on; anything else is a 404 of its own."""

    def answer(_: RawServer, link: socket, request: bytes) -> None:
        head, __, body = request.partition(b"\r\n\r\n")
        line, *lines = head.decode("latin-1").split("\r\n")
        method, target, ___ = line.split(" ", 2)
        if not target.startswith(f"{base}/"):
            link.sendall(NOT_FOUND)
            return
        headers = dict(one.split(": ", 1) for one in lines if not one.lower().startswith("host:"))
        reply = exchange(
            url, method, target.removeprefix(base), within_s=10, headers=headers, body=body or None
        )
        told = [f"HTTP/1.1 {reply.status} {reply.reason}"]
        told += [f"{n}: {v}" for n, v in reply.headers if n.lower() != "connection"]
        link.sendall("\r\n".join([*told, "", ""]).encode("latin-1") + reply.body)

    return answer


@pytest.mark.timeout(240)
def test_what_differs_on_paper_is_shown_below_a_base_path(tmp_path: Path) -> None:
    def drifts(document: Document) -> None:
        document["paths"]["/books"]["get"]["parameters"][0]["schema"]["maximum"] = 100

    with shop(drifts) as running, raw_server(cutting("/api/v1", running.gateway.url)) as front:
        words = [f"--gateway={front.url}/api/v1", f"--site={tmp_path}"]
        words += [f"--service=shop={running.service.url}", f"--twin=shop={running.twin.url}"]
        done = suite(*words, within_s=200)
    _, record = run_in(tmp_path, done.stdout[-3000:])

    [shown] = [one for one in record.failures if one.method == "paper"]
    assert shown.request
    assert shown.gateway
    assert shown.twin
    assert shown.request.target.startswith("/books?limit=")
    assert (shown.gateway.status, shown.twin.status) == (422, 200)
    targets = {one.request.target for one in record.failures if one.request}
    assert not [one for one in targets if one.startswith("/api")]
