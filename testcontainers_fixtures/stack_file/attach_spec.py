"""A stack that is up already: where its gateway is, and by which commands its engine scales it."""

import shlex
from collections.abc import Mapping
from typing import Annotated, Final

from msgspec import Meta, Struct

from testcontainers_fixtures.errors import KeyedError
from testcontainers_fixtures.stack_file.spec_fields import Count, Seconds

WITHIN_S: Final = 120.0
MOST_PREFETCH: Final = 65_535
# What stands for the number in the commands of each key of `scale`.
PLACEHOLDERS: Final[Mapping[str, str]] = {
    "resolvers": "copies",
    "service_workers": "workers",
    "gateway_workers": "workers",
    "prefetch": "prefetch",
}
# One command as it is typed, or several, one after the other.
CommandLines = str | tuple[str, ...]


def split_lines(lines: CommandLines) -> tuple[tuple[str, ...], ...]:
    """Return the words of each command line, as a shell would split it; nothing else is read."""
    return tuple(tuple(shlex.split(one)) for one in ([lines] if isinstance(lines, str) else lines))


def _words(lines: CommandLines, key: str) -> list[str]:
    """Return the words of all lines; raise KeyedError for one that is empty or not closed."""
    try:
        split = split_lines(lines)
    except ValueError as error:
        raise KeyedError(f"it is no command line: {str(error).lower()}", key) from error
    if not all(split):
        raise KeyedError("a line of it is empty; leave it out", key)
    return [word for words in split for word in words]


class Scale(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What makes so many of something: a command line, or several, one after the other.

    They are run without a shell, in the stack file's folder. `{copies}` in `resolvers`, `{workers}`
    in `service_workers` and `gateway_workers` and `{prefetch}` in `prefetch` is the number, and
    `{secrets.NAME}` a variable of the environment. What has no command is never changed.
    """

    resolvers: CommandLines = ()
    service_workers: CommandLines = ()
    gateway_workers: CommandLines = ()
    prefetch: CommandLines = ()

    def __post_init__(self) -> None:
        """Refuse a command that would make the same of every number."""
        for key, name in PLACEHOLDERS.items():
            words = _words(self.lines(key), key)
            if words and not any(f"{{{name}}}" in word for word in words):
                raise KeyedError(f"no word of it has {{{name}}}, the number to make of it", key)

    def lines(self, key: str) -> CommandLines:
        """Return the command lines of one key; none where that is not scaled."""
        found: CommandLines = getattr(self, key)
        return found

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the keys that have commands."""
        return tuple(key for key in PLACEHOLDERS if self.lines(key))


class Attach(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the gateway of a running system is, how many of each run now, and what changes that.

    The numbers are put back when a run ends, so each that is scaled must be said. `reset` makes the
    data fresh before each configuration; after it seeds are put to the gateway. Once a number was
    changed, and after `reset`, `settled` is run until it ends with 0. Each command may take
    `within_s`, `settled` as long with all its tries. `usage` says who knows what each part uses of
    the CPU: `swarm:NAME` is a stack of that name in the Docker Swarm of this machine, whose service
    for a part is called like it.
    """

    gateway: Annotated[str, Meta(pattern=r"^(https?://|\$)\S+$")]
    resolvers: Count | None = None
    service_workers: Count | None = None
    gateway_workers: Count | None = None
    prefetch: Annotated[int, Meta(ge=1, le=MOST_PREFETCH)] | None = None
    scale: Scale = Scale()
    settled: CommandLines = ()
    reset: CommandLines = ()
    within_s: Seconds = WITHIN_S
    usage: Annotated[str, Meta(pattern=r"^swarm:[A-Za-z0-9][\w.-]*$")] | None = None

    def __post_init__(self) -> None:
        """Refuse what could not be put back, and a line that no command is in."""
        for key in self.scale.keys:
            if getattr(self, key) is None:
                raise KeyedError(
                    f"it is scaled, and nothing says how many there are now: write {key} = N into"
                    f" [attach], to which it is put back",
                    *("scale", key),
                )
        for key in ("settled", "reset"):
            _words(getattr(self, key), key)
