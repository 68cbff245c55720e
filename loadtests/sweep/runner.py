"""Runs a load test from the stack's start to the published page."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from msgspec.structs import replace

from loadtests.capacity.model_records import capacities
from loadtests.plan.cpu_speed import reference_work_ms
from loadtests.sweep.cpu_pinning import UNPINNED
from loadtests.sweep.generator_floor import measured_floor
from loadtests.sweep.load_process import LoadFailedError
from loadtests.sweep.progress import Display
from loadtests.sweep.rate_probe import RateProber
from loadtests.sweep.repetitions import wide_note
from loadtests.sweep.results import SweepResults
from loadtests.sweep.schedule import AskDepth, Schedule
from loadtests.sweep.sizing import Sizing
from loadtests.sweep.trial import RunPlan
from reports.judgement import cpu_speed
from reports.publication import publish
from reports.record.capacity import Capacity, SizingAnswer
from reports.record.conditions import local_conditions
from reports.record.measurements import Configuration, Floor
from reports.record.record import Conditions, LoadRun
from testcontainers_fixtures.broker.queue_depth import DepthGauge
from testcontainers_fixtures.output.redaction import hidden_in
from testcontainers_fixtures.stack import Stack, start_stack


def run(order: RunPlan, display: Display) -> LoadRun:
    """Measure everything that is ordered, and publish it.

    1. Measure the generator's own floor against a responder that does nothing.
    2. Start the stack in the first, smallest configuration, with its seeded data.
    3. For every repetition go through the configurations, in random order but for the very first,
       and begin each with fresh data; of a grid that is searched, those that the search chooses. A
       budget ends this early.
    4. For every scenario a load process, started meanwhile, warms up, finds in a closed loop what
       the configuration carries, offers 70 % of that, and then the common rate: 70 % of what the
       smallest configuration carries. In later repetitions the best number of users is known, and
       the configuration's own rate is left out. Show what it says, and read meanwhile what each
       part uses and what the work queue holds. Keep what came of it, so that the run can be
       resumed. Where it was asked for, search the highest rate that keeps the SLO.
       Against a baseline the common rate and the lengths of phases are the baseline's.
    5. Where a rate was asked for, have the model name the cheapest configuration that should hold
       it, and run that one.
    6. Stop the stack.
    7. Make the model of each scenario, and put down what it predicts.
    8. Write the run record and its page, and return the record.

    Raises StackError when the stack cannot be had. A load process that measures nothing leaves a
    gap with its reason, which makes the run void.
    """
    started_at, began_s = datetime.now(UTC), time.monotonic()
    harvest = SweepResults(common_per_s=order.replay.common_per_s if order.replay else {})
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
        _forewarn(order, stack, display)
        course = Schedule(order=order, stack=stack, depth=depth, harvest=harvest, display=display)
        course.run()
        record = _record(order, stack, course, floor, started_at)
        answer = _answer(order, stack, display, record)
    for note in record.notes[len(order.notes) :]:
        display.note(note)
    predicted = capacities(record, order.spec, order.costs, generators=order.processes)
    if answer:
        predicted = tuple(_with_answer(one, answer) for one in predicted)
    record = replace(record, capacity=predicted, duration_s=round(time.monotonic() - began_s, 3))
    record = hidden_in(record)
    publish(record, order.run_folder)
    return record


def _with_answer(one: Capacity, answer: SizingAnswer) -> Capacity:
    """Return what a model predicts with the answer; why there is no model stays said."""
    reasons = {name: why for name, why in one.reasons.items() if name != "answer"}
    return replace(one, answer=answer, reasons=reasons)


def _forewarn(order: RunPlan, stack: Stack, display: Display) -> None:
    """Tell at once, and not after minutes, that nothing can be said against the baseline."""
    if order.replay is None:
        return
    here = local_conditions(_said(order, stack, SweepResults()))
    for sentence in order.replay.differences(order.spec.name, here):
        display.note(f"Not to be compared with the baseline: {sentence}.")
    for sentence in order.replay.paces(reference_work_ms()):
        display.note(f"Unless it passes, nothing will compare with the baseline: {sentence}.")


def _record(
    order: RunPlan, stack: Stack, course: Schedule, floor: Floor | None, started_at: datetime
) -> LoadRun:
    points = course.measured or order.configurations[:1]
    configurations = tuple(course.harvest.configurations(order.scenarios, points))
    uneven = cpu_speed.uneven(cpu_speed.phases_in(configurations))
    said = (*wide_note(configurations, order.rounds), *((uneven,) if uneven else ()))
    return LoadRun(
        started_at=started_at,
        duration_s=0.0,
        command=order.command,
        seed=order.seed,
        stack=order.spec.name,
        conditions=_conditions(order, stack, course.harvest, configurations),
        ready_s={name: round(seconds, 3) for name, seconds in stack.ready_s.items()},
        notes=(*order.notes, *said, *course.left_out),
        scenarios={name: order.spec.scenarios[name].description for name in order.scenarios},
        floor=floor,
        configurations=configurations,
        rate_searches=tuple(course.knees),
    )


def _conditions(
    order: RunPlan, stack: Stack, harvest: SweepResults, measured: Sequence[Configuration]
) -> Conditions:
    said = _said(order, stack, harvest)
    if took := cpu_speed.text(cpu_speed.phases_in(measured)):
        said |= {"pace": f"{took} for a fixed piece of work"}
    return local_conditions(said)


def _answer(order: RunPlan, stack: Stack, display: Display, record: LoadRun) -> SizingAnswer | None:
    if order.question is None:
        return None
    prober = RateProber(order=order, stack=stack, display=display)
    answering = Sizing(order=order, stack=stack, prober=prober, question=order.question)
    return answering.answer(record)


def _floor(order: RunPlan, display: Display) -> Floor | None:
    try:
        return measured_floor(order.run_folder, seed=order.seed, placement=order.placement)
    except LoadFailedError as error:
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


def _said(order: RunPlan, stack: Stack, harvest: SweepResults) -> dict[str, str]:
    return {
        "engine": stack.engine,
        **stack.conditions(),
        "generator": f"locust, niceness {harvest.niceness}",
        "pinning": str(order.placement or UNPINNED),
    }
