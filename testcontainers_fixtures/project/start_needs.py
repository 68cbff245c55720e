"""What a start takes that only its user can give: said all at once, before anything is started.

Some of it would else be told after a base image was made, or once all parts are up.
"""

import os
import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_spec import StackSpec

# What a stack file to start from has in place of each command.
FILL_IN: Final = "fill-in-how-it-is-started"
_SECRET: Final = re.compile(r"\{secrets\.([A-Za-z_]\w*)\}")


def unset_variables(spec: StackSpec) -> Iterator[tuple[str, str]]:
    """Yield who takes a variable of the environment at a start, and its name, for each not set."""
    for name, part in spec.parts.items():
        passed_on = {one for one in part.env_from if one not in os.environ}
        named = [*(one for one in part.env_from if one in passed_on), *_unset(part)]
        yield from ((f"part {name}", one) for one in dict.fromkeys(named))
    yield from (("[broker]", one) for one in _unset(spec.broker))
    for seed in spec.seed:
        yield from ((f"seed of {seed.into}", one) for one in _unset(seed))


def unset_later(spec: StackSpec) -> Iterator[tuple[str, str]]:
    """Yield likewise what a start does without, and who logs in or sends traffic does not."""
    yield from (("[login]", one) for one in _unset(spec.login))
    for name, scenario in spec.scenarios.items():
        yield from ((f"scenario {name}", one) for one in _unset(scenario))
    yield from (("[contract]", one) for one in _unset(spec.contract))


def unfilled_parts(spec: StackSpec) -> list[str]:
    """Return the parts of which nobody has said how they are started."""
    return [name for name, part in spec.parts.items() if part.command[:1] == (FILL_IN,)]


def require_start_needs(spec: StackSpec) -> None:
    """Raise SpecError with all that a start lacks, where it lacks some."""
    if parts := unfilled_parts(spec):
        raise SpecError(
            f"Nobody has said how to start {' and '.join(parts)}: fill in `command` under "
            f"[parts.{parts[0]}] of the stack file."
        )
    lacking = list(unset_variables(spec))
    if lacking:
        names = ", ".join(dict.fromkeys(variable for _, variable in lacking))
        users = ", ".join(dict.fromkeys(user for user, _ in lacking))
        raise SpecError(
            f"The stack file takes {names} from the environment, for {users}; not set there, or "
            f"empty: export {lacking[0][1]}=..., say."
        )


def _unset(told: object) -> list[str]:
    """Return the variables without a value that texts take a secret from, each once."""
    named = (one for text in _texts(msgspec.to_builtins(told)) for one in _SECRET.findall(text))
    return [one for one in dict.fromkeys(named) if not os.environ.get(one)]


def _texts(told: Any) -> Iterator[str]:  # noqa: ANN401 -- any builtin
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict):
        yield from (text for one in told.values() for text in _texts(one))
    elif isinstance(told, list | tuple):
        yield from (text for one in told for text in _texts(one))
