"""A site: one folder a run, a list beside them, all of it built from the records."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from reports import publication
from reports.__main__ import app
from reports.judgement import reference_run
from reports.judgement.verdicts import EXIT_CODES
from reports.page.comparison_sections import BASELINE
from reports.record.record import LoadRun, RecordError, Repetition, RunRecord
from tests.unit.reports.sample_runs import e2e_run, load_run

LOAD = load_run(points=[(1, 1)])
FIVE = load_run(points=[(1, 1)], repetitions=5)


def faster(run: LoadRun) -> LoadRun:
    """Return a run whose first scenario had a third of the median at the common rate."""

    def third(one: Repetition) -> Repetition:
        assert one.common
        ms = one.common.latency_ms
        return replace(
            one, common=replace(one.common, latency_ms=replace(ms, p50=(ms.p50 or 0.0) / 3))
        )

    first, *rest = run.configurations
    return replace(
        run,
        configurations=(
            replace(first, repetitions=tuple(map(third, first.repetitions))),
            *rest,
        ),
    )


def _said(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def test_run_folders_are_unique_within_a_second(tmp_path: Path) -> None:
    folders = {publication.new_run_folder("load", tmp_path) for _ in range(5)}

    assert len(folders) == 5
    assert all(folder.is_dir() and "-load" in folder.name for folder in folders)


def test_publishing_writes_record_page_and_list(tmp_path: Path) -> None:
    page = publication.publish(LOAD, tmp_path / "first")

    assert page == tmp_path / "first" / "index.html"
    assert (tmp_path / "first" / "run.json").is_file()
    assert 'href="first/index.html"' in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_a_page_links_the_histogram_logs_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "crud & 1x1.hlog").write_text("#", encoding="utf-8")

    html = publication.publish(LOAD, folder).read_text(encoding="utf-8")

    assert '<a href="crud%20%26%201x1.hlog">crud &amp; 1x1.hlog</a>' in html


def test_a_record_that_does_not_fit_leaves_no_page(tmp_path: Path) -> None:
    with pytest.raises(RecordError):
        publication.publish(replace(LOAD, duration_s=-1.0), tmp_path / "bad")

    assert not (tmp_path / "bad" / "index.html").exists()


def test_pages_are_built_again_from_the_records_alone(tmp_path: Path) -> None:
    pages = [
        publication.publish(LOAD, tmp_path / "a"),
        publication.publish(e2e_run(), tmp_path / "b"),
    ]
    written = [page.read_text(encoding="utf-8") for page in pages]
    for page in [*pages, tmp_path / "index.html"]:
        page.unlink()

    code, output = _said("build", "--site", str(tmp_path))

    assert (code, output.split()[0]) == (0, "2")
    assert [page.read_text(encoding="utf-8") for page in pages] == written


def test_a_broken_record_costs_only_its_own_page(tmp_path: Path) -> None:
    publication.publish(LOAD, tmp_path / "good")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "run.json").write_text("{}", encoding="utf-8")

    code, output = _said("build", "--site", str(tmp_path))

    assert code == 2
    assert "bad" in output
    listed = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert 'href="good/index.html"' in listed
    assert "<code>bad</code>" in listed


def test_a_run_worse_than_the_baseline_beside_it_does_not_hold_wherever_it_is_shown(
    tmp_path: Path,
) -> None:
    reference_run.write_slim(tmp_path / "run" / BASELINE, faster(FIVE))
    page = publication.publish(FIVE, tmp_path / "run")
    written = page.read_text(encoding="utf-8")
    page.unlink()

    code, output = _said("build", "--site", str(tmp_path))
    shown, told = _said("show", "run", "--site", str(tmp_path))
    feed = json.loads((tmp_path / "feed.json").read_text(encoding="utf-8"))

    assert (code, page.read_text(encoding="utf-8")) == (0, written), output
    assert "Against the baseline: Worse: 1 worse" in written
    assert written.index("Against the baseline: Worse") < written.index("By itself: Holds")
    assert (shown, "Against the baseline: Worse: 1 worse" in told) == (1, True)
    assert feed["items"][0]["tags"] == ["load", "fail"]
    assert "Against the baseline: Worse" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_a_baseline_that_cannot_be_read_costs_only_that_run_s_page(tmp_path: Path) -> None:
    publication.publish(LOAD, tmp_path / "a")
    publication.publish(LOAD, tmp_path / "b")
    (tmp_path / "b" / BASELINE).write_text("{}", encoding="utf-8")

    built = publication.build(tmp_path)

    assert (built.pages, [one.folder for one in built.unreadable]) == (1, ["b"])


@pytest.mark.parametrize(
    ("record", "options", "code"),
    [
        pytest.param(LOAD, [], EXIT_CODES["pass"], id="it holds"),
        pytest.param(e2e_run(), [], EXIT_CODES["fail"], id="it does not hold"),
        pytest.param(e2e_run(checks=[]), [], EXIT_CODES["unknown"], id="unknown"),
        pytest.param(e2e_run(checks=[]), ["--strict"], 1, id="unknown, strictly"),
    ],
)
def test_showing_a_run_leaves_with_its_verdict(
    record: RunRecord, options: list[str], code: int, tmp_path: Path
) -> None:
    publication.publish(record, tmp_path / "run")

    assert _said("show", "run", "--site", str(tmp_path), *options)[0] == code
    assert _said("show", str(tmp_path / "run"), *options)[0] == code


def test_showing_what_is_no_run_is_bad_input(tmp_path: Path) -> None:
    code, output = _said("show", "nothing", "--site", str(tmp_path))

    assert code == 2
    assert output.startswith("Expected a run record at ")


def test_the_schema_is_printed() -> None:
    code, output = _said("schema")

    assert code == 0
    assert output == Path("reports/run.schema.json").read_text(encoding="utf-8")
