"""Another process holds the write lock of a service's database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from testcontainers_fixtures.engines.engine import Launch, Running
from testcontainers_fixtures.errors import NotApplicableError, StartError
from testcontainers_fixtures.faults.fault import Fault, UnknownBound
from testcontainers_fixtures.faults.signs.part_signs import writing
from testcontainers_fixtures.faults.targets import end, first_copy, part_of
from testcontainers_fixtures.stack import Stack

SOURCE: Final = Path(__file__).with_name("lock_holder.py")
PORT: Final = 8092
LASTS_S: Final = 3.0
# The holder's last words where there is nothing to hold.
NO_DATABASE: Final = "Expected an SQLite database"


@contextmanager
def strike(stack: Stack) -> Iterator[None]:
    """Lock the first service's databases from a process beside it; leaving ends that process."""
    copy = first_copy(stack, part_of(stack, "service")).name
    holder = _holder(stack, copy)
    try:
        yield
    finally:
        end(holder)


def _holder(stack: Stack, copy: str) -> Running:
    try:
        return stack.launch(_order(stack, copy), ready="GET /")
    except StartError as error:
        if NO_DATABASE not in str(error):
            raise
        raise NotApplicableError(
            f"{copy} has no SQLite database to lock in its folder, {{data}}: its settings in the "
            "stack file would have to put one there."
        ) from error


def _order(stack: Stack, copy: str) -> Launch:
    name = f"{copy}-lock"
    address = stack.address(name, PORT)
    return Launch(
        name=name,
        command=("python3", "-c", SOURCE.read_text(encoding="utf-8")),
        environment={
            "LOCK_FOLDER": stack.data_folder(copy),
            "LOCK_BIND": address.bind,
            "LOCK_PORT": str(address.port),
        },
        address=address,
        data_of=copy,
    )


FAULTS = (
    Fault(
        name="database-locked",
        sentence="Another process holds the write lock of a service's database.",
        strike=strike,
        lasts_s=LASTS_S,
        outlasts=True,
        sign=writing(),
        outage=True,
        unknown_bound=UnknownBound(in_flight=True, meanwhile=True),
    ),
)
