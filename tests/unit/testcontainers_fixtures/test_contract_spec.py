"""What [contract] may say of paths, routes and lists, and the sentence about what it may not."""

from pathlib import Path

import pytest

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.openapi_spec import OpenapiFile
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file

FILE = """format_version = 2
name = "shop"

[parts.front]
role = "gateway"
port = 1
command = ["x"]

[parts.orders]
role = "resolver"
command = ["x"]
ready = "queue orders"
openapi = { file = "orders.yaml" }

[broker]
vhost = "v"
user = "me"
work_queue = "orders"

[contract]
added_headers = ["X-User"]
open = ["POST /login", "/health"]
leave_out = [
    { route = "/auth/*", because = "it hands out tokens" },
    { check = "parity", where = "GET /clock", because = "each side has a clock of its own" },
]
parity = [{ where = "POST /tags", pointer = "/id", rule = "id", because = "it counts" }]

[contract.paths]
orders = { strip = "/api/v1", add = "/in", rename = { "/labels/{id}" = "/tags/{id}" } }

[contract.collections]
"/tags" = { rows = "/tags", total = "/total", id = "/id", created = [200, 201] }
"""


def read(folder: Path, old: str = "", new: str = "") -> StackSpec:
    file = folder / "stack.toml"
    assert old in FILE
    file.write_text(FILE.replace(old, new), encoding="utf-8")
    return read_stack_file(file)


def test_a_contract_says_how_paths_differ_what_is_left_out_and_how_lists_are_answered(
    tmp_path: Path,
) -> None:
    promises = read(tmp_path).contract

    assert promises.paths["orders"].rename == {"/labels/{id}": "/tags/{id}"}
    assert promises.added == {"x-user": ""}
    assert promises.leave_out[0].because == "it hands out tokens"
    assert promises.collections["/tags"].created == (200, 201)


def test_the_value_of_a_header_that_is_added_may_be_told(tmp_path: Path) -> None:
    spec = read(tmp_path, '["X-User"]', '{ "X-User" = "ann" }')

    assert spec.contract.added == {"x-user": "ann"}


def test_what_answers_behind_amqp_alone_owns_the_document_that_is_given_as_a_file(
    tmp_path: Path,
) -> None:
    spec = read(tmp_path)

    assert list(spec.owners) == ["orders"]
    assert spec.parts["orders"].openapi == OpenapiFile(file="orders.yaml")


@pytest.mark.parametrize(
    "key",
    [
        'paths = { orders = { strip = "/v1" } }',
        'added_headers = ["X-User"]',
        'leave_out = [{ route = "/a", because = "b" }]',
        'collections = { "/a" = { rows = "/b" } }',
        'open = ["/a"]',
        'parity = [{ header = "ETag", rule = "volatile", because = "b" }]',
    ],
)
def test_what_came_with_the_second_format_is_refused_in_the_first(tmp_path: Path, key: str) -> None:
    parts = FILE.partition("[broker]")[0].replace("format_version = 2", "format_version = 1")
    plain = parts.replace('openapi = { file = "orders.yaml" }\n', "port = 2\n")
    file = tmp_path / "stack.toml"
    for text in (plain.replace('ready = "queue orders"\n', ""), f"[contract]\n{key}\n"):
        with file.open("a", encoding="utf-8") as opened:
            opened.write(text)

    with pytest.raises(SpecError) as refused:
        read_stack_file(file)

    assert f"`{key.partition(' ')[0]}` of [contract] needs format_version = 2" in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        pytest.param(
            "orders = { strip",
            "order = { strip",
            "line 30, contract.paths.order: paths are those of a service, and 'order' is none here "
            "(did you mean `orders`?).",
            id="paths of nobody",
        ),
        pytest.param(
            '"/api/v1"',
            '"api"',
            "how paths begin is written as \"/api/v1\"; seen: 'api'.",
            id="strip",
        ),
        pytest.param("strip =", "strp =", "(did you mean `strip`?)", id="a misspelt key"),
        pytest.param(
            '"/tags/{id}"', '"/tags/{tag}"', "have other names in braces", id="another name"
        ),
        pytest.param(
            '"/tags/{id}" }',
            '"/tags/{id}", "/l/{id}" = "/tags/{id}" }',
            "'/labels/{id}' and '/l/{id}' both lead to '/tags/{id}'; take one of them out",
            id="two ways to one place",
        ),
        pytest.param(
            'route = "/auth/*", ', "", "what is left out has a `route", id="nothing left out"
        ),
        pytest.param(
            'route = "/auth/*"',
            'route = "/auth/*", where = "/x"',
            "`where` goes with a `check`",
            id="where of a route",
        ),
        pytest.param(
            '"/auth/*"',
            '"auth"',
            "contract.leave_out.1.route: a route is written as",
            id="no route",
        ),
        pytest.param(
            ', because = "it hands out tokens"',
            "",
            "missing required field `because`",
            id="no reason",
        ),
        pytest.param(
            'pointer = "/id", ',
            "",
            "contract.parity.1: a rule of parity has one place",
            id="a rule of no place",
        ),
        pytest.param(
            'pointer = "/id"',
            'pointer = "/id", status = true',
            "contract.parity.1: a rule of parity has one place",
            id="a rule of two places",
        ),
        pytest.param(
            'pointer = "/id"',
            'header = "ETag"',
            'of a header or a status the rule is "volatile"; "id" is of a `pointer`',
            id="a rule that is none of a header",
        ),
        pytest.param('rule = "id"', 'rule = "ids"', "contract.parity.1.rule", id="no such rule"),
        pytest.param(
            'pointer = "/id"',
            'pointer = "id"',
            "contract.parity.1.pointer: a place in an answer is written as",
            id="no pointer of a rule",
        ),
        pytest.param(
            '"POST /tags"',
            '["POST /tags", "tags"]',
            "contract.parity.1.where.2: a route is written as",
            id="no route of a rule",
        ),
        pytest.param(
            'route = "/auth/*", because',
            'route = "/auth/*", alike = true, because',
            "`alike` goes with a `check`",
            id="alike of a route",
        ),
        pytest.param('"/health"', '"health"', "contract.open.2: a route is written", id="open"),
        pytest.param(
            'rows = "/tags"',
            'rows = "tags"',
            'a place in an answer is written as "/data/items"',
            id="no pointer",
        ),
        pytest.param(
            '"/tags" = {', "tags = {", 'a list is named by its path, as "/tags"', id="no path"
        ),
        pytest.param(
            "format_version = 2",
            "format_version = 1",
            "needs format_version = 2",
            id="of the first format",
        ),
        pytest.param(
            '{ file = "orders.yaml" }',
            '"/openapi.json"',
            'give its document as openapi = { file = "..." }, relative to the stack file',
            id="a queue publishes nothing",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_one_sentence(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    with pytest.raises(SpecError) as refused:
        read(tmp_path, old, new)

    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
