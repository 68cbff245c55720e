"""Nothing that is printed of a stranger's is a command to the CI service that reads it."""

import pytest

from reports.record.number_formats import visible
from testcontainers_fixtures.output.terminal_text import plain_text
from testcontainers_fixtures.output.workflow_commands import NAMES, inert


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("show", [inert, visible, plain_text])
def test_each_command_is_written_out_in_either_form(name: str, show: type[str]) -> None:
    written = show(f"a\n::{name}::b\n::{name.upper()} x=1::b ##[{name}]c")

    assert f"\\x3a:{name}::b" in written
    assert f"\\x3a:{name.upper()} x=1::b" in written
    assert f"\\x23#[{name}]c" in written
    assert f"::{name}" not in written.lower()
    assert "##[" not in written


@pytest.mark.parametrize(
    "text",
    ["tests/test_a.py::test_one", "std::fmt::Display", "::errors::", "# [error]", "12:30", "a::b"],
)
def test_what_is_none_stays_as_it_is(text: str) -> None:
    assert inert(text) == text


@pytest.mark.parametrize("text", [":::error::x", "::::error::x", "###[error]x", "##[##[error]x"])
def test_what_stands_before_a_command_does_not_hide_it(text: str) -> None:
    written = inert(text)

    assert "::error" not in written
    assert "##[" not in written
