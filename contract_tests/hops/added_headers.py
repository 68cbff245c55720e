"""Gives a twin the headers that the gateway adds for a service: it is asked past the gateway.

Their values stand in the stack file, or are what arrived at the service's tap.
"""

from collections.abc import Mapping, Sequence

from testcontainers_fixtures.secret_values import with_secrets
from testcontainers_fixtures.stack_spec import Contract
from testcontainers_fixtures.taps.records import Arrival

_WHERE = "`added_headers` of [contract]"


def added(promises: Contract, arrived: Sequence[Arrival] | None = None) -> dict[str, str]:
    """Return the headers that are added, as far as their values are known; names in lower case.

    `arrived` is what the request led to, where the service has a tap.
    """
    seen: Mapping[str, str] = arrived[-1].request.joined() if arrived else {}
    found = {}
    for name, value in promises.added.items():
        if name in seen:
            found[name] = seen[name]
        elif value:
            found[name] = with_secrets(value, _WHERE)
    return found


def with_added(
    headers: Mapping[str, str], promises: Contract, arrived: Sequence[Arrival] | None = None
) -> dict[str, str]:
    """Return a request's headers as the service gets them: the gateway's take the place of others.

    A header of theirs that did not arrive is left out where somebody saw that.
    """
    mine = added(promises, arrived)
    gone = set(promises.added) - set(mine) if arrived else set()
    replaced = gone | set(mine)
    return {n: v for n, v in headers.items() if n.lower() not in replaced} | mine
