"""What the command line asked for, made into an order, or refused in one sentence."""

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from loadtests.capacity.no_model import NoModelError
from loadtests.capacity.resolver_kinds import kinds_of
from loadtests.capacity.solver import costs_of
from loadtests.command.attached_options import attached_axes, attached_notes, require_scalable
from loadtests.command.conflicts import OF_A_BASELINE, OF_A_TARGET, refuse
from loadtests.command.expected_workers import expected_workers
from loadtests.command.figures_out_options import figures_out_of
from loadtests.command.options import RunOptions
from loadtests.command.questions import not_held, question_of
from loadtests.command.traffic_options import arrivals_of, said_of, traffic_of, users_of
from loadtests.plan import durations
from loadtests.plan.requests_file import login_of
from loadtests.sweep import axes
from loadtests.sweep.checkpoint import save_options, saved_options
from loadtests.sweep.cpu_pinning import CpuPinning, pinned_apart
from loadtests.sweep.repetitions import (
    ASKED_REPETITIONS,
    DEFAULT_CAP,
    DEFAULT_REPETITIONS,
    RepetitionPlan,
    share,
)
from loadtests.sweep.replay import Replay, replay_of
from loadtests.sweep.time_budget import TimeBudget
from loadtests.sweep.time_budget import length_s as budget_s
from loadtests.sweep.trial import RunPlan
from reports import publication
from reports.judgement import reference_run
from reports.judgement.confidence_intervals import LEAST_FOR_VERDICT
from reports.page.comparison_sections import BASELINE
from testcontainers_fixtures.attachment import checked_url
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.engines.engine_choice import engine_name
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.part_copies import part_copies
from testcontainers_fixtures.project.reference_system import STACK_FILE
from testcontainers_fixtures.stack_file.attach_spec import MOST_PREFETCH
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file

# So many repetitions of a configuration may be disturbed and still give a verdict on a baseline.
SPARE: Final = 3


