"""The command line of the load tests: what to measure, and what the exit code says of it."""

import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

import typer
from rich.console import Console

from loadtests.command import scenario_command, worker_command
from loadtests.command.conflicts import without_overruled
from loadtests.command.dry_run import told_commands
from loadtests.command.options import RunOptions
from loadtests.command.run_plan import resumed, sweep_plan
from loadtests.command.run_summary import print_summary, unmeasured
from loadtests.command.target_plan import target_plan
from loadtests.sweep.checkpoint import ASKED_NAME
from loadtests.sweep.live.live_feed import LiveFeed
from loadtests.sweep.live.live_server import LiveServer
from loadtests.sweep.load_process import LoadFailedError
from loadtests.sweep.outputs.figures_out import deliver
from loadtests.sweep.progress import Display
from loadtests.sweep.runner import run
from loadtests.sweep.target import TargetPlan, run_target
from loadtests.sweep.trial import RunPlan
from reports import publication
from reports.export.ci import tell_ci, tell_ci_of_ending
from reports.judgement.findings import headline
from reports.page.comparison_sections import (
    ComparisonSection,
    whole_exit_code,
    with_baseline,
)
from reports.record.number_formats import visible
from reports.record.record import LoadRun, RecordError
from testcontainers_fixtures.command_options import application, taking
from testcontainers_fixtures.errors import MissingNeedError, SpecError, StackError
from testcontainers_fixtures.folders.writable_folders import writing_to
from testcontainers_fixtures.http_client import trust
from testcontainers_fixtures.output.exit_codes import ExitCode
from testcontainers_fixtures.output.redaction import command_line, hidden
from testcontainers_fixtures.project.configured_command import ConfiguredCommand
from testcontainers_fixtures.project.project_settings import found_settings
from testcontainers_fixtures.project.typed_command import command_of, typed_command

app = application()


@app.command(cls=ConfiguredCommand)
@taking(RunOptions)
def load(given: RunOptions) -> None:
    """Measure how many requests a gateway carries, and how fast it answers, as its parts grow.

    Starts the stack, and for every combination of --resolvers and --workers finds what it carries,
    then offers one common rate to all of them and measures the response time of the whole and of
    the RPC hop; five times over, each with fresh data. Ends with a table here and an HTML page.
    The default takes 7 to 8 minutes, --quick less than 3.

    With --target-rate and --slo-p99-ms it answers how many of each are needed: it measures two
    configurations, names the cheapest one that should hold, runs it, and shows both.

    With --baseline it measures again what an earlier run measured, at the same rates, and holds
    each figure against that run's.

    With --target it measures a server that is already up, at one rate, and starts nothing.

    A stack file with [attach] is of a system that is already up: its own engine scales it, by the
    commands that stand there, and it is put back at the end. --dry-run prints them.

    Exit codes: 0 holds, 1 it does not (too many requests failed, the stack did not start, a load
    process died, no configuration holds the target rate, or a figure is worse than the
    baseline's), 2 bad input, 3 nothing can be said (1 with --strict; 0 with --tolerant, where
    something was judged).
    """
    signal.signal(signal.SIGTERM, _interrupted)
    console = Console()
    folder = given.resume
    plan: RunPlan | TargetPlan | None = None
    try:
        trust.trust(given.ca_file)
        told = found_settings().of_command("load")
        asked = without_overruled(replace(given, command=_typed()), told)
        if given.dry_run:
            _tell_commands(asked)
            return
        plan = _plan(asked)
        folder = plan.run_folder
        with writing_to(folder):
            record = _run(plan, console, live=given.live)
    except (SpecError, MissingNeedError, RecordError) as error:
        raise _ended(error, ExitCode.BAD_INPUT) from error
    except (StackError, LoadFailedError) as error:
        # The system did not start or broke, or no load process starts: no busy machine is to blame.
        raise _ended(error, ExitCode.DOES_NOT_HOLD) from error
    except KeyboardInterrupt as error:
        raise _ended(f"{_cut_short(plan)}{_goes_on(folder)}", ExitCode.INTERRUPTED) from error
    shown = with_baseline(folder, record)
    _tell(record, shown, folder, console)
    _deliver(plan, record, console)
    raise typer.Exit(whole_exit_code(record, shown, strict=given.strict, tolerant=given.tolerant))


