"""The ladder: every method by itself on the same mutants, from what most people do to all of ours.

A rung that needs data begins with fresh rows for each mutant; the clean system is put to every rung
as well, since a rung that cries at everything finds everything.
"""

from collections.abc import Mapping
from typing import Final

from rich.progress import track
from rich.table import Table

from contract_tests.mutants.bench import Bench, StackError
from contract_tests.mutants.defect import Method
from contract_tests.mutants.fuzzing import (
    fuzzed,
    over_its_own_document,
    over_no_data,
    over_seeded_data,
)
from contract_tests.mutants.methods import (
    Finding,
    Search,
    by_crowd,
    by_forwarding,
    by_stories,
    forwarded,
    on_paper,
)
from contract_tests.mutants.trial import SEARCHES, Mutant, Trial, searched
from testcontainers_fixtures.stack import Stack

Rung = Mapping[Method, Search]
_CLEAN: Final = Mutant(name="clean", sentence="Nothing.", layer="gateway", part="gateway")


def rungs() -> dict[str, Rung]:
    """Return the methods of each rung, by its name."""
    return {
        "the gateway's own document, fuzzed": {"seeded": over_its_own_document},
        "the services' documents, fuzzed": {"seeded": _without_parity},
        "drift on paper": {"paper": on_paper},
        "parity, fuzzed": {"seeded": over_seeded_data, "empty": over_no_data},
        "stories, forwarding and crowd": {
            "stories": by_stories,
            "forwarding": by_forwarding,
            "crowd": by_crowd,
        },
        "received equals sent": {"received": _received},
        "all": SEARCHES,
    }


def climbed(
    bench: Bench, mutants: list[Mutant], seed: int, ladder: Mapping[str, Rung], budget_s: float
) -> Table:
    """Return how many of the mutants each rung kills, how fast, and its alarms on the clean one."""
    alarms = {name: searched(bench, _CLEAN, seed=seed, searches=r) for name, r in ladder.items()}
    trials: dict[str, list[Trial]] = {name: [] for name in ladder}
    for mutant in track(mutants, "ladder"):
        for name, one in _on_every_rung(bench, mutant, seed, ladder, budget_s).items():
            trials[name].append(one)
    drawn = Table(title=f"The ladder over {len(mutants)} mutants, seed {seed}")
    for column in ("method", "killed", "share", "seconds", "alarms on the clean system", "missed"):
        drawn.add_column(column, overflow="fold")
    for name, some in trials.items():
        drawn.add_row(name, *_cells(some), "1" if alarms[name].finding else "0", _missed(some))
    return drawn


def _on_every_rung(
    bench: Bench, mutant: Mutant, seed: int, ladder: Mapping[str, Rung], budget_s: float
) -> dict[str, Trial]:
    try:
        bench.put_in(mutant.name, mutant.part)
        return {
            name: searched(bench, mutant, seed=seed, searches=rung, budget_s=budget_s)
            for name, rung in ladder.items()
        }
    except StackError as error:
        bench.mend()
        finding = Finding(method="stories", sentence=f"The stack does not come up: {error}")
        dead = Trial(mutant=mutant, outcome="killed", seconds=0, finding=finding, came_up=False)
        return dict.fromkeys(ladder, dead)


def _without_parity(stack: Stack, seed: int, until_s: float) -> Finding | None:
    return fuzzed(stack, seed, until_s, "seeded", parity=False)


def _received(stack: Stack, seed: int, until_s: float) -> Finding | None:  # noqa: ARG001 -- a Search
    return forwarded(stack, until_s, ("received",))


def _cells(trials: list[Trial]) -> tuple[str, str, str]:
    killed = sum(one.outcome == "killed" for one in trials)
    seconds = sum(one.seconds for one in trials)
    return f"{killed} of {len(trials)}", f"{killed / len(trials):.0%}", f"{seconds:.0f}"


def _missed(trials: list[Trial]) -> str:
    return ", ".join(one.mutant.name for one in trials if one.outcome != "killed")
