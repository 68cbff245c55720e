"""Sends the steps of a session, one after the other, with the values that their answers bring.

When a step is due. The first one is due when its session arrives, as the arrivals planned it. Each
later one is due when the answer to the step before it came, plus the think time: that is when its
user wants it, and no sooner can it be sent, since it is made of what the answer brought. So every
moment of a session, from its arrival to its last answer, belongs to exactly one step or think time:

    arrival            answer                 due            answer
       |---- step 1 ------|----- thinks -------|--- step 2 -----|

A step counts from when it was due and not from when it was sent: what it waited for this process or
for a connection is its own latency. What it does not count is the wait for the step before it: that
is counted there. A plan of when each step should have been due (arrival, think times and what the
steps before are expected to take) would count one slow answer in every step after it, and an
expectation is no fact.

What no step can show is that a system that stands still lets fewer users come as far as the later
steps. The figure of the whole flow shows it: all that a session waited for, from its own arrival.
"""

import random
import time
from array import array
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol

from loadtests.generator.recorder import PhaseTally
from loadtests.generator.request_client import RequestClient
from loadtests.generator.sessions.session_samples import SessionSample
from loadtests.plan.answer_places import value_at
from loadtests.plan.calls import PreparedRequest, checks_of, constant_headers, prepared, takes_row
from loadtests.plan.data_rows import RowSupply, RowsUsedUpError
from loadtests.plan.flows import Flow, PlannedSession
from loadtests.plan.random_values import draws

if TYPE_CHECKING:
    from loadtests.generator.samples import Outcome

_NO_HEADERS: Final[Mapping[bytes, bytes]] = {}


class Clock(Protocol):
    """What a session's think times are slept on."""

    def sleep_until(self, moment_s: float) -> None:
        """Sleep until `time.monotonic()` reaches a moment."""


class NoClock:
    """Sleeps not at all: what is due without a think time is due at once."""

    def sleep_until(self, moment_s: float) -> None:
        """Return at once."""


class SessionClient:
    """Takes sessions through the steps of a flow; any number of greenlets may do so at once."""

    def __init__(
        self, client: RequestClient, flow: Flow, *, seed: object, rows: RowSupply | None = None
    ) -> None:
        self._client = client
        self.flow = flow
        self._draw = random.Random(f"steps {seed}")  # noqa: S311 -- reproducible, not a secret
        self._headers = [constant_headers(call) for call in flow.calls]
        self._draws = [draws(call.draw) for call in flow.calls]
        self._checks = [checks_of(call) for call in flow.calls]
        self._rows = rows if any(takes_row(call, rows) for call in flow.calls) else None

    def __repr__(self) -> str:
        """Show whose steps it sends."""
        return f"<SessionClient {self.flow}>"

    def run(
        self, session: PlannedSession, *, intended_s: float, tally: PhaseTally, clock: Clock
    ) -> None:
        """Take one session through its steps; it ends with the first that is not answered well.

        `intended_s` is when it arrives, as `time.monotonic()` has it. In a closed loop it is given
        up at the phase's end.
        """
        try:
            values = _SessionValues(self._rows.next() if self._rows else {})
        except RowsUsedUpError as error:
            first = self.flow.calls[session.steps[0]]
            self._client.leave_out(first, str(error), intended_s=intended_s, tally=tally)
            return
        due_s, waited_s, began_s = intended_s, 0.0, array("d")
        outcome: Outcome = "ok"
        for number, think_s in zip(session.steps, session.thinks_s, strict=True):
            due_s += think_s
            clock.sleep_until(due_s)
            if not tally.is_open and due_s >= tally.until_s:
                return
            order = self._order(number, values.known)
            sample = self._client.send_order(order, intended_s=due_s, tally=tally, keeper=values)
            began_s.append(sample.began_s)
            waited_s += sample.ended_s - due_s
            due_s = sample.ended_s
            outcome = sample.outcome
            if outcome != "ok":
                break
        tally.sessions.add(
            SessionSample(
                began_s=began_s[0],
                planned=len(session.steps),
                sent=len(began_s),
                waited_s=waited_s,
                outcome=outcome,
            )
        )

    def repeat(self, draw: random.Random, tally: PhaseTally) -> None:
        """Take one session after the other, without think times, until the phase ends."""
        while (now_s := time.monotonic()) < tally.until_s:
            session = self.flow.session(draw).hurried
            self.run(session, intended_s=now_s, tally=tally, clock=NoClock())

    def _order(self, number: int, known: Mapping[str, object]) -> PreparedRequest:
        drawn = {name: draw(self._draw) for name, draw in self._draws[number]}
        return prepared(
            self.flow.calls[number],
            {**known, **drawn},
            self._headers[number],
            checks=self._checks[number],
        )


class _SessionValues:
    """What a session has of the data, and what its answers brought so far, by name."""

    def __init__(self, row: dict[str, object]) -> None:
        self.known = row

    def settle(
        self,
        order: PreparedRequest,
        *,
        status: int | None,
        body: bytes = b"",
        headers: Mapping[bytes, bytes] = _NO_HEADERS,
    ) -> None:
        """Keep what a good answer brings; raise LookupError where it lacks something of it."""
        if status is None or status not in order.call.status:
            return
        for name, place in order.call.keeps.items():
            self.known[name] = value_at(place, status=status, body=body, headers=headers)

    def give_back(self, order: PreparedRequest) -> None:
        """Do nothing: what a session has is its own."""
