"""A pull request has one comment of a mark, which the next run's takes the place of."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gatewaybench.comment_command import app
from tests.unit.gatewaybench.github_stub import NUMBER, REPOSITORY, TOKEN, GitHub, github

MARK = "<!-- gatewaybench: load -->"
OTHER = "<!-- gatewaybench: e2e -->"


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": NUMBER}}))
    with github() as state:
        monkeypatch.setenv("GITHUB_API_URL", state.url)
        monkeypatch.setenv("GITHUB_REPOSITORY", REPOSITORY)
        monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        yield state


def told(folder: Path, text: str) -> tuple[int, str]:
    (folder / "comment.md").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, [str(folder / "comment.md")])
    return done.exit_code, done.output


def bodies(api: GitHub) -> list[str]:
    return [one["body"] for one in api.comments]


def test_a_run_renews_its_comment_and_leaves_all_others(api: GitHub, tmp_path: Path) -> None:
    api.add("What is this?", "somebody")
    first = told(tmp_path, f"{MARK}\nHolds ✓\n")
    told(tmp_path, f"{OTHER}\nHolds\n")
    second = told(tmp_path, f"{MARK}\nDoes not hold\n")

    assert bodies(api) == ["What is this?", f"{MARK}\nDoes not hold\n", f"{OTHER}\nHolds\n"]
    assert first == second == (0, f"{api.comments[1]['html_url']}\n")


def test_a_comment_behind_a_hundred_others_is_found(api: GitHub, tmp_path: Path) -> None:
    for number in range(230):
        api.add(f"Comment {number}", "somebody")
    told(tmp_path, f"{MARK}\n1\n")
    told(tmp_path, f"{MARK}\n2\n")

    assert bodies(api)[230:] == [f"{MARK}\n2\n"]


def test_somebody_elses_comment_with_our_mark_is_not_written_over(
    api: GitHub, tmp_path: Path
) -> None:
    api.add(f"{MARK}\nmine", "somebody")
    told(tmp_path, f"{MARK}\nHolds\n")

    assert bodies(api) == [f"{MARK}\nmine", f"{MARK}\nHolds\n"]


def test_a_token_that_may_not_write_is_told_and_is_no_failure_of_the_run(
    api: GitHub, tmp_path: Path
) -> None:
    api.may_write = False
    code, said = told(tmp_path, f"{MARK}\nHolds\n")

    assert code == 3
    assert "was answered 403" in said
    assert "pull-requests: write" in said
    assert TOKEN not in said


def test_nobody_who_answers_is_told(
    api: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ = api
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:1")

    code, said = told(tmp_path, f"{MARK}\nHolds\n")
    assert code == 3
    assert said.startswith("Expected an answer of http://127.0.0.1:1, but: ")


def test_a_job_that_is_about_no_pull_request_is_told(
    api: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "event.json").write_text("{}")
    without = told(tmp_path, f"{MARK}\nHolds\n")
    monkeypatch.delenv("GITHUB_TOKEN")
    unset = told(tmp_path, f"{MARK}\nHolds\n")

    assert without[0] == unset[0] == 2
    assert "this job is about none" in without[1]
    assert "not set: GITHUB_TOKEN" in unset[1]
    assert api.asked == []


def test_a_text_without_a_mark_is_refused(api: GitHub, tmp_path: Path) -> None:
    code, said = told(tmp_path, "Hello\n")

    assert code == 2
    assert "gatewaybench report comment" in said
    assert bodies(api) == []
