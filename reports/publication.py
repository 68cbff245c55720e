"""Puts a run on the site: its record and page in a folder of its own, and the list of runs.

A site holds `index.html`, `feed.json` and one folder a run, whose name is its address for good;
every page can be built again from the records.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from msgspec import Struct

from reports import reference
from reports.contrast import Contrast, contrast, with_baseline
from reports.feed import FEED_NAME, feed_text
from reports.history import histories
from reports.page import Unreadable, comparison_page, entry, index_page, run_page
from reports.record import (
    RECORD_NAME,
    LoadRun,
    RecordError,
    RunRecord,
    read_record,
    write_record,
)

SITE = Path(__file__).parent / "site"
PAGE_NAME = "index.html"
COMPARISONS = "comparisons"
SIDES = ("before", "after")
MOST_RUNS_A_SECOND = 100


class Built(Struct, frozen=True, kw_only=True):
    """What building a site came to."""

    index: Path
    pages: int
    unreadable: tuple[Unreadable, ...]


class Stored(Struct, frozen=True, kw_only=True):
    """A run in its folder; `shown` is how it compares with its baseline."""

    folder: Path
    record: RunRecord
    shown: Contrast | None


def new_run_folder(kind: Literal["load", "e2e", "faults"], site: Path = SITE) -> Path:
    """Make and return an empty folder named `<UTC time>-<kind>`, unique within the site."""
    stem = f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}-{kind}"
    for number in range(1, MOST_RUNS_A_SECOND + 1):
        folder = site / (stem if number == 1 else f"{stem}-{number}")
        try:
            folder.mkdir(parents=True)
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
    page = _write_page(_stored(folder, record))
    _write_index(folder.parent)
    return page


def publish_comparison(
    before: tuple[str, LoadRun], after: tuple[str, LoadRun], site: Path = SITE
) -> tuple[Path, Contrast]:
    """Write the page of two named runs with slim copies of their records; return page and result.

    The page stands in `comparisons/<before>--<after>/`, so the same two are always found there.
    """
    folder = site / COMPARISONS / f"{before[0]}--{after[0]}"
    reference.write_slim(folder / "before.json", before[1])
    reference.write_slim(folder / "after.json", after[1])
    shown = contrast(before, after)
    page = _write_comparison(folder, shown)
    _write_index(site)
    return page, shown


def build(site: Path = SITE, url: str = "") -> Built:
    """Write every page and the list of runs anew, from the stored records alone.

    `url` is where the site will be served, for the feed's addresses.
    """
    pages = 0
    for run in _runs(site):
        if isinstance(run, Stored):
            _write_page(run)
            pages += 1
    for folder, shown in _comparisons(site):
        if not isinstance(shown, Unreadable):
            _write_comparison(folder, shown)
            pages += 1
    return _write_index(site, pages, url)


def _runs(site: Path) -> list[Stored | Unreadable]:
    return [_read(file) for file in sorted(site.glob(f"*/{RECORD_NAME}"))]


def _comparisons(site: Path) -> list[tuple[Path, Contrast | Unreadable]]:
    files = sorted(site.glob(f"{COMPARISONS}/*/before.json"))
    return [(file.parent, _contrast(file.parent, site)) for file in files]


def _contrast(folder: Path, site: Path) -> Contrast | Unreadable:
    before, _, after = folder.name.partition("--")
    try:
        sides = [reference.found(str(folder / f"{one}.json"), site)[1] for one in SIDES]
    except RecordError as error:
        return Unreadable(folder=f"{COMPARISONS}/{folder.name}", sentence=str(error))
    return contrast((before, sides[0]), (after, sides[1]))


def _read(file: Path) -> Stored | Unreadable:
    try:
        return _stored(file.parent, read_record(file))
    except RecordError as error:
        return Unreadable(folder=file.parent.name, sentence=str(error))


def _stored(folder: Path, record: RunRecord) -> Stored:
    return Stored(folder=folder, record=record, shown=with_baseline(folder, record))


def _write_page(run: Stored) -> Path:
    page = run.folder / PAGE_NAME
    logs = sorted(file.name for file in run.folder.glob("*.hlog"))
    page.write_text(run_page(run.record, logs, run.shown), encoding="utf-8")
    return page


def _write_comparison(folder: Path, shown: Contrast) -> Path:
    page = folder / PAGE_NAME
    page.write_text(comparison_page(shown), encoding="utf-8")
    return page


def _write_index(site: Path, pages: int = 0, url: str = "") -> Built:
    runs, comparisons = _runs(site), _comparisons(site)
    known = [one for one in runs if isinstance(one, Stored)]
    broken = [one for one in runs if isinstance(one, Unreadable)]
    unreadable = (*broken, *(one for _, one in comparisons if isinstance(one, Unreadable)))
    entries = [entry(one.folder.name, one.record, one.shown) for one in known]
    loads = [(one.folder.name, one.record) for one in known if isinstance(one.record, LoadRun)]
    html = index_page(
        entries,
        unreadable,
        histories(loads),
        [(at.name, one) for at, one in comparisons if not isinstance(one, Unreadable)],
    )
    site.mkdir(parents=True, exist_ok=True)
    (site / PAGE_NAME).write_text(html, encoding="utf-8")
    (site / FEED_NAME).write_text(feed_text(entries, url), encoding="utf-8")
    return Built(index=site / PAGE_NAME, pages=pages, unreadable=unreadable)
