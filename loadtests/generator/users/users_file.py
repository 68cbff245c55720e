"""Imports a users file and finds its user classes; what cannot be used is one sentence."""

# mypy: allow-untyped-calls
# locust's calls are typed in part only.

import ast
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from locust import LoadTestShape, events
from locust.util.load_locustfile import is_user_class

from loadtests.generator.users.user_tasks import UserTask, tasks_of
from loadtests.plan.own_users import OPTION
from testcontainers_fixtures.errors import SpecError

_MODULE: Final = "users_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersFile:
    """What a users file has: its users' tasks, shapes, and what it listens to by locust's name."""

    file: Path
    users: tuple[type[Any], ...]
    tasks: tuple[UserTask, ...]
    shapes: tuple[str, ...]
    listeners: dict[str, list[Any]]


def users_file(file: Path) -> UsersFile:
    """Import a users file; raise SpecError, with the place, for what cannot be used.

    Its folder comes first on the path, as locust has it, and stays there.
    """
    tree = _parsed(file)
    before = _listening()
    module = _imported(file)
    users = _users(file, module, tree)
    tasks = tuple(tasks_of(users))
    return UsersFile(
        file=file,
        users=users,
        tasks=tasks,
        shapes=tuple(_shapes(module)),
        listeners={
            name: new
            for name, heard in _listening().items()
            if (new := [one for one in heard if one not in before[name]])
        },
    )


def _parsed(file: Path) -> ast.Module:
    try:
        return ast.parse(file.read_bytes(), str(file))
    except OSError as error:
        why = str(error.strerror or error).lower()
        raise SpecError(f"{OPTION} takes a Python file; {file}: {why}.") from error
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise SpecError(
            f"{OPTION} {file}, line {line}: {getattr(error, 'msg', error)}; mend it."
        ) from error


def _imported(file: Path) -> ModuleType:
    spec = spec_from_file_location(_MODULE, file)
    if spec is None or spec.loader is None:
        raise SpecError(f"{OPTION} takes a Python file, whose name ends in .py; got {file}.")
    module = sys.modules[_MODULE] = module_from_spec(spec)
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise SpecError(
            f"{OPTION} {_place(file, error)} cannot be imported: {type(error).__name__}: {error}; "
            f"{_next_step(error)}."
        ) from error
    return module


def _place(file: Path, error: BaseException) -> str:
    """Return the file with the line in it that an error came by."""
    lines = [
        one.lineno
        for one in traceback.extract_tb(error.__traceback__)
        if one.filename == str(file) and one.lineno
    ]
    return f"{file}, line {lines[-1]}," if lines else str(file)


def _next_step(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"install it beside locust, for {sys.executable}, or put it beside the file"
    return "mend it, and try it alone with: python FILE"


def _users(file: Path, module: ModuleType, tree: ast.Module) -> tuple[type[Any], ...]:
    found = {name: one for name, one in vars(module).items() if is_user_class(one)}
    if not found:
        raise SpecError(
            f"{OPTION} {file} has no user class; give it a class of locust's HttpUser or "
            f"FastHttpUser with a @task."
        )
    written = [one for one in tree.body if isinstance(one, ast.ClassDef)]
    for name, one in found.items():
        lines = [text.lineno for text in written if text.name == name]
        if len(lines) > 1:
            raise SpecError(
                f"{OPTION} {file} has two classes named {name}, in lines {lines[0]} and "
                f"{lines[1]}; rename one of them."
            )
        if any(one.__name__ == other.__name__ for other in found.values() if other is not one):
            raise SpecError(
                f"{OPTION} {file} has two user classes named {one.__name__}; rename one."
            )
    return tuple(dict.fromkeys(found.values()))


def _shapes(module: ModuleType) -> Iterator[str]:
    for one in vars(module).values():
        if isinstance(one, type) and issubclass(one, LoadTestShape) and one is not LoadTestShape:
            yield one.__name__


def _listening() -> dict[str, list[Any]]:
    """Return who listens to each of locust's events."""
    return {name: list(hook._handlers) for name, hook in vars(events).items()}  # noqa: SLF001 -- locust shows them nowhere else
