"""Which mutants are tried: all of the catalogue, some of it, or drawn at random."""

import random
from collections.abc import Iterable

from contract_tests.mutants.defect import Defect, catalogue
from contract_tests.mutants.mutant_trial import TriedMutant
from contract_tests.mutants.random_defects import RandomDefect, drawn

LADDER_COUNT = 20


def listed(names: Iterable[str], layer: str | None) -> list[TriedMutant]:
    """Return the catalogue's mutants of these names and this layer; raise ValueError for others."""
    everything, wanted = catalogue(), list(names)
    unknown = sorted(set(wanted) - set(everything))
    if unknown:
        raise ValueError(f"Expected names of the catalogue, seen {', '.join(unknown)}.")
    chosen = [
        _mutant(name, one)
        for name, one in everything.items()
        if (not wanted or name in wanted) and layer in {None, one.layer}
    ]
    if not chosen:
        layers = ", ".join(sorted({one.layer for one in everything.values()}))
        raise ValueError(f"Expected a layer of the catalogue ({layers}), seen {layer!r}.")
    # Mutants of one part follow each other, so that fewer parts restart.
    return sorted(chosen, key=lambda one: (one.part, one.name))


def at_random(count: int, seed: int) -> list[TriedMutant]:
    """Return so many mutants that nobody wrote."""
    return [_mutant(name, one) for name, one in drawn(seed, count).items()]


def for_the_ladder(seed: int, count: int = LADDER_COUNT) -> list[TriedMutant]:
    """Return a seeded choice of the catalogue, without what nobody could tell.

    Raise ValueError where more are asked for than there are.
    """
    told = [one for one in listed((), None) if not one.equivalent]
    if count > len(told):
        raise ValueError(f"Expected at most {len(told)} mutants for the ladder, seen {count}.")
    chosen = random.Random(seed).sample(told, count)  # noqa: S311 -- the same again
    return sorted(chosen, key=lambda one: (one.part, one.name))


def _mutant(name: str, one: Defect | RandomDefect) -> TriedMutant:
    return TriedMutant(
        name=name,
        sentence=one.sentence,
        layer=one.layer,
        part=one.part,
        equivalent=one.equivalent,
    )
