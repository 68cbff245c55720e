"""Tells which commands a run would have a stack scaled by, in order, and runs none of them."""

from collections.abc import Iterator
from pathlib import Path

from loadtests.command.options import RunOptions
from loadtests.command.run_plan import planned
from loadtests.sweep.axes import label
from loadtests.sweep.trial import RunPlan
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.scaling.engine_readers import reading_commands
from testcontainers_fixtures.scaling.scaling_commands import first_numbers, made_fresh, scaled_to
from testcontainers_fixtures.stack_file.attach_spec import Attach


def told_commands(asked: RunOptions, resume: Path | None) -> Iterator[str]:
    """Yield a line a command, and before those of each configuration one that begins with `#`.

    What a search, or the model, chooses while the run goes is not known before: each of those that
    it may choose is told once; of a run that is resumed, all that it was asked for. Raises
    SpecError for what cannot be measured, or is not attached to.
    """
    if asked.target is not None:
        raise SpecError("--dry-run tells how a stack is scaled; a --target is not. Leave it out.")
    run_plan = planned(asked, resume, folder=Path())
    attach = run_plan.spec.attach
    if attach is None:
        raise SpecError(
            f"--dry-run tells the commands of [attach], and the stack file of "
            f"{run_plan.spec.name!r} has none: such a stack is started here, and no command scales "
            f"it. Leave --dry-run out."
        )
    yield from _lines(run_plan, attach)


def _lines(run_plan: RunPlan, attach: Attach) -> Iterator[str]:
    now: CopyCounts | None = None
    if reading := reading_commands(attach, run_plan.spec):
        yield "# read beforehand, and once a configuration is settled"
        yield from map(str, reading)
    for which, at in _course(run_plan):
        yield f"# {which}: {label(at, run_plan.configurations)}"
        yield from map(str, (*scaled_to(attach, at, now=now), *made_fresh(attach)))
        now = at
    if run_plan.question:
        yield f"# then what the model names, of {len(run_plan.grid)} configurations"
    yield "# put back"
    yield from map(str, scaled_to(attach, first_numbers(attach), now=now))


def _course(run_plan: RunPlan) -> Iterator[tuple[str, CopyCounts]]:
    """Yield each configuration in the order of the run, as far as that is certain."""
    rounds, points = run_plan.rounds, run_plan.configurations
    for number in range(rounds.certain):
        which = rounds.name(number)
        if run_plan.searches and number == 0:
            which = f"{which}, as far as the search chooses it"
        for at in rounds.of(number, points, lambda _: False):
            yield which, at
