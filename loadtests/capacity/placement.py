"""Where several machines run a system: on which of them each of its processes is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

# The numbers of the machines that the processes of one kind run on, taken in turn.
Places = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Which processes run on which of several machines, each with so many `cores` of its own.

    Processes of a kind take its numbers in turn, over and over: of (0, 0, 1) two run on the first
    machine and one on the second. `names` are those of the machines, as a limit calls them.
    """

    names: tuple[str, ...]
    cores: tuple[float, ...]
    generators: Places = ()
    gateway: Places = ()
    broker: Places = ()
    stations: tuple[Places, ...] = ()
    services: tuple[Places, ...] = ()
    backing: tuple[Places, ...] = ()


def place(places: Places, number: int) -> int:
    """Return the machine of a process; the first of all where none is said."""
    return places[number % len(places)] if places else 0


def share_on(places: Places, machine: int) -> float:
    """Return the share of a kind's processes that run on a machine."""
    return places.count(machine) / len(places) if places else 0.0


def spread(copies: Sequence[int], processes: int, leaning: int | None = None) -> Places:
    """Return where so many processes run, of which some copies ran on each machine.

    They are as near to the shares of the copies as whole numbers are. With `leaning` as many as ran
    are where they were, and all more on that machine, if any ran there.
    """
    whole = sum(copies)
    if not whole:
        return ()
    leaning = leaning if leaning is not None and copies[leaning] else None
    beyond = 0 if leaning is None else max(0, processes - whole)
    found = [0] * len(copies)
    places: list[int] = []
    for number in range(1, processes - beyond + 1):
        due = [number * here / whole - has for here, has in zip(copies, found, strict=True)]
        machine = max(range(len(due)), key=due.__getitem__)
        found[machine] += 1
        places.append(machine)
    return (*places, *([leaning] * beyond if leaning is not None else ()))


def whole_processes(cores: float) -> int:
    """Return how many processes fill so many cores."""
    return max(1, math.ceil(cores - 1e-9))
