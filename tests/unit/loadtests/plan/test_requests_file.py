"""What a target is asked comes from the command line, from a file, or from both."""

from pathlib import Path

import pytest

from loadtests.plan.requests_file import calls_for
from testcontainers_fixtures.errors import SpecError

FILE = """
[[calls]]
name = "make"
request = "POST /rows"
body = { x = "{number}" }
draw = { number = [1, 9] }
keeps = { row = "/id" }
weight = 2

[[calls]]
name = "drop"
request = "DELETE /rows/{row}"
takes = "row"
"""


def test_requests_of_the_command_line_are_called_as_they_are_written() -> None:
    calls = calls_for(["GET /x?a=1", "DELETE /y"], None)

    assert [(call.name, call.request, call.weight) for call in calls] == [
        ("GET /x?a=1", "GET /x?a=1", 1.0),
        ("DELETE /y", "DELETE /y", 1.0),
    ]


def test_a_file_has_weights_bodies_and_all_that_a_stack_file_s_calls_have(tmp_path: Path) -> None:
    file = tmp_path / "requests.toml"
    file.write_text(FILE)

    read, make, drop = calls_for(["GET /rows"], file)

    assert read.request == "GET /rows"
    assert (make.weight, make.body, make.keeps) == (2.0, {"x": "{number}"}, {"row": "/id"})
    assert drop.takes == "row"


@pytest.mark.parametrize(
    ("requests", "text", "said"),
    [
        ([], None, "give --request 'GET /path', --requests FILE or --users FILE"),
        (
            ["/x"],
            None,
            "--request takes a method and a path, such as 'GET /rows?limit=2'; got '/x'",
        ),
        (["GET x"], None, "got 'GET x'"),
        (["GET /rows/{row}"], None, "uses {row}, which it does not draw"),
        ([], "calls = 1", "is not usable"),
        ([], "calls = []", "is not usable"),
        ([], "[[calls]]\nname = 'a'\nrequest = 'GET /'\nwait = 1", "unknown field `wait`"),
        ([], "[[calls]]\nname = 'a'\nrequest = 'GET /'\ntakes = 'b'", "takes 'b', which no call"),
        ([], "[[calls", "is not TOML"),
    ],
    ids=[
        "nothing",
        "no method",
        "no path",
        "an unfilled name",
        "no list",
        "an empty list",
        "an unknown field",
        "a value that none keeps",
        "no TOML",
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_sentence(
    tmp_path: Path, requests: list[str], text: str | None, said: str
) -> None:
    file = tmp_path / "requests.toml" if text is not None else None
    if file and text:
        file.write_text(text)

    with pytest.raises(SpecError) as refused:
        calls_for(requests, file)

    assert said in str(refused.value)
    assert "\n" not in str(refused.value).split(" is not TOML", maxsplit=1)[0]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"Expected a requests file at .*none.toml, but: No such"):
        calls_for([], tmp_path / "none.toml")
