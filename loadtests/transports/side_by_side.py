"""Measures transports in turn, all their stacks up at once, and publishes what each costs."""

import random
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from loadtests.plan.plan import Plan, Timing
from loadtests.plan.scenarios import calls_of
from loadtests.plan.seeds import derived
from loadtests.sweep.load_process import LoadFailedError, standby
from loadtests.sweep.progress import Display
from loadtests.sweep.results import SweepResults
from loadtests.sweep.trial import SweepTrial, bare_plan, results_of
from loadtests.sweep.usage.usage_sampler import UsageSampler
from loadtests.transports.catalogue import TRANSPORTS
from reports.publication import publish
from reports.record.conditions import local_conditions
from reports.record.record import LoadRun
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.errors import StartError
from testcontainers_fixtures.output.redaction import hidden_in
from testcontainers_fixtures.part_usage import usage_by_part
from testcontainers_fixtures.stack import Stack, start_stack
from testcontainers_fixtures.stack_spec import StackSpec

# What is compared lives in the harness's environment, of which no image is made.
ENGINE = "processes"
POINT = CopyCounts()
_START_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportComparison:
    """What is to be compared: with so many calls in flight, then at one rate, so often.

    `scenario` is the traffic, one that each stack has.
    """

    stacks: Mapping[str, StackSpec]
    scenario: str
    in_flight: int
    rate_per_s: float
    repetitions: int
    timing: Timing
    seed: int
    command: str
    run_folder: Path

    @property
    def lengths_s(self) -> tuple[float, ...]:
        """Return about how long each trial takes."""
        timing = self.timing
        one_s = _START_S + timing.warm_up_s + timing.level_s + timing.open_s
        return (one_s,) * (len(self.stacks) * self.repetitions)


def compare(asked: TransportComparison, display: Display) -> LoadRun:
    """Measure every transport, and publish the run.

    1. Start all stacks, each with a broker, a vhost and a service of its own; those that are not
       being measured idle.
    2. In every repetition take the transports in random order: a load process warms one up, keeps
       so many calls in flight for a while, then offers the one rate.
    3. Write the run record, a scenario a transport, and its page.

    Raises StackError when one of the stacks cannot be had. A load process that dies leaves a gap,
    which is recorded with its last words; the others go on.
    """
    started_at, began_s = datetime.now(UTC), time.monotonic()
    sweep_results = SweepResults()
    with _up(asked, display) as running:
        for number in range(asked.repetitions):
            for name in _order(asked, number):
                trial = SweepTrial(scenario=name, configuration=POINT, number=number)
                display.begin(f"repetition {number + 1} of {asked.repetitions}: {name}")
                _measure(asked, trial, running[name], sweep_results, display)
        conditions = next(iter(running.values())).conditions()
    chosen = [one for one in TRANSPORTS if one.name in asked.stacks]
    names = {one.name: one.sentence for one in chosen}
    record = LoadRun(
        started_at=started_at,
        duration_s=round(time.monotonic() - began_s, 3),
        command=asked.command,
        seed=asked.seed,
        stack="transports",
        conditions=local_conditions({"engine": ENGINE, **conditions}),
        notes=(_note(asked),),
        scenarios=names,
        configurations=tuple(sweep_results.configurations(names, [POINT])),
        transports=tuple(chosen),
        unmeasured=tuple(sweep_results.unmeasured),
    )
    record = hidden_in(record)
    publish(record, asked.run_folder)
    return record


def _note(asked: TransportComparison) -> str:
    sent = next(iter(asked.stacks.values())).scenarios[asked.scenario].description
    return (
        f"{sent}: {asked.in_flight} calls in flight in the closed loop, then {asked.rate_per_s:g} "
        f"a second; one resolver, and one worker of gateway and service each."
    )


@contextmanager
def _up(asked: TransportComparison, display: Display) -> Iterator[dict[str, Stack]]:
    with ExitStack() as held:
        running = {}
        for name, spec in asked.stacks.items():
            display.event(f"starting {name}")
            folder = asked.run_folder / name
            try:
                running[name] = held.enter_context(
                    start_stack(spec, run_folder=folder, engine=ENGINE, twins=False)
                )
            except StartError as error:
                # The parts of all transports have the same names.
                raise StartError(f"{name}: {error}") from error
        yield running


def _order(asked: TransportComparison, number: int) -> list[str]:
    names = list(asked.stacks)
    # Reproducible order, not a secret.
    random.Random(f"{asked.seed} transports {number}").shuffle(names)  # noqa: S311
    return names


def _measure(
    asked: TransportComparison,
    trial: SweepTrial,
    stack: Stack,
    sweep_results: SweepResults,
    display: Display,
) -> None:
    plan = _plan(asked, trial, stack)
    observer = UsageSampler(lambda: usage_by_part(stack))
    try:
        with standby(plan.results) as process, observer:
            results = process.drive(plan, display.show)
    except LoadFailedError as error:
        display.note(str(error))
        sweep_results.add_void(trial, str(error))
    else:
        sweep_results.add(trial, results, plan.rpc_metric, observer.readings)


def _plan(asked: TransportComparison, trial: SweepTrial, stack: Stack) -> Plan:
    name, scenario = asked.scenario, stack.spec.scenarios[asked.scenario]
    plan = bare_plan(
        host=stack.gateway,
        calls=calls_of(name, scenario),
        seed=derived(asked.seed, trial.number),
        results=results_of(asked.run_folder, trial.name),
        telemetry=stack.spec.telemetry,
    )
    return replace(
        plan,
        closed_users=asked.in_flight,
        common_per_s=asked.rate_per_s,
        timing=asked.timing,
    )
