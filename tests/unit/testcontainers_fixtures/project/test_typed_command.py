"""A record and a hint name a command as it was typed, so that it can be typed again."""

import pytest

from contract_tests.recording.session_record import typed
from reports.record.command_lines import UNKNOWN, pasteable
from testcontainers_fixtures.project.typed_command import command_of, typed_command


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("/opt/venv/bin/gatewaybench", "gatewaybench load --quick"),
        ("/site-packages/gatewaybench/__main__.py", "gatewaybench load --quick"),
        ("/site-packages/loadtests/__main__.py", "python -m loadtests load --quick"),
        ("/home/gatewaybench/bin/pytest.exe", "python -m loadtests load --quick"),
    ],
    ids=["by its script", "as a module", "by another module", "in a folder of that name"],
)
def test_a_command_is_named_as_it_was_typed(program: str, said: str) -> None:
    assert " ".join(typed_command("loadtests", [program, "load", "--quick"])) == said


def test_a_hint_names_the_command_that_this_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/opt/venv/bin/gatewaybench", "load"])

    assert command_of("loadtests", "load") == ["gatewaybench", "load"]


@pytest.mark.parametrize(
    "process",
    [
        ["/bin/python", "/opt/venv/bin/gatewaybench", "contract", "--seed", "2"],
        ["/bin/python", "-m", "gatewaybench", "contract", "--seed", "2"],
    ],
    ids=["by its script", "as a module"],
)
def test_a_session_of_the_suite_is_named_by_the_command_that_made_it(process: list[str]) -> None:
    command = typed(process, ["/site-packages/contract_tests", "--record"])

    assert command == ["gatewaybench", "contract", "--seed", "2"]


def test_the_command_of_a_record_may_be_pasted() -> None:
    assert pasteable("gatewaybench load --quick") == "gatewaybench load --quick"
    assert pasteable("gatewaybench-evil load") == UNKNOWN
