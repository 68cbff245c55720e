"""One phase of traffic, as every process of the generator is told it."""

import random
from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from loadtests.plan.arrivals import ArrivalProcess
from loadtests.plan.flows import Flow, PlannedSession, arrivals_per_s, flow_of
from loadtests.plan.plan import Plan

CLOSED: Final = "closed"
# How many requests a task makes is not known; it has time for so many that are hardly answered.
_TASK_ANSWERS: Final = 2


class Assignment(Struct, frozen=True, kw_only=True):
    """A phase: a closed loop of so many users, or requests that are due at given moments.

    It begins when the monotonic clock of the process that drives it shows `begin_s`, shortly ahead.
    Of an open phase `due_s` are offsets from there in seconds, `calls` the number of
    the call that is due at each, or `sessions` what begins there; the last of them may go on for
    `drain_s` after the phase. `seeds` are the users', one each. `part` counts processes from 0.
    """

    name: str
    arrivals: str
    duration_s: float
    connections: int = 1
    begin_s: float = 0.0
    window_s: float = 0.5
    offered_per_s: float | None = None
    due_s: tuple[float, ...] = ()
    calls: tuple[int, ...] = ()
    sessions: tuple[PlannedSession, ...] = ()
    drain_s: float = 0.0
    seeds: tuple[str, ...] = ()
    takes_apart: bool = False
    writes_down: bool = False
    part: int = 0

    @property
    def users(self) -> int | None:
        """Return how many users a closed loop has; None of an open one."""
        return len(self.seeds) if self.offered_per_s is None else None

    def parts(self, processes: int) -> Iterator["Assignment"]:
        """Yield each process's part: every n-th request and user, an n-th of the connections."""
        for part in range(processes):
            every = slice(part, None, processes)
            yield replace(
                self,
                part=part,
                connections=-(-self.connections // processes),
                due_s=self.due_s[every],
                calls=self.calls[every],
                sessions=self.sessions[every],
                seeds=self.seeds[every],
            )


def closed_loop(plan: Plan, name: str, users: int, duration_s: float) -> Assignment:
    """Return a phase of so many users."""
    seeds = tuple(f"{plan.seed} {name} {users} {number}" for number in range(users))
    return Assignment(
        name=name, arrivals=CLOSED, duration_s=duration_s, connections=users, seeds=seeds
    )


def open_loop(
    plan: Plan, name: str, arrivals: ArrivalProcess, rate_per_s: float, duration_s: float
) -> Assignment:
    """Return a phase whose requests, or sessions, are due at the moments that the arrivals give."""
    due_s = arrivals.schedule(arrivals_per_s(rate_per_s, plan.calls), duration_s, plan.seed)
    if flow := flow_of(plan.calls):
        return _of_sessions(plan, flow, name, arrivals.text, due_s, duration_s)
    draw = random.Random(f"{plan.seed} {name}")  # noqa: S311 -- reproducible, not a secret
    weights = [call.weight for call in plan.calls]
    return Assignment(
        name=name,
        arrivals=arrivals.text,
        duration_s=duration_s,
        offered_per_s=arrivals.mean_per_s(rate_per_s, duration_s),
        due_s=due_s,
        calls=tuple(draw.choices(range(len(weights)), weights, k=len(due_s))),
        drain_s=_TASK_ANSWERS * plan.timing.answer_within_s if plan.users else 0.0,
    )


def _of_sessions(  # noqa: PLR0913, PLR0917 -- what `open_loop` was asked and found
    plan: Plan, flow: Flow, name: str, arrivals: str, due_s: tuple[float, ...], duration_s: float
) -> Assignment:
    draw = random.Random(f"{plan.seed} {name} sessions")  # noqa: S311 -- reproducible, not a secret
    sessions = tuple(flow.session(draw) for _ in due_s)
    answers_s = max(len(one.steps) for one in sessions) * plan.timing.answer_within_s
    return Assignment(
        name=name,
        arrivals=arrivals,
        duration_s=duration_s,
        offered_per_s=sum(len(one.steps) for one in sessions) / duration_s,
        due_s=due_s,
        sessions=sessions,
        drain_s=flow.longest_think_s + answers_s,
    )
