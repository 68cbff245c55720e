"""A team's own users: which tasks their file has, and what of it cannot be honoured.

How many requests a task makes, and to which calls, only its code knows. So rates are of tasks until
a phase is over; then what they made is counted, and the record has requests like any other.
"""

from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from loadtests.plan.plan import PlannedCall

SCENARIO: Final = "users"
OPTION: Final = "--users"
NOTE: Final = (
    f"With {OPTION} the rates that are given are of tasks, which make requests of their own; the "
    "record's rates are of requests. A request counts from when its task was due, or from the "
    "answer before it and the task's own sleep."
)


class OwnUsers(Struct, frozen=True, kw_only=True):
    """The tasks of a users file by name, each with its weight, and the clients that send for them.

    `notes` are sentences: what of the file is not used, and what is used in its place.
    """

    file: Path
    tasks: dict[str, float]
    clients: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def calls(self) -> tuple[PlannedCall, ...]:
        """Return the tasks as what a plan offers by weight."""
        return tuple(
            PlannedCall(name=name, request=name, weight=weight)
            for name, weight in self.tasks.items()
        )

    @property
    def description(self) -> str:
        """Return what a record says of the traffic."""
        return f"{self.file.name}: {', '.join(self.tasks)}"

    @property
    def said(self) -> tuple[str, ...]:
        """Return what a run says of them."""
        return (NOTE, *self.notes)


class UsersRefusal(Struct, frozen=True, kw_only=True, tag="refused"):
    """Why a users file cannot be used; one sentence."""

    sentence: str


class UsersFound(Struct, frozen=True, kw_only=True, tag="found"):
    """What a users file has."""

    users: OwnUsers


Look = UsersFound | UsersRefusal


def look_encoded(look: Look) -> bytes:
    """Return what was found of a users file, for who asked."""
    return msgspec.json.encode(look, enc_hook=str)


def look_in(data: bytes) -> Look:
    """Return what was found of a users file; raise ValueError for what is no answer."""
    found: Look = msgspec.json.decode(data, type=Look, dec_hook=lambda _, value: Path(str(value)))
    return found


def sent_by(users: OwnUsers | None) -> str:
    """Return what a run's conditions say of who sends its requests."""
    if users is None:
        return "locust"
    clients = " and ".join(users.clients)
    return f"locust, whose own clients ({clients}) cost more of a core than the generator's"
