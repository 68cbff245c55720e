"""A load run whose load comes from workers on other machines: here from other processes."""

import os
import signal
from pathlib import Path

import pytest

from reports.judgement.findings import headline
from reports.judgement.verdicts import judge
from reports.record.measurements import Phase
from reports.record.record import LoadRun, read_record
from testcontainers_fixtures.engines.child import wait_until
from tests.integration.load_machines import (
    WITHIN_S,
    await_the_open_phase,
    command,
    expecting,
    interrupt,
    left_running,
    running,
    said,
    until_said,
    worker_process,
    workers,
)
from tests.integration.test_load_run import STACK, STUB
from tests.integration.test_load_target import free_port, server

__all__ = ["server"]

pytestmark = pytest.mark.timeout(240)

ELSEWHERE = """
import os
_read = os.readlink
os.readlink = lambda path, **more: "elsewhere" if "ns/net" in str(path) else _read(path, **more)
"""
DIST_INFO = "gatewaybench-9.9.9.dist-info"
SHORT = ("--engine=processes", "--repetitions=1", "--duration=1", "--resolvers=1", "--tolerant")


def target(server: int, folder: Path, *more: str) -> list[str]:
    """Return the options of a run against the stub gateway."""
    url = f"http://127.0.0.1:{server}"
    options = ["--site", str(folder / "site"), "--target", url, "--request", "GET /rows"]
    return [*options, "--arrivals", "constant", "--tolerant", *more]


def record_in(folder: Path) -> tuple[Path, LoadRun]:
    [kept] = (folder / "site").glob("*-load")
    record = read_record(kept)
    assert isinstance(record, LoadRun)
    return kept, record


def opened(record: LoadRun) -> Phase:
    ((one,),) = [configuration.repetitions for configuration in record.configurations]
    assert one.open
    return one.open


@pytest.mark.alone
@pytest.mark.long
def test_a_sweep_is_sent_by_two_workers_through_all_its_trials(tmp_path: Path) -> None:
    file, log, port = tmp_path / "stack.toml", tmp_path / "run.log", free_port()
    file.write_text(STACK.format(stub=STUB))
    options = ["--stack", str(file), "--site", str(tmp_path / "site"), *SHORT, "--workers=1,2"]
    with workers(tmp_path, port, "alpha", "beta") as started:
        run = command([*options, *expecting(2, port)], log)
        code = run.wait(timeout=WITHIN_S)
        codes = [one.wait(timeout=60) for one in started.values()]
    kept, record = record_in(tmp_path)
    first, second = (one.repetitions[0] for one in record.configurations)

    assert code in {0, 3}, said(log)
    assert record.unmeasured == ()
    assert record.conditions.details["load workers"] == "2: alpha, beta"
    for one in (first, second):
        assert one.closed
        assert one.common
        assert {worker.name for worker in one.common.load_workers} == {"alpha", "beta"}
        shares = [worker.samples for worker in one.common.load_workers]
        assert sum(shares) == one.common.samples
        assert max(shares) - min(shares) <= 1
        assert {worker.left for worker in one.closed.load_workers} == {False}
        assert all(abs(worker.clock_ahead_ms) < 5 for worker in one.common.load_workers)
    assert "2 workers, and their clocks" in (kept / "index.html").read_text(encoding="utf-8")
    assert codes == [0, 0]
    assert "The run is over." in said(tmp_path / "alpha.log")
    assert left_running(port) == []


@pytest.mark.alone
def test_a_worker_killed_within_a_phase_voids_it_and_is_named(server: int, tmp_path: Path) -> None:
    log, port = tmp_path / "run.log", free_port()
    with workers(tmp_path, port, "alpha", "beta", "gamma") as started:
        asked = target(server, tmp_path, "--rate", "60", "--duration", "16")
        run = command([*asked, *expecting(3, port)], log)
        await_the_open_phase(tmp_path, *started)
        # As a machine goes that loses its power: nobody says good-bye.
        os.kill(worker_process(port, "gamma"), signal.SIGKILL)
        started["gamma"].kill()
        code = run.wait(timeout=WITHIN_S)
        codes = [started[name].wait(timeout=60) for name in ("alpha", "beta")]
    _, record = record_in(tmp_path)
    [why] = [one.sentence for one in judge(record) if one.check == "workers stayed"]

    assert code == 3, said(log)
    assert headline(record).startswith("Unknown")
    assert {one.name: one.left for one in opened(record).load_workers} == {
        "alpha": False,
        "beta": False,
        "gamma": True,
    }
    assert why.startswith("Worker gamma left before the phase was over")
    assert "Worker gamma left during the open loop, which is void." in record.notes
    assert codes == [0, 0]


