"""The stretches of traffic of a plan, one after the other: what each is, and when it is over."""

import os
from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from loadtests.generator.assignment import Assignment, closed_loop, open_loop
from loadtests.generator.coordinator import Coordinator, p99_ms, pool_size, users_needed
from loadtests.generator.warm_up import WarmUpDetector, window_s
from loadtests.plan.arrivals import ArrivalProcess, length_s, parse
from loadtests.plan.counts import PhaseCounts, Results, most_through
from loadtests.plan.flows import requests_per_s
from loadtests.plan.plan import LEAST_GAIN, LOAD_SHARE, Plan
from reports.record.measurements import WarmUp

WARM_UP: Final = "warm-up"
CLOSED: Final = "closed loop"
OPEN: Final = "open loop"
COMMON: Final = "common rate"
WARM_UP_USERS: Final = 4
# Two levels in a row must bring nothing: one may be unlucky, for a second of traffic varies by a
# few per cent, and two connections may land on the same of two workers.
FLAT_LEVELS: Final = 2
_CLEAR_UP_S: Final = 10.0


class Phases:
    """Has the warm-up, closed loop and open loops of a plan coordinated."""

    def __init__(self, plan: Plan, coordinator: Coordinator) -> None:
        self._plan = plan
        self._timing = plan.timing
        self._coordinator = coordinator
        self._arrivals = parse(plan.arrivals)

    def __repr__(self) -> str:
        """Show what is driven."""
        return f"<Phases {self._arrivals.text}, {self._coordinator}>"

    def run(self) -> Results:
        """Warm up; find the maximum; offer 70 % of it; offer the common rate; clear up.

        The common rate has the plan's arrivals. So has the other, unless they bring rates of their
        own, which 70 % of a maximum is not: then it has Poisson ones.
        """
        if self._plan.open_per_s is not None:
            results = self._open_alone(self._plan.open_per_s)
        else:
            results = self._search()
        self._coordinator.clear_up(within_s=_CLEAR_UP_S)
        return results

    def _search(self) -> Results:
        first = closed_loop(self._plan, WARM_UP, WARM_UP_USERS, self._timing.warm_up_s)
        warm_up, warmed = self._warm_up(first)
        levels = tuple(self._levels())
        best = most_through(levels)
        own_per_s = LOAD_SHARE * self._through_per_s(best)
        if own_per_s <= 0:
            return self._nothing_to_offer(warm_up, levels, warmed)
        common_per_s = self._plan.common_per_s or own_per_s
        known = self._plan.closed_users is not None and self._plan.common_per_s is not None
        opened = None if known else self._own_rate(own_per_s, best)
        common = self._open(COMMON, self._arrivals, common_per_s, self._long_s(common_per_s), best)
        return Results(
            niceness=os.nice(0),
            common_per_s=common_per_s if self._plan.users else common.offered_per_s or common_per_s,
            warm_up=warm_up,
            levels=levels,
            open=opened,
            common=common,
            warmed=warmed,
        )

    def _nothing_to_offer(
        self, warm_up: PhaseCounts, levels: tuple[PhaseCounts, ...], warmed: WarmUp
    ) -> Results:
        """Return what was counted where no request was answered well: there is no rate to offer."""
        return Results(
            niceness=os.nice(0),
            common_per_s=None,
            warm_up=warm_up,
            levels=levels,
            open=None,
            common=None,
            warmed=warmed,
        )

    def _open_alone(self, rate_per_s: float) -> Results:
        timing = self._timing
        if self._arrivals.shaped:
            mean_per_s = self._arrivals.mean_per_s(rate_per_s, timing.open_s)
            rate_per_s = requests_per_s(mean_per_s, self._plan.calls)
        first = open_loop(self._plan, WARM_UP, parse("constant"), rate_per_s, timing.warm_up_s)
        first = replace(first, connections=self._pool_size(rate_per_s, None, WARM_UP_USERS))
        warm_up, warmed = self._warm_up(first)
        opened = self._open(OPEN, self._arrivals, rate_per_s, timing.open_s, warm_up)
        return Results(
            niceness=os.nice(0),
            common_per_s=rate_per_s,
            warm_up=warm_up,
            levels=(),
            open=opened,
            common=None,
            warmed=warmed,
        )

    def _own_rate(self, rate_per_s: float, best: PhaseCounts) -> PhaseCounts:
        even = parse("poisson") if self._arrivals.shaped else self._arrivals
        return self._open(OPEN, even, rate_per_s, self._long_s(rate_per_s), best)

    def _warm_up(self, assignment: Assignment) -> tuple[PhaseCounts, WarmUp]:
        """Return a warm-up in which no worker left: it is cut short by one that does."""
        window = window_s(self._timing.window_s, assignment.duration_s)
        while True:
            steadiness = WarmUpDetector()
            counts = self._coordinator.coordinate(
                replace(assignment, window_s=window), steadiness.enough
            )
            if _is_whole(counts):
                return counts, steadiness.result(counts.duration_s)

    def _levels(self) -> Iterator[PhaseCounts]:
        if self._plan.closed_users is not None:
            yield self._level(self._plan.closed_users)
            return
        best, flat, users = 0.0, 0, 1
        while flat < FLAT_LEVELS and users <= self._timing.most_users:
            counts = self._level(users)
            yield counts
            gained = counts.throughput_per_s > best * (1 + LEAST_GAIN)
            flat = 0 if gained else flat + 1
            best = max(best, counts.throughput_per_s)
            users *= 2

    def _level(self, users: int) -> PhaseCounts:
        """Return a level in which no worker left: each that does leaves fewer that could."""
        while True:
            counts = self._coordinator.coordinate(
                closed_loop(self._plan, CLOSED, users, self._timing.level_s)
            )
            if _is_whole(counts):
                return counts

    def _open(
        self,
        name: str,
        arrivals: ArrivalProcess,
        rate_per_s: float,
        duration_s: float,
        before: PhaseCounts,
    ) -> PhaseCounts:
        assignment = open_loop(self._plan, name, arrivals, rate_per_s, duration_s)
        connections = self._pool_size(
            assignment.offered_per_s or rate_per_s, p99_ms(before), before.users or 1
        )
        return self._coordinator.coordinate(
            replace(
                assignment,
                connections=connections,
                takes_apart=True,
                writes_down=name == OPEN and self._plan.samples is not None,
            )
        )

    def _through_per_s(self, counts: PhaseCounts) -> float:
        """Return what a level got through a second: requests, or of a team's users their tasks."""
        if self._plan.users and counts.flow and counts.flow.sent:
            return counts.throughput_per_s * counts.flow.sessions / counts.flow.sent
        return counts.throughput_per_s

    def _pool_size(self, rate_per_s: float, p99_ms: float | None, least: int) -> int:
        """Return how many connections an open phase needs, or how many of a team's users."""
        if self._plan.users:
            return users_needed(rate_per_s, least)
        return pool_size(rate_per_s, p99_ms, least)

    def _long_s(self, rate_per_s: float) -> float:
        timing = self._timing
        return length_s(
            rate_per_s,
            least_s=timing.open_s,
            most_s=timing.open_most_s,
            samples=timing.open_samples,
        )


def _is_whole(counts: PhaseCounts) -> bool:
    return not any(one.left for one in counts.load_workers)
