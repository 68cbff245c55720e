"""A worker of a generator of several processes: carries out what its master orders."""

from collections.abc import Callable
from typing import Any

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
    order_in,
    packed,
)
from loadtests.generator.traffic import Event, Tasks, Told, Traffic, traffic_for
from loadtests.generator.warm_up import WindowSample
from loadtests.plan.plan import Plan, decoded


def _none(plan: Plan, part: int) -> None:
    _ = plan, part


class GeneratorWorker:
    """Listens on locust's message channel; an order that fails is answered with the reason."""

    def __init__(
        self,
        runner: Any,  # noqa: ANN401 -- locust's
        event: Event,
        tasks_of: Callable[[Plan, int], Tasks | None] = _none,
    ) -> None:
        self._runner = runner
        self._event = event
        self._tasks_of = tasks_of
        self._traffic: Traffic | None = None
        # Each order has a greenlet of its own: "enough" must be heard while a phase is driven.
        runner.register_message(ORDER, self._ordered, concurrent=True)

    def __repr__(self) -> str:
        """Show what it drives."""
        return f"<GeneratorWorker {self._traffic or 'without a plan'}>"

    def _ordered(self, *, msg: Any, **_: object) -> None:  # noqa: ANN401 -- locust's
        try:
            order = order_in(msg.data)
            share = self._carry_out(order)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the master must hear of it
            self._answer(Lost(reason=f"{type(error).__name__}: {error}"))
        else:
            if not isinstance(order, Enough):
                self._answer(Done(share=share))

    def _carry_out(self, order: Order) -> PartialResult | None:
        if isinstance(order, Begin):
            plan = decoded(order.plan)
            tasks = self._tasks_of(plan, order.part)
            self._traffic = traffic_for(
                plan, self._event, part=order.part, parts=order.parts, tasks=tasks
            )
            return None
        if self._traffic is None:
            raise LookupError("an order came before its plan")
        return _carried_out(order, self._traffic, self._see)

    def _see(self, pulse: WindowSample) -> None:
        self._answer(WindowSeen(pulse=pulse))

    def _answer(self, reply: Reply) -> None:
        self._runner.send_message(REPLY, packed(reply))


def _carried_out(order: Order, traffic: Traffic, see: Told) -> PartialResult | None:
    match order:
        case Open(connections=count):
            traffic.open(count)
        case DrivePhase(assignment=assignment):
            return traffic.drive(assignment, see)
        case Enough():
            traffic.enough()
        case ClearUp(within_s=within_s):
            traffic.clear_up(within_s=within_s)
        case Close():
            traffic.close()
    return None
