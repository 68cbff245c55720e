"""The ladder: every method by itself on the same mutants, from what most people do to all of ours.

A rung that needs data begins with fresh rows for each mutant; the clean system is put to every rung
as well, since a rung that cries at everything finds everything.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from contract_tests.mutants.bench import Bench, StackError
from contract_tests.mutants.defect import Method
from contract_tests.mutants.fuzzing import (
    fuzzed,
    over_its_own_document,
    over_no_data,
    over_seeded_data,
)
from contract_tests.mutants.journal import Journal
from contract_tests.mutants.methods import (
    Finding,
    Search,
    by_crowd,
    by_forwarding,
    by_stories,
    forwarded,
    on_paper,
)
from contract_tests.mutants.pace import Pace
from contract_tests.mutants.trial import (
    BUDGET_S,
    SEARCHES,
    Mutant,
    Trial,
    nothing_wrong,
    searched,
    stillborn,
)
from testcontainers_fixtures.stack import Stack

Rung = Mapping[Method, Search]
ALL: Final = "all"


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
        ALL: SEARCHES,
    }


def climbed(  # noqa: PLR0913 -- what a climb is made of, each by name
    bench: Bench,
    mutants: Sequence[Mutant],
    *,
    seed: int,
    journal: Journal,
    say: Callable[[str], None],
    ladder: Mapping[str, Rung] | None = None,
    budget_s: float = BUDGET_S,
) -> None:
    """Put the clean system and each mutant to every rung, and keep the trials in the journal.

    What the journal holds of this seed is left out. The bench is clean as it comes in.
    """
    everything = [nothing_wrong("clean"), *mutants]
    ways = rungs() if ladder is None else ladder
    left = {one.name: [r for r in ways if not journal.holds(one, seed, r)] for one in everything}
    pace = Pace(sum(map(len, left.values())), say)
    for mutant in everything:
        names = left[mutant.name]
        if not names:
            continue
        dead = None if mutant.clean else _put_in(bench, mutant, seed)
        for name in names:
            trial = dead or searched(
                bench, mutant, seed=seed, searches=ways[name], budget_s=budget_s
            )
            journal.add(replace(trial, rung=name))
            pace.told(replace(trial, rung=name))


def _put_in(bench: Bench, mutant: Mutant, seed: int) -> Trial | None:
    """Put a mutant in; return its trial where no rung needs to search."""
    try:
        bench.put_in(mutant.name, mutant.part)
    except StackError as error:
        bench.mend()
        return stillborn(mutant, error, seed)
    return None


def _without_parity(stack: Stack, seed: int, until_s: float) -> Finding | None:
    return fuzzed(stack, seed, until_s, "seeded", parity=False)


def _received(stack: Stack, seed: int, until_s: float) -> Finding | None:  # noqa: ARG001 -- a Search
    return forwarded(stack, until_s, ("received",))
