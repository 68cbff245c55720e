"""Sums a fault run up in Markdown: what failed or is unknown, each with its reason."""

from collections.abc import Iterator

from reports.export.markdown import table, titled
from reports.judgement.fault_verdicts import INVARIANTS
from reports.judgement.verdicts import judge
from reports.page.fault_sections import not_green
from reports.record.record import FaultsRun

HEAD = ("fault", "verdict", "invariants", "why")


def lines(record: FaultsRun) -> Iterator[str]:
    """Yield what stands below the verdict."""
    rows = [
        (one.subject, one.verdict, ", ".join(one.invariants), one.sentence)
        for one in not_green(record)
        if one.verdict != "not applicable"  # which stands below, by its reason
    ]
    # What is no cell: cold starts, and a stack that did not come up.
    beside = [
        (one.subject, one.verdict, one.check, one.sentence)
        for one in judge(record)
        if one.verdict == "fail" and one.check not in INVARIANTS
    ]
    yield from titled(f"Not green ({len(beside) + len(rows)})", table(HEAD, [*beside, *rows]))
