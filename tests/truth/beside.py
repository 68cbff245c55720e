"""A pytest plugin for a contract session: after each fuzzed service, `st run` fuzzes it as well.

Both ask the same gateway for the same service's operations, in the same phases, from the same seed,
over data that was made fresh in the same way; what each did in which time is written down, so that
a difference between them is the tools' own.
"""

import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from testcontainers_fixtures.stack import Stack

OPTION: Final = "--beside"
CONFIGURATION: Final = Path(__file__).parents[2] / "contract_tests" / "schemathesis.toml"
PHASES: Final = "examples,coverage,fuzzing"
ENDS_WITHIN_S: Final = 120.0
# What st run exits with where all was well, and where it found something.
_RAN: Final = (0, 1)


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What the two did about one service: requests that the gateway answered, and seconds."""

    contract: str
    ours: int
    ours_s: float
    theirs: int
    theirs_s: float

    @property
    def ratio(self) -> float:
        """Return our requests a second over theirs."""
        return (self.ours / self.ours_s) / (self.theirs / self.theirs_s)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Ask where to write the turns."""
    parser.addoption(OPTION, type=Path, required=True, metavar="FILE")


def pytest_configure(config: pytest.Config) -> None:
    """Take turns from the first test on."""
    config.pluginmanager.register(Turns(config.getoption(OPTION)))


class Turns:
    """Lets `st run` have its turn after each of ours."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._folder = file.parent
        self._stack: Stack | None = None
        self._now: dict[str, Any] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        """Note which stack it is."""
        made = yield
        if fixturedef.argname == "stack":
            self._stack = made
        return made

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Function) -> Generator[None, None, None]:
        """Time ours, then let `st run` do the same."""
        begun_s = time.monotonic()
        yield
        ours_s = time.monotonic() - begun_s
        if self._stack is None:
            raise LookupError("Expected a test that uses the fixture `stack`; none was set up.")
        contract: tuple[str, str] = msgspec.convert(
            item.callspec.params["contract"], tuple[str, str]
        )
        service, data = contract
        self._stack.reset(seeded=data == "seeded")
        theirs, theirs_s = st_run(self._stack, service, self._folder / "st.json")
        self._now = {
            "contract": f"{service}-{data}",
            "ours_s": ours_s,
            "theirs": theirs,
            "theirs_s": theirs_s,
        }

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Function) -> Generator[None, None, None]:
        """Write the turn down: ours has been counted by now."""
        yield
        cases = sum(int(str(n)) for name, n in item.user_properties if name == "cases")
        turn = Turn(ours=cases, **self._now)
        with self._file.open("ab") as file:
            file.write(msgspec.json.encode(turn) + b"\n")


def st_run(stack: Stack, service: str, report: Path) -> tuple[int, float]:
    """Fuzz the gateway by schemathesis' own command line; return its requests and seconds.

    The seconds are those of its engine: neither its imports nor its page count.
    """
    document = f"{stack.services[service]}{stack.spec.parts[service].openapi}"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION)]
    command += ["run", document, "--url", stack.gateway, "--phases", PHASES, "--workers", "1"]
    command += ["--seed", "1", "--continue-on-failure", "--report-json-path", str(report)]
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=ENDS_WITHIN_S, check=False
    )
    if ended.returncode not in _RAN:
        raise RuntimeError(f"st run ended with {ended.returncode}: {ended.stdout[-4_000:]}")
    told = msgspec.json.decode(report.read_bytes())
    return told["test_cases"]["generated"], float(told["running_time"])
