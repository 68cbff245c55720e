"""In which order the parts of a stack file start, and which start over with the data of others."""

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Final

from testcontainers_fixtures.errors import KeyedError
from testcontainers_fixtures.stack_file.nearest import meant
from testcontainers_fixtures.stack_file.part_spec import BROKER, Part

# What has data of its own, or puts data in: it is fresh once these have started over.
HOLDING_DATA: Final = frozenset({"service", "database", "cache", "job"})
_WAITED_FOR: Final = frozenset({"database", "cache"})


def start_order(parts: Mapping[str, Part]) -> list[str]:
    """Return the parts, each behind those that it starts after.

    Raises ValueError, with a sentence, where a part is not there or parts wait for each other.
    """
    for name, part in parts.items():
        if unknown := [one for one in part.after if one not in {*parts, BROKER}]:
            raise KeyedError(
                f"part {name!r} starts after {unknown[0]!r}, which is no part here"
                f"{meant(unknown[0], parts)}",
                *("parts", name, "after"),
            )
    before = {name: [one for one in part.after if one in parts] for name, part in parts.items()}
    try:
        return list(TopologicalSorter(before).static_order())
    except CycleError as error:
        # Each is waited for by the one behind it.
        circle = " after ".join(reversed(error.args[1]))
        raise KeyedError(
            f"parts wait for each other: {circle}; take one `after` of these out",
            *("parts", error.args[1][0], "after"),
        ) from error


def starting_over(parts: Mapping[str, Part]) -> set[str]:
    """Return the parts that start over where data are to be fresh.

    What starts after a database or a cache that does so does as well: its connections and its
    knowledge are of data that are gone. A part with `fresh` stays, and so does a job that was run
    on such parts alone: what it put there is for that command to keep.
    """
    stays = {name for name, part in parts.items() if part.fresh}
    over = {n for n, part in parts.items() if part.role in HOLDING_DATA} - stays
    lost = {n for n, part in parts.items() if part.role in _WAITED_FOR} - stays
    for name in start_order(parts):
        before = set(parts[name].after)
        if lost & before:
            lost.add(name)
        elif parts[name].role == "job" and stays & before and not over & before:
            stays.add(name)
            over.discard(name)
    return over | lost
