"""The pytest plugin of whoever has the package installed: one stack a session, once asked for.

A session that asks for none pays for the options alone. Under pytest-xdist each worker has a stack
of its own, as its tests may scale, break and empty it: `--dist loadgroup` with a group of that name
sends those that use it to one worker.
"""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from testcontainers_fixtures.errors import NotApplicableError, NotOursError
from testcontainers_fixtures.session import plugin_options

if TYPE_CHECKING:
    from testcontainers_fixtures.stack import Stack
    from testcontainers_fixtures.stack_spec import StackSpec


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer what to run, on what, or where it already runs."""
    plugin_options.add_prefixed(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse what cannot be before anything is collected, where an option asks for something."""
    if any(plugin_options.given(config)):
        from testcontainers_fixtures.session.session_stack import awake  # noqa: PLC0415 -- who asks for nothing pays for nothing

        awake(config)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, None, None]:
    """Skip a test whose fixtures would change what was attached to, or what there is not."""
    yield from _skipped_where_it_cannot_be()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Skip a test that would change what was attached to, or what there is not."""
    yield from _skipped_where_it_cannot_be()


@pytest.fixture(scope="session")
def stack_spec(pytestconfig: pytest.Config) -> "StackSpec":
    """Return the stack file, validated."""
    from testcontainers_fixtures.session_options import session_spec  # noqa: PLC0415 -- as above

    return session_spec(pytestconfig)


@pytest.fixture(scope="session")
def run_folder(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which this session's stack leaves its logs; a worker's own, if any."""
    from testcontainers_fixtures.session.session_stack import logs_of  # noqa: PLC0415 -- as above

    return logs_of(pytestconfig, tmp_path_factory)


@pytest.fixture(scope="session")
def stack(
    pytestconfig: pytest.Config, stack_spec: "StackSpec", run_folder: Path
) -> "Iterator[Stack]":
    """Give the session's stack, seeded; tests that change it bring it back.

    One that was attached to is as it was found, and a test that would change it is skipped.
    """
    from testcontainers_fixtures.session.session_stack import session_stack  # noqa: PLC0415 -- as above

    with session_stack(pytestconfig, stack_spec, run_folder) as running:
        yield running


@pytest.fixture(scope="session")
def gateway_url(stack: "Stack") -> str:
    """Return the base URL of the gateway of the session's stack, where everybody is let in."""
    return stack.gateway


def _skipped_where_it_cannot_be() -> Generator[None, None, None]:
    try:
        yield
    except (NotOursError, NotApplicableError) as error:
        pytest.skip(str(error))
