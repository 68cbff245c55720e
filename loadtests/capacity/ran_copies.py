"""Where copies of parts ran, and so on which machines more or fewer of them would run."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from loadtests.capacity.node_cores import CorePool
from loadtests.capacity.placement import Places, spread
from reports.record import number_formats

_MOST_NAME: Final = 60
_CUT: Final = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class RanCopies:
    """The copies that ran on each of some machines, also those that the stack file does not count.

    Of the parts in `replicated` each worker is a copy of its own. Copies beyond those that ran are
    on the machines where these are, or with `leaning` all on the machine of that number, if it is
    one of these.
    """

    pools: Sequence[CorePool]
    replicated: frozenset[str]
    leaning: int | None = None

    def places(self, names: Collection[str], times: float = 1.0) -> Places:
        """Return where so many times as many copies of some parts run; () where none is told."""
        ran = self._ran(names)
        return spread(ran, max(1, round(sum(ran) * times)), self.leaning)

    def workers(self, names: Collection[str], number: int, measured: int) -> Places:
        """Return where so many workers of some parts run, of which so many were `measured`.

        Where they are no copies of their own each copy has as many.
        """
        if self.replicated.issuperset(names):
            return self.places(names, number / measured)
        ran = self._ran(names)
        return spread(ran, number * sum(ran))

    def _ran(self, names: Collection[str]) -> list[int]:
        return [sum(one.copies.get(name, 0) for name in names) for one in self.pools]


def called(pools: Sequence[CorePool]) -> tuple[str, ...]:
    """Return what machines are called, each by a name of its own, of a length that can be read."""
    short = [number_formats.visible(_shortened(one.name)) for one in pools]
    return tuple(
        (f"{name} ({number})" if short.count(name) > 1 else name)
        + (", which sends the load too" if one.here else "")
        for number, (name, one) in enumerate(zip(short, pools, strict=True), 1)
    )


def _shortened(name: str) -> str:
    """Return a name without its middle, where it is long: what tells nodes apart ends them."""
    half = _MOST_NAME // 2
    return name if len(name) <= _MOST_NAME else f"{name[: half - 1]}{_CUT}{name[-half:]}"
