"""Which workers a run waits for, and what of a run does not go with other machines."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from loadtests.command.expected_workers import expected_workers
from loadtests.command.options import RunOptions
from loadtests.plan.load_workers import ExpectedWorkers
from loadtests.sweep.outputs.figures_out import FiguresOut
from testcontainers_fixtures.errors import SpecError

NOWHERE = FiguresOut()
FAR = "http://gateway.test.internal:9000"
ANYWHERE = "0.0.0.0"  # noqa: S104 -- a text


@pytest.fixture
def asked() -> RunOptions:
    """Return what expects two workers at a port that is free."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    return RunOptions(expect_workers=2, master_bind_port=port)


def test_without_the_option_nobody_is_waited_for() -> None:
    assert expected_workers(RunOptions(), NOWHERE, None) is None


def test_they_come_to_loopback_unless_another_address_is_given(asked: RunOptions) -> None:
    found = expected_workers(asked, NOWHERE, FAR)

    assert found == ExpectedWorkers(count=2, port=asked.master_bind_port)
    assert found.address == f"127.0.0.1:{asked.master_bind_port}"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"generators": 2}, "--generators is about processes of this machine"),
        ({"pin": True}, "--pin is about processes of this machine"),
        ({"users": Path("my_users.py")}, "--users names a file of this machine"),
        ({"master_bind_host": "localhost"}, "takes an IPv4 address of this machine"),
        ({"master_bind_host": "192.0.2.1"}, "cannot come to 192.0.2.1"),
        ({"secret_env": "LOCUST_SECRET"}, "another variable than 'LOCUST_SECRET'"),
        ({"secret_env": "NO_SUCH_VARIABLE"}, "'NO_SUCH_VARIABLE' is empty or not set"),
    ],
    ids=["generators", "pin", "users", "no address", "not this machine's", "locust's", "no secret"],
)
def test_what_does_not_go_together_is_refused_in_one_sentence(
    asked: RunOptions, changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(SpecError, match=sentence.replace("(", r"\(")) as refused:
        expected_workers(replace(asked, **changes), NOWHERE, FAR)  # type: ignore[arg-type]

    assert str(refused.value).count("\n") == 0


def test_a_port_that_is_taken_is_refused(asked: RunOptions) -> None:
    with (
        socket.create_server(("127.0.0.1", asked.master_bind_port)),
        pytest.raises(SpecError, match="address already in use; give another --master-bind-port"),
    ):
        expected_workers(asked, NOWHERE, FAR)


def test_a_line_for_each_request_is_refused(asked: RunOptions) -> None:
    with pytest.raises(SpecError, match="--out csv=FILE and --otlp need every request"):
        expected_workers(asked, FiguresOut(csv=Path("requests.csv")), FAR)

    assert expected_workers(asked, FiguresOut(openmetrics=Path("figures.txt")), FAR)


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"master_bind_host": ANYWHERE}, "--master-bind-host"),
        ({"master_bind_port": 5558}, "--master-bind-port"),
        ({"expect_workers_max_wait_s": 5.0}, "--expect-workers-max-wait"),
        ({"secret_env": "HOME"}, "--secret-env"),
    ],
)
def test_an_option_of_workers_needs_workers(changes: dict[str, object], option: str) -> None:
    with pytest.raises(SpecError, match=f"{option} belongs to --expect-workers N"):
        expected_workers(RunOptions(**changes), NOWHERE, FAR)  # type: ignore[arg-type]


ON_LOOPBACK = pytest.mark.parametrize(
    ("url", "named"),
    [
        (None, "a stack that is started here"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("http://127.1.2.3:9000", "http://127.1.2.3:9000"),
        ("https://localhost", "https://localhost"),
        ("http://[::1]:9000", r"http://\[::1\]:9000"),
        ("http://0.0.0.0:9000", "http://0.0.0.0:9000"),
    ],
)


@ON_LOOPBACK
def test_workers_of_other_machines_are_not_asked_to_load_their_own_loopback(
    asked: RunOptions, url: str | None, named: str
) -> None:
    sentence = rf"--master-bind-host 0\.0\.0\.0 lets .* \({named}\) is on this machine's loopback"

    with pytest.raises(SpecError, match=sentence):
        expected_workers(replace(asked, master_bind_host=ANYWHERE), NOWHERE, url)


@ON_LOOPBACK
def test_what_is_on_loopback_is_for_workers_of_this_machine_alone(
    asked: RunOptions, url: str | None, named: str
) -> None:
    found = expected_workers(asked, NOWHERE, url)

    assert found, named
    assert found.only_beside


def test_what_has_an_address_is_for_workers_of_any_machine(asked: RunOptions) -> None:
    found = expected_workers(replace(asked, master_bind_host=ANYWHERE), NOWHERE, FAR)

    assert found
    assert not found.only_beside
