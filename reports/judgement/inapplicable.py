"""Tells what of a run did not apply: each reason once, with how often it was the reason."""

from collections import Counter
from collections.abc import Iterator

from reports.judgement.verdicts import judge
from reports.record.record import E2eRun, FaultsRun, RunRecord


def reasons(record: RunRecord) -> Counter[str]:
    """Return each reason for which something did not apply, and how often, in their order.

    Counted are promises, whole faults (a cell that its own fault rules out is no surprise), and
    checks of a load run.
    """
    return Counter(_each(record))


def told(record: RunRecord) -> list[str]:
    """Return a line for each reason, as a terminal shows it."""
    return [f"Not applicable ({number}): {why}" for why, number in reasons(record).items()]


def _each(record: RunRecord) -> Iterator[str]:
    if isinstance(record, E2eRun):
        yield from (one.reason for one in record.checks if one.verdict == "not applicable")
    elif isinstance(record, FaultsRun):
        yield from (one.not_applicable for one in record.trials if one.not_applicable)
    else:
        yield from (one.sentence for one in judge(record) if one.verdict == "not applicable")
