"""A gateway is held to account where it is: its authority, its client certificates, its base path.

Its documents are had where they are, and nothing of what a hostile one says is run by a shell.
"""

import base64
import json
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from socket import socket
from urllib.parse import quote

import pytest
import trustme

from reports.judgement.reproductions import curl
from tests.integration.raw_server import Answer, RawServer, raw_server
from tests.integration.suite_runs import run_in, suite
from tests.integration.tenants import TOKEN, files, people
from tests.integration.test_curl_lines import run
from tests.integration.test_fronts import NOTES, contract, cutting, serving

BASE = "/api/v1"
PASSWORD = "open-sesame-9"
pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    """Give an authority of one's own, and in `tmp_path` what it has issued to a client."""
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "ca.pem")
    client = made.issue_cert("client.example")
    client.private_key_pem.write_to_path(tmp_path / "client.key")
    client.cert_chain_pems[0].write_to_path(tmp_path / "client.pem")
    client.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    return made


@pytest.fixture
def particular(authority: trustme.CA) -> ssl.SSLContext:
    """Give the context of a server that lets in who shows a certificate of the authority alone."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    return context


def test_every_part_of_the_suite_shows_its_certificate_and_stays_below_the_base_path(
    particular: ssl.SSLContext, tmp_path: Path
) -> None:
    document, stack = files(tmp_path)
    with people() as gateway, raw_server(cutting(BASE, gateway.url), particular) as front:
        words = [f"--gateway={front.url}{BASE}", f"--schema=people={document}", f"--stack={stack}"]
        words += [f"--ca-file={tmp_path / 'ca.pem'}", f"--client-cert={tmp_path / 'client.pem'}"]
        words += [f"--client-key={tmp_path / 'client.key'}", f"--site={tmp_path / 'site'}"]
        token = {"PEOPLE_TOKEN": f"Bearer {TOKEN}"}
        done = suite(*words, within_s=200, environment=token)
    _, record = run_in(tmp_path / "site")
    passed = {one.name.partition("::")[2] for one in record.checks if one.verdict == "pass"}
    unseen = {one.name.partition("::")[2] for one in record.checks if "Nobody sees" in one.reason}

    assert done.returncode == 0, done.stdout[-5000:]
    assert [one for one in front.lines if one and f" {BASE}/" not in one] == []
    assert {
        "test_no_unauthenticated_client_comes_in",
        "test_a_row_is_what_was_sent_from_its_creation_to_its_deletion",
        "test_nothing_is_tidied_up_on_the_way",
        "test_each_of_many_callers_gets_the_answer_to_its_own_request",
    } <= passed
    assert any("GET /people" in name and "keeps" in name for name in passed)
    # It was answered, and neither a twin nor a tap saw whether as it should be.
    assert unseen == {"test_an_answer_that_is_packed_or_has_no_body_stays_so"}


@pytest.mark.parametrize(
    ("shown", "code", "sentence"),
    [
        pytest.param([], 2, "did not answer", id="no certificate"),
        pytest.param(["both.pem"], 0, "", id="certificate and key in one"),
        pytest.param(["client.pem"], 2, "Expected --client-cert FILE", id="no key"),
        pytest.param(["ca.pem", "client.key"], 2, "Expected --client-cert FILE", id="other key"),
        pytest.param(["nowhere.pem"], 2, "No such file", id="no file"),
    ],
)
def test_a_gateway_that_wants_a_certificate_is_shown_the_one_that_was_named(
    particular: ssl.SSLContext, tmp_path: Path, shown: list[str], code: int, sentence: str
) -> None:
    names = zip(("--client-cert", "--client-key"), shown, strict=False)
    options = [f"{option}={tmp_path / name}" for option, name in names]
    with raw_server(serving("/notes"), particular) as server:
        ended, said = contract(tmp_path, server.url, f"--ca-file={tmp_path / 'ca.pem'}", *options)

    assert ended == code, said[-3000:]
    assert sentence in " ".join(said.split())


YAML = """openapi: "3.1.0"
info: {title: notes, version: "1"}
paths:
  /notes:
    get:
      responses:
        "200":
          description: all
          content:
            application/json:
              schema: {type: array, items: {type: object}}
        "404": {description: none, content: {text/plain: {schema: {}}}}
