"""Has one phase driven by the generators, tells how it goes, and adds up what came of it."""

import math
import time
from bisect import bisect_right
from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from loadtests.generator.assignment import Assignment
from loadtests.generator.files.hdr_log import write_hlog
from loadtests.generator.generators import Generators, Watching
from loadtests.generator.merged_results import PhaseFacts, intervals, merged
from loadtests.generator.warm_up import WindowTotals
from loadtests.plan.counts import PhaseCounts
from loadtests.plan.cpu_speed import reference_work_ms
from loadtests.plan.plan import PhaseDone, Plan, Tick
from reports.record import latency

TICK_S: Final = 1.0
# Connections of an open phase, by Little's law (Little, 1961): so many times what its p99 needs at
# its rate, and a few for a slow moment's sake; never so many that one idles for over a second,
# after which a gateway might close it.
HEAD_ROOM: Final = 4
MORE: Final = 16
MOST_OPENED: Final = 512
MOST_IDLE_S: Final = 1.0
# A system may stand still for so long without a request having to wait for a new connection. On a
# machine that others use too, stalls of 0.44 to 0.57 s were seen.
STALL_S: Final = 0.6
# A team's user is held for a whole task, and costs a login where one more is wanted.
USERS_STALL_S: Final = 2.0
_LEAD_S: Final = 0.2
_P99: Final = 99.0
_MS_PER_S: Final = 1_000

Say = Callable[[Tick | PhaseDone], None]


class Coordinator:
    """Coordinates the phases of a plan; `say` gets a line a second, and one at the end of each."""

    def __init__(self, plan: Plan, generators: Generators, say: Say) -> None:
        self._plan = plan
        self._generators = generators
        self._say = say

    def __repr__(self) -> str:
        """Show who plays."""
        return f"<Coordinator of {self._generators}>"

    def coordinate(self, assignment: Assignment, watching: Watching | None = None) -> PhaseCounts:
        """Have a phase driven, to its end or until `watching` says that it is enough."""
        self._generators.prepare(assignment)
        before_ms = reference_work_ms()
        lead_s = self._plan.timing.settle_s if assignment.offered_per_s is None else _LEAD_S
        begin_s = time.monotonic() + max(_LEAD_S, lead_s)
        ticking = _Ticking(assignment, begin_s, self._say)

        def watch(moment: WindowTotals) -> bool:
            ticking.add(moment)
            return watching is not None and watching(moment)

        driven = self._generators.drive(replace(assignment, begin_s=begin_s), watch)
        counts = replace(
            merged(self._facts(assignment), driven.shares),
            # By this machine's clock: a worker's may be another's, which began to count elsewhere.
            begin_s=begin_s,
            yardstick_ms=(before_ms, reference_work_ms()),
        )
        if driven.workers:
            counts = replace(counts, load_workers=driven.workers, host_cpu=driven.host_cpu)
        if self._plan.users:
            counts = in_requests(counts)
        if assignment.takes_apart:
            file = self._plan.results.with_name(f"{assignment.name.replace(' ', '-')}.hlog")
            begun_at_s = begin_s - time.monotonic() + time.time()
            write_hlog(file, counts, intervals(driven.shares), begun_at_s=begun_at_s)
        self._say(_done(assignment, counts))
        return counts

    def clear_up(self, *, within_s: float) -> None:
        """Leave no row behind."""
        self._generators.clear_up(within_s=within_s)

    def _facts(self, assignment: Assignment) -> PhaseFacts:
        return PhaseFacts(
            arrivals=assignment.arrivals,
            users=assignment.users,
            offered_per_s=assignment.offered_per_s,
            hops=tuple(self._plan.hops) if assignment.takes_apart else (),
        )


class _Ticking:
    def __init__(self, assignment: Assignment, begin_s: float, say: Say) -> None:
        self._assignment = assignment
        self._until_s = begin_s + assignment.duration_s
        self._say = say
        self._moments: list[WindowTotals] = []
        self._windows = self._ended = 0

    def add(self, moment: WindowTotals) -> None:
        self._moments.append(moment)
        self._windows += 1
        self._ended += len(moment.times_ms)
        seen_s = len(self._moments) * self._assignment.window_s
        if seen_s < TICK_S:
            return
        times_ms = sorted(time_ms for one in self._moments for time_ms in one.times_ms)
        bad, self._moments = sum(one.bad for one in self._moments), []
        self._say(
            Tick(
                phase=self._assignment.name,
                users=self._assignment.users,
                rate_per_s=round(len(times_ms) / seen_s, 3),
                p50_ms=times_ms[len(times_ms) // 2] if times_ms else None,
                p99_ms=times_ms[len(times_ms) * 99 // 100] if times_ms else None,
                remaining_s=max(0.0, self._until_s - time.monotonic()),
                bad=bad,
                in_flight=self._in_flight(),
            )
        )

    def _in_flight(self) -> int:
        """Return how many are due and not answered: each user of a closed loop has one."""
        if self._assignment.users is not None:
            return self._assignment.users
        due = bisect_right(self._assignment.due_s, self._windows * self._assignment.window_s)
        return max(0, due - self._ended)


def pool_size(rate_per_s: float, p99_ms: float | None, least: int) -> int:
    """Return how many connections an open phase needs; a p99 that is known may ask for more."""
    held_s = max(HEAD_ROOM * (p99_ms or 0.0) / _MS_PER_S, STALL_S)
    needed = math.ceil(rate_per_s * held_s) + MORE
    return max(least, min(needed, MOST_OPENED, math.ceil(rate_per_s * MOST_IDLE_S)))


def users_needed(tasks_per_s: float, least: int) -> int:
    """Return how many users of a team's an open phase begins with.

    How long a task lasts is not known; what was started in the warm-up beyond these stays.
    """
    return max(least, min(math.ceil(tasks_per_s * USERS_STALL_S) + MORE, MOST_OPENED))


def in_requests(counts: PhaseCounts) -> PhaseCounts:
    """Return a phase of tasks with its planned rate in requests, by what the tasks made of them."""
    if counts.offered_per_s is None or counts.flow is None:
        return counts
    mean = counts.flow.sent / counts.flow.sessions
    return replace(counts, offered_per_s=counts.offered_per_s * mean)


def p99_ms(counts: PhaseCounts) -> float | None:
    """Return the 99th percentile, be it of few; None where nothing was answered."""
    return latency.values_ms(total(counts), (_P99,)).get(_P99) if counts.samples else None


def total(counts: PhaseCounts) -> Any:  # noqa: ANN401 -- hdrh has no types
    """Return the response times of all calls."""
    return latency.merge(latency.decode(one.latency) for one in counts.endpoints.values())


def _done(assignment: Assignment, counts: PhaseCounts) -> PhaseDone:
    spread = latency.summary(total(counts))
    return PhaseDone(
        phase=assignment.name,
        users=assignment.users,
        throughput_per_s=counts.throughput_per_s,
        p50_ms=spread.p50,
        p99_ms=spread.p99,
    )
