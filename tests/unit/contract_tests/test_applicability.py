"""What applies to a system is told by its stack file, with the line that would make it apply."""

import json
from pathlib import Path

import pytest

from contract_tests.applicability import is_reference, lines
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file

ROOT = Path(__file__).parents[3]
TAG = {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
LIST = {"type": "object", "properties": {"tags": {"type": "array", "items": TAG}}}


def answer(schema: object) -> dict[str, object]:
    content = {"application/json": {"schema": schema}}
    return {"responses": {"200": {"description": "well", "content": content}}}


DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "tags", "version": "1"},
    "paths": {
        "/tags": {"get": answer(LIST), "post": answer(TAG)},
        "/tags/{tag_id}": {"get": answer(TAG)},
        "/files": {"post": answer({})},
    },
}
FILE = """format_version = 2
name = "shop"

[parts.front]
role = "gateway"
port = 1
command = ["python", "-m", "front"]

[parts.tags]
role = "resolver"
command = ["x"]
ready = "log up"
openapi = { file = "tags.json" }

[contract]
leave_out = [{ route = "POST /v1/files", because = "an upload of 2 GB" }]
parity = [{ where = "GET /v1/tags", pointer = "/at", rule = "time", because = "two clocks" }]
open = ["POST /v1/login"]
paths = { tags = { strip = "/v1" } }
"""


def spec(folder: Path, text: str = FILE) -> StackSpec:
    (folder / "tags.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    (folder / "stack.toml").write_text(text, encoding="utf-8")
    return read_stack_file(folder / "stack.toml")


def test_what_is_in_files_is_known_before_anything_runs(tmp_path: Path) -> None:
    told = "\n".join(lines(spec(tmp_path)))

    assert "applies         fuzzing by the document of tags, from its file" in told
    assert (
        'applies         stories of /v1/tags of tags: as guessed, collections = { "/v1/tags" = '
        '{ rows = "/tags" } }' in told
    )
    assert "not applicable  POST /v1/files: an upload of 2 GB" in told
    assert "applies         POST /v1/login is open to everybody" in told
    assert "applies         paths of tags: /v1 taken off" in told
    assert "body /at of GET /v1/tags: as far as time allows, two clocks" in told


@pytest.mark.parametrize(
    "line",
    [
        'not applicable  drift on paper with tags: it takes `openapi = "/PATH"` in [parts.front]',
        "not applicable  parity with tags: it answers behind AMQP alone, and nobody can be asked",
        "not applicable  what tags receives: it answers behind AMQP alone",
        "not applicable  broken messages on the work queue: it takes [broker]",
        "not applicable  the golden trial and the wire tests of tests/system: they are about",
        'not applicable  deadlines: it takes `deadline_header = "HEADER"` in [telemetry]',
    ],
)
def test_what_does_not_apply_says_what_would_make_it_apply(tmp_path: Path, line: str) -> None:
    assert line in "\n".join(lines(spec(tmp_path)))


def test_what_a_running_service_publishes_is_said_not_to_be_known(tmp_path: Path) -> None:
    text = FILE.replace('role = "resolver"\ncommand', 'role = "service"\nport = 2\ncommand')
    told = "\n".join(
        lines(spec(tmp_path, text.replace('{ file = "tags.json" }', '"/openapi.json"')))
    )

    assert "once it runs    stories of the lists of tags: the document" in told
    assert "not applicable  parity with tags: it takes `twin = true` in [parts.tags]" in told
    assert "not applicable  what tags receives: it takes `tap = true` in [parts.tags]" in told


def test_what_was_attached_to_is_not_broken(tmp_path: Path) -> None:
    told = "\n".join(lines(spec(tmp_path), attached=True))

    assert "not applicable  broken messages, and faults: what was attached to is not ours" in told
    assert "tests/system" not in told


def test_a_document_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    missing = spec(tmp_path, FILE.replace("tags.json", "nowhere.json"))

    with pytest.raises(SpecError) as refused:
        lines(missing)

    assert "`parts.tags.openapi.file` of the stack file: Expected" in str(refused.value)


def test_the_reference_system_is_known_by_what_its_gateway_runs(tmp_path: Path) -> None:
    ours = (ROOT / "system" / "stack.toml").read_text(encoding="utf-8")
    copied = spec(tmp_path, ours.replace('context = ".."', f'context = "{ROOT}"'))
    renamed = FILE.replace('name = "shop"', 'name = "reference"')

    assert is_reference(read_stack_file(ROOT / "system" / "stack.toml"))
    assert is_reference(copied)
    assert not is_reference(spec(tmp_path, renamed))


def test_what_a_twin_has_in_common_with_its_service_is_told(tmp_path: Path) -> None:
    shared = """
[broker]
vhost = "/"
user = "shop"
work_queue = "q"
[parts.rows]
role = "database"
port = 2
command = ["x"]
[parts.orders]
role = "service"
port = 3
command = ["x", "{data}"]
openapi = "/openapi.json"
twin = true
tap = true
python = "."
settings = { DSN = "postgresql://{rows.host}:{rows.port}/x", AMQP = "{broker.url}" }
"""
    found = lines(spec(tmp_path, FILE + shared))
    [told] = [one for one in found if "parity with orders" in one]
    [tapped] = [one for one in found if "what orders receives" in one]

    assert "calls that reach it by that pass no tap" in tapped
    assert told.startswith("  applies ")
    assert "its twin writes to the same rows, so rows are there twice; " in told
    assert "refuses it the work queues" in told
