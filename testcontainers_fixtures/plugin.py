"""The pytest fixtures: one stack a session, on the engine found or asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from testcontainers_fixtures.engines.choice import engine_name
from testcontainers_fixtures.stack import Stack, start_stack
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file

DEFAULT_STACK_FILE = "system/stack.toml"

# What a recorder of the session may read once the stack has been up.
CONDITIONS = pytest.StashKey[dict[str, str]]()
READY_S = pytest.StashKey[dict[str, float]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the stack file, the engine, and where logs are kept."""
    group = parser.getgroup("stack", "the running system that tests are held against")
    group.addoption("--stack-file", default=DEFAULT_STACK_FILE, help="what to run (TOML)")
    group.addoption("--engine", default=None, help="containers or processes; else what is there")
    group.addoption("--run-folder", default=None, help="where the stack's logs are kept")


def pytest_report_header(config: pytest.Config) -> str:
    """Say which engine would run a stack."""
    return f"stack: {config.getoption('--stack-file')} on {engine_name(_engine(config))}"


@pytest.fixture(scope="session")
def stack_spec(pytestconfig: pytest.Config) -> StackSpec:
    """Return the stack file, validated."""
    return read_stack_file(pytestconfig.rootpath / pytestconfig.getoption("--stack-file"))


@pytest.fixture(scope="session")
def run_folder(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which this session's stack leaves its logs."""
    asked = pytestconfig.getoption("--run-folder")
    return Path(asked) if asked else tmp_path_factory.mktemp("run")


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config, stack_spec: StackSpec, run_folder: Path) -> Iterator[Stack]:
    """Give the session's stack, seeded; tests that change it bring it back."""
    with start_stack(stack_spec, run_folder=run_folder, engine=_engine(pytestconfig)) as running:
        pytestconfig.stash[CONDITIONS] = running.conditions()
        pytestconfig.stash[READY_S] = dict(running.ready_s)
        yield running


def _engine(config: pytest.Config) -> str | None:
    engine: str | None = config.getoption("--engine")
    return engine
