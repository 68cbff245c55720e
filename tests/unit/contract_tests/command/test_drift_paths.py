"""Documents whose paths are others at the gateway are held against each other on the command line.

By `servers`, which FastAPI writes of a root path, or by the stack file's [contract].
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from contract_tests.command.drift_comparison import app

Document = dict[str, Any]
LIMIT: Document = {"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 100}}
PLACE = 'port = 1\ncommand = ["attached"]\n'
STACK = f"""format_version = 2
name = "shop"
[parts.front]
role = "gateway"
{PLACE}
[parts.tags]
role = "service"
openapi = "/openapi.json"
{PLACE}
"""
RULE = """[contract.paths]
tags = { strip = "/api/v1", rename = { "/labels" = "/tags" } }
"""


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no test write to the page of the job that it may itself run in."""
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)


def listing(
    path: str, limit: Document = LIMIT, *, servers: str = "", more: Document | None = None
) -> Document:
    answers = {"200": {"description": "all"}}
    made: Document = {
        "openapi": "3.1.0",
        "paths": {path: {"get": {"parameters": [limit], "responses": answers}}} | (more or {}),
    }
    return made | ({"servers": [{"url": servers}]} if servers else {})


def post() -> Document:
    return {"post": {"responses": {"201": {"description": "made"}}}}


def narrower() -> Document:
    return {**LIMIT, "schema": {"type": "integer", "maximum": 50}}


def ran(folder: Path, *documents: Document, stack: str = "", words: tuple[str, ...] = ()) -> Result:
    """Hold the last document against those before it; several are tags, and then other ones."""
    named = []
    for number, one in enumerate(documents):
        file = folder / f"{number}.yaml"
        file.write_text(yaml.safe_dump(one, sort_keys=False), encoding="utf-8")
        named.append(str(file))
    if len(named) > 2:
        named = [f"{('tags', 'users')[n]}={one}" for n, one in enumerate(named[:-1])] + named[-1:]
    if stack:
        (folder / "stack.toml").write_text(stack, encoding="utf-8")
        named.append(f"--stack={folder / 'stack.toml'}")
    return CliRunner().invoke(app, [*named, *words])


@pytest.mark.parametrize(
    ("service", "gateway"),
    [
        pytest.param(
            listing("/tags"), listing("/tags", servers="/api/v1"), id="the gateway's root path"
        ),
        pytest.param(
            listing("/tags", servers="/internal"), listing("/tags"), id="the service's root path"
        ),
        pytest.param(
            listing("/tags", servers="https://api.example.org/v1"),
            listing("/tags"),
            id="a public address",
        ),
        pytest.param(
            listing("/v1/tags"), listing("/tags", servers="/v1"), id="both say the same place"
        ),
    ],
)
def test_base_paths_that_servers_say_are_no_difference(
    tmp_path: Path, service: Document, gateway: Document
) -> None:
    done = ran(tmp_path, service, gateway)

    assert done.exit_code == 0, done.output
    assert done.output.startswith("Holds: no difference in 1 operation")


def test_how_paths_were_read_is_said_and_a_difference_stands_where_it_was_published(
    tmp_path: Path,
) -> None:
    service, gateway = listing("/tags"), listing("/tags", narrower(), servers="/api/v1")
    done = ran(tmp_path, service, gateway, words=("--format=json",))
    said = json.loads(done.output)
    [one] = said["differences"]

    assert done.exit_code == 1
    assert one["title"] == "GET /api/v1/tags, query limit"
    assert one["gateway_at"]["pointer"].startswith("#/paths/~1tags/get/parameters/0")
    assert (one["gateway_at"]["line"], one["service_at"]["line"]) == (8, 8)
    assert said["notes"] == ["the service: /api/v1 taken off, as `servers` of the documents say."]
    assert "/api/v1 taken off, as `servers`" in ran(tmp_path, service, gateway).output


def test_the_stack_file_says_where_paths_are_at_the_gateway(tmp_path: Path) -> None:
    documents = listing("/tags"), listing("/api/v1/labels")

    assert ran(tmp_path, *documents).exit_code == 1
    assert ran(tmp_path, *documents, stack=STACK + RULE).exit_code == 0


