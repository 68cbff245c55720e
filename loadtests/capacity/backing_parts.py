"""Which parts calls use beside gateway, resolvers, services and broker, and who waits for them.

Databases, caches, stubs of third parties, proxies. Who uses one the stack file tells: the parts
whose commands or settings name it (`{database.url}`, `postgres://database:5432`), the links to it,
else what starts after it. Where nothing tells, all calls use it where they are furthest in.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from loadtests.capacity.queueing_network import Place
from reports.judgement.pooling import phases_of
from reports.record.measurements import Configuration
from testcontainers_fixtures.part_usage import THREADED
from testcontainers_fixtures.stack_file.part_spec import Part
from testcontainers_fixtures.stack_spec import StackSpec

# Who works on a call furthest in waits for what it uses.
_PLACES: Final[tuple[Place, ...]] = ("service", "resolver", "gateway")
# Of its CPU time, what is as good as all where some goes to threads that only keep house.
_ALL_OF_IT: Final = 0.8
# What runs its commands in one thread, whatever it is given.
_ONE_THREAD: Final = ("redis", "valkey")


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
        """Return how many copies of it a configuration had, where it was started here."""
        return measured.of_parts.get(self.name, self.copies)


def backing_parts(spec: StackSpec) -> tuple[BackingPart, ...]:
    """Return a system's parts of that kind, in the stack file's order."""
    return tuple(
        _backing(spec, name, part) for name, part in spec.parts.items() if part.role in THREADED
    )


def with_seen_threads(
    backing: Sequence[BackingPart], measured: Sequence[Configuration], spec: StackSpec
) -> tuple[BackingPart, ...]:
    """Return parts with one core a copy where each was seen to compute in one thread at the most.

    It shows where several processes ask: each has connections of its own, and what has a thread for
    each of these would have used more than one.
    """
    return tuple(
        replace(one, cores=1.0) if _is_one_thread(one, measured, spec) else one for one in backing
    )


def _is_one_thread(one: BackingPart, measured: Sequence[Configuration], spec: StackSpec) -> bool:
    if one.cores is not None and one.cores <= 1:
        return False
    seen = [
        (at, share)
        for at in measured
        for phase in phases_of(at, "closed")
        if one.name in phase.used and (share := phase.used[one.name].one_thread_share)
    ]
    asked = any(_asking(one, at, spec) > 1 for at, _ in seen)
    return asked and all(share * one.copies_at(at) >= _ALL_OF_IT for at, share in seen)


def _asking(one: BackingPart, at: Configuration, spec: StackSpec) -> int:
    """Return how many processes ask a part."""
    names = one.askers or spec.named(one.place).keys()
    copies = {
        "gateway": lambda _: at.gateway_workers,
        "service": lambda _: at.service_workers,
        "resolver": lambda name: at.of_parts.get(name, at.resolvers),
    }[one.place]
    return sum(map(copies, names))


def _backing(spec: StackSpec, name: str, part: Part) -> BackingPart:
    place, askers = _asked_at(spec, name)
    known = [part.cores, 1.0 if _has_one_thread(part) else None]
    return BackingPart(
        name=name,
        place=place,
        askers=askers if askers < spec.named(place).keys() else frozenset(),
        cores=min((one for one in known if one is not None), default=None),
        copies=part.copies,
    )


def _asked_at(spec: StackSpec, name: str) -> tuple[Place, frozenset[str]]:
    """Return where calls wait for a part, and who uses it there: of several, those furthest in."""
    users = frozenset(_users(spec, name, {name}))
    for place in _PLACES:
        if here := users & spec.named(place).keys():
            return place, here
    if any(
        _names(spec.parts[name], gateway, spec.parts[gateway]) for gateway in spec.named("gateway")
    ):
        return "gateway", frozenset()  # it stands before it
    return next(place for place in _PLACES if spec.named(place)), frozenset()


def _users(spec: StackSpec, name: str, seen: set[str]) -> Iterator[str]:
    """Yield who uses a part, also by way of other parts."""
    by_name = [user for user, part in spec.parts.items() if _names(part, name, spec.parts[name])]
    linked = [link.source for link in spec.links.values() if link.target == name]
    later = [user for user, part in spec.parts.items() if name in part.after]
    for user in {*by_name, *linked} - {name} or later:
        if user not in seen:
            seen.add(user)
            yield user
            if spec.parts[user].role in THREADED:
                yield from _users(spec, user, seen)


def _names(part: Part, name: str, other: Part) -> bool:
    """Tell whether a part's commands or settings name another one, or a host that it is called."""
    hosts = "|".join(map(re.escape, (name, *other.container.aliases)))
    there = re.compile(rf"\{{{re.escape(name)}\.|(?:^|[@,=]|://)(?:{hosts})(?=$|[:/,])")
    return any(there.search(text) for text in part.texts)


def _has_one_thread(part: Part) -> bool:
    program = part.command[0] if part.command else ""
    called = [program.rpartition("/")[2].removesuffix("-server")]
    called += [(part.image or "").rpartition("/")[2].partition("@")[0].partition(":")[0]]
    return any(one in _ONE_THREAD for one in called)
