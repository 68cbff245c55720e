"""Runs a load test from the stack's start to the published page."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from loadtests.drives import Drive, Order, plan_of, results_of
from loadtests.floor import measured_floor
from loadtests.generator import LoadFailed, LoadProcess, standby
from loadtests.harvest import Harvest
from loadtests.observation import Observer
from loadtests.placement import UNPINNED, on_cores
from loadtests.progress import Display
from loadtests.rounds import is_narrow, wide_note
from loadtests.sweep import label
from reports.conditions import local_conditions
from reports.measurements import Floor
from reports.publication import publish
from reports.record import LoadRun
from testcontainers_fixtures.broker.depth import Depth, DepthGauge
from testcontainers_fixtures.configuration import Configuration
from testcontainers_fixtures.stack import Stack, start_stack
from testcontainers_fixtures.usage import usage_by_part

AskDepth = Callable[[], Depth | None]


def run(order: Order, display: Display) -> LoadRun:
    """Measure everything that is ordered, and publish it.

    1. Measure the generator's own floor against a responder that does nothing.
    2. Start the stack in the first, smallest configuration, with its seeded data.
    3. For every repetition go through the configurations, in random order but for the very first,
       and begin each with fresh data.
    4. For every scenario a load process, started meanwhile, warms up, finds in a closed loop what
       the configuration carries, offers 70 % of that, and then the common rate: 70 % of what the
       smallest configuration carries. In later repetitions the best number of users is known, and
       the configuration's own rate is left out. Show what it says, and read meanwhile what each
       part uses and what the work queue holds.
    5. Stop the stack.
    6. Write the run record and its page, and return the record.

    Raises StackError when the stack cannot be had. A load process that measures nothing leaves a
    gap with its reason, which makes the run void.
    """
    started_at, began_s = datetime.now(UTC), time.monotonic()
    harvest = Harvest()
    floor = _floor(order, display)
    with (
        start_stack(
            order.spec,
            run_folder=order.run_folder,
            engine=order.engine,
            configuration=order.configurations[0],
            twins=False,
            cores=order.placement.stack if order.placement else None,
            on_event=display.event,
        ) as stack,
        _depth(stack) as depth,
    ):
        sweep = _Sweep(order=order, stack=stack, depth=depth, harvest=harvest, display=display)
        sweep.run()
        said, ready_s = _said(order, stack, harvest), stack.ready_s
    configurations = tuple(harvest.configurations(order.scenarios, order.configurations))
    wide = wide_note(configurations, order.rounds)
    for note in wide:
        display.note(note)
    record = LoadRun(
        started_at=started_at,
        duration_s=round(time.monotonic() - began_s, 3),
        command=order.command,
        seed=order.seed,
        stack=order.spec.name,
        conditions=local_conditions(said),
        ready_s={name: round(seconds, 3) for name, seconds in ready_s.items()},
        notes=(*order.notes, *wide),
        scenarios={name: order.spec.scenarios[name].description for name in order.scenarios},
        floor=floor,
        configurations=configurations,
    )
    publish(record, order.run_folder)
    return record


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sweep:
    order: Order
    stack: Stack
    depth: AskDepth
    harvest: Harvest
    display: Display

    def run(self) -> None:
        number = 0
        while points := self.order.rounds.of(number, self.order.configurations, self._is_narrow):
            for place, configuration in enumerate(points):
                self._drive_all(configuration, number, renewed=bool(number or place))
            number += 1

    def _drive_all(self, configuration: Configuration, number: int, *, renewed: bool) -> None:
        drives = [
            Drive(scenario=scenario, configuration=configuration, number=number)
            for scenario in self.order.scenarios
        ]
        with ExitStack() as waiting:
            # Load processes come up while the stack does, and not within what is measured.
            ready = [waiting.enter_context(self._standby(drive)) for drive in drives]
            if renewed:
                self.stack.renew(configuration)
            for drive, process in zip(drives, ready, strict=True):
                named = label(configuration, self.order.configurations)
                which = self.order.rounds.name(number)
                self.display.begin(f"{which}: {drive.scenario}, {named}")
                self._measure(drive, process)

    @contextmanager
    def _standby(self, drive: Drive) -> Iterator[LoadProcess]:
        pinned = self.order.placement.generator if self.order.placement else None
        with ExitStack() as running:
            with on_cores(pinned):
                results = results_of(self.order.run_folder, drive.name)
                process = running.enter_context(standby(results, processes=self.order.processes))
            yield process

    def _measure(self, drive: Drive, process: LoadProcess) -> None:
        known = self.harvest.known(drive)
        plan = plan_of(self.order, drive, known, host=self.stack.gateway)
        observer = Observer(lambda: usage_by_part(self.stack), self.depth)
        try:
            with observer:
                results = process.drive(plan, self.display.show)
        except LoadFailed as error:
            self.display.note(str(error))
            self.harvest.add_void(drive, str(error))
        else:
            self.harvest.add(drive, results, plan.rpc_metric, observer.readings)
        if observer.failure:
            self.display.note(observer.failure)

    def _is_narrow(self, at: Configuration) -> bool:
        within, harvest = self.order.rounds.until_ci or 0.0, self.harvest
        return all(is_narrow(harvest.measured(name, at), within) for name in self.order.scenarios)


def _floor(order: Order, display: Display) -> Floor | None:
    try:
        return measured_floor(order.run_folder, seed=order.seed, placement=order.placement)
    except LoadFailed as error:
        display.note(f"The generator's own floor is not known: {error}")
        return None


@contextmanager
def _depth(stack: Stack) -> Iterator[AskDepth]:
    broker = stack.spec.broker
    if broker is None or stack.management is None:
        yield lambda: None
        return
    with DepthGauge(
        management_url=stack.management, vhost=broker.vhost, queue=broker.work_queue
    ) as gauge:
        yield gauge.read


def _said(order: Order, stack: Stack, harvest: Harvest) -> dict[str, str]:
    return {
        "engine": stack.engine,
        **stack.conditions(),
        "generator": f"locust, niceness {harvest.niceness}",
        "pinning": str(order.placement or UNPINNED),
    }
