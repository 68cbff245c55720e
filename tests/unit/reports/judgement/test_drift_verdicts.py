"""What a comparison of documents comes to."""

import pytest

from reports.judgement.drift_verdicts import drift_headline, drift_verdict
from reports.record.document_drift import DriftReport
from tests.unit.reports.sample_drift import NOTE, SHARED, drift_report


@pytest.mark.parametrize(
    ("report", "verdict"),
    [
        (drift_report(), "fail"),
        (drift_report(differences=(NOTE,)), "fail"),
        (drift_report(differences=(NOTE,), fail_on="warning"), "pass"),
        (drift_report(differences=(SHARED,), fail_on="error"), "fail"),
        (drift_report(differences=()), "pass"),
        (drift_report(differences=(), rules=("of no use",)), "fail"),
        (drift_report(differences=(), rules=("of no use",), fail_on="error"), "pass"),
        (drift_report(differences=(), unread=("lost",)), "unknown"),
        (drift_report(unread=("lost",)), "fail"),
        (drift_report(differences=(NOTE,), unread=("lost",), fail_on="error"), "unknown"),
    ],
)
def test_it_fails_for_what_is_grave_enough_and_is_unknown_where_something_was_not_read(
    report: DriftReport, verdict: str
) -> None:
    assert drift_verdict(report) == verdict


def test_the_first_line_counts_what_there_is() -> None:
    assert drift_headline(drift_report(unread=("lost",))) == (
        "Does not hold: 2 differences in 7 operations (1 error, 1 note), 1 ignored, "
        "1 place not read."
    )
    assert drift_headline(drift_report(differences=(), ignored=())) == (
        "Holds: no difference in 7 operations."
    )
