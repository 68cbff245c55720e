"""Tries one mutant: puts the defect into the running stack and searches until it is found."""

import time
from typing import Final, Literal

from msgspec import Struct

from contract_tests.mutants.defect import Layer
from contract_tests.mutants.mutant_stack import MutantStack, StackError
from contract_tests.mutants.search_result import MutantFinding, Search
from contract_tests.mutants.suite import by_all

BUDGET_S: Final = 300.0

Outcome = Literal["killed", "survived", "timed out"]


class TriedMutant(Struct, frozen=True, kw_only=True):
    """A defect by its name, as the tables show it; `clean` where nothing at all is wrong."""

    name: str
    sentence: str
    layer: Layer
    part: str
    equivalent: str = ""
    clean: bool = False


class MutantTrial(Struct, frozen=True, kw_only=True):
    """How a mutant fared; `seconds` runs from the moment its stack is up.

    `seed` is the fuzzing's; `rung` is the one of the ladder that it was tried on, "" where all
    methods looked for it.
    """

    mutant: TriedMutant
    outcome: Outcome
    seconds: float
    finding: MutantFinding | None = None
    came_up: bool = True
    seed: int = 1
    rung: str = ""


def nothing_wrong(name: str) -> TriedMutant:
    """Return the clean system in a mutant's place: whatever is found in it is a false alarm."""
    sentence = "Nothing is wrong."
    return TriedMutant(name=name, sentence=sentence, layer="gateway", part="gateway", clean=True)


def tried(
    bench: MutantStack,
    mutant: TriedMutant,
    *,
    seed: int = 1,
    search: Search = by_all,
    budget_s: float = BUDGET_S,
) -> MutantTrial:
    """Return how a mutant fares, which stays in until the next is put in.

    A mutant whose stack does not come up is killed: nobody could have missed it.
    """
    try:
        bench.put_in(mutant.name, mutant.part)
        return searched(bench, mutant, seed=seed, search=search, budget_s=budget_s)
    except StackError as error:
        bench.mend()
        return stillborn(mutant, error, seed)


def stillborn(mutant: TriedMutant, error: StackError, seed: int) -> MutantTrial:
    """Return the trial of a mutant whose stack did not come up."""
    finding = MutantFinding(method="stories", sentence=f"The stack does not come up: {error}")
    return MutantTrial(
        mutant=mutant, outcome="killed", seconds=0.0, finding=finding, came_up=False, seed=seed
    )


def searched(
    bench: MutantStack,
    mutant: TriedMutant,
    *,
    seed: int,
    search: Search = by_all,
    budget_s: float = BUDGET_S,
) -> MutantTrial:
    """Search until something is found or the time is over.

    What was broken off may have been starting parts over: the whole stack does then, without a
    defect.
    """
    begun_s = time.monotonic()
    finding = search(bench.stack, seed, begun_s + budget_s)
    seconds = time.monotonic() - begun_s
    over = seconds > budget_s
    if over:
        bench.mend()
    outcome = _outcome(finding, over=over)
    return MutantTrial(mutant=mutant, outcome=outcome, seconds=seconds, finding=finding, seed=seed)


def _outcome(finding: MutantFinding | None, *, over: bool) -> Outcome:
    if finding is not None:
        return "killed"
    return "timed out" if over else "survived"
