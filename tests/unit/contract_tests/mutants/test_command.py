"""The command line of the mutants ends with the code that says what became of the run."""

import tempfile
from pathlib import Path
from typing import Self

import pytest
from typer.testing import CliRunner, Result

from contract_tests.mutants import __main__ as command
from contract_tests.mutants.mutant_stack import MutantStack
from contract_tests.mutants.mutant_trial import MutantTrial, Outcome, TriedMutant
from contract_tests.mutants.search_result import MutantFinding
from contract_tests.mutants.suite import NotJudgedError
from contract_tests.mutants.trial_journal import TrialJournal
from testcontainers_fixtures.errors import MissingNeedError, StackError


class Idle:
    """Stands in for a bench: nothing runs on it."""

    def __init__(self, *_: object) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def called(*options: str) -> Result:
    return CliRunner().invoke(command.app, list(options))


def ending(monkeypatch: pytest.MonkeyPatch, outcome: Outcome) -> None:
    """Have every search end so, on a stack that never is."""

    def search(_: MutantStack, mutant: TriedMutant, *, seed: int, **__: object) -> MutantTrial:
        found = MutantFinding(method="paper", sentence="seen") if outcome == "killed" else None
        return MutantTrial(mutant=mutant, outcome=outcome, seconds=1.0, finding=found, seed=seed)

    monkeypatch.setattr(command, "MutantStack", Idle)
    monkeypatch.setattr(command, "tried", search)
    monkeypatch.setattr(command, "searched", search)


ONE = ("--only", "gateway_404_as_400")
LIKE = ("--only", "resolver_redirects_followed")
CLEAN = ("--clean-seeds", "1")


@pytest.mark.parametrize(
    ("outcome", "options", "code"),
    [
        pytest.param("killed", ONE, 0, id="enough are killed"),
        pytest.param("survived", ONE, 1, id="one survived"),
        pytest.param("timed out", ONE, 1, id="the time was over"),
        pytest.param("survived", LIKE, 3, id="nobody could have told it from the system"),
        pytest.param("killed", LIKE, 0, id="which was told from it all the same"),
        pytest.param("survived", CLEAN, 0, id="no alarm on the clean system"),
        pytest.param("killed", CLEAN, 1, id="a false alarm"),
        pytest.param("timed out", CLEAN, 3, id="the clean system was not searched to the end"),
        pytest.param("timed out", (*CLEAN, "--strict"), 1, id="which fails with --strict"),
    ],
)
def test_what_came_of_the_trials_is_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, outcome: Outcome, options: tuple[str, ...], code: int
) -> None:
    ending(monkeypatch, outcome)

    assert called(*options).exit_code == code


@pytest.mark.parametrize(
    ("error", "options", "code"),
    [
        pytest.param(StackError("It did not come up."), ONE, 1, id="no stack"),
        pytest.param(NotJudgedError("It ended with 4."), ONE, 3, id="no suite"),
        pytest.param(NotJudgedError("It ended with 4."), (*ONE, "--strict"), 1, id="strict"),
        pytest.param(MissingNeedError("Install it."), ONE, 2, id="a need is missing"),
        pytest.param(KeyboardInterrupt(), ONE, 130, id="Ctrl-C"),
    ],
)
def test_how_a_run_broke_off_is_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, options: tuple[str, ...], code: int
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(command, "MutantStack", broken)
    told = called(*options)

    assert told.exit_code == code
    assert str(error) in told.output
    assert "Traceback" not in told.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(("--only", "no_such"), "names of the catalogue, seen no_such", id="name"),
        pytest.param(("--layer", "no_such"), "a layer of the catalogue", id="layer"),
        pytest.param(("--ladder", "--ladder-count", "900"), "mutants for the ladder", id="count"),
        pytest.param((*ONE, "--results", "/dev/null/x"), "a journal of trials", id="no place"),
    ],
)
def test_what_nobody_can_run_is_refused_in_one_sentence(
    options: tuple[str, ...], said: str
) -> None:
    told = called(*options)

    assert told.exit_code == 2
    assert said in " ".join(told.output.split())


@pytest.mark.parametrize("text", ["milk\nbread\n", "milk", '{"mut": "milk"}\n{}', '{"a": 1}'])
def test_a_file_that_is_no_journal_is_left_as_it_is(tmp_path: Path, text: str) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text(text)

    with pytest.raises(ValueError, match="Expected a journal of trials"):
        TrialJournal(notes)

    assert notes.read_text() == text


def test_a_run_that_was_broken_off_tells_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "MutantStack", stopped)

    assert "goes on from there" in " ".join(
        called(*ONE, "--results", str(tmp_path / "t.jsonl")).output.split()
    )


def test_logs_are_kept_only_where_a_stack_broke_down_and_its_error_says_where(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ending(monkeypatch, "killed")
    called(*ONE)

    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(command, "MutantStack", _broken)
    said = called(*ONE).output.replace("\n", "")

    [kept] = tmp_path.iterdir()
    assert str(kept / "logs") in said


def _broken(_: object, folder: Path, *_more: object) -> None:
    (folder / "logs").mkdir()
    (folder / "logs" / "gateway.log").write_text("no heart")
    raise StackError("It did not come up.")