def test_a_renamed_path_is_told_as_the_gateway_s_and_stands_where_the_service_has_it(
    tmp_path: Path,
) -> None:
    documents = listing("/tags"), listing("/api/v1/labels", narrower())
    done = ran(tmp_path, *documents, stack=STACK + RULE, words=("--format=json",))
    [one] = json.loads(done.output)["differences"]

    assert one["title"] == "GET /api/v1/labels, query limit"
    assert one["service_at"]["pointer"].startswith("#/paths/~1tags/get/parameters/0")
    assert one["service_at"]["line"] == 8


@pytest.mark.parametrize(
    ("stack", "services", "sentence"),
    [
        pytest.param(
            STACK + RULE.replace("/api/v1", "/api/v2"), 1, "leads to no operation of the gateway's",
            id="nothing is there",
        ),
        pytest.param(
            STACK.replace("parts.tags", "parts.tag") + RULE.replace("tags =", "tag ="), 2,
            "seen: tags (did you mean `tag`?)",
            id="another name",
        ),
        pytest.param(
            f'{STACK}[parts.users]\nrole = "service"\n{PLACE}{RULE}', 1,
            "Expected NAME=SERVICE, as `paths` of [contract] are by service",
            id="no name",
        ),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_gone_by_ends_with_one_sentence(
    tmp_path: Path, stack: str, services: int, sentence: str
) -> None:
    known = [listing("/tags"), listing("/users")][:services]
    done = ran(tmp_path, *known, listing("/api/v1/labels"), stack=stack)

    assert done.exit_code == 2
    assert sentence in " ".join(done.output.split())


LEFT = """[contract]
open = ["POST /login"]
leave_out = [
    { route = "POST /files", because = "an upload" },
    { check = "drift on paper", where = "/old", because = "it goes" },
]
"""


@pytest.mark.parametrize("form", ["text", "json", "markdown", "junit", "html"])
def test_what_the_stack_file_leaves_out_is_not_compared_and_told_with_its_reason(
    tmp_path: Path, form: str
) -> None:
    service = listing("/tags", more={"/files": post(), "/old": post()})
    gateway = listing("/tags")
    done = ran(tmp_path, service, gateway, stack=STACK + LEFT, words=(f"--format={form}",))

    assert done.exit_code == 0, done.output
    assert ran(tmp_path, service, gateway).exit_code == 1
    for said in ("POST /files", "an upload", "POST /old, operation", "it goes"):
        assert said in done.output


def test_what_is_left_out_is_a_skipped_case_of_junit(tmp_path: Path) -> None:
    service = listing("/tags", more={"/files": post()})
    done = ran(tmp_path, service, listing("/tags"), stack=STACK + LEFT, words=("--format=junit",))

    assert '<testcase classname="the service" name="POST /files">' in done.output
    assert '<skipped message="an upload" />' in done.output


LOGIN = """[login]
request = "POST /auth/token"
form = { username = "reader" }
token = "/access_token"
header = { Authorization = "Bearer {token}" }
"""


@pytest.mark.parametrize(("login", "code"), [(LOGIN, 0), ("", 1)], ids=["told", "not told"])
def test_a_gateway_that_logs_users_in_says_more_than_its_services(
    tmp_path: Path, login: str, code: int
) -> None:
    asking = listing("/tags", more={"/auth/token": {"post": {"responses": {"200": {}}}}})
    asking["security"] = [{"ours": []}]
    asking["paths"]["/auth/token"]["post"]["security"] = []
    asking["components"] = {"securitySchemes": {"ours": {"type": "http", "scheme": "bearer"}}}
    asking["paths"]["/tags"]["get"]["responses"] |= {"401": {"description": "who are you?"}}
    done = ran(tmp_path, listing("/tags"), asking, stack=f"{STACK}{login}")

    assert done.exit_code == code, done.output
    for told in ("POST /auth/token, operation", "GET /tags, security", "GET /tags, answer 401"):
        assert (f"{told}:" in done.output) == (not login)


def test_a_rule_of_every_operation_needs_a_place_or_words(tmp_path: Path) -> None:
    rule = '[contract.drift]\nignore = [{ where = "*", because = "we are late" }]\n'
    done = ran(tmp_path, listing("/tags"), listing("/tags", narrower()), stack=f"{STACK}{rule}")
    worded = rule.replace("because", 'what = "at most 50", because')
    let_be = ran(tmp_path, listing("/tags"), listing("/tags", narrower()), stack=f"{STACK}{worded}")

    assert done.exit_code == 2
    assert "where lets all drift be; name a place" in " ".join(done.output.split())
    assert let_be.exit_code == 0, let_be.output
