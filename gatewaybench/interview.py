"""Asks at the terminal what a stack file to start from is to say: `gatewaybench init --ask`."""

import re
import shlex
from dataclasses import dataclass
from typing import Final

import typer

from gatewaybench.published import Published

_GATEWAY_PORT: Final = 8000
_SERVICE_PORT: Final = 8001
_HEALTH: Final = "GET /health"
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_NO_NAME: Final = "names are of small letters, digits, - and _, as orders"
# Parts that are asked for by themselves, and what a broker is called.
_TAKEN: Final = frozenset({"gateway", "resolver", "broker"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """What was answered: the parts with their commands, and who takes calls from which queue."""

    gateway: Published
    services: tuple[Published, ...]
    queue: str = ""
    resolver: tuple[str, ...] = ()


def interview() -> Interview:
    """Return what is answered at the terminal; raise typer.Abort where nobody answers."""
    typer.echo("In commands {host} and {port} are the address to bind; Ctrl-C writes nothing.")
    gateway = _part("gateway", _GATEWAY_PORT)
    names = typer.prompt(
        "Services behind it, commas between (empty: none)", default="", value_proc=_names
    )
    services = tuple(_part(name, _SERVICE_PORT + at) for at, name in enumerate(names))
    queue: str = typer.prompt(
        "RabbitMQ queue that calls are taken from (empty: none)", default="", value_proc=_queue
    )
    resolver = _command("the resolver, which takes calls from it") if queue else ()
    return Interview(gateway=gateway, services=services, queue=queue, resolver=resolver)


def _queue(text: str) -> str:
    name = text.strip()
    if "," in name or " " in name:
        raise typer.BadParameter(
            "one queue's name, please; those of other resolvers go into the file that is written"
        )
    return name


def _part(name: str, port: int) -> Published:
    return Published(
        name=name,
        command=_command(name),
        port=typer.prompt(f"Port of {name}", default=port, type=int),
        ready=typer.prompt(
            f"Request that {name} answers once it is ready", default=_HEALTH, value_proc=_request
        ),
        openapi=typer.prompt(f"Path of the OpenAPI document of {name} (empty: none)", default=""),
    )


def _command(who: str) -> tuple[str, ...]:
    words: tuple[str, ...] = typer.prompt(f"Command that starts {who}", value_proc=_words)
    return words


def _words(text: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise typer.BadParameter(f"{error}; write it as a shell takes it") from error
    if not words:
        raise typer.BadParameter("a command has at least one word")
    return words


def _request(text: str) -> str:
    """Return a request line; a path alone is read."""
    text = text.strip()
    return f"GET {text}" if text.startswith("/") else text


def _names(text: str) -> list[str]:
    names = [one.strip() for one in text.split(",") if one.strip()]
    for one in names:
        if not _NAME.fullmatch(one) or one in _TAKEN or names.count(one) > 1:
            raise typer.BadParameter(f"{one!r} is no name of a service: {_NO_NAME}, each once")
    return names
