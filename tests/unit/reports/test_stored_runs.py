"""A run that cannot be read, judged or drawn costs itself alone, whatever is wrong with it."""

import json
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from reports import publication
from reports.__main__ import app
from reports.judgement import reference_run
from reports.page.comparison_sections import BASELINE
from reports.record.record import RunRecord
from tests.unit.reports.sample_contract import failing_run
from tests.unit.reports.sample_faults import faults_run
from tests.unit.reports.sample_runs import load_run

LOAD = load_run(points=[(1, 1)], repetitions=2)
WORTHLESS: tuple[object, ...] = (
    None,
    "",
    "x",
    [],
    {},
    True,
    -1,
    0,
    1e308,
    10**18,
    "\N{PILE OF POO}" * 100,
)
# How many figures of each kind of record are made worthless, one at a time.
SPOILT = 8


def text_of(record: RunRecord = LOAD) -> str:
    return msgspec.json.encode(record).decode()


def changed(**changes: object) -> str:
    return json.dumps(json.loads(text_of()) | changes)


def phases_changed(**changes: object) -> str:
    data = json.loads(text_of())
    for configuration in data["configurations"]:
        for repetition in configuration["repetitions"]:
            repetition["common"] |= changes
    return json.dumps(data)


def holding(data: str | bytes, name: str = "run.json") -> Callable[[Path], None]:
    def put(folder: Path) -> None:
        (folder / "run.json").write_text(text_of(), encoding="utf-8")
        (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)

    return put


def folder_named(name: str) -> Callable[[Path], None]:
    def put(folder: Path) -> None:
        holding(text_of())(folder)
        (folder / name).mkdir()
        (folder / name / "x").touch()

    return put


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "run.json")


def link_to_nothing(folder: Path) -> None:
    (folder / "run.json").symlink_to(folder / "gone.json")


def folder_in_its_place(folder: Path) -> None:
    (folder / "run.json").mkdir()


BROKEN = {
    "cut off": (holding(text_of()[:-900]), "truncated"),
    "empty": (holding(""), "truncated"),
    "no JSON": (holding("<html>"), "malformed"),
    "not UTF-8": (holding(text_of().encode().replace(b'"stack":"', b'"stack":"\xff')), "utf-8"),
    "too deep": (holding('{"kind":"load","notes":' + "[" * 100_000), "cannot be read"),
    "a list": (holding("[]"), "Expected `object`"),
    "without its keys": (holding('{"kind":"load"}'), "missing required field"),
    "of an unknown kind": (holding(changed(kind="magic")), "magic"),
    "of wrong types": (holding(changed(duration_s="long")), "Expected `float`"),
    "a huge number": (holding(text_of().replace('"seed":1', '"seed":' + "9" * 5000)), "range"),
    "beyond a float": (holding(phases_changed().replace("12.0", "1e999")), "range"),
    "of a later version": (holding(changed(format_version=4, more=1)), "later than 3"),
    "of a year that no zone has": (
        holding(changed(started_at="0001-01-01T00:00:00+12:00")),
        "cannot be",
    ),
    "with another's histograms": (
        holding(phases_changed(histograms={"total": "HISTFAAAAA=="})),
        "cannot be",
    ),
    "a folder in its place": (folder_in_its_place, "no such file"),
    "a pipe": (pipe, "it is no file"),
    "a link to nothing": (link_to_nothing, "no such file"),
    "a broken baseline": (holding("{}", BASELINE), "missing required field"),
    "a folder for a baseline": (folder_named(BASELINE), "no such file"),
    "a baseline of another kind": (
        holding(text_of(failing_run()), BASELINE),
        "only load runs have figures",
    ),
    "a folder for a page": (folder_named("index.html"), "Expected to write"),
}


def built(site: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["build", "--site", str(site)])
    assert not isinstance(result.exception, Exception), result.exception
    return result.exit_code, result.output


def only_bad_is_unreadable(site: Path) -> None:
    (site / "good" / "index.html").unlink(missing_ok=True)
    code, output = built(site)
    listed = (site / "index.html").read_text(encoding="utf-8")
    feed = json.loads((site / "feed.json").read_text(encoding="utf-8"))

    assert code in {0, 2}, output
    assert (site / "good" / "index.html").is_file()
    assert 'href="good/index.html"' in listed
    assert "good" in {one["url"].partition("/")[0] for one in feed["items"]}
    assert (code == 2) == ("<code>bad</code>" in listed), output


