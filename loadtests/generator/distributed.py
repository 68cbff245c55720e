"""A distributed generator: several workers, told over locust's message channel what to do."""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import time
from collections.abc import Sequence
from typing import Any, Final

from gevent.queue import Empty, Queue

from loadtests.generator.assignment import Assignment
from loadtests.generator.generators import GeneratorsLostError, Watching
from loadtests.generator.merged_results import PartialResult
from loadtests.generator.messages import (
    ORDER,
    REPLY,
    Begin,
    ClearUp,
    Close,
    Done,
    DrivePhase,
    Enough,
    Lost,
    Open,
    Order,
    Reply,
    WindowSeen,
    packed,
    reply_in,
)
from loadtests.generator.warm_up import WarmUpWindows, WindowTotals
from loadtests.plan.plan import Plan, encoded

# What an answer may take beyond the time that its order needs: a worker makes histograms.
_MARGIN_S: Final = 20.0


class DistributedGenerators:
    """The workers that a locust master knows, in the order in which they joined it."""

    def __init__(self, runner: Any, plan: Plan) -> None:  # noqa: ANN401 -- locust's
        self._runner = runner
        self._answer_within_s = plan.timing.answer_within_s
        joined = sorted(runner.worker_indexes.items(), key=lambda item: item[1])
        self._ids = [name for name, _ in joined if name in runner.clients]
        self._replies = Queue()
        runner.register_message(REPLY, self._replied)
        data = encoded(plan)
        parts = len(self._ids)
        self._have_done([Begin(plan=data, part=part, parts=parts) for part in range(parts)])

    def __repr__(self) -> str:
        """Show how many they are."""
        return f"<DistributedGenerators of {len(self._ids)}>"

    def open(self, connections: int) -> None:
        """See that so many connections stand, all workers together."""
        each = -(-connections // len(self._ids))
        self._have_done([Open(connections=each)] * len(self._ids))

    def drive(self, assignment: Assignment, watching: Watching) -> tuple[PartialResult, ...]:
        """Have each worker drive its part of the phase."""

        def told(moment: WindowTotals) -> None:
            if watching(moment):
                self._tell([Enough()] * len(self._ids))

        windows = WarmUpWindows(len(self._ids), assignment.window_s, told)
        parts = [DrivePhase(assignment=part) for part in assignment.parts(len(self._ids))]
        shares = self._have_done(
            parts, windows, within_s=assignment.duration_s + assignment.drain_s
        )
        return tuple(share for share in shares if share is not None)

    def clear_up(self, *, within_s: float) -> None:
        """Leave no row behind."""
        self._have_done([ClearUp(within_s=within_s)] * len(self._ids), within_s=within_s)

    def close(self) -> None:
        """Have the connections closed; nobody waits for it."""
        self._tell([Close()] * len(self._ids))

    def _have_done(
        self,
        orders: Sequence[Order],
        windows: WarmUpWindows | None = None,
        *,
        within_s: float = 0.0,
    ) -> list[PartialResult | None]:
        """Send each worker its order and return their answers, in the workers' order."""
        self._tell(orders)
        until_s = time.monotonic() + within_s + self._answer_within_s + _MARGIN_S
        done: dict[str, PartialResult | None] = {}
        while len(done) < len(self._ids):
            name, reply = self._next(until_s, missing=len(self._ids) - len(done))
            match reply:
                case WindowSeen(pulse=pulse) if windows is not None:
                    windows.add(pulse)
                case Done(share=share):
                    done[name] = share
                case Lost(reason=reason):
                    raise GeneratorsLostError(f"A worker could not do its part: {reason}.")
        return [done[name] for name in self._ids]

    def _next(self, until_s: float, *, missing: int) -> tuple[str, Reply]:
        try:
            name, reply = self._replies.get(timeout=max(0.0, until_s - time.monotonic()))
        except Empty as error:
            raise GeneratorsLostError(
                f"{missing} of {len(self._ids)} workers did not answer in time; see locust.log."
            ) from error
        else:
            return name, reply

    def _tell(self, orders: Sequence[Order]) -> None:
        for name, order in zip(self._ids, orders, strict=True):
            self._runner.send_message(ORDER, packed(order), client_id=name)

    def _replied(self, *, msg: Any, **_: object) -> None:  # noqa: ANN401 -- locust's
        self._replies.put((msg.node_id, reply_in(msg.data)))
