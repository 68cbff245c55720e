"""Sums a journal up over time: how requests fared in each half second, and when all was well."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from contract_tests.faults.ledger import Attempt
from reports.record.fault_trials import Step

STEP_S: Final = 0.5
WELL: Final = 0.99
# One request in a hundred needs a hundred of them to be seen; fewer tell nothing of 99 %.
LEAST_JUDGED: Final = 100


def course(journal: Sequence[Attempt], begun_s: float) -> tuple[Step, ...]:
    """Return the steps from `begun_s` to the last request; each counts what was sent in it."""
    if not journal:
        return ()
    places = [max(0, int((one.sent_s - begun_s) // STEP_S)) for one in journal]
    ok: Counter[int] = Counter()
    errors: dict[int, Counter[str]] = {}
    for place, one in zip(places, journal, strict=True):
        if one.ending == "acknowledged":
            ok[place] += 1
        else:
            errors.setdefault(place, Counter())[one.reason] += 1
    return tuple(
        Step(
            start_s=place * STEP_S,
            length_s=STEP_S,
            ok=ok[place],
            errors=dict(errors.get(place, {})),
        )
        for place in range(max(places) + 1)
    )


def recovery_s(journal: Sequence[Attempt], mended_s: float) -> float | None:
    """Return how long after `mended_s` it took until 99 % of all that was sent later succeeded.

    The moment is that of the first request of the longest stretch to the end that is well. None
    where there is no such stretch of LEAST_JUDGED requests.
    """
    after = sorted((one for one in journal if one.sent_s >= mended_s), key=lambda one: one.sent_s)
    failed, well_from = 0, None
    for count, one in enumerate(reversed(after), start=1):
        failed += one.ending != "acknowledged"
        if count >= LEAST_JUDGED and failed <= (1 - WELL) * count:
            well_from = one
    if well_from is None:
        return None
    return 0.0 if well_from is after[0] else well_from.sent_s - mended_s


def share_well(journal: Sequence[Attempt], until_s: float) -> float | None:
    """Return the share of what was sent before a moment that succeeded; None of nothing."""
    before = [one for one in journal if one.sent_s < until_s]
    return sum(one.ending == "acknowledged" for one in before) / len(before) if before else None
