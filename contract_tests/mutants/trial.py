"""Tries one mutant: puts the defect into the running stack and searches until it is found."""

import time
from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct

from contract_tests.mutants.bench import Bench, StackError
from contract_tests.mutants.defect import Layer, Method
from contract_tests.mutants.fuzzing import over_no_data, over_seeded_data
from contract_tests.mutants.methods import (
    Finding,
    Search,
    by_crowd,
    by_forwarding,
    by_stories,
    on_paper,
)

BUDGET_S: Final = 45.0
SEARCHES: Final[dict[Method, Search]] = {
    "paper": on_paper,
    "crowd": by_crowd,
    "stories": by_stories,
    "forwarding": by_forwarding,
    "seeded": over_seeded_data,
    "empty": over_no_data,
}
# These read documents alone, so rows of an earlier mutant do not matter to them.
DATALESS: Final = frozenset({"paper"})

Outcome = Literal["killed", "survived", "timed out"]


class Mutant(Struct, frozen=True, kw_only=True):
    """A defect by its name, as the tables show it; `clean` where nothing at all is wrong."""

    name: str
    sentence: str
    layer: Layer
    part: str
    equivalent: str = ""
    clean: bool = False


class Trial(Struct, frozen=True, kw_only=True):
    """How a mutant fared; `seconds` runs from the moment its stack is up.

    `seed` is the fuzzing's; `rung` is the one of the ladder that it was tried on, "" where all
    methods looked for it.
    """

    mutant: Mutant
    outcome: Outcome
    seconds: float
    finding: Finding | None = None
    came_up: bool = True
    seed: int = 1
    rung: str = ""


def nothing_wrong(name: str) -> Mutant:
    """Return the clean system in a mutant's place: whatever is found in it is a false alarm."""
    sentence = "Nothing is wrong."
    return Mutant(name=name, sentence=sentence, layer="gateway", part="gateway", clean=True)


def tried(
    bench: Bench,
    mutant: Mutant,
    *,
    seed: int = 1,
    searches: Mapping[Method, Search] = SEARCHES,
    budget_s: float = BUDGET_S,
) -> Trial:
    """Return how a mutant fares, which stays in until the next is put in.

    A mutant whose stack does not come up is killed: nobody could have missed it.
    """
    try:
        bench.put_in(mutant.name, mutant.part)
        return searched(bench, mutant, seed=seed, searches=searches, budget_s=budget_s)
    except StackError as error:
        bench.mend()
        return stillborn(mutant, error, seed)


def stillborn(mutant: Mutant, error: StackError, seed: int) -> Trial:
    """Return the trial of a mutant whose stack did not come up."""
    finding = Finding(method="stories", sentence=f"The stack does not come up: {error}")
    return Trial(
        mutant=mutant, outcome="killed", seconds=0.0, finding=finding, came_up=False, seed=seed
    )


def searched(
    bench: Bench,
    mutant: Mutant,
    *,
    seed: int,
    searches: Mapping[Method, Search] = SEARCHES,
    budget_s: float = BUDGET_S,
) -> Trial:
    """Search with one method after the other until one finds something or the time is over."""
    begun_s = time.monotonic()
    fresh = False
    outcome: Outcome = "survived"
    finding: Finding | None = None
    for method, search in searches.items():
        if method not in DATALESS and not fresh:
            bench.freshen()
            fresh = True
        finding = _found(bench, search, method, seed, begun_s + budget_s)
        outcome = _outcome(finding, over=time.monotonic() - begun_s > budget_s)
        if outcome != "survived":
            break
    seconds = time.monotonic() - begun_s
    return Trial(mutant=mutant, outcome=outcome, seconds=seconds, finding=finding, seed=seed)


def _outcome(finding: Finding | None, *, over: bool) -> Outcome:
    if finding is not None:
        return "killed"
    return "timed out" if over else "survived"


def _found(
    bench: Bench, search: Search, method: Method, seed: int, until_s: float
) -> Finding | None:
    try:
        return search(bench.stack, seed, until_s)
    except StackError:
        raise
    except Exception as error:  # noqa: BLE001 -- a document that cannot be read gives a mutant away
        return Finding(method=method, sentence=f"The method failed: {error!r}"[:500])
