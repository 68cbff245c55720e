"""The stretches of traffic that one load process drives, one after the other.

closed loop: so many users, each sends its next request when the last is answered
open loop:   requests are sent when they are due, whether or not the last ones are answered
"""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import gevent
from gevent.pool import Group

from loadtests.alarm import Alarm
from loadtests.arrivals import ARRIVALS, length_s
from loadtests.plan import (
    LEAST_GAIN,
    LOAD_SHARE,
    PhaseCounts,
    PhaseDone,
    Plan,
    Results,
    Tick,
    most_through,
)
from loadtests.processor import Stretch
from loadtests.recorder import Tally
from loadtests.users import Traveller
from reports import latency

TICK_S: Final = 1.0
WARM_UP_USERS: Final = 4
# An open phase without a closed loop before it opens what answers of so long would need.
OPENED_S: Final = 0.25
MOST_OPENED: Final = 256
# Two levels in a row must bring nothing: one may be unlucky, for a second of traffic varies by a
# few per cent, and two connections may land on the same of two workers.
FLAT_LEVELS: Final = 2
_LEAD_S: Final = 0.1
_MARGIN_S: Final = 2.0
_CLEAR_UP_S: Final = 10.0


class NothingAnswered(Exception):  # noqa: N818 -- it says what was seen
    """No request of the closed loop was answered well, so there is no rate to offer."""


