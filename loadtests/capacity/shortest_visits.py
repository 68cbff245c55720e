"""Takes what a visit to a resolver takes from where the fewest calls waited for it."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import replace

from loadtests.capacity.measured_points import MeasuredPoint
from loadtests.capacity.service_demands import ServiceDemands


def with_shortest_visits(points: Sequence[MeasuredPoint]) -> list[MeasuredPoint]:
    """Return configurations in which each kind keeps a call as long as where it did the shortest.

    It does the same in all of them. Where few copies are busy hardly a call waits for nobody, and
    the waits would pass for what it takes.
    """
    holds_ms: dict[str, tuple[float, ...]] = {}
    unwaited_ms: dict[str, float] = {}
    for visit in (visit for one in points for visit in one.light.works.visits if visit.hold_ms):
        known = holds_ms.setdefault(visit.name, visit.holds_ms)
        holds_ms[visit.name] = min(known, visit.holds_ms, key=statistics.fmean)
    for name, times in (pair for one in points for pair in one.answers.items()):
        unwaited_ms[name] = min(times.unwaited_ms, unwaited_ms.get(name, math.inf))

    def held(demands: ServiceDemands) -> ServiceDemands:
        visits = (
            replace(visit, holds_ms=holds_ms.get(visit.name, visit.holds_ms))
            for visit in demands.works.visits
        )
        return replace(demands, works=replace(demands.works, visits=tuple(visits)))

    return [
        replace(
            one,
            full=held(one.full),
            light=held(one.light),
            answers={
                name: replace(times, unwaited_ms=unwaited_ms[name])
                for name, times in one.answers.items()
            },
        )
        for one in points
    ]
