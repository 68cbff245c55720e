"""What a pytest session was asked for: which stack file, on which engine, or attached to what."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import pytest

from reports.record.exit_codes import ExitCode
from testcontainers_fixtures.attachment import Attachment, attachment
from testcontainers_fixtures.engines.engine_choice import engine_name
from testcontainers_fixtures.errors import MissingNeedError, SpecError, StartError
from testcontainers_fixtures.http_client import trust
from testcontainers_fixtures.stack import Stack, attach_stack, start_stack
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file

DEFAULT_STACK_FILE = "system/stack.toml"
UNSEEN = "'$NAME' is read from that environment variable, since `ps` shows a command line to all"
EXPLAIN_OPTION = "--explain"
ATTACHING = ("--gateway", "--service", "--twin", "--amqp", "--management")
ENGINE = pytest.StashKey[str]()
# A stack that whoever runs the session has up already, and ends.
HELD = pytest.StashKey[Stack]()
_SPEC = pytest.StashKey[StackSpec]()


def add_options(parser: pytest.Parser) -> None:
    """Offer the stack file, the engine, where logs are kept, and where a system already is."""
    group = parser.getgroup("stack", "the running system that tests are held against")
    # Every other command calls it --stack.
    said = f"what to run; else {DEFAULT_STACK_FILE}"
    group.addoption("--stack-file", "--stack", metavar="FILE", default=None, help=said)
    group.addoption("--engine", default=None, help="containers or processes; else what is there")
    group.addoption("--run-folder", default=None, help="where the stack's logs are kept")
    group.addoption("--gateway", metavar="URL", help="attach to a system that is up; start nothing")
    for option, what in (("--service", "a service"), ("--twin", "a twin")):
        said = f"where {what} of the attached system is; may be repeated"
        group.addoption(option, metavar="NAME=URL", action="append", default=[], help=said)
    group.addoption(
        trust.OPTION, metavar="FILE", help="whose certificates to trust, not the machine's"
    )
    group.addoption("--amqp", metavar="URL", help=f"the attached system's broker; {UNSEEN}")
    group.addoption("--management", metavar="URL", help=f"its management API; {UNSEEN}")


def refuse_bad_input(config: pytest.Config) -> None:
    """End the session where an option cannot be: one sentence, exit code 2. Safe to call twice."""
    if config.getoption("--stack-file") or stack_file(config).exists():
        session_spec(config)
    with ended_by_bad_input():
        trust.trust(config.getoption(trust.OPTION))
        config.stash[ENGINE] = _engine(config)


def stack_file(config: pytest.Config) -> Path:
    """Return the path of the session's stack file."""
    return config.rootpath / (config.getoption("--stack-file") or DEFAULT_STACK_FILE)


def session_spec(config: pytest.Config) -> StackSpec:
    """Return the session's stack file, read once; end the session where it cannot be used."""
    if _SPEC not in config.stash:
        with ended_by_bad_input():
            config.stash[_SPEC] = read_stack_file(stack_file(config))
    return config.stash[_SPEC]


def is_attached(config: pytest.Config) -> bool:
    """Tell whether the session attaches to a system that is already up."""
    return config.getoption("--gateway") is not None


def opened(
    config: pytest.Config, spec: StackSpec, run_folder: Path
) -> AbstractContextManager[Stack]:
    """Return the session's stack, held already, started here or attached to, as a context."""
    if HELD in config.stash:
        return nullcontext(config.stash[HELD])
    found = _attachment(config, spec)
    if found is None:
        engine = config.getoption("--engine")
        return start_stack(spec, run_folder=run_folder, engine=engine, taps=True)
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
    asked: str | None = config.getoption("--engine")
    if not any(config.getoption(option) for option in ATTACHING):
        return engine_name(asked)
    if asked is not None:
        raise SpecError(f"Expected --gateway or --engine, not both; seen: --engine {asked}.")
    _attachment(config, session_spec(config))
    return "attached"


def _attachment(config: pytest.Config, spec: StackSpec) -> Attachment | None:
    return attachment(
        spec,
        gateway=config.getoption("--gateway"),
        services=config.getoption("--service"),
        twins=config.getoption("--twin"),
        amqp=config.getoption("--amqp"),
        management=config.getoption("--management"),
    )
