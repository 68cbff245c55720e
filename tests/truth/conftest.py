"""Shows, at the end of a session, what each truth expected and what was measured."""

from typing import Final

import pytest

from tests.truth.figures import Figure, Tell, table

FIGURES: Final = pytest.StashKey[list[Figure]]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin with an empty table."""
    config.stash[FIGURES] = []


@pytest.fixture
def tell(pytestconfig: pytest.Config) -> Tell:
    """Return what adds a figure to the table."""
    return pytestconfig.stash[FIGURES].append


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the table."""
    if figures := config.stash[FIGURES]:
        terminalreporter.section("truths")
        for line in table(figures):
            terminalreporter.write_line(line)
