"""A stack that is up already: where its gateway is, and by which commands its engine scales it."""

import re
import shlex
from collections.abc import Mapping
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from testcontainers_fixtures.errors import KeyedError
from testcontainers_fixtures.stack_file.spec_fields import Count, Name, Seconds, Variable

WITHIN_S: Final = 120.0
WORKERS_VARIABLE: Final = "WEB_CONCURRENCY"
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


def _no_address(usage: str) -> str | None:
    """Return why the URL of a `usage` is none; a secret in it may stand for anything."""
    url = re.sub(r"\{secrets\.\w+\}", "0", usage.partition(":")[2].partition("?query=")[0])
    try:
        urlsplit(url).port  # noqa: B018 -- it is read as it is asked for
    except ValueError as error:
        return str(error)
    return None


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


EngineName = Literal["swarm", "kubernetes"]
# A name, KIND/NAME or LABEL=VALUE; nothing that a command could take for an option.
Called = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][\w./=,-]*$")]
# Whose each key is, where it belongs to one engine, and what that cannot do without.
_OF_ENGINE: Final[Mapping[str, EngineName]] = {
    "stack": "swarm",
    "namespace": "kubernetes",
    "context": "kubernetes",
}
_NEEDED: Final[Mapping[EngineName, str]] = {"swarm": "stack", "kubernetes": "namespace"}
_USAGE: Final = re.compile(
    r"swarm:[A-Za-z0-9][\w.-]*|kubernetes|prometheus:https?://[^\s?]+\?query=.+", re.DOTALL
)
_RATE: Final = re.compile(r"\b(rate|irate|increase|delta|idelta)\s*\(")


class Attach(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the gateway of a running system is, how many of each run now, and what changes that.

    The numbers are put back when a run ends, so each that is scaled must be said. `reset` makes the
    data fresh before each configuration; after it seeds are put to the gateway. Once a number was
    changed, and after `reset`, `settled` is run until it ends with 0. Each command may take
    `within_s`, `settled` as long with all its tries.

    With an `engine` these commands are filled in where none is said, for each number that is: of
    the Swarm's `stack`, or in the Kubernetes `namespace` (and kubectl's `context`). A part is
    called STACK_PART there, or like the part with `-` for `_` and then is a deployment, unless
    `names` has another name, KIND/NAME or LABEL=VALUE. Workers are set by `workers_variable`, the
    prefetch by `prefetch_variable`; the parts in `restarts` are started over for fresh data.

    `usage` says who knows what each part uses of the CPU: `swarm:NAME`, the tasks of a stack on
    this machine; `kubernetes`, by `kubectl top`; `prometheus:URL?query=PROMQL`, CPU seconds so far,
    with one label a series, whose value is a part's name.
    """

    gateway: Annotated[str, Meta(pattern=r"^(https?://|\$)\S+$")]
    engine: EngineName | None = None
    stack: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][\w.-]*$")] | None = None
    namespace: Annotated[str, Meta(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")] | None = None
    context: Annotated[str, Meta(pattern=r"^[^\s-]\S*$")] | None = None
    names: dict[Name, Called] = {}
    restarts: tuple[Name, ...] = ()
    workers_variable: Variable = WORKERS_VARIABLE
    prefetch_variable: Variable | None = None
    resolvers: Count | None = None
    service_workers: Count | None = None
    gateway_workers: Count | None = None
    prefetch: Annotated[int, Meta(ge=1, le=MOST_PREFETCH)] | None = None
    scale: Scale = Scale()
    settled: CommandLines = ()
    reset: CommandLines = ()
    within_s: Seconds = WITHIN_S
    usage: str | None = None

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
        self._require_engine()
        self._require_usage()

    @property
    def told_late(self) -> bool:
        """Tell whether somebody else reads what the parts use, now and then."""
        return self.usage is not None and not self.usage.startswith("swarm:")

    def _require_usage(self) -> None:
        """Refuse a `usage` that nobody could tell."""
        if self.usage is not None and not _USAGE.fullmatch(self.usage):
            raise KeyedError(
                "expected swarm:NAME, kubernetes, or prometheus:http://HOST:PORT?query=PROMQL with"
                " the query as Prometheus' own page takes it",
                "usage",
            )
        if self.usage and (why := _no_address(self.usage)):
            raise KeyedError(f"its address cannot be read: {why}", "usage")
        if self.usage and self.usage.startswith("prometheus:") and _RATE.search(self.usage):
            raise KeyedError(
                "it takes the CPU seconds so far, a counter, and takes the rate of them itself:"
                " leave rate() and its like out",
                "usage",
            )
        if self.usage == "kubernetes" and self.engine != "kubernetes":
            raise KeyedError('it needs engine = "kubernetes", which knows the pods', "usage")

    def called(self, part: str) -> str:
        """Return what the engine calls a part."""
        usual = {
            "swarm": f"{self.stack}_{part}",
            "kubernetes": part.replace("_", "-"),
        }
        return self.names.get(part, usual.get(self.engine or "", part))

    def _require_engine(self) -> None:
        """Refuse an engine's key without it, and an engine without what it needs."""
        for key, engine in _OF_ENGINE.items():
            if getattr(self, key) is not None and self.engine != engine:
                raise KeyedError(f'it belongs to engine = "{engine}", which is not said', key)
        for key in ("names", "restarts", "prefetch_variable"):
            if getattr(self, key) and self.engine is None:
                raise KeyedError("it is for an `engine`, swarm or kubernetes; none is said", key)
        if self.engine and getattr(self, key := _NEEDED[self.engine]) is None:
            raise KeyedError(
                f'"{self.engine}" needs {key} = "NAME" in [attach] beside it', "engine"
            )
        for part, name in self.names.items():
            if self.engine == "swarm" and not re.fullmatch(r"[\w.-]+", name):
                raise KeyedError("Swarm scales services by name alone", "names", part)
