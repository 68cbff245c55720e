"""Sessions of several steps against a server that is up: from the file to record and page."""

from pathlib import Path

import pytest

from reports.record.record import LoadRun, read_record
from tests.integration.test_load_headers import CALLS, GATEWAY, STACK, run
from tests.integration.test_load_target import server

__all__ = ["server"]

FLOW = """
data = "colours.jsonl"

[[flow]]
name = "make"
request = "POST /rows"
body = { x = "{size}", colour = "{colour}", key = "{key}", made = "{day}" }
draw = { key = "uuid", day = { date = [2026-01-01, 2026-12-31] } }
keeps = { row = "/id", said = "status", by = "header X-Served-By" }

[[flow]]
name = "read"
request = "GET /rows?by={by}&said={said}&colour={colour}"
think_s = [0.01, 0.05]
share = 0.5
expect = { "header X-Served-By" = "{by}" }
expect_schema = "rows.schema.json"

[[flow]]
name = "drop"
request = "DELETE /rows/{row}"
think_s = 0.05
choice = "end"
branch = "drop"
weight = 3

[[flow]]
name = "leave it"
request = "GET /rows"
choice = "end"
branch = "leave"
"""

pytestmark = pytest.mark.timeout(120)


def written(folder: Path, text: str = FLOW) -> Path:
    rows = '{"colour": "deep blue", "size": 3}\n{"colour": "red", "size": 4}\n'
    (folder / "colours.jsonl").write_text(rows)
    (folder / "rows.schema.json").write_text('{"type": "array", "maxItems": 0}')
    file = folder / "flow.toml"
    file.write_text(text)
    return file


@pytest.mark.alone
def test_a_flow_has_figures_of_each_step_and_of_whole_sessions(server: int, tmp_path: Path) -> None:
    file = written(tmp_path)
    target = f"http://127.0.0.1:{server}"
    options = ("--requests", str(file), "--rate=100", "--duration=6")

    done = run(tmp_path / "site", "--target", target, *options)
    [folder] = (tmp_path / "site").glob("*-load")
    record = read_record(folder)
    assert isinstance(record, LoadRun)
    phase = record.configurations[0].repetitions[0].open

    assert done.returncode in {0, 3}, done.stdout + done.stderr
    assert phase
    (flow,) = phase.flows
    sent = {one.name: one.samples for one in phase.endpoints}
    assert (phase.failed, flow.broken) == (0, 0)
    assert (phase.checked, phase.unchecked) == (sent["read"], 0)
    assert flow.sessions == sent["make"] == sent["drop"] + sent["leave it"] == 240
    assert flow.steps_sent == flow.steps_planned == phase.samples == sum(sent.values())
    assert sent["drop"] == pytest.approx(180, abs=30)
    assert sent["read"] == pytest.approx(120, abs=30)
    assert phase.offered_per_s == pytest.approx(phase.samples / 6, abs=0.001)
    assert phase.achieved_per_s == pytest.approx(phase.offered_per_s, rel=0.01)
    assert "What a session waited for all its answers" in (folder / "index.html").read_text()


def test_a_flow_that_is_wrong_is_told_before_anything_is_started(
    server: int, tmp_path: Path
) -> None:
    file = written(tmp_path, FLOW.replace('keeps = { row = "/id", ', "keeps = { "))

    done = run(tmp_path / "site", "--target", f"http://127.0.0.1:{server}", "--requests", str(file))

    assert done.returncode == 2
    assert "Step 'drop' of scenario 'target' uses {row}" in done.stderr
    assert not (tmp_path / "site").exists()


def test_rows_that_cannot_last_are_told_before_anything_is_started(
    server: int, tmp_path: Path
) -> None:
    file = written(tmp_path, f'data_order = "once"\n{FLOW}')
    target = ("--target", f"http://127.0.0.1:{server}", "--requests", str(file))

    done = run(tmp_path / "site", *target, "--rate=100", "--duration=2")

    assert done.returncode == 2
    assert "colours.jsonl has 2 rows, each used once, and about 80 are needed" in done.stderr


def test_an_answer_that_is_not_as_expected_has_failed_with_its_reason(
    server: int, tmp_path: Path
) -> None:
    file = written(tmp_path, FLOW.replace('"header X-Served-By" = "{by}"', '"/0/id" = "{row}"'))
    target = ("--target", f"http://127.0.0.1:{server}", "--requests", str(file))

    done = run(tmp_path / "site", *target, "--rate=60", "--duration=2")
    [folder] = (tmp_path / "site").glob("*-load")
    record = read_record(folder)
    assert isinstance(record, LoadRun)
    phase = record.configurations[0].repetitions[0].open

    assert done.returncode in {1, 3}, done.stdout + done.stderr
    assert phase
    assert list(phase.errors) == ["the answer has no /0/id"]
    assert phase.flows[0].broken == phase.failed == phase.checked > 0


@pytest.mark.long
def test_a_stacks_flow_is_searched_for_its_most_and_offered_at_a_common_rate(
    tmp_path: Path,
) -> None:
    steps = CALLS.format(table="scenarios.letters.flow").replace(
        'takes = "letter"', "think_s = 0.1"
    )
    file = tmp_path / "stack.toml"
    file.write_text(STACK.format(gateway=GATEWAY) + steps)

    options = ("--engine=processes", "--quick", "--duration=1", "--resolvers=1")
    done = run(tmp_path / "site", "--stack", str(file), *options, "--workers=1")
    [folder] = (tmp_path / "site").glob("*-load")
    record = read_record(folder)
    assert isinstance(record, LoadRun)
    one = record.configurations[0].repetitions[0]

    assert done.returncode in {0, 3}, done.stdout + done.stderr
    assert one.closed
    assert one.common
    assert (one.closed.errors, one.common.errors) == ({}, {})
    (flow,) = one.common.flows
    assert (flow.broken, flow.steps_sent) == (0, one.common.samples)
    # Nobody thinks where the most is sought: each user would send 10 requests a second at most.
    alone = one.closed.levels[0]
    assert (alone.users, alone.throughput_per_s > 20) == (1, True)
