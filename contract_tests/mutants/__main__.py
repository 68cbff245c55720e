"""The command line of the mutants: `python -m contract_tests.mutants`, or `nox -s mutants`."""

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from contract_tests.mutants.bench import Bench
from contract_tests.mutants.choice import LADDER_COUNT, at_random, for_the_ladder, listed
from contract_tests.mutants.journal import Journal
from contract_tests.mutants.ladder import climbed, rungs
from contract_tests.mutants.publication import published
from contract_tests.mutants.trial import BUDGET_S, Mutant, Trial, searched, tried
from contract_tests.mutants.verdict import ENOUGH, table, verdict
from reports.publication import SITE
from testcontainers_fixtures.errors import MissingNeed, SpecError, StackError
from testcontainers_fixtures.stack_spec import read_stack_file

BAD_INPUT = 2
DOES_NOT_HOLD = 1
STACK_FILE = Path("system/stack.toml")
# What is tried where nothing is asked for.
RANDOM = 20
CLEAN_SEEDS = 5
# Nothing stops a search of the clean system but its end.
CLEAN_BUDGET_S = 10 * BUDGET_S

console = Console()
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def run(  # noqa: PLR0913, PLR0917 -- one option each, which Typer fills by name
    only: Annotated[list[str] | None, typer.Option(help="A mutant's name; repeatable.")] = None,
    layer: Annotated[str | None, typer.Option(help="Mutants of one layer alone.")] = None,
    random: Annotated[int, typer.Option(min=0, help="Draw so many mutants at random.")] = 0,
    clean_seeds: Annotated[int, typer.Option(min=0, help="Search the clean system so often.")] = 0,
    seed: Annotated[int, typer.Option(help="Of the fuzzing, and of what is drawn.")] = 1,
    ladder: Annotated[bool, typer.Option("--ladder", help="Each method by itself.")] = False,  # noqa: FBT002 -- a flag
    ladder_count: Annotated[int, typer.Option(min=1, help="So many mutants.")] = LADDER_COUNT,
    results: Annotated[
        Path | None, typer.Option(help="Keep each trial as a line here; skip what it holds.")
    ] = None,
    record: Annotated[bool, typer.Option("--record", help="Keep the run under --site.")] = False,  # noqa: FBT002 -- a flag
    site: Annotated[Path, typer.Option(help="Where runs are kept.")] = SITE,
    engine: Annotated[str, typer.Option(help="containers or processes.")] = "processes",
    budget_s: Annotated[float, typer.Option(min=1, help="Search a mutant so long.")] = BUDGET_S,
) -> None:
    """Try mutants of the system; without options the catalogue, 20 at random and 5 clean seeds.

    Leaves with 0 where at least 98 % are killed and the clean system raises no alarm, else with 1.
    """
    everything = not (only or layer or random or clean_seeds or ladder)
    mutants = listed(only or (), layer) if everything or only or layer else []
    mutants += at_random(RANDOM if everything else random, seed)
    folder = Path(tempfile.mkdtemp(prefix="mutants-"))
    with Bench(read_stack_file(STACK_FILE), folder, engine) as bench:
        if ladder:
            console.print(
                climbed(bench, for_the_ladder(seed, ladder_count), seed, rungs(), budget_s)
            )
            return
        cleared = _cleared(bench, CLEAN_SEEDS if everything else clean_seeds)
        journal = Journal(results)
        _try(bench, mutants, seed, budget_s, journal)
        if record:
            console.print(str(published(bench.stack, cleared, journal.trials, seed, site)))
    alarms = [one for one in cleared if one.finding]
    raise typer.Exit(0 if _told(journal) and not alarms else DOES_NOT_HOLD)


def _cleared(bench: Bench, seeds: int) -> list[Trial]:
    """Search the clean system with each seed: whatever is found is a false alarm."""
    cleared: list[Trial] = []
    for seed in track(range(1, seeds + 1), "clean system", console=console, disable=not seeds):
        clean = Mutant(
            name=f"seed {seed}", sentence="Nothing is wrong.", layer="gateway", part="gateway"
        )
        trial = searched(bench, clean, seed=seed, budget_s=CLEAN_BUDGET_S)
        cleared.append(trial)
        said = trial.finding.sentence if trial.finding else "no alarm"
        console.print(f"seed {seed}: {said} ({trial.seconds:.0f} s)", markup=False)
    return cleared


def _try(bench: Bench, mutants: list[Mutant], seed: int, budget_s: float, journal: Journal) -> None:
    left = [one for one in mutants if not journal.holds(one.name)]
    for mutant in track(left, "mutants", console=console, disable=not left):
        journal.add(tried(bench, mutant, seed=seed, budget_s=budget_s))


def _told(journal: Journal) -> bool:
    """Print how the mutants fared; return whether enough of them were killed."""
    told = verdict(journal.trials)
    if not journal.trials:
        return True
    console.print(table(journal.trials))
    console.print(told.sentence, f"First by: {told.first_by}.")
    for name in (*told.survived, *told.timed_out):
        console.print(f"Not killed: {name}", style="red")
    return told.share >= ENOUGH


def main() -> None:
    """Run the command line: 0 holds, 1 does not, 2 bad input or something is missing."""
    try:
        app()
    except (SpecError, MissingNeed, ValueError) as error:
        console.print(str(error), style="red", markup=False)
        sys.exit(BAD_INPUT)
    except StackError as error:
        console.print(str(error), style="red", markup=False)
        sys.exit(DOES_NOT_HOLD)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
