"""`nox -s faults` says how far it is, and ends with a code that tells how it came out."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner, Result

from contract_tests.faults import __main__ as command
from contract_tests.faults import matrix
from contract_tests.faults.matrix import FaultPlan
from contract_tests.faults.stack_pool import StackPool
from reports.record.fault_trials import FaultTrial
from reports.record.record import FaultsRun
from testcontainers_fixtures.faults.catalogue import named
from testcontainers_fixtures.faults.fault import Fault
from testcontainers_fixtures.stack_spec import read_stack_file
from tests.unit.reports.sample_faults import faults_run, trial

STACK_FILE = str(Path(__file__).parents[4] / "system" / "stack.toml")
GOOD = faults_run(trials=(trial(),))
BAD = faults_run(trials=(trial(recovery_s=None),))
UNKNOWN = faults_run(trials=(trial(void="No engine."),))
NOTHING = faults_run(trials=(trial(not_applicable="No broker."),))
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Give a run of the command line."""

    def run(*options: str) -> Result:
        fixed = ["--stack", STACK_FILE, "--site", str(tmp_path), "--cold-starts", "0"]
        return CliRunner().invoke(command.app, [*fixed, *options])

    return run


@pytest.mark.parametrize(
    ("record", "options", "code"),
    [
        pytest.param(GOOD, [], 0, id="all holds"),
        pytest.param(BAD, [], 1, id="something does not"),
        pytest.param(UNKNOWN, [], 3, id="something is not known"),
        pytest.param(UNKNOWN, ["--strict"], 1, id="and unknown will not do"),
        pytest.param(NOTHING, [], 3, id="nothing applies"),
        pytest.param(NOTHING, ["--tolerant"], 3, id="of which nothing was judged"),
        pytest.param(NOTHING, ["--strict"], 1, id="and that will not do"),
    ],
)
def test_the_exit_code_is_the_verdict(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    record: FaultsRun,
    options: list[str],
    code: int,
) -> None:
    monkeypatch.setattr(command, "run", lambda *_: record)
    result = run(*options)

    assert result.exit_code == code, result.output
    assert "Page: " in result.output
    assert Path(result.output.split("Page: ")[1].replace("\n", "")).is_file()


def test_an_interrupted_run_says_so_and_publishes_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(*_: object) -> FaultsRun:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "run", interrupted)
    result = run()

    assert result.exit_code == 130
    assert "every stack is stopped" in result.output
    assert not list(tmp_path.rglob("*.html"))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--fault", "gremlins"], "gateway-worker-sigkill"),
        (["--engine", "magic"], "processes, containers"),
        (["--stack", "gone.toml"], "gone.toml"),
    ],
)
def test_bad_input_is_told_with_what_there_is(run: Run, options: list[str], expected: str) -> None:
    result = run(*options)

    assert result.exit_code == 2
    assert expected in result.output


def test_bad_input_is_code_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["faults", "--fault", "gremlins"])
    monkeypatch.setattr("signal.signal", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        command.main()

    assert ended.value.code == 2


def test_every_fault_is_told_as_it_ends_with_how_many_are_left(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tried(_: StackPool, fault: Fault) -> FaultTrial:
        return trial(fault.name, void="Nothing ran." if "service" in fault.name else "")

    monkeypatch.setattr(StackPool, "trial", tried)
    names = ("resolver-sigkill-last", "service-paused")
    result = run("--engine", "processes", *(word for name in names for word in ("--fault", name)))

    assert "processes 1/2 resolver-sigkill-last: pass, 507 writes" in result.output
    assert "processes 2/2 service-paused: unknown. Nothing ran." in result.output
    assert result.exit_code == 3


def test_without_a_docker_engine_that_half_is_unknown_and_the_other_is_tried(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(matrix, "docker_engine_answers", lambda: False)
    monkeypatch.setattr(StackPool, "trial", lambda _, fault: trial(fault.name))
    told: list[str] = []
    asked = FaultPlan(faults=(named("service-paused"),), engines=("processes", "containers"))
    spec = read_stack_file(Path(STACK_FILE))
    record = matrix.run(spec, asked, tmp_path, ["nox"], told.append)

    assert [one.void for one in record.trials] == ["", matrix.NO_ENGINE]
    assert told[-1] == matrix.NO_ENGINE


def test_what_would_not_apply_there_either_is_no_doubt_where_there_is_no_engine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(matrix, "docker_engine_answers", lambda: False)
    asked = FaultPlan(faults=(named("service-paused"),), engines=("containers",))
    spec = replace(read_stack_file(Path(STACK_FILE)), broker=None)
    record = matrix.run(spec, asked, tmp_path, ["nox"], lambda _: None)
    [trial] = record.trials

    assert trial.void == ""
    assert "they take a [broker]" in trial.not_applicable


def test_each_reason_for_which_faults_do_not_apply_is_told_once_at_the_end(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials = [trial(name, not_applicable="There is no link.") for name in ("one", "other")]
    monkeypatch.setattr(command, "run", lambda *_: faults_run(trials=(trial(), *trials)))
    result = run()

    assert result.output.count("Not applicable (2): There is no link.") == 1
    assert "Holds: 1 faults tried, 2 not applicable, " in result.output
    assert result.exit_code == 0
