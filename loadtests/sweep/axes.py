"""Which configurations a run measures, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from reports.record.configuration_names import named
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_spec import StackSpec

DEFAULT_COPIES: Final = "1,2"
MOST_COPIES: Final = 64
MOST_PREFETCH: Final = 65_535
QUICK_NOTE: Final = (
    "Quick run: only the smallest and the largest configuration, and shorter phases, so that a p99 "
    "may lack samples."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """The values that each number of a configuration takes in a sweep."""

    resolvers: tuple[int, ...]
    service_workers: tuple[int, ...]
    gateway_workers: tuple[int, ...]
    prefetch: tuple[int, ...]

    def stretched(self, *, resolvers: bool) -> "Axes":
        """Return axes with every number of copies up to twice the largest here.

        Without `resolvers` the system has none, and their axis stays as it is.
        """
        return Axes(
            resolvers=_up_to_twice(self.resolvers) if resolvers else self.resolvers,
            service_workers=_up_to_twice(self.service_workers),
            gateway_workers=_up_to_twice(self.gateway_workers),
            prefetch=self.prefetch,
        )


def configurations(axes: Axes, *, quick: bool = False) -> tuple[CopyCounts, ...]:
    """Return every point of the sweep, the one with the fewest processes first.

    The first one's maximum sets the common rate, so that all the others can be asked for it. A
    quick sweep keeps the first and the last.
    """
    points = sorted(
        product(axes.resolvers, axes.service_workers, axes.gateway_workers, axes.prefetch),
        key=lambda point: (sum(point[:3]), point),
    )
    if quick and len(points) > 1:
        points = [points[0], points[-1]]
    return tuple(
        CopyCounts(resolvers=r, service_workers=w, gateway_workers=g, prefetch=p)
        for r, w, g, p in points
    )


def resolvers_axis(spec: StackSpec, text: str | None) -> tuple[int, ...]:
    """Return the numbers of resolvers; a system without resolvers is measured as it is."""
    if spec.named("resolver"):
        return numbers("--resolvers", text or DEFAULT_COPIES)
    asked = numbers("--resolvers", text or "1")
    if len(asked) > 1:
        raise SpecError(
            f"Stack {spec.name!r} has no part with role = 'resolver' to make {text} copies of; "
            f"leave --resolvers out."
        )
    return asked


def numbers(option: str, text: str, *, most: int = MOST_COPIES) -> tuple[int, ...]:
    """Return a list such as "1,2,4" as sorted numbers, each once, from 1 to `most`."""
    try:
        found = sorted({int(part) for part in text.split(",")})
    except ValueError:
        found = []
    if not found or found[0] < 1 or found[-1] > most:
        raise SpecError(
            f"{option} takes whole numbers from 1 to {most} with commas between, such as 1,2,4; "
            f"got {text!r}."
        )
    return tuple(found)


def label(configuration: CopyCounts, several: Sequence[CopyCounts] = ()) -> str:
    """Return a configuration in words, with what varies in the sweep or is always told."""
    return named(configuration, several)


def _up_to_twice(values: Sequence[int]) -> tuple[int, ...]:
    return tuple(range(1, min(MOST_COPIES, 2 * max(values)) + 1))
