"""A worker of a generator of several processes: carries out what its master orders."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from loadtests.generator.merged_results import PartialResult
from loadtests.generator.traffic import Event, Tasks, Told, Traffic, traffic_for
from loadtests.generator.warm_up import WindowSample
from loadtests.generator.workers.identity import boot, network, package_version
from loadtests.generator.workers.messages import (
    ORDER,
    REPLY,
    Begin,
    ClearUp,
    ClockRead,
    Close,
    Dismiss,
    Done,
    DrivePhase,
    Enough,
    IAmHere,
    Lost,
    Order,
    Prepare,
    ReadClock,
    Refuse,
    Reply,
    WhoIsThere,
    WindowSeen,
    order_in,
    packed,
)
from loadtests.generator.workers.signatures import Seal, SignatureError
from loadtests.plan.load_workers import Dismissed, Joined, Unfit, WorkerLine
from loadtests.plan.plan import Plan, decoded

if TYPE_CHECKING:
    from loadtests.generator.assignment import Assignment


def _none(plan: Plan, part: int) -> None:
    _ = plan, part


def _nothing(line: WorkerLine) -> None:
    _ = line


class GeneratorWorker:
    """Listens on locust's message channel; an order that fails is answered with the reason.

    `tell` gets what whoever started this process should know.
    """

    def __init__(  # noqa: PLR0913 -- what of this process takes part, all but two by keyword
        self,
        runner: Any,  # noqa: ANN401 -- locust's
        event: Event,
        *,
        tasks_of: Callable[[Plan, int], Tasks | None] = _none,
        seal: Seal | None = None,
        name: str = "",
        tell: Callable[[WorkerLine], None] = _nothing,
    ) -> None:
        self._runner = runner
        self._event = event
        self._tasks_of = tasks_of
        self._seal = seal or Seal(None)
        self._name = name
        self._tell = tell
        self._traffic: Traffic | None = None
        self._assignment: Assignment | None = None
        # Each order has a greenlet of its own: "enough" must be heard while a phase is driven.
        runner.register_message(ORDER, self._ordered, concurrent=True)

    def __repr__(self) -> str:
        """Show what it drives."""
        return f"<GeneratorWorker {self._traffic or 'without a plan'}>"

    def _ordered(self, *, msg: Any, **_: object) -> None:  # noqa: ANN401 -- locust's
        got_s = time.monotonic()
        try:
            order = order_in(self._seal.opened(ORDER, self._runner.client_id, msg.data))
        except SignatureError as error:
            self._tell(Unfit(sentence=str(error)))
        except msgspec.MsgspecError as error:
            self._answer(Lost(reason=f"it does not know an order: {error}"))
        else:
            self._obey(order, got_s)

    def _obey(self, order: Order, got_s: float) -> None:
        match order:
            case WhoIsThere():
                self._say_who()
            case Refuse(reason=reason):
                self._tell(Unfit(sentence=f"The run refused this worker: {reason}."))
            case Dismiss():
                self._tell(Dismissed())
            case ReadClock(number=number):
                wall_s, told_s = time.time(), time.monotonic()
                self._answer(ClockRead(number=number, got_s=got_s, told_s=told_s, wall_s=wall_s))
            case Enough():
                if self._traffic:
                    self._traffic.enough()
            case _:
                self._work(order)

    def _say_who(self) -> None:
        self._answer(
            IAmHere(version=package_version(), name=self._name, boot=boot(), network=network())
        )
        self._tell(Joined())

    def _work(self, order: Order) -> None:
        try:
            share = self._carry_out(order)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the master must hear of it
            self._answer(Lost(reason=f"{type(error).__name__}: {error}"))
        else:
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
        if isinstance(order, Prepare):
            self._assignment = order.assignment
            self._traffic.open(order.assignment.connections)
            return None
        if isinstance(order, DrivePhase):
            return self._drive(self._traffic, order.begin_s, self._see)
        _tidy(order, self._traffic)
        return None

    def _drive(self, traffic: Traffic, begin_s: float, see: Told) -> PartialResult:
        if self._assignment is None:
            raise LookupError("a phase was to begin before it was prepared")
        return traffic.drive(replace(self._assignment, begin_s=begin_s), see)

    def _see(self, pulse: WindowSample) -> None:
        self._answer(WindowSeen(pulse=pulse))

    def _answer(self, reply: Reply) -> None:
        sealed = self._seal.sealed(REPLY, self._runner.client_id, packed(reply))
        self._runner.send_message(REPLY, sealed)


def _tidy(order: Order, traffic: Traffic) -> None:
    match order:
        case ClearUp(within_s=within_s):
            traffic.clear_up(within_s=within_s)
        case Close():
            traffic.close()
