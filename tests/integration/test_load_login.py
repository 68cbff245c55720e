"""Load is made by users that have logged in, and that log in again before their tokens end."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reports.record.record import LoadRun, read_record
from testcontainers_fixtures.http_client.http_exchange import exchange
from tests.integration.server_scripts import serving
from tests.integration.test_load_headers import holding, run

GATEWAY = Path(__file__).with_name("login_gateway.py")
PASSWORD = "passw0rd-of-the-gate"
LOGIN = """
request = "POST /login"
body = { name = "user-{user}", password = "{secrets.GATE_PASSWORD}" }
token = "/data/token"
header = { Authorization = "Bearer {token}" }
lasts = "/data/expires_in"
users = 3
"""
STACK = """
format_version = 1
name = "letting-in"

[parts.gate]
role = "gateway"
port = 9000
ready = "GET /seen"
command = ["python", "{gateway}", "{{port}}", "30"]
settings = {{ PASSWORD = "{password}" }}

[scenarios.rows]
description = "Rows are read"

[[scenarios.rows.calls]]
name = "read"
request = "GET /rows"

[login]
"""

pytestmark = pytest.mark.timeout(120)


@contextmanager
def gateway(lasts_s: float) -> Iterator[str]:
    with serving(GATEWAY, str(lasts_s), PASSWORD=PASSWORD) as url:
        yield url


@pytest.fixture
def login(tmp_path: Path) -> Path:
    """Write how users log in."""
    file = tmp_path / "login.toml"
    file.write_text(LOGIN)
    return file


def seen(gate: str) -> dict[str, int]:
    return dict(json.loads(exchange(gate, "GET", "/seen", within_s=5.0).text))


def record_of(site: Path) -> LoadRun:
    [folder] = site.glob("*-load")
    record = read_record(folder)
    assert isinstance(record, LoadRun)
    return record


def test_users_of_a_target_are_logged_in_anew_in_time_and_beside_what_is_measured(
    login: Path, tmp_path: Path
) -> None:
    options = ("--request", "GET /rows", "--rate=60", "--duration=8", "--login", str(login))

    with gateway(lasts_s=3.0) as gate:
        done = run(tmp_path / "site", "--target", gate, *options, GATE_PASSWORD=PASSWORD)
        came = seen(gate)
    phase = record_of(tmp_path / "site").configurations[0].repetitions[0].open

    assert done.returncode in {0, 3}, done.stdout + done.stderr
    assert phase
    assert (phase.failed, phase.unknown) == (0, 0)
    assert [one.name for one in phase.endpoints] == ["GET /rows"]
    # Three users, each anew after 2.4 s; the first of all is the one that is tried beforehand.
    assert 6 <= phase.logins <= 15
    assert came["logins"] >= 4 + phase.logins
    assert "refused" not in came
    assert min(came[f"user-{number}"] for number in (1, 2, 3)) > 100
    assert not holding(tmp_path, PASSWORD)
    assert not [file for file in (tmp_path / "site").rglob("*") if _has_token(file)]


def _has_token(file: Path) -> bool:
    """Tell whether a file has a token: it stands behind its scheme wherever it is sent."""
    return file.is_file() and b"Bearer " in file.read_bytes().replace(b"Bearer {token}", b"")


def test_a_token_that_is_ended_early_costs_its_user_one_refusal(
    login: Path, tmp_path: Path
) -> None:
    login.write_text(LOGIN.replace('lasts = "/data/expires_in"', "").replace("users = 3", ""))
    options = ("--request", "GET /rows", "--rate=60", "--duration=6", "--login", str(login))

    with gateway(lasts_s=2.0) as gate:
        run(tmp_path / "site", "--target", gate, *options, GATE_PASSWORD=PASSWORD)
        came = seen(gate)
    phase = record_of(tmp_path / "site").configurations[0].repetitions[0].open

    assert phase
    assert phase.errors.keys() <= {"HTTP 401"}
    # A login is asked for within a tenth of a second, in which some six requests go out.
    assert 0 < came["refused"] <= 20 * came["logins"]
    assert phase.failed < phase.samples / 4
    assert phase.logins >= 2


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("GATE_PASSWORD", "NO_SUCH_PASSWORD"), "NO_SUCH_PASSWORD, which is not set"),
        (("/data/token", "/token"), "a token at /token; its answer has none there"),
        (("POST /login", "POST /nothing"), "expected to answer 200 or 201; seen: 404"),
        (("Bearer {token}", "Bearer"), "no value of the login's header has {token} in it"),
        (("expires_in", "expires"), "for how many seconds its token is good; seen: None"),
    ],
)
def test_a_login_that_lets_nobody_in_is_said_before_anything_is_sent(
    login: Path, tmp_path: Path, change: tuple[str, str], why: str
) -> None:
    login.write_text(LOGIN.replace(*change))
    options = ("--request", "GET /rows", "--login", str(login))

    with gateway(lasts_s=3.0) as gate:
        done = run(tmp_path / "site", "--target", gate, *options, GATE_PASSWORD=PASSWORD)

    assert done.returncode == 2, done.stdout
    assert why in done.stderr
    assert PASSWORD not in done.stderr
    assert not (tmp_path / "site").exists()


def test_a_stacks_users_log_in_to_each_of_its_configurations(tmp_path: Path) -> None:
    file = tmp_path / "stack.toml"
    file.write_text(STACK.format(gateway=GATEWAY, password=PASSWORD) + LOGIN)
    options = ("--engine=processes", "--quick", "--duration=1", "--resolvers=1")

    done = run(
        tmp_path / "site", "--stack", str(file), *options, "--workers=1", GATE_PASSWORD=PASSWORD
    )
    [one] = record_of(tmp_path / "site").configurations[0].repetitions

    assert done.returncode in {0, 3}, done.stdout + done.stderr
    assert one.closed
    assert one.common
    assert (one.closed.errors, one.common.errors) == ({}, {})


def test_a_stack_whose_login_lets_nobody_in_fails_the_run_with_its_answer(tmp_path: Path) -> None:
    file = tmp_path / "stack.toml"
    file.write_text(STACK.format(gateway=GATEWAY, password=PASSWORD) + LOGIN)
    options = ("--engine=processes", "--quick", "--duration=1", "--resolvers=1")

    done = run(
        tmp_path / "site",
        "--stack",
        str(file),
        *options,
        "--workers=1",
        GATE_PASSWORD="an0ther-passw0rd",
    )

    assert done.returncode == 1, done.stdout
    assert "expected to answer 200 or 201; seen: 403" in " ".join(done.stdout.split())
    # The gateway's answer has what it was sent.
    assert "an0ther" not in done.stdout + done.stderr
    assert not holding(tmp_path / "site", "an0ther-passw0rd")
