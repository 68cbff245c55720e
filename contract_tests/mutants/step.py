"""Tells whether services and their twins are still in step, so that not every mutant costs a reset.

They are when their lists are equal and one more row, put straight into both, gets the same key and
lives the same life. A mutant that left them otherwise, or with many rows, has them start over.
"""

from typing import Final

from contract_tests.drafts import TEXTS
from contract_tests.mutants.methods import document_of
from contract_tests.promises import Teller, paging
from contract_tests.resources import resources
from contract_tests.sides import Sides
from testcontainers_fixtures.stack import Stack

MOST_ROWS: Final = 400


def in_step(stack: Stack) -> bool:
    """Tell whether what a mutant is held against is as good as fresh."""
    tellers = [
        Teller(Sides(url, stack.twins.get(name), stack.spec.contract), one)
        for name, url in stack.services.items()
        for one in resources(document_of(stack, name))
    ]
    return bool(stack.twins) and all(steady(teller) for teller in tellers)


def steady(teller: Teller) -> bool:
    """Tell whether both sides hold the same rows of one resource and give the same next key."""
    rows = teller.rows(paging(teller.resource))
    lived = list(teller.life(rows[-1], *TEXTS[:2])) if rows else []
    return 0 < len(rows) <= MOST_ROWS and not lived
