"""A recording becomes a flow: what a user did are steps, and what an answer brought is kept."""

import base64
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from loadtests.command.scenario_command import app
from loadtests.plan.requests_file import calls_for
from testcontainers_fixtures.output.exit_codes import ExitCode

API = "https://shop.example"
ORDER = "3f0c2a9e-9c1d-4a58-8f0a-2b1b0a6f1c77"
Entry = dict[str, Any]


def entry(  # noqa: PLR0913 -- what a HAR entry has
    at_s: float,
    request: str,
    *,
    sent: object = None,
    answered: object = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
    answer_headers: dict[str, str] | None = None,
    origin: str = API,
    kind: str = "application/json",
    sent_kind: str = "application/json",
) -> Entry:
    method, target = request.split(" ", 1)
    text = base64.b64encode(json.dumps(answered).encode()).decode()
    named = [{"name": n, "value": v} for n, v in (headers or {}).items()]
    asked: dict[str, object] = {"method": method, "url": f"{origin}{target}", "headers": named}
    if sent is not None:
        asked |= {"postData": {"mimeType": sent_kind, "text": json.dumps(sent)}}
    return {
        "startedDateTime": f"2026-11-30T10:00:{at_s:06.3f}Z",
        "time": 100,
        "request": asked,
        "response": {
            "status": status,
            "headers": [{"name": n, "value": v} for n, v in (answer_headers or {}).items()],
            "content": {"mimeType": kind, "text": text, "encoding": "base64"},
        },
    }


BEARER = {"authorization": "Bearer abc.def", "user-agent": "A browser", "x-trace": "on {1}"}
SESSION = [
    entry(0, "GET /", kind="text/html"),
    entry(0.2, "GET /app.js", kind="application/javascript"),
    entry(0.3, "POST /track", origin="https://elsewhere.example", sent={}),
    entry(
        1,
        "POST /login",
        sent={"user": "ann", "password": "hunter2"},
        answered={"token": "abc.def"},
    ),
    entry(2, "OPTIONS /orders", headers=BEARER),
    entry(
        3,
        "GET /orders?limit=2&q=a%20b",
        headers=BEARER,
        answered={"items": [{"id": ORDER, "note": "tea"}, {"id": 7}], "limit": 2},
        answer_headers={"Set-Cookie": "sid=s3cr3t; Path=/"},
    ),
    entry(
        8.1,
        f"GET /orders/{ORDER}",
        headers=BEARER | {"cookie": "sid=s3cr3t; theme=dark"},
        answered={"id": ORDER, "article": {"number": 12}},
    ),
    entry(9, "PUT /orders/7", headers=BEARER, sent={"note": "{x}", "order_id": ORDER}, status=202),
    entry(9.2, "POST /orders/7/pay", headers=BEARER, sent={"amount": 7}, status=303),
    entry(9.4, "GET /orders/99", headers=BEARER, status=404),
    entry(9.5, "POST /files", headers=BEARER, sent="x", sent_kind="multipart/form-data"),
]


@pytest.fixture
def har(tmp_path: Path) -> Path:
    file = tmp_path / "session.har"
    file.write_text(json.dumps({"log": {"version": "1.2", "entries": SESSION[::-1]}}))
    return file


def written(har: Path, *options: str) -> str:
    done = CliRunner().invoke(app, [f"--har={har}", *options])
    assert done.exit_code == 0, done.output
    return done.stdout


def flow(text: str) -> list[dict[str, Any]]:
    return list(tomllib.loads(text)["flow"])


def test_what_a_user_did_are_steps_in_its_order_with_its_think_times(har: Path) -> None:
    steps = flow(written(har, "--for-target"))

    assert [(one["name"], one.get("think_s"), one.get("status")) for one in steps] == [
        ("GET /orders", None, None),
        ("GET /orders/...", 5.0, None),
        ("PUT /orders/...", 0.8, None),
        ("POST /orders/.../pay", 0.1, [303]),
    ]


def test_what_an_answer_brought_is_taken_from_that_answer(har: Path) -> None:
    orders, order, change, pay = flow(written(har, "--for-target"))

    assert orders["request"] == "GET /orders?limit=2&q=a%20b"
    assert orders["keeps"] == {
        "orders_id": "/items/0/id",
        "sid": "cookie sid",
        "orders_id_2": "/items/1/id",
    }
    assert order["request"] == "GET /orders/{orders_id}"
    assert order["keeps"] == {"orders_id_3": "/id"}
    assert [change["request"], pay["request"]] == [
        "PUT /orders/{orders_id_2}",
        "POST /orders/{orders_id_2}/pay",
    ]
    assert change["body"]["note"] == "{{x}}"
    assert change["body"]["order_id"] == "{orders_id_3}"
    assert pay["body"] == {"amount": 7}
    assert order["headers"]["Cookie"] == "sid={sid}"
    assert order["headers"]["x-trace"] == "on {{1}}"


def test_no_secret_is_written_and_a_login_becomes_one_to_be_said(har: Path) -> None:
    text = written(har)

    for secret in ("hunter2", "abc.def", "s3cr3t", "dark"):
        assert secret not in text
    assert "# Left out: POST /login: it logs in, see [login]" in text
    assert '{ authorization = "Bearer {token}" }' in text
    assert "# Left out: the cookies theme: no answer of the recording set them" in text


def test_what_is_left_out_is_said(har: Path) -> None:
    text = written(har)

    for said in (
        "1 to https://elsewhere.example",
        "GET /app.js: a part of a page",
        "OPTIONS /orders: a browser's own",
        "GET /orders/99: it was answered 404",
        "POST /files: its body is multipart/form-data, and that of a step is JSON",
    ):
        assert f"# Left out: {said}" in text


def test_it_can_be_read_as_it_was_written(har: Path, tmp_path: Path) -> None:
    file = tmp_path / "requests.toml"
    file.write_text(written(har, "--for-target"))

    assert len(calls_for((), file)) == 4


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--har=nowhere.har"], "Expected a HAR file, as a browser's network panel saves one, in"),
        ([], "Expected --openapi URL|FILE or --har FILE, one of both"),
        (["--har=x.har", "--openapi=y.json"], "Expected --openapi URL|FILE or --har FILE"),
    ],
)
def test_what_cannot_be_is_one_sentence(options: list[str], sentence: str) -> None:
    done = CliRunner().invoke(app, [*options])

    assert done.exit_code == ExitCode.BAD_INPUT
    assert sentence in " ".join(done.output.split())


@pytest.mark.parametrize("text", ["{}", "[]", '{"log": {"entries": [{}]}}', "no JSON"])
def test_another_file_is_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.har"
    file.write_text(text)
    done = CliRunner().invoke(app, [f"--har={file}"])

    assert done.exit_code == ExitCode.BAD_INPUT
    assert "a.har is none" in " ".join(done.output.split())


def test_another_origin_can_be_named(har: Path) -> None:
    done = CliRunner().invoke(app, [f"--har={har}", "--origin=https://nobody.example"])

    assert done.exit_code == ExitCode.BAD_INPUT
    assert "was asked of https://nobody.example; seen: https://shop.example" in " ".join(
        done.output.split()
    )
