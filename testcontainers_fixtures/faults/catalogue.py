"""All faults there are, in the order in which a table shows them."""

from testcontainers_fixtures.faults import (
    broker_ended,
    connections_closed,
    database_locked,
    link_broken,
    memory_alarm,
    part_frozen,
    resolver_ended,
    service_misbehaves,
    store_ended,
    store_full,
    store_links,
    transient_queues_forbidden,
    work_queue_deleted,
    worker_killed,
)
from testcontainers_fixtures.faults.fault import Fault

MODULES = (
    resolver_ended,
    part_frozen,
    worker_killed,
    service_misbehaves,
    database_locked,
    store_ended,
    store_full,
    broker_ended,
    connections_closed,
    work_queue_deleted,
    memory_alarm,
    transient_queues_forbidden,
    link_broken,
    store_links,
)


def catalogue() -> tuple[Fault, ...]:
    """Return every fault, each with a name of its own."""
    return tuple(fault for module in MODULES for fault in module.FAULTS)


def named(name: str) -> Fault:
    """Return the fault of that name; raise KeyError naming those there are."""
    found = {fault.name: fault for fault in catalogue()}
    try:
        return found[name]
    except KeyError as error:
        raise KeyError(f"no fault {name!r}; there are: {', '.join(found)}") from error


__all__ = ["Fault", "catalogue", "named"]
