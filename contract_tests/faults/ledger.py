"""Settles what callers were told against what is there: nothing lost, doubled, mixed up or late.

In the manner of Jepsen (jepsen.io): a journal that the client keeps, the rows that exist when all
is over, and the requests that reached the services, joined by a key that stands in each body. It is
pure: whoever drives the traffic fills in the three, and nothing here knows what was done to whom.

    lost          acknowledged, and not there
    duplicated    there more than once
    misdelivered  acknowledged with somebody else's body
    hung          not answered HUNG_AFTER_S past its deadline
    late          there, and begun after its deadline
    untrue        refused as not run by every answer, and there

None of these may happen. `unknown` are writes of which no answer said how they ended, which a fault
may cause to a bounded number; `committed` of them are there.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

from msgspec import Struct

HUNG_AFTER_S: Final = 0.25
# The deadline counts from when the gateway has the request, which is a moment after it was sent.
LATE_AFTER_S: Final = 0.25
# A redirection does nothing: it says that somebody else would.
FIRST_REFUSAL: Final = 300

Ending = Literal["acknowledged", "refused", "unknown"]
Violation = Literal["lost", "duplicated", "misdelivered", "hung", "late", "untrue"]
VIOLATIONS: Final[tuple[Violation, ...]] = (
    "lost", "duplicated", "misdelivered", "hung", "late", "untrue",
)  # fmt: skip


class Attempt(Struct, frozen=True, kw_only=True):
    """One request as its caller saw it; moments are CLOCK_MONOTONIC, in seconds.

    `key` stands in the body of a write, and in the row that a read asks for. A caller that tries
    again makes another attempt with the same key. `echo` are the keys in the answer's body, None
    where it need not hold any. `excused_s` is how long the caller itself stood still meanwhile.
    """

    key: str
    write: bool
    sent_s: float
    ended_s: float
    deadline_s: float
    ending: Ending
    reason: str  # the status, and what else was said; or what became of the connection
    echo: frozenset[str] | None = None
    excused_s: float = 0.0
    call: str = ""  # "POST /orders"; of a read the list in which its row is

    @property
    def due_s(self) -> float:
        """Return the moment by which it must have been answered, and begun."""
        return self.sent_s + self.deadline_s


class ServiceWork(Struct, frozen=True, kw_only=True):
    """A request that reached a service, and when it was answered with what; None: it never was."""

    key: str
    service: str
    arrived_s: float
    answered_s: float | None
    status: int | None

    @property
    def done(self) -> bool:
        """Tell whether the service said that it had done it."""
        return self.status is not None and self.status < FIRST_REFUSAL


class Account(Struct, frozen=True, kw_only=True):
    """How it came out: counts of writes, and each violation with the keys that show it."""

    attempts: int
    writes: int
    acknowledged: int
    refused: int
    unknown: int
    committed: int
    violations: dict[Violation, tuple[str, ...]]

    @property
    def clean(self) -> bool:
        """Tell whether no promise was broken."""
        return not any(self.violations.values())


def settled(
    attempts: Sequence[Attempt],
    rows: Mapping[str, int],
    work: Iterable[ServiceWork],
    *,
    struck_s: float | None = None,
) -> Account:
    """Return the account; `rows` counts the rows that hold a key, once nothing is on its way.

    `struck_s` is the moment from which on a service may have been held up: what reached it before
    may have been begun, however late it was finished.
    """
    tries: dict[str, list[Attempt]] = defaultdict(list)
    for one in attempts:
        if one.write:
            tries[one.key].append(one)
    endings = {key: _ending(those) for key, those in tries.items()}
    acknowledged = [key for key, ending in endings.items() if ending == "acknowledged"]
    refused = [key for key, ending in endings.items() if ending == "refused"]
    unknown = [key for key, ending in endings.items() if ending == "unknown"]
    broken: dict[Violation, list[str]] = {
        "lost": [key for key in acknowledged if not rows.get(key)],
        "duplicated": [key for key in tries if rows.get(key, 0) > 1],
        "misdelivered": [one.key for one in attempts if _misdelivered(one)],
        "hung": [one.key for one in attempts if _hung(one)],
        "late": list(_late(tries, rows, work, struck_s)),
        "untrue": [key for key in refused if rows.get(key)],
    }
    return Account(
        attempts=len(attempts),
        writes=len(tries),
        acknowledged=len(acknowledged),
        refused=len(refused),
        unknown=len(unknown),
        committed=sum(1 for key in unknown if rows.get(key)),
        violations={name: tuple(dict.fromkeys(broken[name])) for name in VIOLATIONS},
    )


def _ending(tries: Sequence[Attempt]) -> Ending:
    """Return how a write ended that was tried once or more: one acknowledgement is enough."""
    endings = {one.ending for one in tries}
    if "acknowledged" in endings:
        return "acknowledged"
    return "unknown" if "unknown" in endings else "refused"


def _misdelivered(one: Attempt) -> bool:
    return one.ending == "acknowledged" and one.echo is not None and one.echo != {one.key}


def _hung(one: Attempt) -> bool:
    return one.ended_s - one.due_s > HUNG_AFTER_S + one.excused_s


def _late(
    tries: Mapping[str, Sequence[Attempt]],
    rows: Mapping[str, int],
    work: Iterable[ServiceWork],
    struck_s: float | None,
) -> Iterator[str]:
    """Yield the keys of rows whose writing cannot have begun before their last deadline.

    Either the request reached the service after it; or it came while the service was held up, and
    until the deadline had passed that service finished no write at all: what was begun later only
    can have made the row.
    """
    arrived: dict[str, list[ServiceWork]] = defaultdict(list)
    finished: dict[str, list[float]] = defaultdict(list)
    for one in work:
        arrived[one.key].append(one)
        if one.done and one.answered_s is not None:
            finished[one.service].append(one.answered_s)
    for times in finished.values():
        times.sort()
    for key, those in tries.items():
        if not rows.get(key) or key not in arrived:
            continue
        latest_s = max(one.due_s + one.excused_s for one in those) + LATE_AFTER_S
        first = min(arrived[key], key=lambda one: one.arrived_s)
        if first.arrived_s > latest_s or _held(first, finished[first.service], latest_s, struck_s):
            yield key


def _held(
    first: ServiceWork, finished_s: Sequence[float], latest_s: float, struck_s: float | None
) -> bool:
    if struck_s is None or first.arrived_s <= struck_s:
        return False
    return bisect_left(finished_s, first.arrived_s) == bisect_left(finished_s, latest_s)
