"""The options of a command line, declared once: a dataclass whose fields say how Typer reads them.

A field is an option where its annotation carries a `typer.Option`, or a `typer.Argument`; its
default is the option's. What is neither is for the command to fill in.
"""

from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, fields
from functools import wraps
from inspect import Parameter, Signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar, get_type_hints

import typer
from typer.models import ParameterInfo

from testcontainers_fixtures.project import reference_system

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Options = TypeVar("Options", bound="DataclassInstance")

# What every command that keeps a run takes, under one heading.
RUN: Final = "The run"
Site = Annotated[
    Path,
    typer.Option(
        metavar="FOLDER",
        help="Where pages and records are kept.",
        rich_help_panel=RUN,
    ),
]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="Leave with 1 where nothing can be said.", rich_help_panel=RUN),
]
Tolerant = Annotated[
    bool,
    typer.Option(
        "--tolerant",
        help="Leave with 0 where what could be judged holds, though not all could be.",
        rich_help_panel=RUN,
    ),
]


def stack_file(heading: str) -> Any:  # noqa: ANN401 -- as Typer has its options
    """Return the option of a stack file, of which there is one unless it is given."""
    return typer.Option(
        metavar="FILE",
        help="A stack file (TOML).",
        show_default=reference_system.SHOWN,
        rich_help_panel=heading,
    )


def engine_name(heading: str) -> Any:  # noqa: ANN401 -- as Typer has its options
    """Return the option of what runs a stack."""
    return typer.Option(
        metavar="NAME",
        help="containers or processes; without it, what is there.",
        rich_help_panel=heading,
    )


def application(**more: Any) -> typer.Typer:  # noqa: ANN401 -- as Typer's own
    """Return a Typer application as every command line of the harness is one.

    Markdown has the paragraphs of a help fill the terminal, and leaves brackets alone.
    """
    return typer.Typer(
        add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown", **more
    )


def taking(options: type[Options]) -> Callable[[Callable[[Options], None]], Callable[..., None]]:
    """Return a decorator that has Typer call a command with an instance of these options."""

    def decorated(command: Callable[[Options], None]) -> Callable[..., None]:
        @wraps(command)
        def called(**given: Any) -> None:  # noqa: ANN401 -- of the types that the fields say
            command(options(**given))

        parameters = list(_parameters(options))
        # Typer reads both: the signature for its order and defaults, the annotations for types.
        called.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {one.name: one.annotation for one in parameters}
        return called

    return decorated


def option_of(options: "type[DataclassInstance]", name: str) -> str:
    """Return how a field's option is written on the command line: "--gateway-workers"."""
    declared = _declared(get_type_hints(options, include_extras=True)[name])
    if declared is None:
        raise ValueError(f"Expected an option; {name} of {options.__name__} is none.")
    written = [one for one in _names(declared) if one.startswith("--")]
    return written[0].partition("/")[0] if written else f"--{name.replace('_', '-')}"


def default_of(field: "Field[Any]") -> object:
    """Return what a field holds where nothing was given."""
    return field.default if field.default_factory is MISSING else field.default_factory()


def _parameters(options: "type[DataclassInstance]") -> Iterator[Parameter]:
    hints = get_type_hints(options, include_extras=True)
    for field in fields(options):
        if _declared(hints[field.name]) is not None:
            default = default_of(field)
            yield Parameter(
                field.name,
                Parameter.KEYWORD_ONLY,
                default=Parameter.empty if default is MISSING else default,
                annotation=hints[field.name],
            )


def _declared(hint: object) -> ParameterInfo | None:
    said = getattr(hint, "__metadata__", ())
    return next((one for one in said if isinstance(one, ParameterInfo)), None)


def _names(declared: ParameterInfo) -> tuple[str, ...]:
    # In `Annotated` the first name stands where a default would be.
    first = (declared.default,) if isinstance(declared.default, str) else ()
    return (*first, *(declared.param_decls or ()))
