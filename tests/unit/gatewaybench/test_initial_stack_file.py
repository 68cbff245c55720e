"""What `init` writes is a stack file, with what was found out in it."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner

from gatewaybench.initial_stack_file import app
from gatewaybench.published import Published
from gatewaybench.stack_file_text import stack_file_text
from gatewaybench.toml_values import inline
from testcontainers_fixtures.project.stack_schema import SCHEMA_FILE
from testcontainers_fixtures.stack import start_stack
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file

ORDERS = {
    "paths": {
        "/orders": {
            "get": {"parameters": [{"in": "query", "name": "limit", "required": False}]},
            "post": {
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/O"}}}
                },
                "responses": {"422": {}, "202": {}},
            },
        },
        "/orders/{order-id}": {
            "get": {
                "parameters": [{"in": "path", "name": "order-id", "schema": {"type": "integer"}}]
            }
        },
        "/report": {"get": {"parameters": [{"in": "query", "name": "day", "required": True}]}},
        "/by-name/{name}": {
            "get": {"parameters": [{"in": "path", "name": "name", "schema": {"type": "string"}}]}
        },
    },
    "components": {
        "schemas": {
            "O": {
                "type": "object",
                "required": ["text", "items", "kind", "mail", "paid"],
                "properties": {
                    "text": {"type": "string", "maxLength": 20},
                    "items": {"type": "array", "minItems": 1, "items": {"type": "integer"}},
                    "kind": {"enum": ["tea", "coffee"]},
                    "mail": {"type": "string", "format": "email"},
                    "paid": {"type": "boolean"},
                    "left": {"type": "string", "pattern": "^x$"},
                },
            }
        }
    },
}


@pytest.fixture
def orders() -> Published:
    return Published(
        name="orders", port=9001, ready="GET /ping", openapi="/openapi.json", document=ORDERS
    )


def test_a_system_of_which_nothing_is_known_has_a_stack_file_to_fill_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, [])
    file = tmp_path / "stack.toml"

    assert done.exit_code == 0, done.output
    assert list(read_stack_file(file).parts) == ["orders", "gateway"]
    assert file.read_text().startswith("#:schema ./stack.schema.json\n")
    assert (tmp_path / "stack.schema.json").read_bytes() == SCHEMA_FILE.read_bytes()
    assert "It does not start yet: fill in the command of orders, gateway." in done.output


def test_a_file_that_is_there_stays_unless_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stack.toml").write_text("mine")
    kept = CliRunner().invoke(app, [])
    still = (tmp_path / "stack.toml").read_text()
    forced = CliRunner().invoke(app, ["--force"])

    assert (kept.exit_code, still) == (2, "mine")
    assert "is there already" in kept.output
    assert forced.exit_code == 0


def test_what_a_document_tells_becomes_probe_rows_and_traffic(
    tmp_path: Path, orders: Published
) -> None:
    gateway = Published(name="gateway", port=9000, ready="tcp")
    file = tmp_path / "stack.toml"
    file.write_text(stack_file_text("shop", gateway, [orders]))
    spec = read_stack_file(file)
    [seed] = spec.seed
    calls = spec.scenarios["reads"].calls

    assert spec.parts["orders"].probe == "GET /orders"
    assert spec.parts["orders"].ready == "GET /ping"
    assert (seed.request, seed.status, seed.repeat) == ("POST /orders", 202, 20)
    assert seed.body == {
        "text": "seed {n}",
        "items": [1],
        "kind": "tea",
        "mail": "seed{n}@example.org",
        "paid": True,
    }
    assert [one.request for one in calls] == ["GET /orders", "GET /orders/{order-id}"]
    assert calls[1].draw == {"order-id": (1, 20)}


def test_load_sends_nothing_that_acts() -> None:
    gets: dict[str, Any] = {"paths": {one: {"get": {}} for one in ("/orders", "/logout")}}
    gateway = Published(name="gateway", port=1, ready="tcp", document=gets)
    [calls] = tomllib.loads(stack_file_text("shop", gateway, ()))["scenarios"].values()

    assert [one["request"] for one in calls["calls"]] == ["GET /orders"]


def test_a_body_that_nobody_can_make_up_gives_no_rows(tmp_path: Path) -> None:
    schema = {"type": "object", "required": ["x"], "properties": {"x": {"pattern": "^a+$"}}}
    body = {"content": {"application/json": {"schema": schema | {"type": "object"}}}}
    told = {"paths": {"/x": {"post": {"requestBody": body, "responses": {"201": {}}}}}}
    one = Published(name="xs", port=1, ready="tcp", document=told)
    text = stack_file_text("shop", Published(name="gateway", port=2, ready="tcp"), [one])
    (tmp_path / "stack.toml").write_text(text)

    assert tomllib.loads(text).get("seed") is None
    assert read_stack_file(tmp_path / "stack.toml").seed == ()


def test_rows_of_uuids_and_addresses_are_each_of_their_own(tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "required": ["key", "mail"],
        "properties": {
            "key": {"type": "string", "format": "uuid"},
            "mail": {"type": "string", "format": "email", "example": "a@example.org"},
        },
    }
    body = {"content": {"application/json": {"schema": schema}}}
    told = {"paths": {"/x": {"post": {"requestBody": body, "responses": {"201": {}}}}}}
    one = Published(name="xs", port=1, ready="tcp", document=told)
    text = stack_file_text("shop", Published(name="gateway", port=2, ready="tcp"), [one])
    (tmp_path / "stack.toml").write_text(text)
    [seed] = read_stack_file(tmp_path / "stack.toml").seed
    keys = {str(UUID(seed.body["key"].format(n=n))) for n in range(1, seed.repeat + 1)}

    assert len(keys) == seed.repeat == 9
    assert seed.body["mail"] == "seed{n}@example.org"


PASSWORD = {
    "type": "object",
    "required": ["email", "password", "device"],
    "properties": {
        "email": {"type": "string", "format": "email"},
        "password": {"type": "string"},
        "device": {"type": "string"},
    },
}
LOGIN = {
    "/v1/login": {
        "post": {
            "requestBody": {"content": {"application/json": {"schema": PASSWORD}}},
            "responses": {
                "200": {
                    "content": {"application/json": {"schema": {"properties": {"token": {}}}}},
                }
            },
        }
    }
}
BEARER = {"type": "http", "scheme": "bearer"}
OAUTH = {"type": "oauth2", "flows": {"password": {"tokenUrl": "token", "scopes": {}}}}
KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}


def let_in(schemes: list[Any], paths: Mapping[str, Any], tmp_path: Path) -> StackSpec:
    """Return the stack file of a gateway with these schemes, its comments on them taken in."""
    known = {f"scheme-{number}": one for number, one in enumerate(schemes)}
    document = {"paths": paths, "components": {"securitySchemes": known}}
    gateway = Published(name="gateway", port=2, ready="tcp", document=document)
    text = stack_file_text("shop", gateway, [Published(name="xs", port=1, ready="tcp")])
    file = tmp_path / "stack.toml"
    file.write_text(taken_in(text))
    return read_stack_file(file)


def taken_in(text: str) -> str:
    """Return a stack file with its comments on who is let in taken in."""
    for begin in ("[login]", "request = ", "body = ", "form = ", "token = ", "header = ", "cred"):
        text = text.replace(f"\n# {begin}", f"\n{begin}")
    return text


def test_a_gateway_that_gives_a_token_for_a_password_has_its_login_in_the_file(
    tmp_path: Path,
) -> None:
    spec = let_in([BEARER], LOGIN, tmp_path)

    assert spec.login is not None
    assert (spec.login.request, spec.login.token) == ("POST /v1/login", "/token")
    assert spec.login.body == {
        "email": "{secrets.LOGIN_NAME}",
        "password": "{secrets.LOGIN_PASSWORD}",
        "device": "seed {user}",
    }
    assert spec.login.header == {"Authorization": "Bearer {token}"}
    assert spec.contract.credentials == {}


def test_the_password_flow_of_oauth_is_a_form(tmp_path: Path) -> None:
    spec = let_in([OAUTH, KEY], {}, tmp_path)

    assert spec.login is not None
    assert (spec.login.request, spec.login.token) == ("POST /token", "/access_token")
    assert spec.login.form == {
        "username": "{secrets.LOGIN_NAME}",
        "password": "{secrets.LOGIN_PASSWORD}",
    }
    assert spec.contract.credentials == {"X-Key": "X_KEY"}


@pytest.mark.parametrize(
    ("scheme", "header"),
    [
        pytest.param(BEARER, "Authorization", id="a token from elsewhere"),
        pytest.param({"type": "http", "scheme": "basic"}, "Authorization", id="basic"),
        pytest.param(KEY, "X-Key", id="a key"),
    ],
)
def test_a_header_that_lets_callers_in_has_a_variable_in_the_file(
    scheme: Mapping[str, Any], header: str, tmp_path: Path
) -> None:
    spec = let_in([scheme], {}, tmp_path)

    assert spec.login is None
    assert list(spec.contract.credentials) == [header]


STRANGE: dict[str, dict[str, Any]] = {
    "no schemes": {"components": {"securitySchemes": None}},
    "no components": {"components": None},
    "no flows": {"components": {"securitySchemes": {"a": {"type": "oauth2", "flows": None}}}},
    "a token elsewhere": {
        "components": {
            "securitySchemes": {
                "a": {"type": "oauth2", "flows": {"password": {"tokenUrl": "//auth.test/token"}}}
            }
        }
    },
    "signs in names": {
        "components": {
            "securitySchemes": {
                "a": {"type": "apiKey", "in": "header", "name": 'X "a"\nb'},
                "b": {"type": "oauth2", "flows": {"password": {"tokenUrl": 'to "k\nen'}}},
            }
        }
    },
    "signs in paths": {"paths": {"/x/{id:\\d+}": {"get": {}}, '/a"b': {"get": {}}}},
}


@pytest.mark.parametrize("name", STRANGE)
def test_whatever_a_document_has_the_file_can_be_read(name: str, tmp_path: Path) -> None:
    gateway = Published(
        name="gateway", port=2, ready="tcp", document={"paths": {"/x": {"get": {}}}} | STRANGE[name]
    )
    text = stack_file_text("shop", gateway, [Published(name="xs", port=1, ready="tcp")])
    (tmp_path / "stack.toml").write_text(text, encoding="utf-8")

    assert tomllib.loads(text)["scenarios"]["reads"]["calls"]
    assert tomllib.loads(taken_in(text))


VALUES = (
    ({"format": "email", "pattern": "^.+@.+$", "example": "a@b.org"}, "a@b.org"),
    ({"format": "date", "maxLength": 10, "example": "2020-02-02"}, "2020-02-02"),
    ({"format": "uuid", "maxLength": 36}, "00000000-0000-4000-8000-00000000000{n}"),
    ({"format": "uuid", "maxLength": 30}, None),
    ({"format": "email", "maxLength": 8, "example": "a@b.org"}, "a@b.org"),
    ({"format": "date", "enum": ["2020-01-01"]}, "2020-01-01"),
    ({"format": "uuid", "const": "c"}, "c"),
    ({"maxLength": 3}, "s"),
    ({"minLength": 9}, "seed {n}xxx"),
    ({"minLength": 9, "maxLength": 9}, "s" * 9),
    ({"example": "\N{GRINNING FACE}\x7f"}, "\N{GRINNING FACE}\x7f"),
)


@pytest.mark.parametrize(("schema", "value"), VALUES)
def test_a_made_up_text_is_one_that_its_schema_takes(
    schema: Mapping[str, Any], value: str | None, tmp_path: Path
) -> None:
    made = Published(name="xs", port=1, ready="tcp").sample({"type": "string", **schema})

    assert made == value
    (tmp_path / "x.toml").write_text(f"x = {inline({'y': made, 'z': [None, 1.5]})}", "utf-8")
    read = tomllib.loads((tmp_path / "x.toml").read_text("utf-8"))["x"]
    assert read == ({} if value is None else {"y": value}) | {"z": [1.5]}


def test_a_place_where_nobody_answers_is_told(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, [str(tmp_path / "stack.toml"), "--gateway", "http://127.0.0.1:1"]
    )

    assert done.exit_code == 2
    assert done.output.startswith("Expected gateway to answer at http://127.0.0.1:1; ")
    assert list(tmp_path.iterdir()) == []


ANSWERS = (
    *("python -m http.server --bind {host} {port}", "", "/", ""),
    *("orders, old articles", "orders, resolver", "orders"),
    *("'unclosed", "python -m http.server --bind {host} {port}", "9001", "GET /", "/api.json"),
    *("work.orders, work.items", "work.orders"),
    "python worker.py",
)


def test_what_is_answered_at_the_terminal_is_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["--ask"], input="\n".join(ANSWERS) + "\n")
    known = read_stack_file(tmp_path / "stack.toml")

    assert done.exit_code == 0, done.output
    assert "'old articles' is no name of a service" in done.output
    assert "'resolver' is no name of a service" in done.output
    assert known.parts["gateway"].ready == "GET /"
    assert "No closing quotation; write it as a shell takes it" in done.output
    assert "one queue's name, please" in done.output
    assert known.broker is not None
    assert known.broker.queues == ("work.orders",)
    assert {name: (part.role, part.port) for name, part in known.parts.items()} == {
        "orders": ("service", 9001),
        "resolver": ("resolver", None),
        "gateway": ("gateway", 8000),
    }
    assert known.parts["resolver"].command == ("python", "worker.py")
    assert known.parts["orders"].openapi == "/api.json"
    assert known.parts["gateway"].settings["AMQP"] == "{broker.url}"


def test_a_system_that_was_told_of_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    server = "python -m http.server --bind {host} {port}"
    answers = (server, "", "GET /", "", "orders", server, "", "GET /", "", "")
    done = CliRunner().invoke(app, ["--ask"], input="\n".join(answers) + "\n")
    spec = read_stack_file(tmp_path / "stack.toml")

    assert "It does not start yet" not in done.output
    with start_stack(spec, run_folder=tmp_path / "run", engine="processes") as stack:
        assert {one.name for part in spec.parts for one in stack.copies(part)} == set(spec.parts)


def test_where_nobody_answers_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["--ask"], input="")

    assert done.exit_code == 1
    assert not (tmp_path / "stack.toml").exists()


def test_asking_goes_with_nothing_that_tells_already() -> None:
    done = CliRunner().invoke(app, ["--ask", "--gateway=http://127.0.0.1:9"])

    assert done.exit_code == 2
    assert "Expected --ask by itself" in done.output


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"pattern": "s{1,99999999999}"}, id="a number too large"),
        pytest.param({"pattern": 7}, id="no text"),
        pytest.param({"pattern": "(" * 9_000 + ")" * 9_000}, id="too deep"),
        pytest.param({"pattern": "^((s|e|d|x| )+)+!$", "minLength": 60}, id="without an end"),
        pytest.param({"pattern": ".*.*.*.*!$", "minLength": 9_000}, id="hardly with an end"),
        pytest.param({"pattern": "\\p{L}+"}, id="of another language"),
    ],
)
def test_a_pattern_that_cannot_be_read_in_time_is_met_by_no_text(said: dict[str, Any]) -> None:
    made = Published(name="xs", port=1, ready="tcp").sample({"type": "string", **said})

    assert made is None
