"""A flow in a stack file is read whole, or refused with the line and the key."""

from pathlib import Path

import pytest

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file

HEAD = """format_version = 2
name = "small"
[parts.front]
role = "gateway"
command = ["run"]
port = 9000
[scenarios.s]
description = "d"
"""
FIRST = """[[scenarios.s.flow]]
name = "in"
request = "POST /in"
"""
NEXT = """[[scenarios.s.flow]]
name = "next"
request = "GET /"
"""
CARD = f'{NEXT}choice = "pay"\nbranch = "card"\n'


def read(folder: Path, text: str) -> StackSpec:
    path = folder / "stack.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    return read_stack_file(path)


def test_a_think_time_is_a_number_or_two(tmp_path: Path) -> None:
    flow = read(tmp_path, f"{FIRST}{NEXT}think_s = 2\n{NEXT}think_s = [1, 2.5]").scenarios["s"].flow

    assert [step.thinks_s for step in flow] == [(0.0, 0.0), (2.0, 2.0), (1.0, 2.5)]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("", r"line 7, scenarios.s: .*`calls` or a `flow`", id="neither"),
        pytest.param(
            f'{FIRST}[[scenarios.s.calls]]\nname = "c"\nrequest = "GET /"',
            "`calls` or a `flow`, and one of them",
            id="both",
        ),
        pytest.param(
            f"{FIRST}think_s = 1", r"line 9, .*a session begins with its first step", id="first"
        ),
        pytest.param(
            f"{FIRST}{NEXT}think_s = [3, 1]", r"line 15, .*the shortest and the longest", id="think"
        ),
        pytest.param(f"{FIRST}{NEXT}think_s = -1", r"line 15, .*expected seconds", id="negative"),
        pytest.param(f'{FIRST}{NEXT}branch = "a"', "step 'next' has no choice", id="no choice"),
        pytest.param(f'{FIRST}{NEXT}choice = "a"', "step 'next' has no branch", id="no branch"),
        pytest.param(f"{FIRST}{NEXT}weight = 2", "a weight and no branch", id="weight alone"),
        pytest.param(
            f"{FIRST}{CARD}{CARD}weight = 2", "line 22, .*at its first step", id="second weight"
        ),
        pytest.param(
            f"{FIRST}{CARD}{NEXT}{CARD}", "choice 'pay' stand apart", id="a choice in two places"
        ),
        pytest.param(f"{FIRST}share = 1.5", "`float` <= 1.0", id="a share above one"),
        pytest.param(f'{FIRST}keeps = {{ a = "id" }}', "line 12", id="a place that is none"),
        pytest.param(f"{FIRST}thinks = 1", "did you mean `think_s`", id="a slip of the pen"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_place(
    tmp_path: Path, text: str, complaint: str
) -> None:
    with pytest.raises(SpecError, match=complaint):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("draw", "complaint"),
    [
        ("n = [5, 1]", "line 13, .*no whole number is from 5 to 1"),
        ('n = "guid"', "line 13"),
        ("n = { text = [3, 2] }", "line 13, .*the fewest first"),
        ("n = { words = 3 }", "unknown field `words`"),
    ],
)
def test_what_cannot_be_drawn_is_told_with_its_place(
    tmp_path: Path, draw: str, complaint: str
) -> None:
    with pytest.raises(SpecError, match=complaint):
        read(tmp_path, f"{FIRST}[scenarios.s.flow.draw]\n{draw}")