@pytest.mark.alone
@pytest.mark.long
def test_a_sweep_goes_on_with_those_that_remain(tmp_path: Path) -> None:
    file, log, port = tmp_path / "stack.toml", tmp_path / "run.log", free_port()
    file.write_text(STACK.format(stub=STUB))
    options = ["--stack", str(file), "--site", str(tmp_path / "site"), *SHORT, "--workers=1,2"]
    with workers(tmp_path, port, "alpha", "beta", "gamma") as started:
        # Three are there before the run is, so that they all take part in its roll call.
        for name in started:
            until_said("Looking for a run", tmp_path / f"{name}.log")
        run = command([*options, *expecting(2, port)], log)
        until_said("(1/2)", log)
        for name in started:
            until_said("Taking part in the run", tmp_path / f"{name}.log", times=2)
        started["gamma"].kill()
        code = run.wait(timeout=WITHIN_S)
        codes = [started[name].wait(timeout=90) for name in ("alpha", "beta")]
    _, record = record_in(tmp_path)
    second = record.configurations[1].repetitions[0].common

    assert code in {0, 3}, said(log)
    assert record.unmeasured == ()
    assert [note for note in record.notes if note.startswith("Worker gamma left during")]
    assert second
    assert {one.name: one.left for one in second.load_workers} == {"alpha": False, "beta": False}
    assert codes == [0, 0]


def test_a_run_that_nobody_comes_to_ends_in_a_sentence_and_starts_nothing(tmp_path: Path) -> None:
    file, log, port = tmp_path / "stack.toml", tmp_path / "run.log", free_port()
    file.write_text(STACK.format(stub=STUB))
    options = ["--stack", str(file), "--site", str(tmp_path / "site"), *SHORT]

    code = command([*options, *expecting(2, port, within_s=2.0)], log).wait(timeout=60)

    assert code == 1, said(log)
    assert f"Expected 2 workers at 127.0.0.1:{port} within 2 s, and none came." in said(log)
    assert f"gatewaybench worker --master-host 127.0.0.1 --master-port {port}" in said(log)
    assert "Traceback" not in said(log)
    assert "gate" not in said(log).replace("gatewaybench", "")  # no part of the stack was started
    assert left_running(port) == []


def test_a_worker_of_another_version_is_refused_in_one_sentence(
    server: int, tmp_path: Path
) -> None:
    log, port = tmp_path / "run.log", free_port()
    other = tmp_path / "other" / DIST_INFO
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: gatewaybench\nVersion: 9.9.9\n")
    path = os.pathsep.join(filter(None, (str(other.parent), os.environ.get("PYTHONPATH"))))
    with workers(tmp_path, port, "old", environment={"PYTHONPATH": path}) as started:
        run = command([*target(server, tmp_path), *expecting(1, port, within_s=20.0)], log)
        refused = started["old"].wait(timeout=60)
        code = run.wait(timeout=60)

    assert refused == 2, said(tmp_path / "old.log")
    assert "it has version 9.9.9 of gatewaybench, and the run" in said(tmp_path / "old.log")
    assert "Worker old was refused: it has version 9.9.9" in said(log)
    assert code == 1
    assert left_running(port) == []


@pytest.mark.alone
@pytest.mark.long
def test_a_worker_with_another_secret_is_refused_and_with_the_same_one_takes_part(
    server: int, tmp_path: Path
) -> None:
    log, port = tmp_path / "run.log", free_port()
    mine, theirs = {"LOAD_SECRET": "correct horse"}, {"LOAD_SECRET": "battery staple"}
    secret = ("--secret-env", "LOAD_SECRET")
    asked = target(server, tmp_path, "--rate", "40", "--duration", "2", *secret)
    options = ("worker", "--master-port", str(port), *secret)
    run = command([*asked, *expecting(1, port)], log, environment=mine)
    until_said("waiting for workers", log)
    wrong = command([*options, "--name", "wrong"], tmp_path / "wrong.log", environment=theirs)
    refused = wrong.wait(timeout=60)
    right = command([*options, "--name", "right"], tmp_path / "right.log", environment=mine)
    code, over = run.wait(timeout=WITHIN_S), right.wait(timeout=60)
    kept, record = record_in(tmp_path)

    assert refused == 2
    assert "--secret-env must name the same secret on both" in said(tmp_path / "wrong.log")
    assert (code, over) == (0, 0), said(log)
    assert [one.name for one in opened(record).load_workers] == ["right"]
    texts = [one.read_text(errors="replace") for one in kept.rglob("*") if one.is_file()]
    assert not any("correct horse" in text for text in (*texts, said(log)))
    assert left_running(port) == []


