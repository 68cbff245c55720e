"""Every command that the pages in docs/ show, in their order, as somebody who reads them types it.

The pages' system is the notebook, at other ports. What a reader has of his own beside it is put
there: a compose file, documents, and the stack file as it is once it is filled in.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from reports.record.record import FaultsRun, read_record
from testcontainers_fixtures.http_client.http_exchange import exchange
from testcontainers_fixtures.stack import Stack, start_stack
from testcontainers_fixtures.stack_spec import read_stack_file

ROOT = Path(__file__).parents[2]
FOREIGN = Path(__file__).parent
DOCS = ROOT / "docs"
ENDS_WITHIN_S = 240
# Another test does this, from the wheel that it builds.
ELSEWHERE = {
    "pip install 'gatewaybench[contract,load]'": "tests/integration/test_installed.py",
}
COMPOSE = """
services:
  web: {image: 'web:1', ports: ['80:8000'], environment: {ITEMS: 'http://items:8001'}}
  items: {image: 'items:1', expose: [8001]}
"""
USERS = """
from locust import HttpUser, task


class Reader(HttpUser):
    @task
    def read(self):
        self.client.get("/notes")
"""

pytestmark = pytest.mark.timeout(300)


def blocks(page: str, kind: str) -> list[str]:
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


def lines(page: str) -> list[str]:
    return [line for block in blocks(page, "sh") for line in block.splitlines()]


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("notebook")
    spec = read_stack_file(FOREIGN / "stack.toml")
    with start_stack(spec, run_folder=folder, engine="processes") as stack:
        yield stack


@pytest.fixture(scope="module")
def typed(notebook: Stack, tmp_path_factory: pytest.TempPathFactory) -> "Typed":
    """Return what runs a line in a reader's folder, where the system is up."""
    here = tmp_path_factory.mktemp("reader") / "notebook"
    here.mkdir()
    (here / ".git").mkdir()
    (here / "compose.yaml").write_text(COMPOSE, encoding="utf-8")
    programs = here.parent / "bin"
    programs.mkdir()
    (programs / "gatewaybench").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -m gatewaybench "$@"\n'
    )
    (programs / "gatewaybench").chmod(0o755)
    return Typed(here, programs, notebook)


class Typed:
    """Types lines in a folder; the pages' addresses are those of the notebook."""

    def __init__(self, here: Path, programs: Path, notebook: Stack) -> None:
        self.here = here
        self.places: Mapping[str, str] = {
            "http://127.0.0.1:9000": notebook.gateway,
            "http://127.0.0.1:9001": notebook.services["notes"],
        }
        self._environment = os.environ | {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "STACK_ENGINE": "processes",
            "GITHUB_ACTIONS": "",
            "COLUMNS": "200",
        }

    def fill_in(self) -> None:
        """Write the stack file that the reader has made of the one that was written for him."""
        shutil.copytree(FOREIGN / "notebook", self.here / "notebook", dirs_exist_ok=True)
        shutil.copy(FOREIGN / "stack.toml", self.here)

    def write(self, name: str, content: Any) -> None:  # noqa: ANN401 -- JSON
        (self.here / name).write_text(json.dumps(content), encoding="utf-8")

    def run(self, line: str, here: Path | None = None) -> str:
        """Run a line to its end, or until Ctrl-C where it holds a stack; return what it printed."""
        for written, place in self.places.items():
            line = line.replace(written, place)
        process = subprocess.Popen(
            ["/bin/bash", "-c", f"exec {line}"],
            cwd=here or self.here,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        held = ""
        if line == "gatewaybench stack":
            assert process.stdout
            for told in iter(process.stdout.readline, ""):
                held += told
                if "Ctrl-C" in told:
                    break
            process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=ENDS_WITHIN_S)
        # 3: others took so much of the machine that nothing can be said.
        ends = {0, 3} if " load " in line or " faults " in line else {0}
        ends = {0, 130} if held else ends
        assert process.returncode in ends, f"{line}\n{held}{said}"
        return held + said


def test_the_quick_start(typed: Typed) -> None:
    first, *rest = lines("quick-start")
    assert first in ELSEWHERE
    assert (ROOT / ELSEWHERE[first]).exists()

    told = {}
    for line in rest:
        if line == "gatewaybench doctor":
            typed.fill_in()
        told[line] = typed.run(line)

    assert "Page: " in told[rest[0]]
    assert "fill in the command of notes, gateway" in told[rest[2]]
    assert len(rest) == 6


def test_the_load_page(typed: Typed) -> None:
    typed.fill_in()
    (typed.here / "my_users.py").write_text(USERS, encoding="utf-8")
    told = [typed.run(line) for line in lines("load")]

    assert (typed.here / "requests.csv").read_text().startswith("trial,")
    assert "[scenarios.documented]" in told[2]
    assert "the rates that are given are of tasks" in told[4]


def test_the_contract_page(typed: Typed) -> None:
    typed.fill_in()
    notes = document(typed, "http://127.0.0.1:9001")
    labels = {**notes, "paths": {"/labels": notes["paths"]["/notes"]}}
    narrower = json.loads(json.dumps(notes))
    del narrower["paths"]["/notes/{number}"]["delete"]
    typed.write("notes.json", notes)
    typed.write("gateway.json", notes)
    typed.write("labels.json", labels)
    typed.write("both.json", {**notes, "paths": {**notes["paths"], **labels["paths"]}})
    typed.write("narrower.json", narrower)
    [rules] = blocks("contract", "toml")
    (typed.here / "drift.toml").write_text(rules, encoding="utf-8")

    for line in lines("contract"):
        typed.run(line)
    assert (typed.here / "drift.html").exists()


def document(typed: Typed, place: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        exchange(typed.places[place], "GET", "/api.json", within_s=10).body
    )
    return found


def test_the_faults_page(typed: Typed, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    (nowhere / ".git").mkdir(parents=True)
    # Where there is no stack file, it is the reference system.
    listed, _ = (typed.run(line, nowhere) for line in lines("faults"))
    [run] = (nowhere / "reports" / "site").glob("*-faults")
    record = read_record(run)
    [own] = blocks("faults", "toml")
    shop = (FOREIGN / "shop" / "stack.toml").read_text(encoding="utf-8")
    theirs = re.sub(r"\[faults\.orders-locked\].*?\n\n", own + "\n", shop, flags=re.DOTALL)
    (tmp_path / "stack.toml").write_text(theirs, encoding="utf-8")

    assert "service-paused: " in listed
    assert isinstance(record, FaultsRun)
    [trial] = record.trials
    assert (trial.fault, trial.not_applicable) == ("service-paused", "")
    assert trial.attempts or trial.void
    assert own in theirs
    assert read_stack_file(tmp_path / "stack.toml").faults.keys() == {"orders-locked"}


def test_the_ci_page(typed: Typed) -> None:
    site = typed.here / "reports" / "site"
    if not site.exists():
        typed.run(lines("load")[1])
    shutil.copytree(site, typed.here / "collected", dirs_exist_ok=True)
    comment, built = (typed.run(line) for line in lines("ci"))

    assert comment.startswith("<!-- gatewaybench: e2e -->\n## ")
    assert "pages and collected/index.html" in built


def test_no_page_has_commands_that_are_not_run() -> None:
    pages = {one.stem for one in DOCS.glob("*.md") if "```sh" in one.read_text(encoding="utf-8")}

    assert pages == {"quick-start", "load", "contract", "faults", "ci"}
