"""Takes what calls use behind the services from the configurations in which it was measured."""

from collections.abc import Mapping, Sequence

from loadtests.capacity.measured_points import MeasuredPoint


def borrowed_ms(to: MeasuredPoint, points: Sequence[MeasuredPoint]) -> Mapping[str, float]:
    """Return CPU ms a request of each part that any of some configurations tells of, by name.

    What that configuration itself tells comes first. Empty where it lacks none at its lowest rate,
    which shows what calls are held for: a part of which it does not tell would there pass for a
    wait, and be free of charge.
    """
    told = [
        demands.works.backing
        for one in (*reversed(points), to)
        for demands in (one.full, one.light)
    ]
    found = {part.name: part.cpu_ms for backing in told for part in backing}
    return found if len(found) > len(to.light.works.backing) else {}
