"""Which parts calls use beside gateway, resolvers, services and broker, and who waits for them.

Databases, caches, stubs of third parties, proxies. Who uses one the stack file tells: the parts
whose commands or settings name it (`{database.url}`, `postgres://database:5432`), the links to it,
else what starts after it. Where nothing tells, all calls use it where they are furthest in.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import fsum
from typing import Final

from loadtests.capacity.asking_processes import most_of_one
from loadtests.capacity.named_hosts import names
from loadtests.capacity.queueing_network import Place
from reports.judgement.pooling import JUDGED_PHASES, phases_of, that_measured
from reports.record.measurements import Configuration, Node, Phase
from testcontainers_fixtures.stack_file.part_spec import THREADED, Part
from testcontainers_fixtures.stack_spec import StackSpec

# Who works on a call furthest in waits for what it uses.
_PLACES: Final[tuple[Place, ...]] = ("service", "resolver", "gateway")
# Of its CPU time, what is as good as all where some goes to threads that only keep house.
_ALL_OF_IT: Final = 0.8
# What runs its commands in one thread, whatever it is given.
_ONE_THREAD: Final = ("redis", "valkey")
# Unless it is told to read and write in others.
_IO_THREADS: Final = "io-threads"
# With less than the rest of the calls, others that asked have shown nothing.
_MOST_OF_ONE: Final = 0.8
# What threads that keep house use beside the one that works is no second core.
_NOISE: Final = 1.05


@dataclass(frozen=True, slots=True, kw_only=True)
class BackingPart:
    """A part that calls use on their way; they wait for it at a `place`.

    `askers` are the services or resolvers there that use it, none of them where all do. A copy can
    use so many `cores`; None: as many as there are, so far as the stack file tells.
    """

    name: str
    place: Place
    askers: frozenset[str] = frozenset()
    cores: float | None = None
    copies: int = 1

    def copies_at(self, measured: Configuration) -> int:
        """Return how many copies of it a configuration had, as its engine told or as was said."""
        ran = copies_that_ran(measured).get(self.name)
        return ran or measured.of_parts.get(self.name, self.copies)


def copies_that_ran(measured: Configuration) -> dict[str, int]:
    """Return how many copies of each part ran, as the engine that runs them told of it."""
    return dict(sum((Counter(one.copies) for one in nodes_of(measured)), Counter()))


def nodes_of(measured: Configuration) -> tuple[Node, ...]:
    """Return on which nodes copies ran, in the first repetition that measured anything."""
    return next((one.nodes for one in that_measured(measured)), ())


def backing_parts(spec: StackSpec) -> tuple[BackingPart, ...]:
    """Return a system's parts of that kind, in the stack file's order."""
    return tuple(
        _backing(spec, name, part) for name, part in spec.parts.items() if part.role in THREADED
    )


def with_seen_threads(
    backing: Sequence[BackingPart], measured: Sequence[Configuration], spec: StackSpec
) -> tuple[BackingPart, ...]:
    """Return parts with the cores a copy can use, where each was seen to compute in one thread.

    It shows where several processes ask: each has connections of its own, and what has a thread for
    each of these would have used more than one. What the stack file says stands as it is said; what
    is guessed does not where more was used.
    """
    return tuple(
        one if spec.parts[one.name].cores is not None else _guessed(one, measured, spec)
        for one in backing
    )


def _guessed(one: BackingPart, measured: Sequence[Configuration], spec: StackSpec) -> BackingPart:
    """Return a part with what a copy can use while one thread of it does all that calls wait for.

    That thread can fill one core, and what others do beside it comes on top.
    """
    share = _usual_share(one, measured)
    if one.cores is None and not _is_seen_as_one_thread(one, measured, spec):
        return one
    full = _most_in_one_thread(one, measured, share) > _NOISE
    return replace(one, cores=None if full else round(1 / share, 2))


def _usual_share(one: BackingPart, measured: Sequence[Configuration]) -> float:
    """Return what a part's busiest thread took of all its CPU time; 1 where nothing tells.

    A phase in which it used little tells little: each counts by the CPU time that it is a share of.
    """
    told = [(phase.used[one.name].cpu_s, share) for _, phase, share in _told_shares(one, measured)]
    whole_s = fsum(cpu_s for cpu_s, _ in told)
    return fsum(cpu_s * share for cpu_s, share in told) / whole_s if whole_s else 1.0


def _told_shares(
    one: BackingPart, measured: Sequence[Configuration]
) -> Iterator[tuple[Configuration, Phase, float]]:
    """Yield what a part's busiest thread took of its CPU time in each closed loop that tells."""
    for at in measured:
        for phase in phases_of(at, "closed"):
            if one.name in phase.used and (share := phase.used[one.name].one_thread_share):
                yield at, phase, share