@pytest.mark.alone
@pytest.mark.long
def test_ctrl_c_leaves_nothing_on_either_side(server: int, tmp_path: Path) -> None:
    log, port = tmp_path / "run.log", free_port()
    asked = target(server, tmp_path, "--rate", "40", "--duration", "60")
    with workers(tmp_path, port, "alpha", "beta") as started:
        run = command([*asked, *expecting(2, port)], log)
        await_the_open_phase(tmp_path, *started)
        left = interrupt(started["beta"])
        until_said("Worker beta left during the open loop, which is void.", log, within_s=30.0)
        # The phase is over with that, and the run as well.
        code = run.wait(timeout=60)
        over = started["alpha"].wait(timeout=60)

    assert left == 130
    assert code == 3
    assert over == 0
    assert left_running(port) == []


@pytest.mark.alone
@pytest.mark.long
def test_an_interrupted_run_dismisses_its_workers(server: int, tmp_path: Path) -> None:
    log, port = tmp_path / "run.log", free_port()
    asked = target(server, tmp_path, "--rate", "40", "--duration", "60")
    with workers(tmp_path, port, "alpha") as started:
        run = command([*asked, *expecting(1, port)], log)
        await_the_open_phase(tmp_path, *started)
        code = interrupt(run)
        over = started["alpha"].wait(timeout=60)

    assert code == 130
    assert over == 0, said(tmp_path / "alpha.log")
    assert left_running(port) == []


def test_a_worker_that_finds_no_run_ends_by_itself(tmp_path: Path) -> None:
    log, port = tmp_path / "worker.log", free_port()
    code = command(["worker", "--master-port", str(port), "--max-wait", "3"], log).wait(timeout=40)

    assert code == 1
    assert f"Expected a run at 127.0.0.1:{port} within 3 s, and none answered" in said(log)
    assert left_running(port) == []


def test_a_worker_whose_command_was_killed_while_it_came_up_does_not_go_on(tmp_path: Path) -> None:
    port = free_port()
    with workers(tmp_path, port, "alpha") as started:
        assert wait_until(lambda: any("-m locust" in one for one in running(port)), timeout_s=30)
        started["alpha"].kill()  # long before locust is imported

        assert left_running(port) == []


def test_what_cannot_be_is_refused_before_anything_starts(server: int, tmp_path: Path) -> None:
    log, port = tmp_path / "run.log", free_port()
    options = [*expecting(2, port), "--generators", "2"]
    code = command([*target(server, tmp_path), *options], log).wait(timeout=40)

    assert code == 2
    assert "--generators is about processes of this machine" in said(log)
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("started", ["stack", "target"])
def test_workers_of_other_machines_are_not_sent_to_their_own_loopback(
    server: int, tmp_path: Path, started: str
) -> None:
    file, log, port = tmp_path / "stack.toml", tmp_path / "run.log", free_port()
    file.write_text(STACK.format(stub=STUB))
    of_stack = ["--stack", str(file), "--site", str(tmp_path / "site"), *SHORT]
    asked = {"stack": of_stack, "target": target(server, tmp_path)}[started]
    anywhere = ["--master-bind-host", "0.0.0.0"]  # noqa: S104 -- nothing comes of it
    code = command([*asked, *expecting(2, port), *anywhere], log).wait(timeout=40)

    assert code == 2
    assert "is on this machine's loopback address, which they do not reach" in said(log)
    assert not (tmp_path / "site").exists()


def test_a_worker_of_another_machine_is_refused_where_the_target_is_on_loopback(
    server: int, tmp_path: Path
) -> None:
    log, port, away = tmp_path / "run.log", free_port(), tmp_path / "away"
    away.mkdir()
    # As if it had come through a tunnel, from where another boot of another kernel runs.
    (away / "sitecustomize.py").write_text(ELSEWHERE)
    path = os.pathsep.join(filter(None, (str(away), os.environ.get("PYTHONPATH"))))
    with workers(tmp_path, port, "far", environment={"PYTHONPATH": path}) as started:
        run = command([*target(server, tmp_path), *expecting(1, port)], log)
        refused = started["far"].wait(timeout=60)
        until_said("Worker far was refused: it runs on another machine", log, within_s=30.0)
        code = interrupt(run)

    assert refused == 2, said(tmp_path / "far.log")
    assert "it runs on another machine than the run" in said(tmp_path / "far.log")
    assert code == 130
    assert left_running(port) == []