"""
BASIC = f"Basic {base64.b64encode(f'reader:{PASSWORD}'.encode()).decode()}"


def publishing(wanted: str, text: str) -> Answer:
    """Return what answers with a document who shows what is wanted."""

    def answer(_: RawServer, link: socket, request: bytes) -> None:
        fine = f"\r\nAuthorization: {wanted}\r\n".encode() in request
        body = text.encode() if fine else b""
        status = "200 OK" if fine else "401 No"
        link.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    return answer


@pytest.fixture
def gateway() -> Iterator[RawServer]:
    with raw_server(serving("/notes")) as server:
        yield server


def said_by(folder: Path, *words: str, **environment: str) -> tuple[int, str]:
    done = suite(*words, f"--site={folder}", within_s=150, environment=environment)
    return done.returncode, done.stdout + done.stderr


def test_documents_in_yaml_at_any_address_behind_a_password_or_a_token_are_had(
    gateway: RawServer, tmp_path: Path
) -> None:
    token = "a-token-of-some-length"
    with (
        raw_server(publishing(BASIC, YAML)) as service,
        raw_server(publishing(f"Bearer {token}", YAML)) as own,
    ):
        where = service.url.replace("://", f"://reader:{PASSWORD}@")
        code, said = said_by(
            tmp_path,
            f"--gateway={gateway.url}",
            "--schema=notes=$DOCUMENT",
            f"--schema=gateway={own.url}/docs/gateway.yaml",
            "--gateway-header=Authorization: Bearer {secrets.TOKEN}",
            DOCUMENT=f"{where}/a/b/notes.yaml?v=1",
            TOKEN=token,
        )
    kept = [one for one in tmp_path.rglob("*") if one.is_file()]
    hidden = [s for s in (PASSWORD, token) if any(s.encode() in one.read_bytes() for one in kept)]

    assert code == 0, said[-4000:]
    assert hidden == []
    assert PASSWORD not in said
    assert token not in said
    assert service.lines == ["GET /a/b/notes.yaml?v=1 HTTP/1.1"]
    assert own.lines == ["GET /docs/gateway.yaml HTTP/1.1"]
    _, record = run_in(tmp_path)
    assert any("publishes_what_its" in one.name and one.verdict == "pass" for one in record.checks)


def test_a_document_that_a_service_publishes_behind_a_token_is_had(
    gateway: RawServer, tmp_path: Path
) -> None:
    with raw_server(publishing(BASIC, json.dumps(NOTES))) as service:
        words = [
            f"--gateway={gateway.url}",
            f"--service=notes={service.url}",
            "--openapi=/api.json",
        ]
        refused, told = said_by(tmp_path, *words)
        words += ["--service-header=Authorization: {secrets.BASIC}"]
        code, said = said_by(tmp_path, *words, BASIC=BASIC)

    assert refused == 2
    assert "401" in told
    assert code == 0, said[-4000:]


HOSTILE = "'\"$(touch${IFS}hit)`touch${IFS}hit`\\;&|"
# In a header, a name, an answer, a document: none of it ends the word that it stands in.
BROKEN = b"HTTP/1.1 500 No\r\nX-Why: %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s"


def hostile_document() -> dict[str, object]:
    operation = {
        "operationId": HOSTILE,
        "summary": f'"""\n{HOSTILE}',
        "parameters": [
            {
                "in": "query",
                "name": HOSTILE,
                "required": True,
                "schema": {"type": "string", "enum": [HOSTILE, '"""\nimport os\n']},
            },
            {"in": "header", "name": "X-A", "schema": {"type": "string", "enum": [HOSTILE]}},
        ],
        "responses": {"200": {"description": HOSTILE}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": HOSTILE, "version": "1"},
        "paths": {f"/notes/{HOSTILE}": {"get": operation, "post": operation}},
    }


def test_nothing_that_a_hostile_document_or_answer_says_is_run(tmp_path: Path) -> None:
    document = tmp_path / "hostile.json"
    document.write_text(json.dumps(hostile_document()), encoding="utf-8")
    why = f"{HOSTILE}\ncurl {HOSTILE}\n".encode()
    broken = BROKEN % (HOSTILE.encode(), len(why), why)

    def answer(_: RawServer, link: socket, request: bytes) -> None:
        ready = b"/notes" not in request.partition(b"\r\n")[0]
        link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" if ready else broken)

    place = tmp_path / "run"
    place.mkdir()
    with raw_server(answer) as server:
        code, said = said_by(
            tmp_path / "site", f"--gateway={server.url}", f"--schema=notes={document}"
        )
        _, record = run_in(tmp_path / "site")
        shown = [one.request for one in record.failures if one.request]
        lines = [curl(one, server.url) for one in shown]
        lines += re.findall(r"(curl -X .*)$", said, re.MULTILINE)
        for line in lines:
            run(line, place, server.url)
    tests = list((tmp_path / "site").glob("*-e2e/failures/*.py"))
    for test in tests:
        compile(test.read_text(encoding="utf-8"), str(test), "exec")
        subprocess.run([sys.executable, str(test)], cwd=place, check=False, timeout=30)

    assert code == 1, said[-3000:]
    assert len(lines) > len(shown) > 0
    assert len(tests) > 0
    assert any(quote(HOSTILE, safe="$") in line or "%24%28touch" in line for line in lines)
    assert list(place.iterdir()) == []
