"""A session says pass, fail, unknown or not applicable of each test, by whatever it is read."""

import html
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import pytest

from reports.record.record import E2eRun, read_record
from tests.integration.test_load_endings import DIES
from tests.integration.test_load_run import ROOT

pytestmark = pytest.mark.timeout(90)

HOLDS = "def test_it_holds(): ...\n"
BREAKS = "def test_it_breaks(): assert 'this' == 'that'\n"
DOUBTED = "@pytest.mark.unjudged\ndef test_nobody_knows(): assert 'late' == 'soon'\n"
LEFT_OUT = 'def test_of_a_broker(): pytest.skip("There is | no broker.")\n'
NOR_THIS = "@pytest.mark.skip(reason='There is | no broker.')\ndef test_nor_of_its_queue(): ...\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a session left, and how it ended."""

    code: int
    told: str
    record: E2eRun
    page: str
    summary: str
    cases: dict[str, ET.Element]


def session(folder: Path, *tests: str) -> Session:
    """Run tests that need no stack in a session that is kept."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_it.py").write_text("import pytest\n" + "".join(tests))
    (folder / "stack.toml").write_text(DIES)
    plugins = ("testcontainers_fixtures.plugin", "contract_tests.recording.session_record")
    options = [word for name in plugins for word in ("-p", name)]
    options += ["--record", "--site=site", "--engine=processes", "--stack-file=stack.toml"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=folder,
        env={
            "PYTHONPATH": str(ROOT),
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        },
        capture_output=True,
        text=True,
        timeout=80,
        check=False,
    )
    assert (folder / "summary.md").exists(), done.stdout + done.stderr
    [run] = (folder / "site").glob("*-e2e")
    record = read_record(run)
    assert isinstance(record, E2eRun)
    found = ET.parse(run / "junit.xml").getroot().findall(".//testcase")  # noqa: S314 -- our own
    return Session(
        code=done.returncode,
        told=done.stdout,
        record=record,
        page=(run / "index.html").read_text(encoding="utf-8"),
        summary=(folder / "summary.md").read_text(encoding="utf-8"),
        cases={str(one.get("name")): one for one in found},
    )


def test_each_word_is_told_everywhere_with_its_reason(tmp_path: Path) -> None:
    seen = session(tmp_path, HOLDS, BREAKS, DOUBTED, LEFT_OUT, NOR_THIS)
    words = {one.name.partition("::")[2]: one.verdict for one in seen.record.checks}

    assert seen.code == 1
    assert words == {
        "test_it_holds": "pass",
        "test_it_breaks": "fail",
        "test_nobody_knows": "unknown",
        "test_of_a_broker": "not applicable",
        "test_nor_of_its_queue": "not applicable",
    }
    assert "Not applicable (2): There is | no broker." in seen.told
    assert "1 of 3 promises kept, 1 not kept, 1 unknown, 2 not applicable" in seen.told
    assert seen.page.count('<span class="verdict not-applicable">\N{EN DASH} not applic') == 2
    assert seen.page.count("There is | no broker.") == 2
    assert seen.summary.endswith("### Not applicable (2)\n\n- 2 x: There is &#124; no broker.\n")


def test_what_does_not_apply_is_skipped_in_junit_and_a_doubt_is_not(tmp_path: Path) -> None:
    cases = session(tmp_path, HOLDS, DOUBTED, LEFT_OUT, NOR_THIS).cases
    inside = {name: [one.tag for one in case] for name, case in cases.items()}
    skips = [one for case in cases.values() for one in case.findall("skipped")]

    assert inside == {
        "test_it_holds": [],
        "test_nobody_knows": ["failure"],
        "test_of_a_broker": ["skipped"],
        "test_nor_of_its_queue": ["skipped"],
    }
    assert [one.get("message") for one in skips] == ["There is | no broker."] * 2


@pytest.mark.parametrize(
    ("tests", "code", "headline"),
    [
        pytest.param((LEFT_OUT, NOR_THIS), 3, "Not applicable: none of 2 prom", id="nothing"),
        pytest.param((LEFT_OUT, HOLDS), 0, "Holds: 1 of 1 promises kept, 1 not", id="one held"),
        pytest.param((LEFT_OUT, DOUBTED), 3, "Unknown: 0 of 1 prom", id="one in doubt"),
    ],
)
def test_a_session_in_which_nothing_applied_is_no_success(
    tmp_path: Path, tests: tuple[str, ...], code: int, headline: str
) -> None:
    seen = session(tmp_path, *tests)

    assert seen.code == code, seen.told
    assert re.search(f"^{headline}", seen.told, re.MULTILINE)
    assert f"## {headline}" in html.unescape(seen.summary)
