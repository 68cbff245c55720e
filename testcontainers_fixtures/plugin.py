"""The pytest fixtures: one stack a session, started here or attached to."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from testcontainers_fixtures import session_options
from testcontainers_fixtures.auth_proxy import AuthProxy, opened
from testcontainers_fixtures.credentials import carried, kept_back
from testcontainers_fixtures.entrance import let_in, with_login
from testcontainers_fixtures.errors import NotApplicableError, NotOursError
from testcontainers_fixtures.folders.writable_folders import ELSEWHERE, temporary, writing_to
from testcontainers_fixtures.output.redacted_reports import RedactedReports
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.stack_spec import StackSpec

# What a report quotes of a system must not steer the terminal.
pytest_plugins = ["testcontainers_fixtures.output.terminal_reports"]
# What a recorder of the session may read once the stack has been up.
CONDITIONS = pytest.StashKey[dict[str, str]]()
READY_S = pytest.StashKey[dict[str, float]]()
DOOR = pytest.StashKey[AuthProxy]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer what to run, on what, or where it already runs."""
    session_options.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse what cannot be before anything is collected."""
    config.pluginmanager.register(RedactedReports(), "discretion")
    session_options.refuse_bad_input(config)


def pytest_report_header(config: pytest.Config) -> str:
    """Say which engine would run a stack."""
    return f"stack: {session_options.stack_file(config)} on {config.stash[session_options.ENGINE]}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, None, None]:
    """Skip a test whose fixtures would change what was attached to, or what there is not."""
    yield from _skipped_where_it_cannot_be()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Skip a test that would change what was attached to, or what there is not."""
    yield from _skipped_where_it_cannot_be()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Have what a report says name the gateway, and never the door before it."""
    report = yield
    door = item.config.stash.get(DOOR, None)
    if door is not None and report.longrepr is not None:
        said = str(report.longrepr)
        if door.told(said) != said:
            report.longrepr = door.told(said)
    return report


@pytest.fixture(scope="session")
def stack_spec(pytestconfig: pytest.Config) -> StackSpec:
    """Return the stack file, validated."""
    return session_options.session_spec(pytestconfig)


@pytest.fixture(scope="session")
def run_folder(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which this session's stack leaves its logs."""
    asked = pytestconfig.getoption("--run-folder")
    if asked:
        return Path(asked)
    with session_options.ended_by_bad_input(), writing_to(temporary(), ELSEWHERE):
        return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config, stack_spec: StackSpec, run_folder: Path) -> Iterator[Stack]:
    """Give the session's stack, seeded; tests that change it bring it back.

    One that was attached to is as it was found, and a test that would change it is skipped.
    """
    with ExitStack() as held:
        with (
            session_options.ended_by_bad_input(),
            session_options.ended_without_stack(pytestconfig),
        ):
            running = held.enter_context(
                session_options.opened(pytestconfig, stack_spec, run_folder)
            )
        pytestconfig.stash[CONDITIONS] = running.conditions()
        pytestconfig.stash[READY_S] = dict(running.ready_s)
        yield held.enter_context(_entered(running, pytestconfig))


@contextmanager
def _entered(stack: Stack, config: pytest.Config) -> Iterator[Stack]:
    """Give the stack with a door before its gateway, where its stack file says what lets one in.

    What a login brings is a credential as any other, from then on.
    """
    if not stack.spec.contract.credentials and stack.spec.login is None:
        yield stack
        return
    with session_options.ended_by_bad_input(), session_options.ended_without_stack(config):
        known = let_in(stack.spec, stack.doorstep, ours=stack.ours)
    promises = with_login(stack.spec.contract, stack.spec.login)
    stack.spec = replace(stack.spec, contract=promises)
    with ExitStack() as held:
        held.enter_context(carried(stack.doorstep, promises, known))
        passed = known.without(kept_back(promises))
        for twin in stack.twins.values():
            held.enter_context(carried(twin, promises, passed))
        door = held.enter_context(opened(stack.doorstep, known))
        config.stash[DOOR], stack.door = door, door.url
        yield stack


def _skipped_where_it_cannot_be() -> Generator[None, None, None]:
    try:
        yield
    except (NotOursError, NotApplicableError) as error:
        pytest.skip(str(error))
