"""Rows come in by request, by command and from a file; they are fresh without a start."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from testcontainers_fixtures.errors import SpecError, StartError
from testcontainers_fixtures.stack import Stack, start_stack
from testcontainers_fixtures.stack_spec import read_stack_file
from tests.integration.small_stacks import CONTAINERS, DOCKERFILE

pytestmark = pytest.mark.timeout(600)
# Keeps rows for as long as it runs, and tells with each look since when it does.
STORE = """
import http.server, json, sys, time
ROWS, SINCE = [], time.time()
class Store(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
    def do_GET(self):
        self.answer(200, {"rows": ROWS, "since": SINCE})
    def do_POST(self):
        ROWS.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.answer(201, ROWS[-1])
    def do_DELETE(self):
        ROWS.clear()
        self.answer(200, {})
http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Store).serve_forever()
"""
# Lets in who has logged in, and hands everything on to the store.
FRONT = """
import http.server, os, sys, urllib.request
class Front(http.server.BaseHTTPRequestHandler):
    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
    def handle_one(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        if self.path == "/ready":
            return self.answer(200, b"")
        if self.path == "/login":
            known = os.environ["PASSWORD"].encode() in (body or b"")
            return self.answer(200 if known else 401, b'{"token": "a-token"}')
        if self.headers["Authorization"] != "Bearer a-token":
            return self.answer(401, b"who?")
        asked = urllib.request.Request(os.environ["STORE"], body, method=self.command)
        with urllib.request.urlopen(asked, timeout=5) as answer:
            self.answer(answer.status, answer.read())
    do_GET = do_POST = handle_one
http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Front).serve_forever()
"""
ASK = """
import sys, urllib.request
method, url, *body = sys.argv[1:]
data = body[0].encode() if body else None
urllib.request.urlopen(urllib.request.Request(url, data, method=method), timeout=5)
"""
STACK = """
format_version = 2
name = "data"

[image]
include = ["**/*.py"]

[login]
request = "POST /login"
body = { password = "{secrets.SHOP_PASSWORD}" }
token = "/token"
header = { Authorization = "Bearer {token}" }

[parts.store]
role = "database"
port = 9001
command = ["python", "store.py", "{host}", "{port}"]
fresh = ["python", "ask.py", "DELETE", "http://127.0.0.1:{port}/"]

[parts.schema]
role = "job"
after = ["store"]
command = ["python", "ask.py", "POST", "{store.url}", '"made once"']

[parts.front]
role = "gateway"
port = 9000
command = ["python", "front.py", "{host}", "{port}"]
settings = { STORE = "{store.url}", PASSWORD = "{secrets.SHOP_PASSWORD}" }

[[seed]]
part = "store"
command = ["python", "ask.py", "POST", "http://127.0.0.1:{port}/", '{"by": "command"}']

[[seed]]
part = "front"
request = "POST /rows"
rows = "rows.jsonl"

[[seed]]
part = "front"
request = "POST /rows"
body = { by = "request", n = "{n}" }
repeat = 2
"""
SEEDED = [
    {"by": "command"},
    {"by": "file", "n": 1},
    {"by": "file", "n": 2},
    {"by": "request", "n": 1},
    {"by": "request", "n": 2},
]


def written(folder: Path, text: str = STACK) -> Path:
    """Return the stack file of a system that keeps its rows in memory."""
    for name, code in {"store": STORE, "front": FRONT, "ask": ASK}.items():
        (folder / f"{name}.py").write_text(code)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "rows.jsonl").write_text('{"by": "file", "n": 1}\n\n{"by": "file", "n": 2}\n')
    (folder / "stack.toml").write_text(text)
    return folder / "stack.toml"


@pytest.fixture
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("testcontainers_fixtures.entrance.LOGGED_IN_WITHIN_S", 1.0)
    monkeypatch.setenv("SHOP_PASSWORD", "open-sesame-1234")


@pytest.fixture(params=["processes", CONTAINERS])
def stack(request: pytest.FixtureRequest, tmp_path: Path, _password: None) -> Iterator[Stack]:
    spec = read_stack_file(written(tmp_path))
    with start_stack(spec, run_folder=tmp_path / "run", engine=request.param) as running:
        yield running


def seen(stack: Stack) -> tuple[list[object], float]:
    """Return the store's rows, and since when it runs."""
    [store] = stack.copies("store")
    told = httpx.get(store.url, trust_env=False).json()
    return told["rows"], told["since"]


def test_rows_come_in_the_files_order_and_fresh_data_start_nothing_over(stack: Stack) -> None:
    rows, since = seen(stack)
    [store] = stack.copies("store")
    httpx.post(store.url, json={"by": "a test"}, trust_env=False)

    stack.reset()
    again, still = seen(stack)
    stack.reset(seeded=False)
    emptied, _ = seen(stack)

    assert rows == ["made once", *SEEDED]
    assert again == SEEDED  # the job's work is for `fresh` to keep, and here it does not
    assert emptied == []
    assert still == since


@pytest.mark.usefixtures("_password")
@pytest.mark.parametrize(
    ("was", "becomes", "kind", "complaint"),
    [
        pytest.param(
            '"ask.py", "POST", "http://127.0.0.1:{port}/", \'',
            '"nope.py", \'',
            StartError,
            "(a seed) was to end with 0; seen: 2",
            id="a command that fails",
        ),
        pytest.param(
            'request = "POST /rows"\nbody',
            'request = "POST /rows"\nstatus = 202\nbody',
            StartError,
            "Seeding front: expected 202 from POST /rows number 1; seen: 201",
            id="another answer",
        ),
        pytest.param("rows.jsonl", "none.jsonl", SpecError, "Expected the rows of", id="no file"),
        pytest.param(
            "127.0.0.1:{port}/\", '",
            "127.0.0.1:{prot}/\", '",
            SpecError,
            "names {prot}, which is unknown here (did you mean `port`?)",
            id="a placeholder",
        ),
        pytest.param(
            'part = "front"\nrequest = "POST /rows"\nrows',
            'part = "font"\nrequest = "POST /rows"\nrows',
            SpecError,
            "seed names 'font', which is no gateway or service here (did you mean `front`?)",
            id="a part",
        ),
        pytest.param(
            'password = "{secrets.SHOP_PASSWORD}" }\ntoken',
            'password = "wrong-word" }\ntoken',
            StartError,
            "The login 'POST /login' was expected to answer 200 or 201; seen: 401",
            id="a password",
        ),
    ],
)
def test_what_cannot_be_put_in_ends_the_start_with_one_sentence(
    was: str, becomes: str, kind: type[Exception], complaint: str, tmp_path: Path
) -> None:
    assert was in STACK

    with (
        pytest.raises(kind) as caught,
        start_stack(
            read_stack_file(written(tmp_path, STACK.replace(was, becomes))),
            run_folder=tmp_path / "run",
            engine="processes",
        ),
    ):
        pass

    assert complaint in str(caught.value)
