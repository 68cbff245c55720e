"""The options of the pytest plugin: prefixed wherever it is installed, and short where asked for.

Whoever has the package installed may have options of the short names, so those are added by
`testcontainers_fixtures.plugin` alone, which a project names itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest

PREFIX: Final = "gatewaybench"
# Of the suite's own sessions; whoever makes one must import nothing that pytest is to rewrite.
EXPLAIN_OPTION: Final = "--explain"
UNSEEN: Final = (
    "'$NAME' is read from that environment variable, since `ps` shows a command line to all"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginOption:
    """One option: its short names, what it takes, and whether it may be repeated."""

    names: tuple[str, ...]
    metavar: str
    said: str
    repeated: bool = False

    @property
    def dest(self) -> str:
        """Return where its value is found in a session's options."""
        return f"{PREFIX}_{self.names[0].removeprefix('--').replace('-', '_')}"

    @property
    def prefixed(self) -> tuple[str, ...]:
        """Return its names that no other plugin has."""
        return tuple(f"--{PREFIX}-{name.removeprefix('--')}" for name in self.names)


OPTIONS: Final = (
    # Every other command calls it --stack.
    PluginOption(
        names=("--stack", "--stack-file"),
        metavar="FILE",
        said="what to run; else the project's stack file, else the reference system",
    ),
    PluginOption(
        names=("--engine",),
        metavar="NAME",
        said="containers or processes; else what is there",
    ),
    PluginOption(names=("--run-folder",), metavar="FOLDER", said="where the stack's logs are kept"),
    PluginOption(
        names=("--gateway",),
        metavar="URL",
        said="attach to a system that is up; start nothing",
    ),
    PluginOption(
        names=("--service",),
        metavar="NAME=URL",
        said="where a service of the attached system is; may be repeated",
        repeated=True,
    ),
    PluginOption(
        names=("--twin",),
        metavar="NAME=URL",
        said="where a twin of the attached system is; may be repeated",
        repeated=True,
    ),
    PluginOption(
        names=("--ca-file",),
        metavar="FILE",
        said="whose certificates to trust, not the machine's",
    ),
    PluginOption(
        names=("--client-cert",),
        metavar="FILE",
        said="a certificate to show to who asks for one (PEM)",
    ),
    PluginOption(
        names=("--client-key",),
        metavar="FILE",
        said="its key, where that is not in the same file",
    ),
    PluginOption(names=("--amqp",), metavar="URL", said=f"the attached system's broker; {UNSEEN}"),
    PluginOption(names=("--management",), metavar="URL", said=f"its management API; {UNSEEN}"),
)


def add_prefixed(parser: pytest.Parser) -> None:
    """Offer the options under names that are nobody else's."""
    group = parser.getgroup(PREFIX, "the running system that tests are held against (gatewaybench)")
    for one in OPTIONS:
        group.addoption(*one.prefixed, dest=one.dest, help=one.said, **_kind(one))


def add_short(parser: pytest.Parser) -> None:
    """Offer the same options under their short names as well."""
    group = parser.getgroup("stack", f"the same as --{PREFIX}-...")
    for one in OPTIONS:
        group.addoption(*one.names, dest=one.dest, help=one.said, **_kind(one))


def given(config: pytest.Config) -> Iterator[PluginOption]:
    """Yield the options that a session was given."""
    return (one for one in OPTIONS if config.getoption(one.dest))


def _kind(one: PluginOption) -> dict[str, object]:
    kind: dict[str, object] = {"metavar": one.metavar}
    return kind | ({"action": "append", "default": []} if one.repeated else {"default": None})
