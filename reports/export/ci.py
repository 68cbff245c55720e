"""Tells the CI service that a command runs under, if any, what came of it.

Everybody who ends a run calls this, with a record without secrets: what was published.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from reports.export.annotations import (
    Annotation,
    annotations,
    commands,
    comparison_annotations,
    ending,
)
from reports.export.drift_annotations import drift_annotations
from reports.export.drift_summary import drift_markdown
from reports.export.job_summary import comparison_summary, summary
from reports.page.comparison_sections import ComparisonSection
from reports.record.document_drift import DriftReport
from reports.record.record import RunRecord

# The file of which GitHub shows what is appended to it on the page of a job.
JOB_SUMMARY: Final = "GITHUB_STEP_SUMMARY"
# "true" where GitHub, or what works like it, reads commands from standard output.
ACTIONS: Final = "GITHUB_ACTIONS"
Say = Callable[[str], object]


def job_address() -> str:
    """Return where the page of the job is that a CI service has this command run in, or ""."""
    server, repository, run = (
        os.environ.get(f"GITHUB_{one}", "") for one in ("SERVER_URL", "REPOSITORY", "RUN_ID")
    )
    known = f"{server}/{repository}/actions/runs/{run}" if server and repository and run else ""
    return known or os.environ.get("CI_JOB_URL", "")


def tell_ci(record: RunRecord, say: Say, shown: ComparisonSection | None = None) -> None:
    """Append a run's summary to the job's page, and say its failures and doubts as annotations.

    `say` prints a line on standard output; `shown` is how a load run compares with its baseline.
    """
    _append(summary(record, shown), say)
    _annotate(annotations(record, shown), say)


def tell_ci_of_comparison(shown: ComparisonSection, say: Say) -> None:
    """Do the same for two runs that were held against each other."""
    _append(comparison_summary(shown), say)
    _annotate(comparison_annotations(shown), say)


def tell_ci_of_drift(report: DriftReport, say: Say) -> None:
    """Do the same for documents that were held against each other."""
    _append(drift_markdown(report), say)
    _annotate(drift_annotations(report), say)


def tell_ci_of_ending(title: str, sentence: str, say: Say) -> None:
    """Say why a command ended before there was a run."""
    _annotate([ending(title, sentence)], say)


def _append(text: str, say: Say) -> None:
    file = os.environ.get(JOB_SUMMARY)
    if not file:
        return
    try:
        with Path(file).open("a", encoding="utf-8") as page:
            page.write(text)
    except OSError as error:
        # The run is as good as before.
        why = str(error.strerror or error).lower()
        say(f"The job's summary was not written to {file}: {why}; see {JOB_SUMMARY}.")


def _annotate(found: Sequence[Annotation], say: Say) -> None:
    if os.environ.get(ACTIONS) == "true":
        for line in commands(found):
            say(line)
