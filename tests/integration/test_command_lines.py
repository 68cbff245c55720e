"""Bad input ends with code 2 and one sentence, whichever command it is given to."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SYSTEM = ROOT / "system"
# What is kept between runs stays where it is: a private RabbitMQ is not unpacked once more.
KEPT = {name: os.environ[name] for name in ("HOME", "XDG_CACHE_HOME") if name in os.environ}
BARE = {"PATH": "/usr/bin:/bin", "NO_COLOR": "1", "COLUMNS": "400"} | KEPT
# Each command that takes a stack file, with the option that it takes it by.
TAKES_STACK_FILE = [
    ("testcontainers_fixtures", "--stack"),
    ("loadtests", "--stack"),
    ("pytest", "contract_tests", "--stack-file"),
]
NAMES = [words[0] for words in TAKES_STACK_FILE]

# The command line in a process whose every port is the one given: as if another harness, starting
# at the same moment, had been faster.
SAME_PORT = """
import sys
from testcontainers_fixtures.__main__ import app
from testcontainers_fixtures.engines.free_ports import Ports
port = int(sys.argv.pop(1))
Ports.pick = lambda self: port
app()
"""


def refused(*arguments: str, environment: dict[str, str] | None = None) -> str:
    module = () if arguments[0] == "-c" else ("-m",)
    done = subprocess.run(
        [sys.executable, *module, *arguments],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        cwd=ROOT,
        env=BARE | (environment or {}),
    )
    said = (done.stderr + done.stdout).strip()
    assert done.returncode == 2, said
    assert "Traceback" not in said
    return said


def altered(folder: Path, old: str, new: str) -> str:
    text = (SYSTEM / "stack.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / "stack.toml").write_text(text.replace(old, new))
    return str(folder / "stack.toml")


@pytest.mark.parametrize("command", NAMES)
def test_an_unknown_engine_is_refused(command: str) -> None:
    assert "containers, processes" in refused(command, "--engine", "magic")


@pytest.mark.parametrize("command", TAKES_STACK_FILE, ids=NAMES)
def test_a_stack_file_that_is_not_there_is_refused(command: tuple[str, ...]) -> None:
    sentence = refused(*command, "gone.toml")

    assert "gone.toml; there is none." in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("command", TAKES_STACK_FILE, ids=NAMES)
def test_a_stack_file_that_is_a_folder_or_no_text_is_refused(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "latin.toml").write_bytes(b'name = "caf\xe9"')

    assert f"at {tmp_path}, but: is a directory" in refused(*command, str(tmp_path))
    assert "is not TOML: " in refused(*command, str(tmp_path / "latin.toml"))


@pytest.mark.parametrize("command", TAKES_STACK_FILE, ids=NAMES)
def test_a_wrong_key_in_a_stack_file_is_named(command: tuple[str, ...], tmp_path: Path) -> None:
    file = altered(tmp_path, 'role = "stub"', 'role = "stub"\ncolour = "red"')
    sentence = refused(*command, file)

    assert f"{file} is not usable: " in sentence
    assert "parts.supplier.colour: unknown field `colour`; known are: role," in sentence
    assert "\n" not in sentence


def test_a_count_below_one_is_refused() -> None:
    assert "resolvers" in refused("testcontainers_fixtures", "--resolvers", "0")


def test_an_unknown_part_in_a_placeholder_is_refused_before_anything_starts(tmp_path: Path) -> None:
    file = altered(tmp_path, "{supplier.url}", "{nobody.url}")
    options = ["--stack", file, "--engine", "processes"]

    assert "{nobody.url}, which is unknown here" in refused("testcontainers_fixtures", *options)


def test_a_port_that_somebody_else_has_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = str(somebody.getsockname()[1])
        said = refused("-c", SAME_PORT, port, "--engine", "processes")

    # Where no RabbitMQ has been unpacked yet, it is told first that this is done.
    *_, sentence = said.splitlines()
    assert sentence.startswith(f"Expected port {port} on 127.0.0.1 to be free for")


@pytest.mark.parametrize(
    "command", [("testcontainers_fixtures",), ("pytest", "tests/system")], ids=["stack", "pytest"]
)
def test_without_a_docker_engine_and_debian_it_says_what_to_install(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    nothing = {
        "PATH": str(tmp_path),
        "HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path),
        "DOCKER_HOST": f"unix://{tmp_path}/no.sock",
    }
    said = refused(*command, environment=nothing)

    assert "Expected `rabbitmq-server` on PATH, or Debian or Ubuntu" in said
    assert "install RabbitMQ, or start a Docker engine." in said


def test_a_resolver_without_its_password_says_which_variable_is_missing() -> None:
    sentence = refused("system.rpc")

    assert "RMQ_PASS" in sentence
    assert "local.yaml: key broker" in sentence
    assert "\n" not in sentence
