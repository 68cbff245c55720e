"""A service answers every request in a bad manner: a bad one is put in its place."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from testcontainers_fixtures.engines.engine import Launch
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.faults.fault import Fault, UnknownBound
from testcontainers_fixtures.faults.signs.part_signs import answering
from testcontainers_fixtures.faults.targets import end, first_copy, part_of
from testcontainers_fixtures.stack import STOP_GRACE_S, Stack

SOURCE: Final = Path(__file__).with_name("bad_service.py")
STATE: Final = "/.bad/state"
LASTS_S: Final = 3.0
MANNERS: Final = {
    "500-text": "status 500 and plain text",
    "500-html": "status 500 and a page of HTML",
    "500-empty": "status 500 and an empty body",
    "nothing": "the end of the connection, without one byte",
    "truncated": "a body that ends before its announced length",
    "slow": "one byte every half second",
    "reset": "a reset of the connection",
    "redirect": "a redirect, which must not be followed",
}


@contextmanager
def strike(manner: str, stack: Stack) -> Iterator[None]:
    """Put a bad service at the address of the first; leaving brings that back, data kept."""
    part = part_of(stack, "service")
    good = first_copy(stack, part)
    good.stop(grace_s=STOP_GRACE_S)
    try:
        bad = stack.launch(_order(stack, part, good.name, manner), ready=f"GET {STATE}")
        try:
            yield
        finally:
            end(bad)
    finally:
        stack.revive(part)


def _order(stack: Stack, part: str, copy: str, manner: str) -> Launch:
    port = stack.spec.parts[part].port
    if port is None:
        raise StackError(f"Expected a service that answers HTTP to misbehave; {part} has no port.")
    address = stack.address(copy, port)
    return Launch(
        name=copy,
        command=("python3", "-c", SOURCE.read_text(encoding="utf-8")),
        environment={
            "BAD_BIND": address.bind,
            "BAD_PORT": str(address.port),
            "BAD_MANNER": manner,
        },
        address=address,
        fresh=False,
    )


FAULTS = tuple(
    Fault(
        name=f"service-answers-{manner}",
        sentence=f"A service answers every request with {what}.",
        strike=partial(strike, manner),
        lasts_s=LASTS_S,
        outlasts=manner == "slow",
        sign=answering("service"),
        outage=True,
        # Whoever gets such an answer cannot tell what was done; here nothing was.
        unknown_bound=UnknownBound(in_flight=True, meanwhile=True),
    )
    for manner, what in MANNERS.items()
)