def _is_seen_as_one_thread(
    one: BackingPart, measured: Sequence[Configuration], spec: StackSpec
) -> bool:
    """Tell whether several asked a part and one thread of it did it all.

    That thread has to have taken about all: more than the connections of whoever asked most would.
    """
    asking = sorted(one.askers or spec.named(one.place))
    seen = [
        (share, most_of_one(asking, one.place, at, phase, spec))
        for at, phase, share in _told_shares(one, measured)
    ]
    several = any(most <= _MOST_OF_ONE and share >= (1 + most) / 2 for share, most in seen)
    return several and min(share for share, _ in seen) >= _ALL_OF_IT


def _most_in_one_thread(one: BackingPart, measured: Sequence[Configuration], usual: float) -> float:
    """Return the cores that a copy's busiest thread used in the phase in which it used most.

    Where a phase does not tell that thread's share, it had the `usual` one.
    """
    return max(
        (
            (use.cpu_s - use.late_cpu_s)
            * (use.one_thread_share or usual)
            / phase.duration_s
            / one.copies_at(at)
            for at in measured
            for name in JUDGED_PHASES
            for phase in phases_of(at, name)
            if phase.duration_s and (use := phase.used.get(one.name))
        ),
        default=0.0,
    )


def _backing(spec: StackSpec, name: str, part: Part) -> BackingPart:
    place, askers = _asked_at(spec, name)
    guessed = 1.0 if _has_one_thread(part) else None
    return BackingPart(
        name=name,
        place=place,
        askers=askers if askers < spec.named(place).keys() else frozenset(),
        cores=guessed if part.cores is None else part.cores,
        copies=part.copies,
    )


def _asked_at(spec: StackSpec, name: str) -> tuple[Place, frozenset[str]]:
    """Return where calls wait for a part, and who uses it there: of several, those furthest in."""
    users = frozenset(_users(spec, name, {name}))
    for place in _PLACES:
        if here := users & spec.named(place).keys():
            return place, here
    if _stands_before(spec, name):
        return "gateway", frozenset()
    return next(place for place in _PLACES if spec.named(place)), frozenset()


def _users(spec: StackSpec, name: str, seen: set[str]) -> Iterator[str]:
    """Yield who uses a part, also by way of other parts."""
    by_name = [user for user, part in spec.parts.items() if names(part, name, spec.parts[name])]
    linked = [link.source for link in spec.links.values() if link.target == name]
    later = [user for user, part in spec.parts.items() if name in part.after]
    for user in {*by_name, *linked} - {name} or later:
        if user not in seen:
            seen.add(user)
            yield user
            if spec.parts[user].role in THREADED:
                yield from _users(spec, user, seen)


def _stands_before(spec: StackSpec, name: str) -> bool:
    """Tell whether a part calls the gateway, as a proxy before it does."""
    linked = {link.target for link in spec.links.values() if link.source == name}
    gateways = spec.named("gateway")
    return any(one in linked or names(spec.parts[name], one, gateways[one]) for one in gateways)


def _has_one_thread(part: Part) -> bool:
    if any(_IO_THREADS in word for word in part.command):
        return False
    program = part.command[0] if part.command else ""
    called = [program.rpartition("/")[2].removesuffix("-server")]
    called += [(part.image or "").rpartition("/")[2].partition("@")[0].partition(":")[0]]
    return any(one in _ONE_THREAD for one in called)