def resumed(run_folder: Path) -> RunOptions:
    """Return what an interrupted run was asked for; raise SpecError where there was none."""
    try:
        return msgspec.convert(saved_options(run_folder), RunOptions, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise SpecError(f"The run in {run_folder} cannot be resumed: {error}.") from error


def sweep_plan(asked: RunOptions, resume: Path | None = None) -> RunPlan:
    """Return the order of a sweep; raise SpecError for what cannot be measured.

    Its run folder is made last, so that a refusal leaves nothing behind; `resume` is one that is
    there already.
    """
    run_plan = planned(asked, resume, folder=resume)
    if run_plan.replay:
        reference_run.write_slim(run_plan.run_folder / BASELINE, run_plan.replay.baseline)
    save_options(run_plan.run_folder, asked)
    return run_plan


def planned(asked: RunOptions, resume: Path | None, *, folder: Path | None) -> RunPlan:
    """Return the order of a sweep for a folder, or for one that is made here; `resume` is read.

    Nothing is written but that. Raises SpecError for what cannot be measured.
    """
    refuse(asked, OF_A_TARGET, "belongs to --target URL, which was not given.")
    if not asked.baseline:
        return _swept(asked, folder)
    # A run that goes on keeps to the baseline that it began with.
    return _replayed(asked, str(resume / BASELINE) if resume else asked.baseline, folder)


def _swept(asked: RunOptions, folder: Path | None, replay: Replay | None = None) -> RunPlan:
    users = users_of(asked)
    question = question_of(asked)
    figures_out = figures_out_of(asked.out, asked.otlp)
    spec = read_stack_file(asked.stack or STACK_FILE)
    workers = expected_workers(asked, figures_out, _attached_url(spec, asked))
    grid = attached_axes(spec.attach, asked) if spec.attach else _axes(spec, asked)
    rounds = rounds_of(asked)
    points = axes.configurations(grid, quick=asked.quick or question is not None)
    points = replay.points if replay else points
    if spec.attach:
        require_scalable(spec.attach, points)
    budget = TimeBudget(whole_s=budget_s("--budget", asked.budget) if asked.budget else None)
    costs = costs_of(asked.cost, spec.named("resolver"), grid.of_parts)
    mixes, data, objectives = traffic_of(spec, asked, users, alone=question is not None)
    if question:
        _require_told_apart(spec, grid, mixes)
    long = durations.lengths(
        repetitions=rounds.repetitions, quick=asked.quick, asked=question is not None
    )
    return RunPlan(
        spec=spec,
        scenarios=mixes,
        configurations=points,
        rounds=rounds,
        arrivals=arrivals_of(asked.arrivals),
        seed=asked.seed,
        lengths=long.stretched(asked.duration_s) if asked.duration_s else long,
        engine=None if spec.attach else engine_name(asked.engine),
        placement=_placement(asked),
        processes=asked.generators,
        workers=workers,
        command=asked.command,
        notes=(
            *((axes.QUICK_NOTE,) if asked.quick else ()),
            *rounds.notes(),
            *attached_notes(spec),
            *(not_held(spec, mixes) if question else ()),
            *(said_of(users, spec) if users else ()),
        ),
        run_folder=folder or publication.new_run_folder("load", asked.site),
        costs=costs,
        budget=budget,
        searches=asked.search,
        searches_rate=asked.search_rate,
        slo_p99_ms=asked.slo_p99_ms,
        question=question,
        grid=_grid(spec, grid) if question else (),
        objectives=objectives,
        figures_out=figures_out,
        login=None if users else login_of(None, spec.login),
        data=data,
        users=users,
    )


def _attached_url(spec: StackSpec, asked: RunOptions) -> str | None:
    """Return what expected workers load of a stack that is up; None where it is started here."""
    if spec.attach is None or asked.expect_workers is None:
        return None
    return checked_url("[attach] gateway", spec.attach.gateway)


def _axes(spec: StackSpec, asked: RunOptions) -> axes.Axes:
    """Return the numbers that a stack which is started here takes."""
    of_parts = part_copies(asked.copies, spec.parts)
    [gateway] = spec.named("gateway").values()
    gateways = asked.gateway_workers or str(gateway.workers)
    prefetch = asked.prefetch or axes.DEFAULT_PREFETCH
    return axes.Axes(
        resolvers=axes.resolvers_axis(spec, asked.resolvers, of_parts),
        service_workers=axes.numbers("--workers", asked.workers or axes.DEFAULT_COPIES),
        gateway_workers=axes.numbers("--gateway-workers", gateways),
        prefetch=axes.numbers("--prefetch", prefetch, most=MOST_PREFETCH),
        of_parts=of_parts,
    )


def _require_told_apart(spec: StackSpec, grid: axes.Axes, mixes: Iterable[str]) -> None:
    """Refuse a question about the copies of single parts of which the model cannot know enough."""
    several = [name for name, numbers in grid.of_parts.items() if len(numbers) > 1]
    others = [name for name in several if name not in spec.named("resolver")]
    if others:
        raise SpecError(
            f"--copies takes one number of {', '.join(others)} where a configuration is sought: it "
            f"takes calls from no queue, and what more of it brings the model does not know."
        )
    try:
        for scenario in mixes if several else ():
            kinds_of(spec, scenario)
    except NoModelError as error:
        raise SpecError(
            f"--copies takes one number a part where a configuration is sought, unless it is known "
            f"which calls each visits. {error}"
        ) from error


def _replayed(asked: RunOptions, baseline: str, folder: Path | None) -> RunPlan:
    """Return the order of a sweep that repeats a baseline."""
    refuse(asked, OF_A_BASELINE, "stands in the baseline; leave it or --baseline out.")
    if (asked.repetitions or LEAST_FOR_VERDICT) < LEAST_FOR_VERDICT:
        raise SpecError(f"--baseline needs {LEAST_FOR_VERDICT} --repetitions for a verdict.")
    replay = replay_of(baseline, asked.site, asked.scenarios)
    arrivals = arrivals_of(replay.arrivals_as(asked.arrivals))
    asked = replace(asked, scenarios=list(replay.scenarios), seed=replay.baseline.seed)
    run_plan = _swept(asked, folder, replay)
    return replace(
        run_plan,
        rounds=replace(run_plan.rounds, spare=0 if asked.until_ci else SPARE),
        arrivals=arrivals,
        notes=(*run_plan.notes, replay.note),
        replay=replay,
    )


def rounds_of(asked: RunOptions) -> RepetitionPlan:
    """Return how often to repeat: 5 times, 3 for a question, 20 at most with an aim."""
    until_ci = share("--until-ci", asked.until_ci) if asked.until_ci else None
    usual = DEFAULT_CAP if until_ci else _usual_repetitions(asked)
    return RepetitionPlan(
        repetitions=asked.repetitions or usual, seed=asked.seed, until_ci=until_ci
    )


def _usual_repetitions(asked: RunOptions) -> int:
    if asked.quick:
        return 1
    return ASKED_REPETITIONS if asked.target_rate_per_s else DEFAULT_REPETITIONS


def _placement(asked: RunOptions) -> CpuPinning | None:
    if not asked.pin:
        return None
    return pinned_apart(os.sched_getaffinity(0), generators=asked.generators)


def _grid(spec: StackSpec, grid: axes.Axes) -> tuple[CopyCounts, ...]:
    if spec.attach:
        fixed = [name for name in axes.COPIES if name not in spec.attach.scale.keys]
    else:
        others = set(spec.named("resolver")) - set(grid.of_parts)
        fixed = [] if others else ["resolvers"]
    return axes.configurations(grid.stretched(fixed=fixed))


def _path(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value))
    raise NotImplementedError(kind)
