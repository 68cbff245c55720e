"""What a run is to measure, and the plan of each single trial of it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from loadtests.capacity.solver import CopyCosts
from loadtests.plan.data_rows import DataRows
from loadtests.plan.durations import Durations, first_trial_s, later_trial_s
from loadtests.plan.load_workers import ExpectedWorkers
from loadtests.plan.logged_requests import log_of
from loadtests.plan.own_users import OwnUsers
from loadtests.plan.plan import OpenArrivals, Plan, PlannedCall
from loadtests.plan.seeds import derived
from loadtests.sweep.axes import folder_name
from loadtests.sweep.configuration_search import most_points
from loadtests.sweep.cpu_pinning import CpuPinning
from loadtests.sweep.outputs.figures_out import FiguresOut
from loadtests.sweep.repetitions import RepetitionPlan
from loadtests.sweep.replay import Replay
from loadtests.sweep.time_budget import TimeBudget
from reports.record.capacity import Question
from reports.record.objectives import Objective
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.stack_file.login_spec import Login
from testcontainers_fixtures.stack_spec import StackSpec, Telemetry

# Far enough apart that no repetition of one seed repeats the traffic of the next.


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """What is to be measured: scenarios as calls by name, configurations smallest first.

    With `searches` the configurations are a grid, of which as few as needed are measured. With a
    `question` there is one scenario, and `grid` are the configurations that may be the answer. With
    a `replay` rates and lengths are those of a baseline. With `users` the calls are their tasks.
    With `workers` other machines send them.
    """

    spec: StackSpec
    scenarios: Mapping[str, tuple[PlannedCall, ...]]
    configurations: tuple[CopyCounts, ...]
    rounds: RepetitionPlan
    arrivals: OpenArrivals
    seed: int
    lengths: Durations
    engine: str | None
    placement: CpuPinning | None
    processes: int
    command: str
    run_folder: Path
    notes: tuple[str, ...] = ()
    costs: CopyCosts = field(default_factory=CopyCosts)
    budget: TimeBudget = field(default_factory=TimeBudget)
    searches: bool = False
    searches_rate: bool = False
    slo_p99_ms: float | None = None
    question: Question | None = None
    grid: tuple[CopyCounts, ...] = ()
    replay: Replay | None = None
    objectives: tuple[Objective, ...] = ()
    login: Login | None = None
    figures_out: FiguresOut = field(default_factory=FiguresOut)
    data: Mapping[str, DataRows] = field(default_factory=dict)
    users: OwnUsers | None = None
    workers: ExpectedWorkers | None = None

    @property
    def lengths_s(self) -> tuple[float, ...]:
        """Return about how long each trial takes; there may be more of them with `until_ci`."""
        points = self.configurations
        trials = most_points(points) if self.searches else len(points)
        firsts = [first_trial_s(self.lengths_of(name).first) for name in self.scenarios]
        laters = [later_trial_s(self.lengths_of(name).later) for name in self.scenarios]
        return (*firsts * trials, *laters * trials * (self.rounds.certain - 1))

    def description_of(self, scenario: str) -> str:
        """Return what a scenario's traffic is, in words."""
        return self.users.description if self.users else self.spec.scenarios[scenario].description

    def lengths_of(self, scenario: str) -> Durations:
        """Return how long a scenario's stretches of traffic last."""
        return self.replay.lengths(self.lengths)[scenario] if self.replay else self.lengths

    def length_s(self, trials: Sequence["SweepTrial"]) -> float:
        """Return about how long some trials take."""
        return sum(self._length_s(trial) for trial in trials)

    def _length_s(self, trial: "SweepTrial") -> float:
        long = self.lengths_of(trial.scenario)
        return later_trial_s(long.later) if trial.number else first_trial_s(long.first)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepTrial:
    """One scenario against one configuration, once; `number` is the repetition's, from 0."""

    scenario: str
    configuration: CopyCounts
    number: int

    @property
    def name(self) -> str:
        """Return what its folder is called."""
        return f"{self.scenario}-{folder_name(self.configuration)}-{self.number + 1}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierResults:
    """What earlier trials found: the common rate, and the users that carried the most."""

    common_per_s: float | None = None
    users: int | None = None


def plan_of(run_plan: RunPlan, trial: SweepTrial, known: EarlierResults, *, host: str) -> Plan:
    """Return what the load process is told: with the best users known it need not look for them."""
    plan = bare_plan(
        host=host,
        calls=run_plan.scenarios[trial.scenario],
        seed=derived(run_plan.seed, trial.number),
        results=results_of(run_plan.run_folder, trial.name),
        telemetry=run_plan.spec.telemetry,
        login=run_plan.login,
        logs_requests=run_plan.figures_out.need_requests,
        data=run_plan.data.get(trial.scenario),
        users=run_plan.users,
    )
    later = known.users is not None and known.common_per_s is not None
    long = run_plan.lengths_of(trial.scenario)
    return replace(
        plan,
        arrivals=run_plan.arrivals,
        processes=run_plan.processes,
        workers=run_plan.workers,
        common_per_s=known.common_per_s,
        closed_users=known.users if later else None,
        timing=long.later if later else long.first,
    )


def bare_plan(  # noqa: PLR0913 -- all by keyword
    *,
    host: str,
    calls: tuple[PlannedCall, ...],
    seed: int,
    results: Path,
    telemetry: Telemetry,
    login: Login | None = None,
    logs_requests: bool = False,
    data: DataRows | None = None,
    users: OwnUsers | None = None,
) -> Plan:
    """Return a plan whose kind of traffic is still to be said."""
    return Plan(
        host=host,
        calls=calls,
        seed=seed,
        arrivals="poisson",
        common_per_s=None,
        rpc_metric=telemetry.rpc_metric,
        worker_header=telemetry.worker_header,
        hops=telemetry.hops,
        login=login,
        data=data,
        users=users.file if users else None,
        results=results,
        request_log=log_of(results) if logs_requests else None,
        parent_pid=os.getpid(),
    )


def results_of(run_folder: Path, name: str) -> Path:
    """Return the file that a trial writes; plan, log and histograms are beside it."""
    return run_folder.resolve() / "load" / name / "results.json"
