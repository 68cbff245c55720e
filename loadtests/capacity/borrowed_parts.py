"""Takes what calls use behind the services from the configurations in which it was measured."""

from collections.abc import Sequence
from dataclasses import replace

from loadtests.capacity.measured_points import MeasuredPoint
from loadtests.capacity.service_demands import ServiceDemands


def with_borrowed_parts(points: Sequence[MeasuredPoint]) -> list[MeasuredPoint]:
    """Return configurations in each of which every part has the demand that any of them showed.

    A part of which one configuration does not tell what it used would else be free of charge there.
    """
    shown = [demands.works.backing for one in points for demands in (one.light, one.full)]
    every = {part.name: part for backing in reversed(shown) for part in backing}

    def whole(demands: ServiceDemands, beside: ServiceDemands) -> ServiceDemands:
        own = {part.name: part for part in (*beside.works.backing, *demands.works.backing)}
        backing = tuple(own.get(name, part) for name, part in every.items())
        return replace(demands, works=replace(demands.works, backing=backing))

    return [
        replace(one, full=whole(one.full, one.light), light=whole(one.light, one.full))
        for one in points
    ]
