"""The stack of a pytest session, held as long as the session, and what is reported of it."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace

from testcontainers_fixtures import session_options
from testcontainers_fixtures.auth_proxy import AuthProxy, opened
from testcontainers_fixtures.credentials import carried, kept_back
from testcontainers_fixtures.entrance import let_in, with_login
from testcontainers_fixtures.folders.writable_folders import ELSEWHERE, temporary, writing_to
from testcontainers_fixtures.output import terminal_reports
from testcontainers_fixtures.output.redacted_reports import RedactedReports
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.stack_spec import StackSpec

# What a recorder of the session may read once the stack has been up.
CONDITIONS = pytest.StashKey[dict[str, str]]()
READY_S = pytest.StashKey[dict[str, float]]()
DOOR = pytest.StashKey[AuthProxy]()
REDACTED: Final = "gatewaybench-discretion"
PLAIN: Final = "gatewaybench-plain-reports"
DOORLESS: Final = "gatewaybench-door"


class DoorlessReports:
    """A plugin: what a report says names the gateway, and never the door before it."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put the gateway's address where the door's stands."""
        report = yield
        door = item.config.stash.get(DOOR, None)
        if door is not None and report.longrepr is not None:
            said = str(report.longrepr)
            if door.told(said) != said:
                report.longrepr = door.told(said)
        return report


def awake(config: pytest.Config) -> None:
    """Have reports tell no secret and steer no terminal, and refuse options that cannot be.

    Safe to call twice.
    """
    plugins = {REDACTED: RedactedReports(), PLAIN: terminal_reports, DOORLESS: DoorlessReports()}
    for name, plugin in plugins.items():
        if not config.pluginmanager.has_plugin(name):
            config.pluginmanager.register(plugin, name)
    session_options.refuse_bad_input(config)


def logs_of(config: pytest.Config, temporary_folders: pytest.TempPathFactory) -> Path:
    """Return the folder in which the session's stack leaves its logs."""
    asked = session_options.option(config, "run_folder")
    if asked:
        worker: str = getattr(config, "workerinput", {}).get("workerid", "")
        return Path(config.invocation_params.dir, asked, worker)
    with session_options.ended_by_bad_input(), writing_to(temporary(), ELSEWHERE):
        return temporary_folders.mktemp("run")


@contextmanager
def session_stack(config: pytest.Config, spec: StackSpec, run_folder: Path) -> Iterator[Stack]:
    """Give the session's stack: held already, started here, or attached to."""
    awake(config)
    with ExitStack() as held:
        with session_options.ended_by_bad_input(), session_options.ended_without_stack(config):
            running = held.enter_context(session_options.opened(config, spec, run_folder))
        config.stash[CONDITIONS] = running.conditions()
        config.stash[READY_S] = dict(running.ready_s)
        yield held.enter_context(_entered(running, config))


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
