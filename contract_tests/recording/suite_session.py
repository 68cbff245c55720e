"""A pytest session of the suite, wherever it is installed: by settings and plugins of its own.

Neither the pytest settings nor the plugins of the project in which a command was typed have a part
in it, and nothing is written beside the suite.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from testcontainers_fixtures.output.exit_codes import ExitCode

SUITE: Final = Path(__file__).parents[1]
# Pytest's own codes (pytest.ExitCode); what is not here speaks of the run, so nothing is known.
CODES: Final[Mapping[int, ExitCode]] = {
    pytest.ExitCode.OK: ExitCode.HOLDS,
    pytest.ExitCode.TESTS_FAILED: ExitCode.DOES_NOT_HOLD,
    # What pytest calls interrupted is a session that ended itself over an option.
    pytest.ExitCode.INTERRUPTED: ExitCode.BAD_INPUT,
    pytest.ExitCode.USAGE_ERROR: ExitCode.BAD_INPUT,
    # As a session that is kept has it.
    ExitCode.INTERRUPTED: ExitCode.INTERRUPTED,
}
_PLUGINS: Final = (
    *("timeout", "asyncio", "hypothesispytest", "schemathesis"),
    *("testcontainers_fixtures.plugin", "contract_tests.recording.session_record"),
)
_OPTIONS: Final = (
    *("-c", str(SUITE / "suite.ini"), f"--rootdir={SUITE.parent}"),
    *("--disable-plugin-autoload", "-p", "no:cacheprovider"),
    *(word for name in _PLUGINS for word in ("-p", name)),
)
# What pytest takes from the environment, which is the other project's.
_FOREIGN: Final = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")


def run_suite(words: Sequence[str], plugins: Sequence[object] = ()) -> int:
    """Run the suite's tests in this process and return pytest's code."""
    with _own_environment():
        return int(pytest.main([*_OPTIONS, str(SUITE), *words], list(plugins)))


def code_of(ended: int) -> ExitCode:
    """Return what a command leaves with whose session ended with a code of pytest's."""
    return CODES.get(ended, ExitCode.UNKNOWN)


@contextmanager
def _own_environment() -> Iterator[None]:
    kept = {name: os.environ.pop(name) for name in _FOREIGN if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)
