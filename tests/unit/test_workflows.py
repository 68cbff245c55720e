"""The hosted workflows: what they call exists, they may do little, and they end."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract_tests.faults.tailored_faults import STRIKES

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SESSIONS = re.findall(
    r"@nox\.session(?:\(.*\))?\ndef (\w+)", (ROOT / "noxfile.py").read_text(encoding="utf-8")
)

CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
LEFT_OUT = " ".join(re.findall(r'^some="(?:\$some )?(.*)"$', CI, re.MULTILINE))

PINNED = "-c constraints.txt -b constraints.txt"

each = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def loaded(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return content


def test_each_workflow_is_known_by_what_it_does() -> None:
    assert [file.stem for file in FILES] == ["audit", "e2e", "load", "long", "pages"]


def test_what_is_too_long_for_every_commit_runs_each_night_wherever_there_is_some() -> None:
    [job] = loaded(ROOT / ".github" / "workflows" / "long.yml")["jobs"].values()
    [command] = [run for step in job["steps"] if (run := step.get("run", "")).startswith("nox")]
    marked = {
        file.relative_to(ROOT / "tests").parts[0]
        for file in (ROOT / "tests").rglob("test_*.py")
        if "mark.long" in file.read_text(encoding="utf-8") and file != Path(__file__)
    }

    assert command == f"nox -s {' '.join(sorted(marked))} -- -m long"


@each
def test_every_action_is_one_commit_and_says_which_version_that_is(file: Path) -> None:
    used = re.findall(r"uses: (.*)", file.read_text(encoding="utf-8"))

    assert used
    assert [one for one in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", one)] == []


@each
def test_whoever_may_publish_in_the_projects_name_runs_one_action_and_installs_nothing(
    file: Path,
) -> None:
    workflow = loaded(file)
    trusted = [job for job in workflow["jobs"].values() if "id-token" in job.get("permissions", {})]

    assert "id-token" not in workflow["permissions"]
    assert all(list(step) == ["id", "uses"] for job in trusted for step in job["steps"])


@each
def test_what_a_workflow_installs_is_compared_with_its_hash(file: Path) -> None:
    lines = re.findall(r".*pip install.*", file.read_text(encoding="utf-8"))

    assert [line for line in lines if "--require-hashes" not in line and PINNED not in line] == []


@each
def test_every_session_that_a_workflow_runs_exists(file: Path) -> None:
    called = re.findall(r"nox -s (\w+)", file.read_text(encoding="utf-8"))

    assert set(called) <= set(SESSIONS)


@each
def test_every_job_ends_by_itself_and_says_what_it_may_do(file: Path) -> None:
    workflow = loaded(file)

    assert "permissions" in workflow
    assert [name for name, job in workflow["jobs"].items() if "timeout-minutes" not in job] == []


@each
def test_no_shell_line_has_a_value_of_the_event_written_into_it(file: Path) -> None:
    steps = [step for job in loaded(file)["jobs"].values() for step in job["steps"]]

    assert [step["run"] for step in steps if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize("kept", ["e2e", "load"])
def test_what_is_published_is_what_the_runs_kept(kept: str) -> None:
    folder = ROOT / ".github" / "workflows"
    published = loaded(folder / "pages.yml")
    upload = loaded(folder / f"{kept}.yml")["jobs"][kept]["steps"][-1]["with"]
    fetching = next(
        step["run"]
        for step in published["jobs"]["build"]["steps"]
        if "gh run download" in step.get("run", "")
    )

    assert f"--name {upload['name']} " in fetching
    assert f"last {kept}.yml " in fetching
    assert upload["path"] == "reports/site/"
    # YAML 1.1 has the word `on` for true.
    assert kept in published[True]["workflow_run"]["workflows"]  # type: ignore[index] # as said


def test_it_is_measured_every_night_and_on_demand() -> None:
    started = loaded(ROOT / ".github" / "workflows" / "load.yml")[True]  # type: ignore[index] # as above

    assert set(started) == {"schedule", "workflow_dispatch"}


def collected(*options: str) -> str:
    """Return the ids of what the last step of CI collects, a line each."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "--engine", "processes"]
    command += ["tests/system", "contract_tests", *options]
    done = subprocess.run(
        command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=50
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_word_by_which_ci_chooses_names_a_test() -> None:
    words = set(re.findall(r"[\w-]+", LEFT_OUT)) - {"not", "or"}
    names = collected()

    assert len(words) >= 8
    assert sorted(word for word in words if word not in names) == []


def test_ci_strikes_on_processes_what_was_made_to_measure() -> None:
    names = collected("-k", LEFT_OUT)

    assert [one.name for one in STRIKES if f"[{one.name}]" not in names] == []
