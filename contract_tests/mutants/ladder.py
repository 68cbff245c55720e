"""The ladder: every method by itself on the same mutants, from what most people do to all of ours.

The clean system is put to every rung as well, since a rung that cries at everything finds
everything.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from contract_tests.mutants.fuzzing import over_its_own_document, over_the_services_documents
from contract_tests.mutants.mutant_stack import MutantStack, StackError
from contract_tests.mutants.mutant_trial import (
    BUDGET_S,
    MutantTrial,
    TriedMutant,
    nothing_wrong,
    searched,
    stillborn,
)
from contract_tests.mutants.progress import TrialProgress
from contract_tests.mutants.search_result import Search
from contract_tests.mutants.suite import by, by_all
from contract_tests.mutants.trial_journal import TrialJournal

ALL: Final = "all"


def rungs() -> dict[str, Search]:
    """Return the search of each rung, by its name; the first two are what most people do."""
    return {
        "the gateway's own document, fuzzed": over_its_own_document,
        "the services' documents, fuzzed": over_the_services_documents,
        "drift on paper": by("paper"),
        "parity, fuzzed": by("seeded", "empty"),
        "stories, forwarding and crowd": by("stories", "forwarding", "crowd"),
        "received equals sent": by("forwarding", kind="received"),
        ALL: by_all,
    }


def climbed(  # noqa: PLR0913 -- what a climb is made of, each by name
    bench: MutantStack,
    mutants: Sequence[TriedMutant],
    *,
    seed: int,
    journal: TrialJournal,
    say: Callable[[str], None],
    ladder: Mapping[str, Search] | None = None,
    budget_s: float = BUDGET_S,
) -> None:
    """Put the clean system and each mutant to every rung, and keep the trials in the journal.

    What the journal holds of this seed is left out. The bench is clean as it comes in.
    """
    everything = [nothing_wrong("clean"), *mutants]
    ways = rungs() if ladder is None else ladder
    left = {one.name: [r for r in ways if not journal.holds(one, seed, r)] for one in everything}
    pace = TrialProgress(sum(map(len, left.values())), say)
    for mutant in everything:
        names = left[mutant.name]
        if not names:
            continue
        dead = None if mutant.clean else _put_in(bench, mutant, seed)
        for name in names:
            trial = dead or searched(bench, mutant, seed=seed, search=ways[name], budget_s=budget_s)
            journal.add(replace(trial, rung=name))
            pace.told(replace(trial, rung=name))
            if trial.seconds > budget_s and not mutant.clean:
                dead = _put_in(bench, mutant, seed)


def _put_in(bench: MutantStack, mutant: TriedMutant, seed: int) -> MutantTrial | None:
    """Put a mutant in; return its trial where no rung needs to search."""
    try:
        bench.put_in(mutant.name, mutant.part)
    except StackError as error:
        bench.mend()
        return stillborn(mutant, error, seed)
    return None
