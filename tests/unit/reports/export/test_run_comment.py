"""What a pull request is told: the newest run, its comparison, and no letter that does a thing."""

import html
from pathlib import Path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from reports.__main__ import app
from reports.export.run_comment import MOST_CHARACTERS, run_comment
from reports.judgement import reference_run
from reports.page.comparison_sections import BASELINE
from reports.record.record import RunRecord, write_record
from tests.unit.reports.sample_contract import POST, clean_run, failing_run
from tests.unit.reports.sample_runs import e2e_run, load_run

GITHUBS_MOST = 65_536
OLD, NEW = "2026-11-30T061500Z-e2e", "2026-11-30T071500Z-e2e"


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID", "CI_JOB_URL"):
        monkeypatch.delenv(name, raising=False)


def kept(site: Path, name: str, record: RunRecord) -> Path:
    folder = site / name
    folder.mkdir(parents=True)
    write_record(folder / "run.json", record)
    return folder


def said(site: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["comment", "--site", str(site), *words])
    return done.exit_code, done.output


def test_it_is_of_the_newest_run_below_a_mark_with_its_key(tmp_path: Path) -> None:
    kept(tmp_path, NEW, failing_run())
    kept(tmp_path, OLD, clean_run())
    code, text = said(tmp_path, "--key", "e2e of the shop")

    assert code == 0
    assert text.startswith("<!-- gatewaybench: e2e of the shop -->\n## Does not hold")
    assert "### New failures (3)" in text
    assert "### Known failures (1)" in text


def test_a_load_run_is_told_with_its_comparison(tmp_path: Path) -> None:
    folder = kept(tmp_path, "2026-11-30T071500Z-load", load_run(points=[(1, 1)], repetitions=5))
    earlier = load_run(points=[(1, 1)], repetitions=5, seed=2)
    reference_run.write_slim(folder / BASELINE, earlier)

    text = said(tmp_path)[1]
    assert "### Rates (per second) and latencies (ms)" in text
    assert "### Against the baseline" in text


def test_a_run_of_before_is_not_taken_for_this_one(tmp_path: Path) -> None:
    kept(tmp_path, OLD, clean_run())

    text = said(tmp_path, "--since", "2026-11-30T070000Z", "--ended", "2")[1]
    assert "## No run" in text
    assert "ended with exit code 2 before there was a run" in text
    assert "Holds" in said(tmp_path, "--since", "2026-11-30T060000Z", "--ended", "0")[1]


def test_where_it_is_from_is_told_where_a_service_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(tmp_path, NEW, clean_run())
    without = said(tmp_path)[1]
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.example")
    monkeypatch.setenv("GITHUB_REPOSITORY", "shop/front")
    monkeypatch.setenv("GITHUB_RUN_ID", "42")

    assert "](" not in without
    assert said(tmp_path)[1].endswith("](https://github.example/shop/front/actions/runs/42)\n")


def test_nobody_is_called_and_no_mark_is_forged_by_what_a_system_answered(tmp_path: Path) -> None:
    hostile = replace(POST, sentence="@team, see #1 <!-- gatewaybench: e2e --> [x](http://y)")
    kept(tmp_path, NEW, e2e_run(failures=(hostile,)))
    text = said(tmp_path)[1]

    assert "@" not in text
    assert text.count("<!--") == 1
    assert "@team, see #1 <!-- gatewaybench" in html.unescape(text)


def test_a_comment_is_never_longer_than_github_takes() -> None:
    text = run_comment(
        "e2e", "- one line of many\n" * 10_000, "https://github.example/" + "x" * 400
    )

    assert MOST_CHARACTERS < len(text) < GITHUBS_MOST
    assert "More is on the run's page." in text
    assert text.splitlines()[-1].startswith("[The job")


def test_a_key_that_would_end_the_mark_is_refused(tmp_path: Path) -> None:
    code, text = said(tmp_path, "--key", "a --> b")

    assert code == 2
    assert text.startswith("Expected a key of at most 60 letters")
