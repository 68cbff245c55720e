"""Which configurations a run measures, and in which order."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Final

from reports.record.configuration_names import named
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_spec import StackSpec

DEFAULT_COPIES: Final = "1,2"
DEFAULT_PREFETCH: Final = "32"
COPIES: Final = ("resolvers", "service_workers", "gateway_workers")
MOST_COPIES: Final = 64
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
    of_parts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def stretched(self, *, fixed: Collection[str] = ()) -> "Axes":
        """Return axes with every number of copies up to twice the largest here.

        Those that are `fixed`, by name, stay as they are: the system has none, or nothing makes
        more of them. So do parts told one by one of which one number was told.
        """

        def further(name: str, values: tuple[int, ...]) -> tuple[int, ...]:
            return values if name in fixed else _up_to_twice(values)

        return replace(
            self,
            resolvers=further("resolvers", self.resolvers),
            service_workers=further("service_workers", self.service_workers),
            gateway_workers=further("gateway_workers", self.gateway_workers),
            of_parts={
                name: _up_to_twice(copies) if len(copies) > 1 else copies
                for name, copies in self.of_parts.items()
            },
        )


def configurations(axes: Axes, *, quick: bool = False) -> tuple[CopyCounts, ...]:
    """Return every point of the sweep, the one with the fewest processes first.

    The first one's maximum sets the common rate, so that all the others can be asked for it. A
    quick sweep keeps the first and the last.
    """
    of_parts = [[(name, copies) for copies in each] for name, each in axes.of_parts.items()]
    sizes = (axes.resolvers, axes.service_workers, axes.gateway_workers, axes.prefetch)
    points = in_order(
        CopyCounts(resolvers=r, service_workers=w, gateway_workers=g, prefetch=p, of_parts=parts)
        for r, w, g, p, parts in product(*sizes, product(*of_parts))
    )
    return (points[0], points[-1]) if quick and len(points) > 1 else points


def in_order(points: Iterable[CopyCounts]) -> tuple[CopyCounts, ...]:
    """Return configurations, the one with the fewest processes first."""

    def size(one: CopyCounts) -> tuple[object, ...]:
        counted = (one.resolvers, one.service_workers, one.gateway_workers)
        of_parts = [copies for _, copies in one.of_parts]
        return (sum((*counted, *of_parts)), (*counted, one.prefetch), of_parts)

    return tuple(sorted(points, key=size))


def resolvers_axis(
    spec: StackSpec, text: str | None, told: Collection[str] = ()
) -> tuple[int, ...]:
    """Return the numbers of resolvers; a system without resolvers is measured as it is.

    So is one of which each part with that role is `told` by itself.
    """
    if any(name not in told for name in spec.named("resolver")):
        return numbers("--resolvers", text or DEFAULT_COPIES)
    asked = numbers("--resolvers", text or "1")
    if len(asked) > 1:
        other = "other " if told else ""
        raise SpecError(
            f"Stack {spec.name!r} has no {other}part with role = 'resolver' to make {text} copies "
            f"of; leave --resolvers out."
        )
    return asked


def folder_name(at: CopyCounts) -> str:
    """Return what a configuration is called in the name of a folder."""
    sizes = f"{at.resolvers}x{at.service_workers}x{at.gateway_workers}x{at.prefetch}"
    return "-".join([sizes, *(f"{name}{copies}" for name, copies in at.of_parts)])


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
