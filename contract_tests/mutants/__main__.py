"""The command line of the mutants: `python -m contract_tests.mutants`, or `nox -s mutants`."""

import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from contract_tests.mutants.ladder import ALL, climbed
from contract_tests.mutants.ladder_scores import drawn, standings
from contract_tests.mutants.mutant_selection import LADDER_COUNT, at_random, for_the_ladder, listed
from contract_tests.mutants.mutant_stack import MutantStack
from contract_tests.mutants.mutant_trial import (
    BUDGET_S,
    TriedMutant,
    nothing_wrong,
    searched,
    tried,
)
from contract_tests.mutants.progress import TrialProgress
from contract_tests.mutants.publication import published
from contract_tests.mutants.suite import NotJudgedError
from contract_tests.mutants.trial_journal import TrialJournal
from contract_tests.mutants.verdict import by_origin, counted, enough, table, verdict
from reports.export.ci import tell_ci_of_ending
from reports.publication import SITE, new_run_folder
from reports.record.number_formats import visible
from reports.record.record import RecordError
from testcontainers_fixtures.command_options import RUN, Site, Strict, application, taking
from testcontainers_fixtures.errors import MissingNeedError, SpecError, StackError
from testcontainers_fixtures.folders.temporary_folders import scratch
from testcontainers_fixtures.folders.writable_folders import writing_to
from testcontainers_fixtures.output.exit_codes import ExitCode
from testcontainers_fixtures.output.redaction import hidden
from testcontainers_fixtures.project.configured_command import ConfiguredCommand
from testcontainers_fixtures.project.reference_system import STACK_FILE
from testcontainers_fixtures.stack_spec import read_stack_file

# What is tried where nothing is asked for.
RANDOM: Final = 20
CLEAN_SEEDS: Final = 5
# Nothing stops a search of the clean system but its end.
CLEAN_BUDGET_S: Final = 3 * BUDGET_S

console = Console()
app = application()


MUTANTS: Final = "Which mutants"
LADDER: Final = "Each method by itself"
SEARCH: Final = "The search"


@dataclass(frozen=True, slots=True, kw_only=True)
class MutantOptions:
    """The options as they were given."""

    only: Annotated[
        list[str],
        typer.Option(metavar="NAME", help="A mutant's name; repeatable.", rich_help_panel=MUTANTS),
    ] = field(default_factory=list)
    layer: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Mutants of one layer alone.", rich_help_panel=MUTANTS),
    ] = None
    random: Annotated[
        int, typer.Option(min=0, help="Draw so many mutants at random.", rich_help_panel=MUTANTS)
    ] = 0
    clean_seeds: Annotated[
        int, typer.Option(min=0, help="Search the clean system so often.", rich_help_panel=MUTANTS)
    ] = 0
    ladder: Annotated[
        bool, typer.Option("--ladder", help="Each method by itself.", rich_help_panel=LADDER)
    ] = False
    ladder_count: Annotated[
        int, typer.Option(min=1, help="Over so many mutants.", rich_help_panel=LADDER)
    ] = LADDER_COUNT
    seed: Annotated[
        int, typer.Option(help="Of the fuzzing, and of what is drawn.", rich_help_panel=SEARCH)
    ] = 1
    engine: Annotated[
        str,
        typer.Option(metavar="NAME", help="containers or processes.", rich_help_panel=SEARCH),
    ] = "processes"
    budget_s: Annotated[
        float, typer.Option(min=1, help="Search a mutant so long.", rich_help_panel=SEARCH)
    ] = BUDGET_S
    results: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Keep each trial as a line here; skip what it holds.",
            rich_help_panel=RUN,
        ),
    ] = None
    record: Annotated[
        bool, typer.Option("--record", help="Keep the run under --site.", rich_help_panel=RUN)
    ] = False
    site: Site = SITE
    strict: Strict = False


