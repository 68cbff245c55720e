"""Tries one mutant: puts the defect into the running stack, searches, takes it out again."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from contract_tests.mutants.defect import Method
from contract_tests.mutants.methods import SEARCHES, Finding
from testcontainers_fixtures.stack import Stack, StackError
from testcontainers_fixtures.stack_spec import StackSpec

BUDGET_S: Final = 45.0
ROOT: Final = "contract_tests.mutants.root"

Outcome = Literal["killed", "survived", "timed out"]


class Trial(Struct, frozen=True, kw_only=True):
    """How a mutant fared; `seconds` runs from the moment the mutated stack is up."""

    name: str
    outcome: Outcome
    seconds: float
    finding: Finding | None = None


def tried(  # noqa: PLR0913 -- all but the mutant itself by keyword
    stack: Stack,
    name: str,
    part: str,
    *,
    seed: int = 1,
    methods: Sequence[Method] = tuple(SEARCHES),
    budget_s: float = BUDGET_S,
) -> Trial:
    """Return how the mutant `name`, whose defect lies in `part`, fares; the stack is clean again.

    A mutant whose stack does not come up is killed: nobody could have missed it.
    """
    try:
        with mutated(stack, name, part):
            return searched(stack, name, seed=seed, methods=methods, budget_s=budget_s)
    except StackError as error:
        finding = Finding(method="seeded", sentence=f"The stack does not come up: {error}")
        return Trial(name=name, outcome="killed", seconds=0.0, finding=finding)


def searched(
    stack: Stack, name: str, *, seed: int, methods: Sequence[Method], budget_s: float = BUDGET_S
) -> Trial:
    """Search with one method after the other until one finds something or the time is over."""
    begun_s = time.monotonic()
    for method in methods:
        finding = SEARCHES[method](stack, seed, begun_s + budget_s)
        seconds = time.monotonic() - begun_s
        if finding is not None:
            return Trial(name=name, outcome="killed", seconds=seconds, finding=finding)
        if seconds > budget_s:
            return Trial(name=name, outcome="timed out", seconds=seconds)
    return Trial(name=name, outcome="survived", seconds=time.monotonic() - begun_s)


@contextmanager
def mutated(stack: Stack, name: str, part: str) -> Iterator[None]:
    """Run the stack with the defect in one part, over fresh data; only that part is restarted."""
    clean = stack.spec
    stack.spec = with_defect(clean, name, part)
    try:
        _again(stack, part)
        yield
    finally:
        stack.spec = clean
        _again(stack, part)


def _again(stack: Stack, part: str) -> None:
    if stack.spec.parts[part].role != "service":
        stack.restart(part)
    # Services and twins start over with it: what a service does, its twin does as well.
    stack.reset()


def with_defect(spec: StackSpec, name: str, part: str) -> StackSpec:
    """Return the stack file with a part whose command runs behind the mutant's root."""
    one = spec.parts[part]
    command = (sys.executable, "-m", ROOT, name, *one.command)
    return replace(spec, parts=spec.parts | {part: replace(one, command=command)})
