"""The pytest fixtures: one stack a session, started here or attached to."""

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

from testcontainers_fixtures.attachment import Attachment, attachment
from testcontainers_fixtures.engines.choice import engine_name
from testcontainers_fixtures.errors import MissingNeed, NotOurs, SpecError, StartError
from testcontainers_fixtures.stack import Stack, attach_stack, start_stack
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file

DEFAULT_STACK_FILE = "system/stack.toml"
BAD_INPUT = 2

# What a recorder of the session may read once the stack has been up.
CONDITIONS = pytest.StashKey[dict[str, str]]()
READY_S = pytest.StashKey[dict[str, float]]()
_ENGINE = pytest.StashKey[str]()
_SPEC = pytest.StashKey[StackSpec]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the stack file, the engine, where logs are kept, and where a system already is."""
    group = parser.getgroup("stack", "the running system that tests are held against")
    group.addoption("--stack-file", default=None, help=f"what to run; else {DEFAULT_STACK_FILE}")
    group.addoption("--engine", default=None, help="containers or processes; else what is there")
    group.addoption("--run-folder", default=None, help="where the stack's logs are kept")
    group.addoption("--gateway", metavar="URL", help="attach to a system that is up; start nothing")
    for option, what in (("--service", "a service"), ("--twin", "a twin")):
        said = f"where {what} of the attached system is; may be repeated"
        group.addoption(option, metavar="NAME=URL", action="append", default=[], help=said)
    group.addoption("--amqp", metavar="URL", help="the attached system's broker")
    group.addoption("--management", metavar="URL", help="its broker's management API")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse what cannot be before anything is collected."""
    refuse_bad_input(config)


def refuse_bad_input(config: pytest.Config) -> None:
    """End the session where an option cannot be: one sentence, exit code 2. Safe to call twice."""
    if config.getoption("--stack-file") or _stack_file(config).exists():
        session_spec(config)
    with _ended_by_bad_input():
        config.stash[_ENGINE] = _engine(config)


def pytest_report_header(config: pytest.Config) -> str:
    """Say which engine would run a stack."""
    return f"stack: {_stack_file(config)} on {config.stash[_ENGINE]}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, None, None]:
    """Skip a test whose fixtures would change what was attached to."""
    yield from _skipped_where_not_ours()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Skip a test that would change what was attached to."""
    yield from _skipped_where_not_ours()


@pytest.fixture(scope="session")
def stack_spec(pytestconfig: pytest.Config) -> StackSpec:
    """Return the stack file, validated."""
    return session_spec(pytestconfig)


@pytest.fixture(scope="session")
def run_folder(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which this session's stack leaves its logs."""
    asked = pytestconfig.getoption("--run-folder")
    return Path(asked) if asked else tmp_path_factory.mktemp("run")


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config, stack_spec: StackSpec, run_folder: Path) -> Iterator[Stack]:
    """Give the session's stack, seeded; tests that change it bring it back.

    One that was attached to is as it was found, and a test that would change it is skipped.
    """
    with ExitStack() as held:
        with _ended_by_bad_input(), _ended_by_nobody(pytestconfig):
            running = held.enter_context(_opened(pytestconfig, stack_spec, run_folder))
        pytestconfig.stash[CONDITIONS] = running.conditions()
        pytestconfig.stash[READY_S] = dict(running.ready_s)
        yield running


def session_spec(config: pytest.Config) -> StackSpec:
    """Return the session's stack file, read once; end the session where it cannot be used."""
    if _SPEC not in config.stash:
        with _ended_by_bad_input():
            config.stash[_SPEC] = read_stack_file(_stack_file(config))
    return config.stash[_SPEC]


def is_attached(config: pytest.Config) -> bool:
    """Tell whether the session attaches to a system that is already up."""
    return config.getoption("--gateway") is not None


def _stack_file(config: pytest.Config) -> Path:
    return config.rootpath / (config.getoption("--stack-file") or DEFAULT_STACK_FILE)


def _engine(config: pytest.Config) -> str:
    asked: str | None = config.getoption("--engine")
    if not _is_or_asks_to_be_attached(config):
        return engine_name(asked)
    if asked is not None:
        raise SpecError(f"Expected --gateway or --engine, not both; seen: --engine {asked}.")
    _attachment(config, session_spec(config))
    return "attached"


def _is_or_asks_to_be_attached(config: pytest.Config) -> bool:
    options = ("--gateway", "--service", "--twin", "--amqp", "--management")
    return any(config.getoption(option) for option in options)


def _attachment(config: pytest.Config, spec: StackSpec) -> Attachment | None:
    return attachment(
        spec,
        gateway=config.getoption("--gateway"),
        services=config.getoption("--service"),
        twins=config.getoption("--twin"),
        amqp=config.getoption("--amqp"),
        management=config.getoption("--management"),
    )


def _opened(
    config: pytest.Config, spec: StackSpec, run_folder: Path
) -> AbstractContextManager[Stack]:
    found = _attachment(config, spec)
    if found is None:
        return start_stack(spec, run_folder=run_folder, engine=config.getoption("--engine"))
    return attach_stack(
        spec, found.urls, run_folder=run_folder, amqp=found.amqp, management=found.management
    )


def _skipped_where_not_ours() -> Generator[None, None, None]:
    try:
        yield
    except NotOurs as error:
        pytest.skip(str(error))


@contextmanager
def _ended_by_bad_input() -> Iterator[None]:
    try:
        yield
    except (SpecError, MissingNeed) as error:
        pytest.exit(str(error), returncode=BAD_INPUT)


@contextmanager
def _ended_by_nobody(config: pytest.Config) -> Iterator[None]:
    """End the session where nobody answers at an address that was given."""
    try:
        yield
    except StartError as error:
        if not is_attached(config):
            raise
        pytest.exit(str(error), returncode=BAD_INPUT)
