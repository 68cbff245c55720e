"""Databases, caches and a team's own faults: each strikes, shows from outside, and is mended."""

from collections.abc import Iterator

import httpx
import pytest

from testcontainers_fixtures.errors import NotApplicableError, StackError
from testcontainers_fixtures.faults.aim import faults_of, led
from testcontainers_fixtures.faults.fault import Fault
from testcontainers_fixtures.faults.signs.sign import Evidence
from testcontainers_fixtures.stack import Stack, start_stack
from testcontainers_fixtures.stack_spec import read_stack_file
from tests.integration.small_stacks import CONTAINERS, DOCKERFILE

pytestmark = pytest.mark.timeout(600)
# Answers 200, and 503 while there is a file called `full` in its folder; 507 where it cannot write.
STORE = """
import http.server, os, pathlib, sys
def written():
    row = pathlib.Path("/small/row")
    if not row.parent.exists():
        return True
    try:
        return row.write_bytes(bytes(65536)) > 0
    except OSError:
        return False
    finally:
        row.unlink()
class Store(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        full = os.path.exists(sys.argv[3] + "/full")
        self.send_response(503 if full else 200 if written() else 507)
        self.send_header("Content-Length", "0")
        self.end_headers()
http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Store).serve_forever()
"""
STACK = """
format_version = 2
name = "stores"

[image]
include = ["**/*.py"]

[parts.rows]
role = "database"
port = 9001
command = ["python", "store.py", "{host}", "{port}", "{data}"]
ready = "GET /"
tmpfs = ["/small:size=1m"]

[parts.words]
role = "cache"
port = 9002
command = ["python", "store.py", "{host}", "{port}", "{data}"]

[parts.more]
role = "cache"
port = 9003
command = ["python", "store.py", "{host}", "{port}", "{data}"]

[parts.front]
role = "gateway"
port = 9000
command = ["python", "-m", "http.server", "--bind", "{host}", "{port}"]
ready = "GET /"
settings = { ROWS = "{rows.url}", WORDS = "{words.url}" }

[links.rows]
source = "front"
target = "rows"

[links.words]
source = "front"
target = "words"

[faults.full]
sentence = "The database is full."
part = "rows"
strike = ["touch", "{data}/full"]
mend = ["rm", "{data}/full"]

[faults.busy]
part = "rows"
during = ["sh", "-c", "touch {data}/held; sleep {lasts_s}; rm {data}/held"]
sign = ["ls", "{data}"]
lasts_s = 2

[faults.idle]
part = "rows"
strike = ["true"]
mend = ["true"]

[faults.broken]
part = "rows"
strike = ["sh", "-c", "echo no such disk; exit 3"]
mend = ["true"]
"""


@pytest.fixture(scope="module", params=["processes", CONTAINERS])
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stores")
    (folder / "store.py").write_text(STORE)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "stack.toml").write_text(STACK)
    spec = read_stack_file(folder / "stack.toml")
    with start_stack(spec, run_folder=folder / "run", engine=request.param, links=True) as running:
        yield running


def fault(stack: Stack, name: str) -> Fault:
    [found] = [one for one in faults_of(stack.spec) if one.name == name]
    return found


def shown(stack: Stack, name: str) -> str:
    """Strike a fault, see that it shows and that it is over afterwards; return what showed."""
    found, spec = fault(stack, name), stack.spec
    stack.spec = led(spec, found)
    try:
        before = found.sign.read(stack)
        evidence = Evidence(stack, found.sign)
        with found.strike(stack):
            said = evidence.shown()
        assert found.sign.read(stack) == before
    finally:
        stack.spec = spec
    return said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("database-sigkill", "rows: 200; then rows: "),
        ("database-restarted", "rows: 200; then rows: "),
        ("database-paused", "rows: 200; then rows: silent"),
        ("cache-sigkill@words", "words: answers; then words: "),
        ("cache-paused@more", "more: answers; then more: silent"),
        ("link-database-cut", "rows: answered at once; then rows: refused"),
        ("link-database-slowed", "rows: answered at once; then rows: answered late"),
        ("link-cache-cut@words", "words: answered at once; then words: refused"),
        ("full", "rows: 200; then rows: 503"),
        ("busy", "rows: ls ends with 0; then rows: ls ends with 0 held"),
    ],
)
def test_a_fault_of_a_store_shows_and_is_mended(stack: Stack, name: str, said: str) -> None:
    assert shown(stack, name).startswith(said)


def test_a_store_whose_memory_file_system_is_full_can_write_nothing(stack: Stack) -> None:
    found = fault(stack, "database-full")
    if stack.engine not in found.engines:
        assert "no file system of its own" in found.why_not
        return
    evidence = Evidence(stack, found.sign)
    [rows] = stack.copies("rows")

    with found.strike(stack):
        said, struck = evidence.shown(), httpx.get(rows.url).status_code

    assert said.startswith("rows: /small has room; then rows: /small is full")
    assert (struck, httpx.get(rows.url).status_code) == (507, 200)


def test_a_store_without_a_bounded_file_system_says_what_it_takes(stack: Stack) -> None:
    [found] = [one for one in faults_of(stack.spec) if one.name == "cache-full@words"]
    spec, stack.spec = stack.spec, led(stack.spec, found)

    try:
        with pytest.raises(NotApplicableError, match=r"tmpfs = .*size=64m.* in \[parts.words\]"):
            found.sign.read(stack)
    finally:
        stack.spec = spec


def test_a_part_that_several_are_of_is_struck_by_name(stack: Stack) -> None:
    names = {one.name for one in faults_of(stack.spec)}

    assert {"cache-sigkill@words", "cache-sigkill@more", "database-sigkill"} <= names
    assert {"full", "busy"} <= names
    assert "cache-sigkill" not in names


def test_a_fault_of_ones_own_that_changes_nothing_is_none(stack: Stack) -> None:
    with pytest.raises(StackError, match=r"Expected the fault to show within .*: rows: 200"):
        shown(stack, "idle")


def test_a_fault_of_ones_own_that_fails_says_what_its_command_said(stack: Stack) -> None:
    with pytest.raises(StackError, match=r"Fault 'broken' .* was to end with 0; seen: 3 no such"):
        shown(stack, "broken")
