"""Puts a run on the site: its record and page in a folder of its own, and the list of runs.

A site holds `index.html` and one folder a run; every page can be built again from the records.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from msgspec import Struct

from reports import reference
from reports.contrast import Contrast, contrast, with_baseline
from reports.page import Entry, Unreadable, comparison_page, entry, index_page, run_page
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
    page = _write_page(folder, record)
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
    page = folder / PAGE_NAME
    page.write_text(comparison_page(shown), encoding="utf-8")
    return page, shown


def build(site: Path = SITE) -> Built:
    """Write every page and the list of runs anew, from the stored records alone."""
    pages = 0
    for folder, record in _runs(site):
        if not isinstance(record, Unreadable):
            _write_page(folder, record)
            pages += 1
    for file in sorted(site.glob(f"{COMPARISONS}/*/before.json")):
        names = file.parent.name.partition("--")
        sides = [reference.found(str(file.with_name(f"{one}.json")), site) for one in SIDES]
        publish_comparison((names[0], sides[0][1]), (names[2], sides[1][1]), site)
        pages += 1
    return _write_index(site, pages)


def _runs(site: Path) -> list[tuple[Path, RunRecord | Unreadable]]:
    return [(file.parent, _read(file)) for file in sorted(site.glob(f"*/{RECORD_NAME}"))]


def _read(file: Path) -> RunRecord | Unreadable:
    try:
        return read_record(file)
    except RecordError as error:
        return Unreadable(folder=file.parent.name, sentence=str(error))


def _write_page(folder: Path, record: RunRecord) -> Path:
    page = folder / PAGE_NAME
    logs = sorted(file.name for file in folder.glob("*.hlog"))
    shown = with_baseline(folder, record) if isinstance(record, LoadRun) else None
    page.write_text(run_page(record, logs, shown), encoding="utf-8")
    return page


def _write_index(site: Path, pages: int = 0) -> Built:
    entries: list[Entry] = []
    unreadable: list[Unreadable] = []
    for folder, record in _runs(site):
        if isinstance(record, Unreadable):
            unreadable.append(record)
        else:
            entries.append(entry(folder.name, record))
    index = site / PAGE_NAME
    site.mkdir(parents=True, exist_ok=True)
    index.write_text(index_page(entries, unreadable), encoding="utf-8")
    return Built(index=index, pages=pages, unreadable=tuple(unreadable))
