"""All faults there are, in the order in which a table shows them."""

from testcontainers_fixtures.faults import resolver_killed
from testcontainers_fixtures.faults.fault import Fault


def catalogue() -> tuple[Fault, ...]:
    """Return every fault, each with a name of its own."""
    return (*resolver_killed.FAULTS,)


def named(name: str) -> Fault:
    """Return the fault of that name; raise KeyError naming those there are."""
    found = {fault.name: fault for fault in catalogue()}
    try:
        return found[name]
    except KeyError as error:
        raise KeyError(f"no fault {name!r}; there are: {', '.join(found)}") from error


__all__ = ["Fault", "catalogue", "named"]
