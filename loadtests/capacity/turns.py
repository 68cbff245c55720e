"""How many calls a process takes at a time, as Little's law shows where calls wait for it.

Calls within a process are its rate times what each takes there (Little, 1961). At the maximum, with
cores to spare, more asked than were answered: then what is within it is all that it takes.
"""

import math
from collections.abc import Sequence
from typing import Final

from loadtests.capacity.measured_points import MeasuredPoint
from loadtests.capacity.queueing_network import QueueingNetwork
from loadtests.capacity.utilisation_law import of_machines

# A worker that takes so many calls at a time has never more within it, and at the maximum always
# that many; what a call takes there is told a little too long by who asks.
_FULL_OF: Final = (0.85, 1.2)
# At the maximum so many more users than turns must ask, and less of the cores be in use.
_ASKING: Final = 1.25
_CORES_FREE: Final = 0.9
_MS_PER_S: Final = 1_000.0


def turns_of_workers(one: MeasuredPoint) -> int | None:
    """Return the calls at a time that a configuration shows, 0 for none; None where it cannot."""
    works, layout = one.full.works, _layout(one)
    hold_ms, parts = one.light.works.hold_ms, works.parts
    if not hold_ms or not _cores_are_free(one):
        return None
    each_ms, workers = max(
        (part * (hold_ms + works.service_ms + works.used_ms("service", number)) / each, each)
        for number, part in enumerate(parts)
        for each in (layout.workers_of(number),)
    )
    within = one.most_per_s * each_ms / _MS_PER_S
    turns = max(1, round(within))
    least, most = _FULL_OF
    full = least <= within / turns <= most and one.users >= _ASKING * turns * workers
    return turns if full else 0


def turns_of_kind(evidence: Sequence[MeasuredPoint], name: str) -> int:
    """Return the calls at a time that a copy of one kind of resolver shows; 0 where it shows none.

    Of several configurations that with the longest queue before the kind tells it best.
    """
    shown = [found for one in evidence if (found := _shown(one, name)) is not None]
    return max(shown)[1] if shown else 0


def _shown(one: MeasuredPoint, name: str) -> tuple[float, int] | None:
    """Return how many times as long as unwaited calls took at the maximum, and the turns seen."""
    visits = one.full.works.visits
    number, visit = next((n, visit) for n, visit in enumerate(visits) if visit.name == name)
    copies = _layout(one).stations[number].copies
    cores = copies * one.limits.copy_share((name,))
    busy = one.most_per_s * visit.part * visit.cpu_ms / _MS_PER_S / cores
    if not visit.hold_ms or not _cores_are_free(one) or busy > _CORES_FREE:
        return None
    taken_ms = visit.hold_ms + visit.cpu_ms + one.full.works.used_ms("resolver", number)
    within = one.most_per_s * visit.part * taken_ms / _MS_PER_S / copies
    least, most = _FULL_OF
    turns = max(1, round(within))
    full = least <= within / turns <= most
    if name not in one.answers:
        # Its stamps alone are known, and not how long its own calls waited.
        slowdown = _slowdown_of_all(one)
        return (slowdown, turns) if full and slowdown >= _ASKING else None
    slowdown = one.answers[name].slowdown
    if slowdown < _ASKING:
        return None
    return slowdown, turns if full else max(1, math.ceil(within / most))


def _slowdown_of_all(one: MeasuredPoint) -> float:
    works = one.full.works
    own_ms = math.fsum(visit.part * (visit.hold_ms + visit.cpu_ms) for visit in works.visits)
    inside_ms = own_ms + works.backing_ms("resolver")
    return one.users / (one.most_per_s * inside_ms / _MS_PER_S)


def _layout(one: MeasuredPoint) -> QueueingNetwork:
    return one.layout(one.at, turns=0, dispatch="fewest")


def _cores_are_free(one: MeasuredPoint) -> bool:
    """Tell whether machines had cores to spare, and so had the parts beyond that are limited."""
    works = one.full.works
    layout = _layout(one)
    taken: list[tuple[float, float | None]] = [
        (ms, cores) for cores, ms in of_machines(layout, works).values()
    ]
    taken += [(part.cpu_ms, one.limits.whole(part.name)) for part in works.backing]
    return all(
        ms * one.most_per_s / _MS_PER_S <= _CORES_FREE * cores
        for ms, cores in taken
        if cores is not None
    )
