"""How many of each: one point of a sweep."""

from dataclasses import dataclass, replace
from typing import Final

from testcontainers_fixtures.stack_spec import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyCounts:
    """Resolver copies, workers a service, workers of the gateway, and prefetch a resolver.

    `of_parts` has the copies of parts that are told one by one, by name and in its order; of any
    other part with role = "resolver" there are `resolvers`. Where a number is 0 each part has as
    many as the stack file says.
    """

    resolvers: int = 1
    service_workers: int = 1
    gateway_workers: int = 1
    prefetch: int = 32
    of_parts: tuple[tuple[str, int], ...] = ()

    def workers(self, part: Part) -> int:
        """Return the number of workers that a copy of this part runs with."""
        by_role = {"service": self.service_workers, "gateway": self.gateway_workers}
        return by_role.get(part.role, 0) or part.workers

    def copies(self, name: str, part: Part) -> int:
        """Return the number of copies of the part of that name."""
        usual = (part.role == "resolver" and self.resolvers) or part.copies
        return dict(self.of_parts).get(name, usual)

    def copies_of(self, resolver: str) -> int:
        """Return the number of copies of the resolver of that name."""
        return dict(self.of_parts).get(resolver, self.resolvers)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Return all numbers, in one order for all configurations of a run."""
        usual = (self.resolvers, self.service_workers, self.gateway_workers, self.prefetch)
        return (*usual, *(copies for _, copies in self.of_parts))

    def with_copies(self, resolver: str, copies: int) -> "CopyCounts":
        """Return the same with so many copies of the resolver of that name."""
        if resolver not in dict(self.of_parts):
            return replace(self, resolvers=copies)
        of_parts = tuple((n, copies if n == resolver else c) for n, c in self.of_parts)
        return replace(self, of_parts=of_parts)

    def concerning(self, part: Part) -> tuple[int, int]:
        """Return what a running copy of this part depends on: workers and prefetch."""
        return self.workers(part), self.prefetch if part.role == "resolver" else 0

    def __str__(self) -> str:
        """Name it as tables do."""
        told = [one or "the stack file's" for one in self.sizes[:3]]
        return (
            f"{told[0]} resolver(s) x {told[1]} worker(s),"
            f" {told[2]} gateway worker(s), prefetch {self.prefetch}"
            + "".join(f", {copies} x {name}" for name, copies in self.of_parts)
        )


# What the stack file says, of all parts.
AS_STATED: Final = CopyCounts(resolvers=0, service_workers=0, gateway_workers=0)