@pytest.mark.parametrize(("put", "why"), BROKEN.values(), ids=BROKEN)
def test_a_broken_run_is_listed_with_the_reason_and_every_other_page_is_there(
    put: Callable[[Path], None], why: str, tmp_path: Path
) -> None:
    publication.publish(LOAD, tmp_path / "good")
    (tmp_path / "bad").mkdir()
    put(tmp_path / "bad")

    code, output = built(tmp_path)

    only_bad_is_unreadable(tmp_path)
    assert code == 2
    assert why in output
    assert output.strip().splitlines()[0] == f"1 pages and {tmp_path / 'index.html'}"


@pytest.mark.parametrize("put", [put for put, _ in BROKEN.values()], ids=BROKEN)
def test_a_new_run_is_published_beside_a_broken_one_and_that_one_is_shown_as_bad_input(
    put: Callable[[Path], None], tmp_path: Path
) -> None:
    (tmp_path / "bad").mkdir()
    put(tmp_path / "bad")

    page = publication.publish(LOAD, tmp_path / "good")
    shown = CliRunner().invoke(app, ["show", "bad", "--site", str(tmp_path)])

    assert page.is_file()
    assert 'href="good/index.html"' in (tmp_path / "index.html").read_text(encoding="utf-8")
    # Only its page is broken, or what is drawn on it: its figures can be judged still.
    assert shown.exit_code in {0, 2, 3}
    assert not isinstance(shown.exception, Exception)


def test_a_folder_whose_name_is_no_text_is_listed_and_costs_no_other_page(tmp_path: Path) -> None:
    publication.publish(LOAD, tmp_path / "good")
    os.mkdir(os.fsencode(tmp_path) + b"/b\xffd")  # noqa: PTH102 -- a Path would need the escape
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xffd/run.json")).write_text(text_of())

    code, _ = built(tmp_path)
    listed = (tmp_path / "index.html").read_text(encoding="utf-8")

    assert code == 2
    assert "<code>b\\udcffd</code>" in listed
    assert 'href="good/index.html"' in listed


def test_a_broken_comparison_is_listed_and_costs_no_page(tmp_path: Path) -> None:
    publication.publish(LOAD, tmp_path / "good")
    folder = tmp_path / "comparisons" / "a--b"
    reference_run.write_slim(folder / "before.json", LOAD)
    (folder / "after.json").write_text("{")

    code, _ = built(tmp_path)
    listed = (tmp_path / "index.html").read_text(encoding="utf-8")

    assert code == 2
    assert "<code>comparisons/a--b</code>" in listed
    assert 'href="good/index.html"' in listed


def test_a_log_whose_name_is_no_text_costs_no_other_page(tmp_path: Path) -> None:
    publication.publish(LOAD, tmp_path / "good")
    publication.publish(LOAD, tmp_path / "bad")
    Path(os.fsdecode(os.fsencode(tmp_path / "bad") + b"/x\xff.hlog")).touch()

    only_bad_is_unreadable(tmp_path)


@pytest.mark.parametrize("kind", ["load", "e2e", "faults"])
def test_whatever_figure_of_a_record_is_worthless_every_other_page_is_built(
    kind: str, tmp_path: Path
) -> None:
    records: dict[str, RunRecord] = {"load": LOAD, "e2e": failing_run(), "faults": faults_run()}
    record = records[kind]
    data = json.loads(text_of(record))
    chance = random.Random(1)  # noqa: S311 -- no secret
    publication.publish(LOAD, tmp_path / "good")
    (tmp_path / "bad").mkdir()
    for place in chance.sample(list(places(data)), SPOILT):
        spoilt = put(data, place, chance.choice(WORTHLESS))
        (tmp_path / "bad" / "run.json").write_text(json.dumps(spoilt), encoding="utf-8")

        only_bad_is_unreadable(tmp_path)


def places(data: Any, so_far: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 -- JSON
    """Yield the way to every value of a JSON document."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in pairs:
        yield (*so_far, key)
        if isinstance(value, dict | list):
            yield from places(value, (*so_far, key))


def put(data: Any, place: tuple[Any, ...], value: object) -> Any:  # noqa: ANN401 -- JSON
    """Return a JSON document with another value in one place."""
    key, *rest = place
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[key] = put(data[key], tuple(rest), value) if rest else value
    return copy
