"""What a search of a running stack finds, and what a search is."""

from collections.abc import Callable

from msgspec import Struct

from contract_tests.mutants.defect import Method
from testcontainers_fixtures.stack import Stack


class MutantFinding(Struct, frozen=True, kw_only=True):
    """What gave a mutant away: by which method, in words, and the request that shows it."""

    method: Method
    sentence: str
    curl: str = ""


# A running stack, the fuzzing's seed, and the moment (`time.monotonic`) at which the time is over.
Search = Callable[[Stack, int, float], MutantFinding | None]
