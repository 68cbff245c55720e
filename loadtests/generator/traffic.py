"""Drives this process's part of a phase.

closed loop: so many users, each sends its next request when the last is answered
open loop:   requests are sent when they are due, whether or not the last ones are answered

Of a flow, sessions begin when they are due; a user of the closed loop takes one after the other,
and never thinks: that loop looks for the most that a system carries.
"""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import gc
import random
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import gevent
from gevent.pool import Group

from loadtests.generator.assignment import Assignment
from loadtests.generator.connection_pool import ConnectionPool
from loadtests.generator.files.request_log import append_requests
from loadtests.generator.generator_health import CpuUsage, EventLoopLag
from loadtests.generator.hop_times import Hops
from loadtests.generator.identities import Identities
from loadtests.generator.merged_results import PartialResult
from loadtests.generator.recorder import PhaseTally, on_request
from loadtests.generator.request_client import RequestClient, RequestEvent
from loadtests.generator.sender_pool import SenderPool
from loadtests.generator.sessions.session_client import SessionClient
from loadtests.generator.sessions.think_timer import ThinkTimer
from loadtests.generator.timer import GreenletTimer
from loadtests.generator.warm_up import WindowSample
from loadtests.generator.workers.silences import MASTER_BEARS_S
from loadtests.plan.calls import TrafficMix
from loadtests.plan.data_rows import RowSupply
from loadtests.plan.flows import PlannedSession, flow_of
from loadtests.plan.logged_requests import numbered
from loadtests.plan.plan import Plan, PlannedCall

_MARGIN_S: Final = 2.0
# A phase may end early; whoever waits for its end looks this often.
_LOOK_S: Final = 0.1
_MS_PER_S: Final = 1_000


class Event(RequestEvent, Protocol):
    """Locust's `request` event, as who wants to listen sees it."""

    def add_listener(self, listener: Callable[..., None]) -> object:
        """Have a listener called."""


class Tasks(Protocol):
    """The tasks of a team's own users, each run with one of them; `waits` found none idle."""

    @property
    def waits(self) -> int:
        """Return how many tasks found no idle user."""

    def open(self, users: int) -> None:
        """See that so many users have started."""

    def run(self, call: PlannedCall, *, intended_s: float, tally: PhaseTally) -> None:
        """Run the task that a call stands for."""

    def repeat(self, draw: random.Random, tally: PhaseTally) -> None:
        """Run one task after the other until the phase ends."""

    def close(self) -> None:
        """Have the users stop."""


Told = Callable[[WindowSample], None]


