"""What a pytest session was asked for: which stack file, on which engine, or attached to what."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

import pytest

from testcontainers_fixtures.attachment import Attachment, attachment
from testcontainers_fixtures.engines.engine_choice import engine_name
from testcontainers_fixtures.errors import MissingNeedError, SpecError, StartError
from testcontainers_fixtures.http_client import trust
from testcontainers_fixtures.output.exit_codes import ExitCode
from testcontainers_fixtures.project import reference_system
from testcontainers_fixtures.project.project_settings import ProjectSettings, found_settings
from testcontainers_fixtures.session.plugin_options import PREFIX
from testcontainers_fixtures.stack import Stack, attach_stack, start_stack
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file

ATTACHING: Final = ("gateway", "service", "twin", "amqp", "management")
ENGINE = pytest.StashKey[str]()
# A stack that whoever runs the session has up already, and ends.
HELD = pytest.StashKey[Stack]()
_SPEC = pytest.StashKey[StackSpec]()
_SETTINGS = pytest.StashKey[ProjectSettings]()


def option(config: pytest.Config, name: str) -> Any:  # noqa: ANN401 -- what argparse made of it
    """Return what a session was given for an option of ours, by its short name as a field's."""
    return config.getoption(f"{PREFIX}_{name}")


def refuse_bad_input(config: pytest.Config) -> None:
    """End the session where an option cannot be: one sentence, exit code 2. Safe to call twice."""
    if option(config, "stack") or stack_file(config).exists():
        session_spec(config)
    with ended_by_bad_input():
        trust.trust(option(config, "ca_file"))
        trust.show(option(config, "client_cert"), option(config, "client_key"))
    engine(config)


def engine(config: pytest.Config) -> str:
    """Return what runs the session's stack, or "attached"; asked for once."""
    if ENGINE not in config.stash:
        with ended_by_bad_input():
            config.stash[ENGINE] = _engine(config)
    return config.stash[ENGINE]


def settings(config: pytest.Config) -> ProjectSettings:
    """Return the settings of the project in which the session was started, read once."""
    if _SETTINGS not in config.stash:
        with ended_by_bad_input():
            config.stash[_SETTINGS] = found_settings(config.invocation_params.dir).settings
    return config.stash[_SETTINGS]


def stack_file(config: pytest.Config) -> Path:
    """Return the session's stack file: as typed, as the project has it, or the reference system's.

    What is typed is relative to where it was typed.
    """
    named = option(config, "stack") or settings(config).stack or reference_system.STACK_FILE
    return config.invocation_params.dir / named


def session_spec(config: pytest.Config) -> StackSpec:
    """Return the session's stack file, read once; end the session where it cannot be used."""
    if _SPEC not in config.stash:
        with ended_by_bad_input():
            config.stash[_SPEC] = read_stack_file(stack_file(config))
    return config.stash[_SPEC]


def is_attached(config: pytest.Config) -> bool:
    """Tell whether the session attaches to a system that is already up."""
    return option(config, "gateway") is not None


def opened(
    config: pytest.Config, spec: StackSpec, run_folder: Path
) -> AbstractContextManager[Stack]:
    """Return the session's stack, held already, started here or attached to, as a context."""
    if HELD in config.stash:
        return nullcontext(config.stash[HELD])
    found = _attachment(config, spec)
    if found is None:
        return start_stack(spec, run_folder=run_folder, engine=_asked(config), taps=True)
    return attach_stack(
        spec, found.urls, run_folder=run_folder, amqp=found.amqp, management=found.management
    )


@contextmanager
def ended_without_stack(config: pytest.Config) -> Iterator[None]:
    """End the session where there is no system to test, with one sentence and no traceback a test.

    Nobody answers at an address that was given: exit code 2. A part of a stack that is started here
    ends or is not ready in time: 1, since that is the system's own doing.
    """
    try:
        yield
    except StartError as error:
        code = ExitCode.BAD_INPUT if is_attached(config) else ExitCode.DOES_NOT_HOLD
        pytest.exit(str(error), returncode=code)


@contextmanager
def ended_by_bad_input(*also: type[Exception]) -> Iterator[None]:
    """End the session with one sentence and exit code 2 instead of a traceback a test.

    `also` are exceptions of the caller's own that mean the same.
    """
    expected: tuple[type[Exception], ...] = (SpecError, MissingNeedError, *also)
    try:
        yield
    except expected as error:
        pytest.exit(str(error), returncode=ExitCode.BAD_INPUT)


def _engine(config: pytest.Config) -> str:
    if not any(option(config, name) for name in ATTACHING):
        return engine_name(_asked(config))
    if typed := option(config, "engine"):
        raise SpecError(f"Expected --gateway or --engine, not both; seen: --engine {typed}.")
    _attachment(config, session_spec(config))
    return "attached"


def _asked(config: pytest.Config) -> str | None:
    typed: str | None = option(config, "engine")
    return typed or settings(config).engine


def _attachment(config: pytest.Config, spec: StackSpec) -> Attachment | None:
    return attachment(
        spec,
        gateway=option(config, "gateway"),
        services=option(config, "service"),
        twins=option(config, "twin"),
        amqp=option(config, "amqp"),
        management=option(config, "management"),
    )
