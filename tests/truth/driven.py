"""Has the machinery of a load run drive one configuration of a stack that is up already."""

import dataclasses
import os

from loadtests.capacity.measured_points import MeasuredPoint, measured_point_of
from loadtests.capacity.service_demands import roles_of
from loadtests.sweep.progress import Display
from loadtests.sweep.results import SweepResults
from loadtests.sweep.schedule import Schedule
from loadtests.sweep.trial import RunPlan
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.stack import Stack
from tests.truth import descendants

NICENESS = -9  # just behind the load process, which asks for -10


def renewed(stack: Stack, at: CopyCounts) -> None:
    """Bring a stack over to a configuration, with fresh data, before the machine's other work."""
    stack.renew(at)
    descendants.go_first(NICENESS)


def evidence(
    run_plan: RunPlan,
    stack: Stack,
    display: Display,
    at: CopyCounts,
    *,
    known: SweepResults | None = None,
) -> MeasuredPoint:
    """Return what a configuration shows that the stack has been brought to.

    `known` tells the users and the rate; without it the users that carry the most are looked for.
    """
    sweep_results = drive(run_plan, stack, display, at, known or SweepResults())
    (scenario,) = run_plan.scenarios
    return measured_point_of(
        sweep_results.measured(scenario, at),
        roles_of(run_plan.spec),
        cores=os.cpu_count() or 1,
        generators=run_plan.processes,
        seed=run_plan.seed,
    )


def drive(
    run_plan: RunPlan, stack: Stack, display: Display, at: CopyCounts, sweep_results: SweepResults
) -> SweepResults:
    """Measure one configuration that the stack has been brought to; what is kept of it counts."""
    alone = dataclasses.replace(run_plan, configurations=(at,))
    Schedule(
        run_plan=alone,
        stack=stack,
        depth=lambda: None,
        sweep_results=sweep_results,
        display=display,
    ).run()
    return sweep_results
