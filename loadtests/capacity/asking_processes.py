"""How evenly the processes that ask a part share its calls, as a phase showed it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from loadtests.capacity.no_model import NoModelError
from loadtests.capacity.queueing_network import Place
from loadtests.capacity.resolver_kinds import kinds_of, visited
from reports.record.measurements import Configuration, Phase
from testcontainers_fixtures.stack_spec import StackSpec

_ALL: Final = 1.0


def most_of_one(
    names: Sequence[str], place: Place, at: Configuration, phase: Phase, spec: StackSpec
) -> float:
    """Return the share of its calls that the process asked with which asked most, of some parts'.

    1 where it is not known: it may be all of them.
    """
    calls = _calls(names, place, at, phase, spec)
    whole = math.fsum(calls.values())
    if not whole or len(calls) < len(names):
        return _ALL
    most = (
        calls[name] / whole * share
        for name in names
        for share in _of_processes(name, place, at, phase)
    )
    return max(most, default=_ALL)


def _calls(
    names: Sequence[str], place: Place, at: Configuration, phase: Phase, spec: StackSpec
) -> Mapping[str, float]:
    """Return how much each of some parts had to do: by its calls, else by its CPU time."""
    if len(names) == 1:
        return dict.fromkeys(names, 1.0)
    if place == "resolver" and (shares := _shares_of_kinds(at, phase, spec)):
        return {name: shares.get(name, 0.0) for name in names}
    return {name: phase.used[name].cpu_s for name in names if name in phase.used}


def _shares_of_kinds(at: Configuration, phase: Phase, spec: StackSpec) -> Mapping[str, float]:
    """Return the share of the requests that visits each resolver; empty where it is not known."""
    try:
        return {one.name: one.share for one in visited([phase], kinds_of(spec, at.scenario))}
    except NoModelError:
        return {}


def _of_processes(name: str, place: Place, at: Configuration, phase: Phase) -> Iterator[float]:
    """Yield the share of a part's calls that each of its processes had.

    Copies of a resolver take turns at their queue. Connections that are kept may leave all calls to
    one worker of a service or a gateway, so that its workers' shares have to be told.
    """
    if place != "resolver":
        yield from phase.worker_shares.get(name, {}).values() or (_ALL,)
        return
    copies = max(1, at.of_parts.get(name, at.resolvers))
    yield from [1.0 / copies] * copies
