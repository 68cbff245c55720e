"""The action for other people's CI, run step by step as GitHub's runner would.

It installs this commit, measures a server, and tells the pull request at a stub of GitHub's API.
"""

import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.integration.action_runner import ActionRunner, bare
from tests.unit.gatewaybench.github_stub import NUMBER, REPOSITORY, TOKEN, GitHub, github

ROOT = Path(__file__).parents[2]
# An argument a line, whatever letters it has.
ARGUMENTS = """
--target={url}
--request
GET /$(>stolen)
--rate=50
--duration=1
--tolerant
"""

pytestmark = pytest.mark.timeout(500)


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *said: object) -> None:
        _ = said


@pytest.fixture
def server() -> Iterator[str]:
    serving = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    thread = Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    thread.join()
    serving.server_close()


@pytest.fixture
def api() -> Iterator[GitHub]:
    with github() as state:
        yield state


def job(folder: Path, api: GitHub, **inputs: str) -> ActionRunner:
    """Return a job on a pull request that uses the action."""
    for name in ("workspace", "temporary"):
        (folder / name).mkdir(exist_ok=True)
    event = folder / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": NUMBER}}))
    told = {"GITHUB_API_URL": api.url, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_ACTIONS": "true"}
    runner = ActionRunner(
        action=ROOT,
        workspace=folder / "workspace",
        temporary=folder / "temporary",
        inputs={"extras": "load"} | inputs,
        github={"token": TOKEN, "event_name": "pull_request"},
        environment=bare(
            **told,
            GITHUB_EVENT_PATH=str(event),
            GITHUB_STEP_SUMMARY=str(folder / "summary.md"),
        ),
    )
    # What the action that sets Python up would tell.
    runner.steps["python"] = {"python-path": sys.executable}
    return runner


def test_a_pull_request_is_told_of_each_run_in_one_comment(
    tmp_path: Path, api: GitHub, server: str
) -> None:
    first = job(tmp_path, api, command="load", arguments=ARGUMENTS.format(url=server))
    well = first.ran()
    [comment] = api.comments
    told = comment["body"]
    second = job(tmp_path, api, command="load", arguments="--no-such-option")

    assert well, first.said
    assert told.startswith("<!-- gatewaybench: load -->\n## ")
    assert "Rates (per second) and latencies (ms)" in told
    assert (tmp_path / "summary.md").read_text().startswith("## ")
    assert first.due[1]["path"] == "reports/site"
    assert first.steps["run"]["code"] in {"0", "3"}
    assert not list(tmp_path.rglob("stolen"))
    assert not second.ran()
    assert "No such option" in second.said
    assert len(api.comments) == 1
    assert "exit code 2 before there was a run" in comment["body"]


def test_what_is_no_command_of_ours_runs_nothing(tmp_path: Path, api: GitHub) -> None:
    runner = job(tmp_path, api, command="stack; touch stolen")
    # As installed by the step before.
    program = tmp_path / "temporary" / "gatewaybench" / "bin" / "gatewaybench"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\ntouch ran\n")
    program.chmod(0o755)
    runner.only = ("run",)
    well = runner.ran()

    assert not well
    assert "Expected the command contract, e2e or load." in runner.said
    assert list((tmp_path / "workspace").iterdir()) == []
    assert api.comments == []