def _tell_commands(asked: RunOptions) -> None:
    for line in told_commands(resumed(asked.resume) if asked.resume else asked, asked.resume):
        typer.echo(visible(line))


def _tell(record: LoadRun, shown: ComparisonSection | None, folder: Path, console: Console) -> None:
    print_summary(record, console, shown)
    console.print(f"Page: {folder / publication.PAGE_NAME}", soft_wrap=True)
    tell_ci(record, typer.echo, shown)
    if record.unmeasured:
        typer.echo(visible(f"{unmeasured(record)}{_goes_on(folder)}"), err=True)


def _deliver(plan: RunPlan | TargetPlan, record: LoadRun, console: Console) -> None:
    """Put the figures where they were wanted; what was asked for and is not there does not pass."""
    try:
        for line in deliver(plan.figures_out, record, plan.run_folder):
            console.print(line, soft_wrap=True, highlight=False)
    except RecordError as error:
        raise _ended(error, ExitCode.DOES_NOT_HOLD) from error


def _typed() -> str:
    return command_line(typed_command("loadtests"))


def _plan(given: RunOptions) -> RunPlan | TargetPlan:
    if given.target is not None:
        return target_plan(given, given.target)
    return sweep_plan(resumed(given.resume), given.resume) if given.resume else sweep_plan(given)


def _cut_short(plan: RunPlan | TargetPlan | None) -> str:
    ours = isinstance(plan, RunPlan) and plan.spec.attach is None
    return f"Interrupted; {'the stack is stopped, ' if ours else ''}nothing is published."


def _goes_on(folder: Path | None) -> str:
    if folder is None or not (folder / ASKED_NAME).exists():
        return ""
    command = shlex.join([*command_of("loadtests", "load"), "--resume", str(folder)])
    return f" Go on with: {command}"


def _run(run_plan: RunPlan | TargetPlan, console: Console, *, live: bool) -> LoadRun:
    with ExitStack() as running:
        feed = running.enter_context(_live(console)) if live else None
        shown = Display(console, lengths_s=run_plan.lengths_s, feed=feed)
        display = running.enter_context(shown)
        record = _measured(run_plan, display)
        display.end(headline(record), run_plan.run_folder / publication.PAGE_NAME)
        return record


@contextmanager
def _live(console: Console) -> Iterator[LiveFeed]:
    feed = LiveFeed()
    with LiveServer(feed) as server:
        console.print(f"Live page: {server.url}", soft_wrap=True, highlight=False)
        yield feed


def _measured(run_plan: RunPlan | TargetPlan, display: Display) -> LoadRun:
    if isinstance(run_plan, TargetPlan):
        return run_target(run_plan, display)
    for note in run_plan.notes:
        display.note(note)
    return run(run_plan, display)


def _ended(said: object, code: int) -> typer.Exit:
    typer.echo(visible(str(said)), err=True)
    if code != ExitCode.INTERRUPTED:
        tell_ci_of_ending("load run", hidden(str(said)), typer.echo)
    return typer.Exit(code)


def _interrupted(number: int, frame: FrameType | None) -> None:
    _ = number, frame
    raise KeyboardInterrupt


if __name__ == "__main__":
    # Commands of their own beside the one that needs no name.
    for _other in (scenario_command, worker_command):
        if sys.argv[1:2] == [_other.COMMAND]:
            del sys.argv[1]
            _other.app(prog_name=f"python -m loadtests {_other.COMMAND}")
    app(prog_name="python -m loadtests")
