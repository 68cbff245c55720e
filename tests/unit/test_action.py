"""What others use in their CI: an action that trusts no input, and a pipeline."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
TEXT = ACTION.read_text(encoding="utf-8")
PIPELINE = ROOT / "docs" / "gitlab-ci.yml"


def steps() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(TEXT)["runs"]["steps"]
    return found


def test_no_shell_line_has_an_input_written_into_it() -> None:
    shell = [step["run"] for step in steps() if "run" in step]

    assert len(shell) == 3
    assert [one for one in shell if "${{" in one or "eval" in one] == []


def test_every_variable_of_a_shell_line_is_given_it_or_the_runners() -> None:
    runners = {"RUNNER_TEMP", "GITHUB_OUTPUT", "GITHUB_ACTION_PATH"}
    for step in steps():
        wanted = set(re.findall(r"\$\{?([A-Z_]+)", step.get("run", "")))

        assert wanted <= runners | set(step.get("env", {})), step.get("name")


def test_its_actions_are_those_that_the_workflows_pin() -> None:
    workflows = (ROOT / ".github" / "workflows").glob("*.yml")
    pinned = {
        one for file in workflows for one in re.findall(r"uses: (.*)", file.read_text("utf-8"))
    }
    used = re.findall(r"uses: (.*)", TEXT)

    assert len(used) == 2
    assert set(used) <= pinned


def test_every_input_is_used_and_none_that_is_not_declared() -> None:
    declared = set(yaml.safe_load(TEXT)["inputs"])

    assert set(re.findall(r"inputs\.([\w-]+)", TEXT)) == declared


def test_only_the_step_that_comments_has_the_token() -> None:
    assert [step["name"] for step in steps() if "inputs.token" in str(step)] == [
        "Tell the pull request"
    ]


def test_what_comes_from_its_own_commit_is_compared_with_its_hash() -> None:
    [installer] = [line for line in TEXT.splitlines() if "/pip" in line]

    assert "install --quiet --require-hashes" in installer
    assert 'wanted=(-c "$pins" -b "$pins" ' in TEXT


def test_the_gitlab_example_ends_by_itself_and_keeps_records_of_what_failed() -> None:
    pipeline = yaml.safe_load(PIPELINE.read_text(encoding="utf-8"))
    shared = pipeline.pop(".gatewaybench")

    assert "timeout" in shared
    assert shared["artifacts"]["when"] == "always"
    assert {job["extends"] for job in pipeline.values()} == {".gatewaybench"}


def test_the_example_workflow_writes_to_pull_requests_alone_and_pins_what_ours_pin() -> None:
    text = (ROOT / "docs" / "github-workflow.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["jobs"].values()
    rights = {right for job in jobs for right in job.get("permissions", {}).items()}
    used = set(re.findall(r"uses: (.*)", text)) - {"OWNER/gatewaybench@COMMIT"}
    ours = (ROOT / ".github" / "workflows" / "e2e.yml").read_text(encoding="utf-8")

    assert rights == {("contents", "read"), ("pull-requests", "write")}
    assert used <= set(re.findall(r"uses: (.*)", ours))
