"""Outside a CI service nobody is told anything; in one, what cannot be told costs no run."""

from pathlib import Path

import pytest

from reports.export.ci import ACTIONS, JOB_SUMMARY, tell_ci, tell_ci_of_ending
from tests.unit.reports.sample_contract import failing_run


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (JOB_SUMMARY, ACTIONS):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("said", ["", "false", "1"])
def test_where_no_service_reads_it_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    told: list[str] = []
    monkeypatch.setenv(ACTIONS, said)

    tell_ci(failing_run(), told.append)
    tell_ci_of_ending("load run", "gate ended", told.append)

    assert told == []


def test_a_summary_is_appended_and_failures_are_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page, told = tmp_path / "summary.md", list[str]()
    page.write_text("before\n")
    monkeypatch.setenv(JOB_SUMMARY, str(page))
    monkeypatch.setenv(ACTIONS, "true")

    tell_ci(failing_run(), told.append)
    tell_ci_of_ending("load run", "gate ended: 100 %", told.append)

    assert page.read_text().startswith("before\n## Does not hold")
    assert told[0].startswith("::error title=")
    assert told[-1] == "::error title=load run::gate ended: 100 %25"


def test_a_summary_that_cannot_be_written_costs_no_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told: list[str] = []
    monkeypatch.setenv(JOB_SUMMARY, str(tmp_path))

    tell_ci(failing_run(), told.append)

    [sentence] = told
    assert sentence.startswith(f"The job's summary was not written to {tmp_path}: is a directory")