@app.command(cls=ConfiguredCommand)
@taking(MutantOptions)
def run(given: MutantOptions) -> None:
    """Try mutants of the system; without options the catalogue, 20 at random and 5 clean seeds.

    Exit codes: 0 enough are killed (98 % of the catalogue, 90 % of those at random) and the clean
    system raises no alarm; 1 not so, or the system itself does not come up; 2 bad input; 3 unknown:
    the suite did not run, a search of the system was not finished, or nothing but mutants that
    nobody can tell from the system was tried (1 with --strict).
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        journal = _tried(given)
    except (SpecError, MissingNeedError, RecordError, ValueError) as error:
        raise _ended(error, ExitCode.BAD_INPUT) from error
    except StackError as error:
        raise _ended(error, ExitCode.DOES_NOT_HOLD) from error
    except NotJudgedError as error:
        code = ExitCode.DOES_NOT_HOLD if given.strict else ExitCode.UNKNOWN
        raise _ended(error, code) from error
    except KeyboardInterrupt as error:
        said = f"Interrupted; the stack is stopped. {_goes_on(given.results)}"
        raise _ended(said, ExitCode.INTERRUPTED) from error
    code = _code(journal)
    raise typer.Exit(ExitCode.DOES_NOT_HOLD if given.strict and code else code)


def _tried(given: MutantOptions) -> TrialJournal:
    """Try what was asked for, tell how it fared, and return the trials."""
    mutants, clean_seeds = _chosen(given)
    climbers = for_the_ladder(given.seed, given.ladder_count) if given.ladder else []
    journal, spec = TrialJournal(given.results), read_stack_file(STACK_FILE)
    kept = new_run_folder("e2e", given.site) if given.record else None
    with (
        scratch("mutants", also=NotJudgedError) as logs,
        writing_to(logs),
        MutantStack(spec, logs, given.engine) as bench,
    ):
        _clear(bench, clean_seeds, journal)
        _try(bench, mutants, given, journal)
        if given.ladder:
            # A rung is held against the system as it should be.
            bench.cure()
            seed, budget_s = given.seed, given.budget_s
            climbed(bench, climbers, seed=seed, journal=journal, say=_say, budget_s=budget_s)
        _tell(journal, given.seed)
        if kept:
            page = published(bench.stack, journal, given.seed, kept)
            console.print(f"Page: {page}", markup=False)
    return journal


def _chosen(given: MutantOptions) -> tuple[list[TriedMutant], int]:
    """Return the mutants to try and how often the clean system is searched."""
    wanted = given.only or given.layer or given.random or given.clean_seeds or given.ladder
    if not wanted:
        return listed((), None) + at_random(RANDOM, given.seed), CLEAN_SEEDS
    named = listed(given.only, given.layer) if given.only or given.layer else []
    return named + at_random(given.random, given.seed), given.clean_seeds


def _clear(bench: MutantStack, seeds: int, journal: TrialJournal) -> None:
    """Search the clean system with each seed: whatever is found is a false alarm."""
    everyone = [(nothing_wrong(f"clean system, seed {n}"), n) for n in range(1, seeds + 1)]
    left = [(clean, seed) for clean, seed in everyone if not journal.holds(clean, seed)]
    pace = TrialProgress(len(left), _say)
    for clean, seed in left:
        trial = searched(bench, clean, seed=seed, budget_s=CLEAN_BUDGET_S)
        journal.add(trial)
        pace.told(trial)


def _try(
    bench: MutantStack, mutants: list[TriedMutant], given: MutantOptions, journal: TrialJournal
) -> None:
    left = [one for one in mutants if not journal.holds(one, given.seed)]
    pace = TrialProgress(len(left), _say)
    for mutant in left:
        trial = tried(bench, mutant, seed=given.seed, budget_s=given.budget_s)
        journal.add(trial)
        pace.told(trial)


def _tell(journal: TrialJournal, seed: int) -> None:
    """Print how mutants and rungs fared."""
    if journal.trials:
        console.print(table(journal.trials))
    for origin, trials in by_origin(journal.trials).items():
        told = verdict(trials)
        console.print(f"{origin}: {told.sentence}. First by: {told.first_by}.", markup=False)
        for name in (*told.survived, *told.timed_out):
            console.print(f"Not killed: {name}", style="red", markup=False)
    if journal.climbed:
        climbed = standings(journal.climbed)
        console.print(drawn(climbed, seed))
        for rung in climbed:
            if rung.missed:
                console.print(f"{rung.rung} missed {', '.join(rung.missed)}", markup=False)


def _code(journal: TrialJournal) -> ExitCode:
    """Return what the whole came to."""
    clean = [one for one in (*journal.cleared, *journal.climbed) if one.mutant.clean]
    # A method that most people use may cry wolf: the ladder is there to show it.
    alarms = [one for one in clean if one.finding and one.rung in {"", ALL}]
    if alarms or not enough(journal.trials):
        return ExitCode.DOES_NOT_HOLD
    unfinished = any(one.outcome == "timed out" for one in journal.cleared)
    tried = [*journal.cleared, *journal.climbed, *counted(journal.trials)]
    return ExitCode.UNKNOWN if unfinished or not tried else ExitCode.HOLDS


def _goes_on(results: Path | None) -> str:
    if results is None:
        return "Nothing is kept; with --results FILE the next run goes on from here."
    return f"What was tried is in {results}; the same command goes on from there."


def _say(line: str) -> None:
    console.print(visible(line), markup=False, highlight=False, soft_wrap=True)


def _ended(said: object, code: int) -> typer.Exit:
    console.print(visible(str(said)), style="red", markup=False)
    if code != ExitCode.INTERRUPTED:
        tell_ci_of_ending("mutants", hidden(str(said)), typer.echo)
    return typer.Exit(code)


if __name__ == "__main__":
    app(prog_name="python -m contract_tests.mutants")