class Traffic:
    """Sends what is assigned to this process; one assignment at a time."""

    def __init__(
        self,
        plan: Plan,
        client: RequestClient,
        sessions: SessionClient | None = None,
        tasks: Tasks | None = None,
    ) -> None:
        self._plan = plan
        self._client = client
        self._sessions = sessions
        self._tasks = tasks
        self._tally: PhaseTally | None = None

    def __repr__(self) -> str:
        """Show what is counted just now."""
        return f"<Traffic {self._tally or 'none'}>"

    def drive(self, assignment: Assignment, told: Told) -> PartialResult:
        """Send the requests of an assignment and return what came of them.

        `told` gets a pulse a window, until the last answer.
        """
        tally = self._tally = self._new(assignment)
        pool = self._client.connections
        waits, closings, renewals = self._waits, pool.closings, self._renewals
        with self._observed(tally, assignment.window_s, told):
            if assignment.offered_per_s is None:
                self._use(assignment, tally)
            else:
                self._pace(assignment, tally)
        tally.pool_waits, tally.closings = self._waits - waits, pool.closings - closings
        tally.logins = self._renewals - renewals
        if self._plan.request_log:
            self._log(self._plan.request_log, tally, assignment)
        if self._plan.samples and assignment.writes_down:
            tally.samples.write(numbered(self._plan.samples, assignment.part), tally.begin_s)
        # Not on this thread's loop: while histograms are made, a master must hear that this lives.
        share: PartialResult = gevent.get_hub().threadpool.apply(tally.share)
        return share

    def open(self, connections: int) -> None:
        """See that so many connections stand, and that nobody's token is about to end.

        A team's own users have connections of their own: of these so many are to have started.
        """
        if self._tasks:
            self._tasks.open(connections)
            return
        if self._client.identities:
            self._client.identities.refresh()
        self._client.connections.open(connections)

    def enough(self) -> None:
        """End the phase that is under way, as soon as what was sent is answered."""
        if self._tally:
            self._tally.end_at(time.monotonic())

    def clear_up(self, *, within_s: float) -> None:
        """Leave no row behind."""
        self._client.clear_up(within_s=within_s)

    def close(self) -> None:
        """Close the connections."""
        if self._tasks:
            self._tasks.close()
        if self._client.identities:
            self._client.identities.close()
        self._client.connections.close()

    @property
    def _waits(self) -> int:
        return self._tasks.waits if self._tasks else self._client.connections.waits

    @property
    def _renewals(self) -> int:
        return self._client.identities.renewals if self._client.identities else 0

    def _new(self, assignment: Assignment) -> PhaseTally:
        return PhaseTally(
            arrivals=assignment.arrivals,
            begin_s=assignment.begin_s,
            duration_s=assignment.duration_s,
            users=assignment.users,
            offered_per_s=assignment.offered_per_s,
            hops=self._plan.hops if assignment.takes_apart else {},
            notes=assignment.writes_down,
            logged=self._plan.request_log is not None,
            trace_ids=self._client.trace_ids,
        )

    def _log(self, path: Path, tally: PhaseTally, assignment: Assignment) -> None:
        append = partial(append_requests, since_1970_s=time.time() - time.monotonic())
        hops = Hops(self._plan.hops)
        gevent.get_hub().threadpool.apply(append, (path, tally, assignment, hops))

    def _use(self, assignment: Assignment, tally: PhaseTally) -> None:
        users = Group()
        for seed in assignment.seeds:
            users.spawn(self._user, tally, seed)
        users.join(timeout=self._bound_s(tally))
        users.kill(timeout=_MARGIN_S)

    def _user(self, tally: PhaseTally, seed: str) -> None:
        draw = random.Random(seed)  # noqa: S311 -- reproducible traffic, not a secret
        if repeated := self._tasks or self._sessions:
            repeated.repeat(draw, tally)
            return
        while (now_s := time.monotonic()) < tally.until_s:
            self._client.send(self._client.mix.pick(draw), intended_s=now_s, tally=tally)

    def _pace(self, assignment: Assignment, tally: PhaseTally) -> None:
        if not self._sessions:
            planned = [self._plan.calls[number] for number in assignment.calls]
            begun = self._tasks.run if self._tasks else self._client.send
            self._send(assignment, planned, tally, partial(begun, tally=tally))
            return
        with ThinkTimer() as clock:
            send = partial(self._sessions.run, tally=tally, clock=clock)
            self._send(assignment, assignment.sessions, tally, send)

    def _send(
        self,
        assignment: Assignment,
        planned: Sequence[PlannedCall | PlannedSession],
        tally: PhaseTally,
        send: Callable[..., None],
    ) -> None:
        """Begin what is planned when it is due, and wait until all of it has ended."""
        moments = [
            (tally.begin_s + due_s, one)
            for due_s, one in zip(assignment.due_s, planned, strict=True)
        ]
        senders = SenderPool(send)
        try:
            with GreenletTimer() as alarm:
                for moment_s, one in moments:
                    alarm.wait_until(moment_s)
                    if moment_s >= tally.until_s or self._is_given_up(moment_s):
                        break
                    senders.begin(one, moment_s)
            senders.join(timeout_s=self._bound_s(tally) + assignment.drain_s)
        finally:
            senders.end()

    def _is_given_up(self, moment_s: float) -> bool:
        """Tell whether this process stood still so long that its master goes on without it.

        What is overdue would else be sent at once, into whatever phase there is by now.
        """
        return self._plan.workers is not None and time.monotonic() > moment_s + MASTER_BEARS_S

    @contextmanager
    def _observed(self, tally: PhaseTally, window_s: float, told: Told) -> Iterator[None]:
        watch = gevent.spawn(self._watch, tally)
        pulses = gevent.spawn(self._pulse, tally, window_s, told)
        try:
            yield
            # The last answer may come before the phase's end.
            watch.join(timeout=self._bound_s(tally))
        finally:
            gevent.killall([watch, pulses], timeout=_MARGIN_S)

    def _watch(self, tally: PhaseTally) -> None:
        gevent.sleep(max(0.0, tally.begin_s - time.monotonic()))
        stretch = CpuUsage()
        with EventLoopLag() as gaps:
            while (rest_s := tally.until_s - time.monotonic()) > 0:
                gevent.sleep(min(rest_s, _LOOK_S))
        tally.close(stretch)
        tally.loop_gap_ms_max = gaps.longest_ms

    def _pulse(self, tally: PhaseTally, window_s: float, told: Told) -> None:
        gevent.sleep(max(0.0, tally.begin_s - time.monotonic()))
        seen, number, kept = len(tally.samples), 0, tally.samples
        while True:
            number += 1
            gevent.sleep(max(0.0, tally.begin_s + number * window_s - time.monotonic()))
            rows = range(seen, len(kept))
            times_ms = array(
                "d", ((kept.ended_s[r] - kept.intended_s[r]) * _MS_PER_S for r in rows)
            )
            good = kept.good(seen)
            seen = rows.stop
            told(WindowSample(number=number, good=good, times_ms=times_ms.tobytes()))

    def _bound_s(self, tally: PhaseTally) -> float:
        rest_s = max(0.0, tally.until_s - time.monotonic())
        return rest_s + self._plan.timing.answer_within_s + _MARGIN_S


def traffic_for(
    plan: Plan, event: Event, *, part: int = 0, parts: int = 1, tasks: Tasks | None = None
) -> Traffic:
    """Return what drives a plan's traffic in this process, and have locust's events counted.

    Of several processes, `parts` all together, this one is number `part`. A plan of a team's own
    users needs their `tasks`.
    """
    event.add_listener(on_request)
    identities = Identities(plan.login, plan.host) if plan.login else None
    if identities:
        identities.open()
    flow = flow_of(plan.calls)
    seed = plan.seed if part == 0 else f"{plan.seed} {part}"
    rows = RowSupply(plan.data, seed=seed, part=part, parts=parts) if plan.data else None
    client = RequestClient(
        mix=TrafficMix((), None) if flow or tasks else TrafficMix(plan.calls, rows),
        connections=ConnectionPool(plan.host, answer_within_s=plan.timing.answer_within_s),
        event=event,
        seed=seed,
        trace_seed=f"{plan.request_log} {part}" if plan.request_log else None,
        rpc_metric=plan.rpc_metric,
        worker_header=plan.worker_header,
        note_header=plan.note_header,
        identities=identities,
    )
    # Locust's own objects are never garbage: a collection must not walk them within a phase.
    gc.collect()
    gc.freeze()
    sessions = SessionClient(client, flow, seed=seed, rows=rows) if flow else None
    return Traffic(plan, client, sessions, tasks)
