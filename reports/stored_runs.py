"""Reads what lies in a site: the runs in their folders, and the comparisons of two.

Whatever a record holds costs its own run alone: one that cannot be read, judged or drawn stands
among the others as unreadable, with a sentence that says why.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from msgspec import Struct

from reports.export.json_feed import feed_text
from reports.judgement import reference_run
from reports.page.comparison_sections import ComparisonSection, comparison_section, with_baseline
from reports.page.history import History, histories
from reports.page.page import RunEntry, Unreadable, comparison_page, entry, index_page
from reports.record import number_formats
from reports.record.record import RECORD_NAME, LoadRun, RecordError, RunRecord, read_record

COMPARISONS: Final = "comparisons"
SIDES: Final = ("before", "after")
Made = TypeVar("Made")


class StoredRun(Struct, frozen=True, kw_only=True):
    """A run in its folder; `shown` is how it compares with its baseline."""

    folder: Path
    record: RunRecord
    shown: ComparisonSection | None
    entry: RunEntry


def stored(folder: Path, record: RunRecord) -> StoredRun:
    """Return a run with all that the list of runs says of it."""
    shown = with_baseline(folder, record)
    line = entry(folder.name, record, shown)
    loads = [(folder.name, record)] if isinstance(record, LoadRun) else []
    # What cannot be listed by itself would cost all others their list.
    _listed(index_page([line], histories=histories(loads)), feed_text([line]))
    return StoredRun(folder=folder, record=record, shown=shown, entry=line)


def runs(site: Path) -> list[StoredRun | Unreadable]:
    """Return the runs of a site by name; raise RecordError where it is no folder to be read."""
    return [attempted(one.name, partial(_read, one)) for one in _folders(site)]


def newest(site: Path, since: str = "") -> Path | None:
    """Return the folder of the newest run of a site that began at `since` or later.

    `since` is a time as the runs' folders have it; None is returned where there is none.
    """
    return next((one for one in reversed(_folders(site)) if one.name >= since), None)


def comparisons(site: Path) -> list[tuple[Path, ComparisonSection | Unreadable]]:
    """Return the comparisons of a site, each with its folder."""
    folder = site / COMPARISONS
    found = _folders(folder, "before.json") if folder.is_dir() else []
    return [
        (one, attempted(f"{COMPARISONS}/{one.name}", partial(_contrast, one, site)))
        for one in found
    ]


def history_of(known: list[StoredRun]) -> list[History] | Unreadable:
    """Return each scenario's history over the runs that could be read."""
    loads = [(one.folder.name, one.record) for one in known if isinstance(one.record, LoadRun)]
    return attempted("the history of all runs", lambda: histories(loads))


def attempted(name: str, make: Callable[[], Made]) -> Made | Unreadable:
    """Return what is made of a run; whatever goes wrong with it is said, and is its own affair."""
    try:
        name.encode()
        return make()
    except RecordError as error:
        said = str(error)
    except Exception as error:  # noqa: BLE001 -- what a broken record breaks cannot be foreseen
        said = f"{name} cannot be shown: {type(error).__name__}: {error}."
    return Unreadable(folder=number_formats.visible(name), sentence=number_formats.visible(said))


def _folders(site: Path, name: str = RECORD_NAME) -> list[Path]:
    """Return the folders that hold a file of that name, or might: those that may not be read."""
    try:
        return sorted(one for one in site.iterdir() if _holds(one, name))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RecordError(
            f"Expected a folder of runs at {site}, but: {str(error.strerror or error).lower()}; "
            f"give another --site."
        ) from error


def _holds(folder: Path, name: str) -> bool:
    try:
        (folder / name).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _read(folder: Path) -> StoredRun:
    return stored(folder, read_record(folder / RECORD_NAME))


def _contrast(folder: Path, site: Path) -> ComparisonSection:
    before, _, after = folder.name.partition("--")
    sides = [reference_run.found(str(folder / f"{one}.json"), site)[1] for one in SIDES]
    shown = comparison_section((before, sides[0]), (after, sides[1]))
    _listed(index_page([], comparisons=[(folder.name, shown)]), comparison_page(shown))
    return shown


def _listed(*texts: str) -> None:
    """Raise where a text could not be written as UTF-8."""
    for text in texts:
        text.encode()
