"""A scenario over runs, and the feed: what joins in a line, what is hollow, where links lead."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from reports import publication
from reports.__main__ import app
from reports.judgement import reference_run
from reports.judgement.confidence_intervals import over_repetitions
from reports.page.history import histories
from reports.record.record import LoadRun, Repetition
from tests.unit.reports.sample_runs import HOSTILE, changed, conditions, e2e_run, load_run

FIRST = datetime(2026, 11, 1, 9, tzinfo=UTC)
RUN = load_run(points=[(1, 1)])


def later(run: LoadRun, days: int) -> LoadRun:
    return replace(run, started_at=FIRST + timedelta(days=days))


def paced(run: LoadRun, pace_ms: float | None) -> LoadRun:
    """Return the run as a machine measured it that took so long for a fixed piece of work."""
    return changed(run, "common", yardstick_ms=() if pace_ms is None else (pace_ms, pace_ms))


def named(*runs: LoadRun) -> list[tuple[str, LoadRun]]:
    return [(f"run-{index}", run) for index, run in enumerate(runs)]


def test_runs_of_one_place_are_one_line_from_the_oldest_on() -> None:
    found = histories(named(later(RUN, 2), later(RUN, 0), later(RUN, 1)))

    assert [one.scenario for one in found] == ["crud", "supplier"]
    crud = found[0]
    assert len(crud.lines) == 1
    assert [one.folder for one in crud.dots] == ["run-0", "run-2", "run-1"]  # the newest first
    assert [one.place for one in crud.dots] == [2, 1, 0]
    assert all('class="course s1"' in one.svg for one in crud.pictures)
    assert [one.title.split(",")[0] for one in crud.pictures] == ["p50", "p99", "throughput"]


def test_another_broker_begins_a_line_of_its_own() -> None:
    newer = replace(later(RUN, 1), conditions=conditions(rabbitmq="4.1.0"))

    crud, _ = histories(named(later(RUN, 0), newer))

    assert len(crud.lines) == 2
    assert "#2" in crud.dots[0].line
    assert all('class="course' not in one.svg for one in crud.pictures)


@pytest.mark.parametrize(
    ("paces_ms", "stretches"),
    [
        pytest.param((0.20, 0.21, 0.20), 1, id="as fast throughout"),
        pytest.param((0.20, 0.20, 0.30), 1, id="the last alone is slower"),
        pytest.param((0.20, 0.20, 0.30, 0.31), 2, id="slower from the third on"),
        pytest.param((0.20, 0.30, 0.20), 0, id="slower and back"),
        pytest.param((None, 0.30, 0.30), 1, id="not timed at first"),
    ],
)
def test_a_line_breaks_where_the_machine_itself_changed_its_pace(
    paces_ms: tuple[float | None, ...], stretches: int
) -> None:
    runs = [paced(later(RUN, day), pace_ms) for day, pace_ms in enumerate(paces_ms)]

    crud, _ = histories(named(*runs))

    assert len(crud.lines) == 1
    assert [str(one.svg).count('class="course s1"') for one in crud.pictures] == [stretches] * 3
    assert [one.pace_ms for one in crud.dots] == list(paces_ms[::-1])


def test_a_figure_is_that_of_all_repetitions_and_of_its_phase() -> None:
    run = load_run(points=[(1, 1)], repetitions=3)
    one = run.configurations[0]

    dot = histories(named(run))[0].dots[0]

    assert dot.repetitions == 3
    assert dot.values["p50"] == over_repetitions(one, "common", "p50").estimate
    assert dot.values["throughput"] == over_repetitions(one, "closed", "throughput").estimate
    assert one.repetitions[0].common
    assert dot.rate_per_s == one.repetitions[0].common.offered_per_s


def test_a_run_that_did_not_pass_is_hollow() -> None:
    empty = tuple(
        replace(one, repetitions=tuple(_without_common(each) for each in one.repetitions))
        for one in RUN.configurations
    )
    void = replace(later(RUN, 1), configurations=empty)

    crud, _ = histories(named(later(RUN, 0), void))
    by_title = {one.title: str(one.svg) for one in crud.pictures}

    assert crud.dots[0].verdict == "unknown"
    assert by_title["throughput, requests/s"].count('class="ring s1"') == 1


def _without_common(one: Repetition) -> Repetition:
    return replace(one, common=None, open=None, reasons={"common": "left out", "open": "left out"})


def test_one_run_has_numbers_and_no_picture() -> None:
    crud, _ = histories(named(RUN))

    assert crud.pictures == []
    assert len(crud.dots) == 1


def test_more_configurations_than_colours_stand_in_the_table_alone() -> None:
    run = load_run(points=[(1, 1), (1, 2), (2, 1), (2, 2), (1, 4), (4, 1), (4, 4)])

    crud, _ = histories(named(later(run, 0), later(run, 1)))

    assert (len(crud.lines), crud.undrawn, len(crud.dots)) == (6, 1, 14)


def test_the_index_has_histories_and_comparisons_from_records_alone(tmp_path: Path) -> None:
    publication.publish(later(RUN, 0), tmp_path / "a")
    publication.publish(later(RUN, 1), tmp_path / "b")
    sides = [reference_run.found(name, tmp_path) for name in ("a", "b")]
    publication.publish_comparison(sides[0], sides[1], tmp_path)
    index = tmp_path / "index.html"
    written = index.read_text(encoding="utf-8")
    index.unlink()

    publication.build(tmp_path)

    assert index.read_text(encoding="utf-8") == written
    assert 'href="comparisons/a--b/index.html"' in written
    assert 'href="feed.json"' in written
    assert "crud, run by run" in written


def test_a_broken_comparison_costs_only_its_own_page(tmp_path: Path) -> None:
    publication.publish(RUN, tmp_path / "a")
    side = reference_run.found("a", tmp_path)
    publication.publish_comparison(side, side, tmp_path)
    (tmp_path / "comparisons" / "a--a" / "after.json").write_text("{}", encoding="utf-8")

    built = publication.build(tmp_path)

    assert [one.folder for one in built.unreadable] == ["comparisons/a--a"]
    assert built.pages == 1


def test_foreign_text_in_the_index_is_text(tmp_path: Path) -> None:
    hostile = replace(RUN, stack=HOSTILE, conditions=conditions(commit=HOSTILE))
    publication.publish(hostile, tmp_path / "a")
    publication.publish(later(hostile, 1), tmp_path / "b")

    assert "<script" not in (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "base"),
    [
        pytest.param([], "", id="served nobody knows where"),
        pytest.param(
            ["--url", "https://site.example/runs"], "https://site.example/runs/", id="url"
        ),
    ],
)
def test_the_feed_lists_each_run_newest_first(
    options: list[str], base: str, tmp_path: Path
) -> None:
    publication.publish(later(RUN, 0), tmp_path / "a b")
    publication.publish(e2e_run(), tmp_path / "c")
    CliRunner().invoke(app, ["build", "--site", str(tmp_path), *options])

    told = json.loads((tmp_path / "feed.json").read_text(encoding="utf-8"))

    assert told["version"] == "https://jsonfeed.org/version/1.1"
    assert told.get("feed_url", "") == (base and f"{base}feed.json")
    assert [one["url"] for one in told["items"]] == [
        f"{base}c/index.html",
        f"{base}a%20b/index.html",
    ]
    assert len({one["id"] for one in told["items"]}) == 2
    assert all(datetime.fromisoformat(one["date_published"]).tzinfo for one in told["items"])


def test_an_address_that_is_none_is_bad_input(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["build", "--site", str(tmp_path), "--url", "site.example"])

    assert result.exit_code == 2
