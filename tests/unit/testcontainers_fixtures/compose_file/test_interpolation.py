"""Variables of a compose file are filled in as compose-spec says, or it is said why not."""

from pathlib import Path

import pytest

from testcontainers_fixtures.compose_file.interpolation import (
    environment,
    interpolated,
    read_env_file,
)

VARIABLES = {"NAME": "shop", "EMPTY": "", "DEEP": "sea"}


def filled(text: str) -> str:
    return str(interpolated(text, VARIABLES, lambda _: None))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("$NAME-1", "shop-1"),
        ("${NAME}1", "shop1"),
        ("${GONE:-x}", "x"),
        ("${EMPTY:-x}${EMPTY-x}", "x"),
        ("${NAME:+set}${GONE:+set}${EMPTY+set}", "setset"),
        ("${GONE:-${DEEP:-y}/${GONE-z}}", "sea/z"),
        ('${GONE-{"a": {}}', '{"a": {}'),
        ("$$NAME $${NAME:-x} $", "$NAME ${NAME:-x} $"),
        ("${NAME:?must}", "shop"),
        ("${GONE}", ""),
    ],
)
def test_each_form_of_a_variable_is_filled_in(text: str, meaning: str) -> None:
    assert filled(text) == meaning


def test_texts_are_filled_in_wherever_they_stand_and_names_are_not() -> None:
    node = {"$NAME": ["${NAME}", {"a": "$DEEP", "b": 5, "c": None}]}

    assert interpolated(node, VARIABLES, lambda _: None) == {
        "$NAME": ["shop", {"a": "sea", "b": 5, "c": None}]
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("${GONE:?tell it}", "the variable GONE is not set (tell it)"),
        ("${EMPTY:?}", "the variable EMPTY is not set"),
        ("${NAME", "is no variable"),
        ("${1}", "is no variable"),
        ("${NAME:x}", "is no variable"),
    ],
)
def test_what_is_no_variable_or_must_be_set_is_said(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        filled(text)
    assert complaint in str(caught.value)


def test_a_variable_that_nobody_sets_is_told() -> None:
    told: list[str] = []
    interpolated("${GONE} ${NAME} $OTHER ${THIRD:-x}", VARIABLES, told.append)

    assert told == ["GONE", "OTHER"]


def test_the_environment_goes_before_the_file_beside_the_compose_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("FROM_FILE_X=a\nFROM_BOTH_X=b\n")
    monkeypatch.setenv("FROM_BOTH_X", "c")

    found = environment(tmp_path)

    assert (found["FROM_FILE_X"], found["FROM_BOTH_X"]) == ("a", "c")


def test_an_env_file_has_quotes_comments_and_variables(tmp_path: Path) -> None:
    file = tmp_path / "shop.env"
    file.write_text(
        "# of the shop\nA=1\nexport B=\"two $A\" # said\nC='as $A it stands'\nNAME\nGONE\nD=a#b\n"
    )

    assert read_env_file(file, VARIABLES) == {
        "A": "1",
        "B": "two 1",
        "C": "as $A it stands",
        "NAME": "shop",
        "D": "a#b",
    }


def test_a_line_of_an_env_file_that_is_none_is_named(tmp_path: Path) -> None:
    file = tmp_path / "shop.env"
    file.write_text("A=1\nno line at all\n")

    with pytest.raises(ValueError, match=r"line 2 of .* is no NAME=VALUE: 'no line at all'"):
        read_env_file(file, {})
