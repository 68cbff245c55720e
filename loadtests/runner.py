"""Runs a load test from the stack's start to the published page."""

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from loadtests.generator import LoadFailed, generate
from loadtests.measurement import repetition, void_repetition
from loadtests.plan import Call, OpenArrivals, Plan, Results, Timing
from loadtests.progress import Display
from loadtests.sweep import label
from reports.conditions import local_conditions
from reports.publication import publish
from reports.record import Configuration as Measured
from reports.record import LoadRun, Repetition
from testcontainers_fixtures.configuration import Configuration
from testcontainers_fixtures.stack import Stack, start_stack
from testcontainers_fixtures.stack_spec import StackSpec

# Far enough apart that no repetition of one seed repeats the traffic of the next.
_SEEDS_APART = 1_000_003


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be measured: scenarios as calls by name, configurations smallest first."""

    spec: StackSpec
    scenarios: Mapping[str, tuple[Call, ...]]
    configurations: tuple[Configuration, ...]
    repetitions: int
    arrivals: OpenArrivals
    seed: int
    timing: Timing
    engine: str | None
    command: str
    run_folder: Path
    notes: tuple[str, ...] = ()

    @property
    def drives(self) -> int:
        """Return how often a scenario is driven against a configuration."""
        return len(self.scenarios) * len(self.configurations) * self.repetitions


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """One scenario against one configuration, once."""

    scenario: str
    configuration: Configuration
    number: int


@dataclass(slots=True)
class _Measured:
    repetitions: dict[tuple[str, Configuration], list[Repetition]] = field(default_factory=dict)
    common_per_s: dict[str, float] = field(default_factory=dict)
    niceness: int | None = None


def run(order: Order, display: Display) -> LoadRun:
    """Measure everything that is ordered, and publish it.

    1. Start the stack in the first, smallest configuration, with its seeded data.
    2. For every other configuration and repetition: scale the running stack, and start its data
       over, so that each begins with the same rows.
    3. For every scenario start a load process, which warms up, finds in a closed loop what the
       configuration carries, offers 70 % of that, and then the common rate: 70 % of what the
       smallest configuration carries. Show what it says.
    4. Stop the stack.
    5. Write the run record and its page, and return the record.

    Raises StackError when the stack cannot be had. A load process that measures nothing leaves a
    gap with its reason, which makes the run void.
    """
    started_at, began_s = datetime.now(UTC), time.monotonic()
    measured = _Measured()
    with start_stack(
        order.spec,
        run_folder=order.run_folder,
        engine=order.engine,
        configuration=order.configurations[0],
        twins=False,
        on_event=display.note,
    ) as stack:
        for drive in _drives(order, stack, display):
            _measure(order, stack, drive, measured, display)
        said, ready_s = _said(stack, measured), stack.ready_s
    record = LoadRun(
        started_at=started_at,
        duration_s=round(time.monotonic() - began_s, 3),
        command=order.command,
        seed=order.seed,
        stack=order.spec.name,
        conditions=local_conditions(said),
        ready_s={name: round(seconds, 3) for name, seconds in ready_s.items()},
        notes=order.notes,
        scenarios={name: order.spec.scenarios[name].description for name in order.scenarios},
        configurations=tuple(_configurations(order, measured)),
    )
    publish(record, order.run_folder)
    return record


def _drives(order: Order, stack: Stack, display: Display) -> Iterator[Drive]:
    fresh = True
    for configuration in order.configurations:
        stack.scale(configuration)
        for number in range(order.repetitions):
            if not fresh:
                stack.reset()
            fresh = False
            for scenario in order.scenarios:
                display.begin(f"{scenario}, {label(configuration, order.configurations)}")
                yield Drive(scenario=scenario, configuration=configuration, number=number)


def _measure(
    order: Order, stack: Stack, drive: Drive, measured: _Measured, display: Display
) -> None:
    plan = _plan(order, stack, drive, measured.common_per_s.get(drive.scenario))
    try:
        results: Results = generate(plan, display.show)
    except LoadFailed as error:
        display.note(str(error))
        one = void_repetition(str(error))
    else:
        measured.common_per_s.setdefault(drive.scenario, results.common_per_s)
        measured.niceness = results.niceness
        one = repetition(results, plan.rpc_metric)
    measured.repetitions.setdefault((drive.scenario, drive.configuration), []).append(one)


def _plan(order: Order, stack: Stack, drive: Drive, common_per_s: float | None) -> Plan:
    at, telemetry = drive.configuration, order.spec.telemetry
    point = f"{at.resolvers}x{at.service_workers}x{at.gateway_workers}x{at.prefetch}"
    name = f"{drive.scenario}-{point}-{drive.number + 1}"
    return Plan(
        host=stack.gateway,
        calls=order.scenarios[drive.scenario],
        seed=order.seed + drive.number * _SEEDS_APART,
        arrivals=order.arrivals,
        common_per_s=common_per_s,
        rpc_metric=telemetry.rpc_metric,
        worker_header=telemetry.worker_header,
        results=order.run_folder.resolve() / "load" / name / "results.json",
        parent_pid=os.getpid(),
        timing=order.timing,
    )


def _configurations(order: Order, measured: _Measured) -> Iterator[Measured]:
    for scenario in order.scenarios:
        for at in order.configurations:
            yield Measured(
                scenario=scenario,
                resolvers=at.resolvers,
                service_workers=at.service_workers,
                gateway_workers=at.gateway_workers,
                prefetch=at.prefetch,
                repetitions=tuple(measured.repetitions[scenario, at]),
            )


def _said(stack: Stack, measured: _Measured) -> dict[str, str]:
    return {
        "engine": stack.engine,
        **stack.conditions(),
        "generator": f"locust, niceness {measured.niceness}",
    }
