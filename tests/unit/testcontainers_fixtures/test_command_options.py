"""An option is declared once: its name, its default, its bounds and its help."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from testcontainers_fixtures.command_options import application, option_of, taking

SEEN: list["Order"] = []


@dataclass(frozen=True, kw_only=True)
class Order:
    """What may be ordered."""

    typed: str = "filled in by the command"
    place: Annotated[Path, typer.Option(help="Where it goes.")]
    rate_per_s: Annotated[float, typer.Option("--rate", min=1, help="How fast.")] = 2.0
    names: Annotated[list[str], typer.Option("--name", help="Who; may be repeated.")] = field(
        default_factory=list
    )
    pin: Annotated[bool, typer.Option("--pin/--no-pin", help="[[alone]]")] = False


app = application()


@app.command()
@taking(Order)
def order(given: Order) -> None:
    """Take an order."""
    SEEN.append(given)


def _ran(*words: str) -> tuple[int, str]:
    SEEN.clear()
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.output


def test_what_is_left_out_has_its_default() -> None:
    assert _ran("--place", "here")[0] == 0
    assert [Order(place=Path("here"))] == SEEN


def test_what_is_given_arrives_as_its_type() -> None:
    words = ("--place", "x", "--rate", "3", "--name", "a", "--name", "b", "--pin")

    assert _ran(*words)[0] == 0
    assert [Order(place=Path("x"), rate_per_s=3.0, names=["a", "b"], pin=True)] == SEEN


@pytest.mark.parametrize(
    ("words", "said"),
    [((), "--place"), (("--place", "x", "--rate", "0"), "--rate"), (("--typed", "x"), "--typed")],
    ids=["a required one is missing", "out of bounds", "no option"],
)
def test_what_cannot_be_is_refused_by_its_name(words: tuple[str, ...], said: str) -> None:
    code, output = _ran(*words)

    assert code == 2
    assert said in output
    assert SEEN == []


def test_help_shows_brackets_as_they_are() -> None:
    assert "[[alone]]" in _ran("--help")[1]


@pytest.mark.parametrize(
    ("name", "option"),
    [("place", "--place"), ("rate_per_s", "--rate"), ("names", "--name"), ("pin", "--pin")],
)
def test_an_option_is_known_by_its_field(name: str, option: str) -> None:
    assert option_of(Order, name) == option


def test_a_field_that_is_no_option_has_no_name_to_be_typed() -> None:
    with pytest.raises(ValueError, match="typed of Order is none"):
        option_of(Order, "typed")
