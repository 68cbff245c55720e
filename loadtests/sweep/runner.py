"""Runs a load test from the stack's start to the published page."""

import dataclasses
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from loadtests.plan.cpu_speed import reference_work_ms
from loadtests.plan.own_users import sent_by
from loadtests.sweep.cpu_pinning import UNPINNED
from loadtests.sweep.generator_floor import measured_floor
from loadtests.sweep.machines.roll_call import assembled
from loadtests.sweep.models_beside import models_beside
from loadtests.sweep.nodes import whereabouts_of
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
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.output.redaction import hidden_in
from testcontainers_fixtures.scaling.scaled_stack import ScaledStack, scaling
from testcontainers_fixtures.stack import Stack, start_stack


def run(run_plan: RunPlan, display: Display) -> LoadRun:
    """Measure everything that is ordered, and publish it.

    Where other machines send the load, their workers are waited for first, by each trial again, and
    dismissed at the end.

    1. Measure the generator's own floor against a responder that does nothing, which shows that a
       load process starts.
    2. Start the stack in the first, smallest configuration, with its seeded data; one that is up
       already is scaled to that by its own engine.
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
    6. Stop the stack; one that was up is scaled back to its first numbers. Make the model of each
       scenario meanwhile.
    7. Put down what the models predict.
    8. Write the run record and its page, and return the record.

    Raises StackError when the stack cannot be had, or, once all is published, when it could not be
    scaled back; and LoadFailedError when not even the floor can be measured, or too few workers
    come. A load process that dies later leaves a gap, which is recorded with its last words; the
    others go on, and the run can be resumed.
    """
    with assembled(run_plan.workers, run_plan.run_folder, display) as workers:
        return _run(dataclasses.replace(run_plan, workers=workers), display)


def _run(run_plan: RunPlan, display: Display) -> LoadRun:
    started_at, began_s = datetime.now(UTC), time.monotonic()
    sweep_results = SweepResults(
        common_per_s=run_plan.replay.common_per_s if run_plan.replay else {}
    )
    floor = measured_floor(run_plan.run_folder, seed=run_plan.seed, placement=run_plan.placement)
    with ExitStack() as ending:
        with (
            _stack(run_plan, display) as stack,
            _depth(stack) as depth,
        ):
            _forewarn(run_plan, stack, display)
            course = Schedule(
                run_plan=run_plan,
                stack=stack,
                depth=depth,
                sweep_results=sweep_results,
                display=display,
            )
            course.run()
            record = _record(run_plan, stack, course, floor, started_at)
            prober = RateProber(
                run_plan=run_plan, stack=stack, display=display, unmeasured=sweep_results.unmeasured
            )
            answer = _answer(prober, record)
            models = models_beside(
                record, run_plan.spec, run_plan.costs, generators=run_plan.processes
            )
            modelled = ending.enter_context(models)
        for note in record.notes[len(run_plan.notes) :]:
            display.note(note)
        predicted = modelled()
    if answer:
        predicted = tuple(_with_answer(one, answer) for one in predicted)
    record = replace(
        record,
        capacity=predicted,
        unmeasured=tuple(sweep_results.unmeasured),
        duration_s=round(time.monotonic() - began_s, 3),
    )
    record = hidden_in(record)
    publish(record, run_plan.run_folder)
    if isinstance(stack, ScaledStack) and stack.not_put_back:
        raise StackError(" ".join(stack.not_put_back))
    return record


@contextmanager
def _stack(run_plan: RunPlan, display: Display) -> Iterator[Stack]:
    """Give the stack in the first configuration: started here, or attached to and then put back."""
    usual: dict[str, Any] = {
        "run_folder": run_plan.run_folder,
        "configuration": run_plan.configurations[0],
    }
    if run_plan.spec.attach:
        with scaling(run_plan.spec, on_event=display.note, **usual) as stack:
            yield stack
        return
    with start_stack(
        run_plan.spec,
        engine=run_plan.engine,
        twins=False,
        cores=run_plan.placement.stack if run_plan.placement else None,
        on_event=display.event,
        **usual,
    ) as stack:
        yield stack


def _with_answer(one: Capacity, answer: SizingAnswer) -> Capacity:
    """Return what a model predicts with the answer; why there is no model stays said."""
    reasons = {name: why for name, why in one.reasons.items() if name != "answer"}
    return replace(one, answer=answer, reasons=reasons)


def _forewarn(run_plan: RunPlan, stack: Stack, display: Display) -> None:
    """Tell at once, and not after minutes, that nothing can be said against the baseline."""
    if run_plan.replay is None:
        return
    here = local_conditions(_said(run_plan, stack, SweepResults()))
    now = whereabouts_of(stack).nodes
    differing = (
        *run_plan.replay.differences(run_plan.spec.name, here),
        *run_plan.replay.moved(run_plan.configurations[0], now),
    )
    for sentence in differing:
        display.note(f"Not to be compared with the baseline: {sentence}.")
    for sentence in run_plan.replay.paces(reference_work_ms()):
        display.note(f"Unless it passes, nothing will compare with the baseline: {sentence}.")


def _record(
    run_plan: RunPlan, stack: Stack, course: Schedule, floor: Floor, started_at: datetime
) -> LoadRun:
    points = course.measured or run_plan.configurations[:1]
    configurations = tuple(course.sweep_results.configurations(run_plan.scenarios, points))
    uneven = cpu_speed.uneven(cpu_speed.phases_in(configurations))
    said = (*wide_note(configurations, run_plan.rounds), *((uneven,) if uneven else ()))
    return LoadRun(
        started_at=started_at,
        duration_s=0.0,
        command=run_plan.command,
        seed=run_plan.seed,
        stack=run_plan.spec.name,
        conditions=_conditions(run_plan, stack, course.sweep_results, configurations),
        ready_s={name: round(seconds, 3) for name, seconds in stack.ready_s.items()},
        notes=(*run_plan.notes, *said, *course.display.noted, *course.left_out),
        objectives=run_plan.objectives,
        scenarios={name: run_plan.description_of(name) for name in run_plan.scenarios},
        floor=floor,
        configurations=configurations,
        rate_searches=tuple(course.knees),
    )


def _conditions(
    run_plan: RunPlan, stack: Stack, sweep_results: SweepResults, measured: Sequence[Configuration]
) -> Conditions:
    said = _said(run_plan, stack, sweep_results)
    if took := cpu_speed.text(cpu_speed.phases_in(measured)):
        said |= {"pace": f"{took} for a fixed piece of work"}
    return local_conditions(said)


def _answer(prober: RateProber, record: LoadRun) -> SizingAnswer | None:
    run_plan = prober.run_plan
    if run_plan.question is None:
        return None
    answering = Sizing(
        run_plan=run_plan, stack=prober.stack, prober=prober, question=run_plan.question
    )
    return answering.answer(record)


@contextmanager
def _depth(stack: Stack) -> Iterator[AskDepth]:
    broker = stack.spec.broker
    if broker is None or stack.management is None:
        yield lambda: None
        return
    with DepthGauge(
        management_url=stack.management, vhost=broker.vhost, queues=broker.queues
    ) as gauge:
        yield gauge.read


def _said(run_plan: RunPlan, stack: Stack, sweep_results: SweepResults) -> dict[str, str]:
    workers = {"load workers": run_plan.workers.text} if run_plan.workers else {}
    return workers | {
        "engine": stack.engine,
        **stack.conditions(),
        "generator": f"{sent_by(run_plan.users)}, niceness {sweep_results.niceness}",
        "pinning": str(run_plan.placement or UNPINNED),
    }
