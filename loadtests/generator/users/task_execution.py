"""One run of a task: from when each of its requests counts, and what came of it.

The first request counts from when the task was due, as the arrivals planned it: so the wait for an
idle user, for this process and for a connection is part of it. Each later one counts from the
answer to the one before, or where the task slept since, from when that sleep was to end. That is as
in a flow, whose think times these sleeps are:

    due                 answer               sleep is to end        answer
     |---- request 1 ------|----- sleeps ----------|---- request 2 ----|

What a task does beside (reading an answer, waiting for a lock) belongs to the request after it:
that request is as late. Requests that a task makes at a time, in greenlets of its own, all count
from the same moment.
"""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import time
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Final

import gevent
import gevent.hub

from loadtests.generator.recorder import PhaseTally
from loadtests.generator.samples import Outcome, Sample
from loadtests.generator.sessions.session_samples import SessionSample
from loadtests.plan.plan import PlannedCall

# Bears a request's `AskedRequest` through locust's event, in its context.
MARK: Final = "loadtests.asked"
_MOST_REASON_CHARACTERS: Final = 80


class AskedRequest:
    """A request that a task asked for; `ended_s` is known once the client has its answer.

    Where the client came back without one, `unanswered` says what that means, and why.
    """

    def __init__(self, execution: "TaskExecution", call: str, number: int) -> None:
        self.execution = execution
        self.call = call
        self.number = number
        self.began_s = time.monotonic()
        self.intended_s = min(execution.due_s, self.began_s)
        self.ended_s: float | None = None
        self.unanswered: tuple[Outcome, str] | None = None

    def __repr__(self) -> str:
        """Show what was asked, and whether the answer has come."""
        return f"<AskedRequest {self.call}, {'asked' if self.ended_s is None else 'answered'}>"

    def ends(self) -> float:
        """Note that it has ended, unless that is known, and return when it did."""
        if self.ended_s is None:
            self.ended_s = time.monotonic()
            self.execution.due_s = max(self.execution.due_s, self.ended_s)
        return self.ended_s


class TaskExecution:
    """A task under way, in the greenlet that runs it."""

    def __init__(self, task: PlannedCall, *, intended_s: float, tally: PhaseTally) -> None:
        self.task = task
        self.tally = tally
        self.due_s = intended_s
        self.began_s = time.monotonic()
        self._greenlet = gevent.getcurrent()
        self._unreported: list[AskedRequest] = []
        self._requests = 0
        self._waited_s = 0.0
        self._outcome: Outcome = "ok"

    def __repr__(self) -> str:
        """Show the task and how many requests it made so far."""
        return f"<TaskExecution {self.task.name}, {self._requests} requests, {self._outcome}>"

    def ask(self, call: str, number: int) -> AskedRequest:
        """Return a request that begins now."""
        asked = AskedRequest(self, call, number)
        self._unreported.append(asked)
        return asked

    def take(self, call: str, sample: Sample, asked: AskedRequest | None = None) -> None:
        """Count one request of a call that has ended."""
        with suppress(ValueError):  # one of a client that we know nothing of
            self._unreported.remove(asked)  # type: ignore[arg-type]
        self._requests += 1
        self._waited_s += sample.ended_s - sample.intended_s
        if sample.outcome != "ok":
            self._outcome = sample.outcome
        self.tally.add(call, sample)

    def pause(self, seconds: float) -> None:
        """Sleep until so long after the moment from which the next request would count."""
        now_s = time.monotonic()
        self.due_s = min(self.due_s, now_s) + seconds
        _SLEEP(max(0.0, self.due_s - now_s))

    @property
    def is_here(self) -> bool:
        """Tell whether the greenlet that runs is the task's, or one that it spawned."""
        found = gevent.getcurrent()
        while found is not None and found is not self._greenlet:
            spawned_by = getattr(found, "spawning_greenlet", None)
            found = spawned_by() if spawned_by else None
        return found is not None

    def fail(self, reason: str, outcome: Outcome = "failed") -> None:
        """Count what ended the task: as its open request's failure, or as one of the task itself.

        A task that ends since a request of its own failed has failed once.
        """
        for asked in self._unreported[:]:
            self.take(asked.call, _bad(asked, *(asked.unanswered or (outcome, reason))), asked)
        if self._outcome == "ok":
            now_s = time.monotonic()
            self._outcome = outcome
            self.tally.add(
                self.task.name,
                Sample(
                    intended_s=min(self.due_s, now_s),
                    began_s=now_s,
                    ended_s=now_s,
                    outcome=outcome,
                    reason=reason,
                ),
            )
            self._requests += 1

    def close(self) -> None:
        """Count the task itself, as the session that it is."""
        self.tally.sessions.add(
            SessionSample(
                began_s=self.began_s,
                planned=self._requests,
                sent=self._requests,
                waited_s=self._waited_s,
                outcome=self._outcome,
            )
        )


# The task that a greenlet runs: what sleeps in one, and who fires locust's event, is found by it.
UNDER_WAY: Final[ContextVar[TaskExecution | None]] = ContextVar("UNDER_WAY", default=None)
_SLEEP: Final = gevent.sleep


def hear_sleeps() -> None:
    """Have a sleep in a task be its pause; what is imported from now on sleeps so."""
    for module in (time, gevent, gevent.hub):
        module.sleep = _sleep  # type: ignore[attr-defined]  # all three are modules that have it


def _sleep(seconds: float = 0, *more: Any, **others: Any) -> None:  # noqa: ANN401 -- gevent's own
    execution = UNDER_WAY.get()
    if execution is None:
        _SLEEP(seconds, *more, **others)
    else:
        execution.pause(seconds)


def reason_of_error(error: BaseException) -> str:
    """Return an error as a reason, short and in one line."""
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return said[:_MOST_REASON_CHARACTERS].rstrip(": ")


def _bad(asked: AskedRequest, outcome: Outcome, reason: str) -> Sample:
    return Sample(
        intended_s=asked.intended_s,
        began_s=asked.began_s,
        ended_s=asked.ends(),
        outcome=outcome,
        reason=reason,
        number=asked.number,
    )
