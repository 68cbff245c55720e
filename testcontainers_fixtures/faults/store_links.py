"""The way to a database or a cache is cut or slowed, wherever the stack file has a link to one."""

from functools import partial
from typing import Final

from testcontainers_fixtures.faults.fault import Fault, UnknownBound
from testcontainers_fixtures.faults.link_broken import DELAY_MS
from testcontainers_fixtures.faults.signs.link_signs import moved, started
from testcontainers_fixtures.faults.signs.sign import Marks, Sign
from testcontainers_fixtures.faults.signs.store_signs import HELLO
from testcontainers_fixtures.faults.store_ended import STORES
from testcontainers_fixtures.faults.strikes import links_told
from testcontainers_fixtures.faults.targets import Store, part_of
from testcontainers_fixtures.stack import Stack

LASTS_S: Final = 3.0


def controls(stack: Stack, role: Store) -> dict[str, str]:
    """Return where the links to the first part of a role are told what to do, by name.

    Raises NotApplicableError where the stack file names none, StackError where none was started.
    """
    store = part_of(stack, role)
    return started(stack, [n for n, one in stack.spec.links.items() if one.target == store], store)


def _reached(role: Store, stack: Stack) -> Marks:
    return frozenset(f"{n}: {moved(url, HELLO)}" for n, url in controls(stack, role).items())


FAULTS = tuple(
    Fault(
        name=f"link-{role}-{name}",
        sentence=f"The links to a {role} {what}.",
        strike=partial(links_told, controls, role, order),
        role=role,
        lasts_s=LASTS_S,
        sign=Sign(read=partial(_reached, role), every=True),
        outage=outage,
        links=True,
        unknown_bound=UnknownBound(in_flight=True, meanwhile=outage),
    )
    for role in STORES
    for name, order, what, outage in (
        ("cut", "/cut", "are cut: connections are reset and new ones refused", True),
        (
            "slowed",
            f"/delay?ms={DELAY_MS}",
            f"take {DELAY_MS} ms longer in each direction",
            False,
        ),
    )
)
