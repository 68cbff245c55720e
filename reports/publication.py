"""Puts a run on the site: its record and page in a folder of its own, and the list of runs.

A site holds `index.html`, `feed.json` and one folder a run, whose name is its address for good;
every page can be built again from the records.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from msgspec import Struct

from reports.export.json_feed import FEED_NAME, feed_text
from reports.judgement import reference_run
from reports.page.comparison_sections import ComparisonSection, comparison_section
from reports.page.page import Unreadable, comparison_page, index_page, run_page
from reports.record.atomic_files import write_whole, writing
from reports.record.record import RECORD_NAME, LoadRun, RecordError, RunRecord, write_record
from reports.stored_runs import (
    COMPARISONS,
    StoredRun,
    attempted,
    comparisons,
    history_of,
    runs,
    stored,
)

# From where a command was typed.
SITE = Path("reports/site")
PAGE_NAME = "index.html"
MOST_RUNS_A_SECOND = 100


class Built(Struct, frozen=True, kw_only=True):
    """What building a site came to."""

    index: Path
    pages: int
    unreadable: tuple[Unreadable, ...]


def new_run_folder(kind: Literal["load", "e2e", "faults"], site: Path = SITE) -> Path:
    """Make and return an empty folder named `<UTC time>-<kind>`, unique within the site."""
    stem = f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}-{kind}"
    for number in range(1, MOST_RUNS_A_SECOND + 1):
        folder = site.absolute() / (stem if number == 1 else f"{stem}-{number}")
        with writing(folder):
            site.mkdir(parents=True, exist_ok=True)
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            return folder
    raise RecordError(
        f"Expected a free run folder in {site}, but {MOST_RUNS_A_SECOND} named {stem} exist; "
        f"start the run again."
    )


def publish(record: RunRecord, folder: Path) -> Path:
    """Write a run's record and page into its folder, refresh the list beside it; return the page.

    Raises RecordError, and leaves no page, when the record does not fit the format.
    """
    write_record(folder / RECORD_NAME, record)
    page = _write_page(stored(folder, record))
    _list_runs(folder.parent)
    return page


def publish_comparison(
    before: tuple[str, LoadRun], after: tuple[str, LoadRun], site: Path = SITE
) -> tuple[Path, ComparisonSection]:
    """Write the page of two named runs with slim copies of their records; return page and result.

    The page stands in `comparisons/<before>--<after>/`, so the same two are always found there.
    """
    folder = site / COMPARISONS / f"{before[0]}--{after[0]}"
    reference_run.write_slim(folder / "before.json", before[1])
    reference_run.write_slim(folder / "after.json", after[1])
    shown = comparison_section(before, after)
    page = _write_comparison(folder, shown)
    _list_runs(site)
    return page, shown


def build(site: Path = SITE, url: str = "") -> Built:
    """Write every page and the list of runs anew, from the stored records alone.

    `url` is where the site will be served, for the feed's addresses. A run whose page cannot be
    made is listed with the reason, and costs no other its own.
    """
    drawn = [_drawn(one) for one in runs(site)]
    compared = [(folder, _compared(folder, one)) for folder, one in comparisons(site)]
    return _write_index(site, drawn, compared, url)


def _list_runs(site: Path) -> None:
    _write_index(site, runs(site), comparisons(site))


def _drawn(run: StoredRun | Unreadable) -> StoredRun | Unreadable:
    """Write a run's page; return what cannot be drawn as unreadable."""
    if isinstance(run, Unreadable):
        return run
    page = attempted(run.folder.name, lambda: _write_page(run))
    return page if isinstance(page, Unreadable) else run


def _compared(
    folder: Path, shown: ComparisonSection | Unreadable
) -> ComparisonSection | Unreadable:
    """Write a comparison's page; return one that cannot be written as unreadable."""
    if isinstance(shown, Unreadable):
        return shown
    page = attempted(f"{COMPARISONS}/{folder.name}", lambda: _write_comparison(folder, shown))
    return page if isinstance(page, Unreadable) else shown


def _write_page(run: StoredRun) -> Path:
    logs = sorted(file.name for file in run.folder.glob("*.hlog"))
    return write_whole(run.folder / PAGE_NAME, run_page(run.record, logs, run.shown))


def _write_comparison(folder: Path, shown: ComparisonSection) -> Path:
    return write_whole(folder / PAGE_NAME, comparison_page(shown))


def _write_index(
    site: Path,
    runs: Sequence[StoredRun | Unreadable],
    compared: Sequence[tuple[Path, ComparisonSection | Unreadable]],
    url: str = "",
) -> Built:
    known = [one for one in runs if isinstance(one, StoredRun)]
    shown = [(at.name, one) for at, one in compared if not isinstance(one, Unreadable)]
    history = history_of(known)
    read = (*runs, history, *(one for _, one in compared))
    unreadable = tuple(one for one in read if isinstance(one, Unreadable))
    drawn = [] if isinstance(history, Unreadable) else history
    entries = [one.entry for one in known]
    write_whole(site / PAGE_NAME, index_page(entries, unreadable, drawn, shown))
    write_whole(site / FEED_NAME, feed_text(entries, url))
    return Built(index=site / PAGE_NAME, pages=len(known) + len(shown), unreadable=unreadable)