class Phases:
    """Drives warm-up, closed loop and open loops of a plan; `say` gets a line a second."""

    def __init__(
        self, plan: Plan, traveller: Traveller, say: Callable[[Tick | PhaseDone], None]
    ) -> None:
        self._plan = plan
        self._timing = plan.timing
        self._traveller = traveller
        self._say = say

    def run(self) -> Results:
        """Warm up; find the maximum; offer 70 % of it; offer the common rate; clear up."""
        if self._plan.open_per_s is not None:
            return self._open_alone(self._plan.open_per_s)
        warm_up = self._level("warm-up", WARM_UP_USERS, self._timing.warm_up_s)
        levels = tuple(self._levels())
        best = most_through(levels)
        own_per_s = LOAD_SHARE * best.throughput_per_s
        if own_per_s <= 0:
            raise NothingAnswered(f"No request was answered well; {errors_in(levels)}.")
        common_per_s = self._plan.common_per_s or own_per_s
        connections = best.users or 1
        known = self._plan.closed_users and self._plan.common_per_s
        opened = (
            None
            if known
            else self._open("open loop", own_per_s, self._long(own_per_s), connections)
        )
        common = self._open("common rate", common_per_s, self._long(common_per_s), connections)
        self._traveller.clear_up(within_s=_CLEAR_UP_S)
        return Results(
            niceness=os.nice(0),
            common_per_s=common_per_s,
            warm_up=warm_up,
            levels=levels,
            open=opened,
            common=common,
        )

    def _open_alone(self, rate_per_s: float) -> Results:
        connections = max(WARM_UP_USERS, min(MOST_OPENED, round(rate_per_s * OPENED_S)))
        name, timing = "open loop", self._timing
        warm_up = self._open("warm-up", rate_per_s, timing.warm_up_s, connections)
        opened = self._open(name, rate_per_s, timing.open_s, connections)
        self._traveller.clear_up(within_s=_CLEAR_UP_S)
        return Results(
            niceness=os.nice(0),
            common_per_s=rate_per_s,
            warm_up=warm_up,
            levels=(),
            open=opened,
            common=None,
        )

    def _levels(self) -> Iterator[PhaseCounts]:
        if self._plan.closed_users is not None:
            yield self._level("closed loop", self._plan.closed_users, self._timing.level_s)
            return
        best, flat, users = 0.0, 0, 1
        while flat < FLAT_LEVELS and users <= self._timing.most_users:
            counts = self._level("closed loop", users, self._timing.level_s)
            yield counts
            gained = counts.throughput_per_s > best * (1 + LEAST_GAIN)
            flat = 0 if gained else flat + 1
            best = max(best, counts.throughput_per_s)
            users *= 2

    def _level(self, name: str, users: int, duration_s: float) -> PhaseCounts:
        self._traveller.connections.open(users)
        begin_s = time.monotonic() + self._timing.settle_s
        tally = Tally(arrivals="closed", users=users, begin_s=begin_s, duration_s=duration_s)
        clients = Group()
        for number in range(users):
            clients.spawn(self._client, tally, self._seed(name, users, number))
        with self._observed(name, tally):
            clients.join(timeout=self._bound_s(tally))
        clients.kill(timeout=_MARGIN_S)
        return self._done(name, tally)

    def _client(self, tally: Tally, seed: str) -> None:
        draw = random.Random(seed)  # noqa: S311 -- reproducible traffic, not a secret
        while (now_s := time.monotonic()) < tally.until_s:
            self._traveller.send(self._traveller.mix.pick(draw), intended_s=now_s, tally=tally)

    def _long(self, rate_per_s: float) -> float:
        timing = self._timing
        return length_s(
            rate_per_s,
            least_s=timing.open_s,
            most_s=timing.open_most_s,
            samples=timing.open_samples,
        )

    def _open(
        self, name: str, rate_per_s: float, duration_s: float, connections: int
    ) -> PhaseCounts:
        self._traveller.connections.open(connections)
        tally = Tally(
            arrivals=self._plan.arrivals,
            begin_s=time.monotonic() + _LEAD_S,
            duration_s=duration_s,
            offered_per_s=rate_per_s,
            samples=[] if self._plan.samples and name == "open loop" else None,
        )
        in_flight = Group()
        with self._observed(name, tally):
            self._pace(name, tally, in_flight)
            in_flight.join(timeout=self._bound_s(tally))
        in_flight.kill(timeout=_MARGIN_S)
        if self._plan.samples and tally.samples is not None:
            tally.write_samples(self._plan.samples)
        return self._done(name, tally)

    def _pace(self, name: str, tally: Tally, in_flight: Group) -> None:
        send, mix = self._traveller.send, self._traveller.mix
        draw = random.Random(self._seed(name))  # noqa: S311 -- reproducible traffic, not a secret
        rate_per_s = tally.offered_per_s or 0.0
        schedule = ARRIVALS[self._plan.arrivals](rate_per_s, tally.duration_s, self._plan.seed)
        due = [(tally.begin_s + offset_s, mix.pick(draw)) for offset_s in schedule]
        with Alarm() as alarm:
            for moment_s, call in due:
                alarm.wait_until(moment_s)
                in_flight.spawn(send, call, intended_s=moment_s, tally=tally)
            alarm.wait_until(tally.until_s)

    @contextmanager
    def _observed(self, name: str, tally: Tally) -> Iterator[None]:
        watch, tick = gevent.spawn(self._watch, tally), gevent.spawn(self._tick, name, tally)
        try:
            yield
            # The last answer may come before this greenlet has had its turn at the phase's end.
            watch.join(timeout=_MARGIN_S)
        finally:
            gevent.killall([watch, tick], timeout=_MARGIN_S)

    def _watch(self, tally: Tally) -> None:
        gevent.sleep(max(0.0, tally.begin_s - time.monotonic()))
        stretch = Stretch()
        gevent.sleep(max(0.0, tally.until_s - time.monotonic()))
        tally.close(stretch)

    def _tick(self, name: str, tally: Tally) -> None:
        while True:
            gevent.sleep(TICK_S)
            recent_ms, tally.recent_ms = sorted(tally.recent_ms), []
            self._say(
                Tick(
                    phase=name,
                    users=tally.users,
                    rate_per_s=len(recent_ms) / TICK_S,
                    p99_ms=recent_ms[len(recent_ms) * 99 // 100] if recent_ms else None,
                    remaining_s=max(0.0, tally.until_s - time.monotonic()),
                )
            )

    def _done(self, name: str, tally: Tally) -> PhaseCounts:
        counts = tally.counts()
        total = latency.merge(latency.decode(one.latency) for one in counts.endpoints.values())
        spread = latency.summary(total)
        self._say(
            PhaseDone(
                phase=name,
                users=tally.users,
                throughput_per_s=counts.throughput_per_s,
                p50_ms=spread.p50,
                p99_ms=spread.p99,
            )
        )
        return counts

    def _bound_s(self, tally: Tally) -> float:
        rest_s = max(0.0, tally.until_s - time.monotonic())
        return rest_s + self._timing.answer_within_s + _MARGIN_S

    def _seed(self, *parts: object) -> str:
        return " ".join(map(str, (self._plan.seed, *parts)))


def errors_in(levels: tuple[PhaseCounts, ...]) -> str:
    """Return what went wrong and how often, for a sentence."""
    seen = {reason: count for level in levels for reason, count in level.errors.items()}
    return ", ".join(f"{count} x {reason}" for reason, count in seen.items()) or "none was tried"
