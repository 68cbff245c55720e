"""How a part shows that it can work: the forms of a stack file's `ready`."""

import re
from dataclasses import dataclass
from typing import Final, Literal, cast

from msgspec import Struct

from testcontainers_fixtures.stack_file.spec_fields import Seconds

READY_WITHIN_S: Final = 60.0
Kind = Literal["request", "tcp", "log", "queue", "command", "exit", "healthy", "started"]
_WORDS: Final = re.compile(
    r"(?P<request>(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /\S*)|(?P<tcp>tcp)|(?P<exit>exit)"
    r"|(?P<healthy>healthy)|(?P<started>started)|log (?P<log>\S.*)|queue (?P<queue>\S.*)"
)
_FORMS: Final = (
    '"GET /PATH", "tcp", "log TEXT", "queue NAME", "healthy", "started" or "exit"; or a table with'
    " one of these as `when`, or a `command`, and `within_s`"
)


class Ready(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shows that a part is ready, and within how many seconds of its start it must show.

    `when` is what `ready` may be by itself; `command` is run where the part runs, with its
    settings, until it ends with 0.
    """

    when: str = ""
    command: tuple[str, ...] = ()
    within_s: Seconds = READY_WITHIN_S

    def __post_init__(self) -> None:
        """Refuse none of both, and both."""
        if bool(self.when) == bool(self.command):
            raise ValueError(f"ready is {_FORMS}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What `ready` means: `subject` is the request, the text or the queue that it is about."""

    kind: Kind
    subject: str = ""
    command: tuple[str, ...] = ()
    within_s: float = READY_WITHIN_S

    @property
    def asks_the_port(self) -> bool:
        """Tell whether the part must listen for it."""
        return self.kind in {"request", "tcp"}


def readiness(ready: str | Ready) -> Readiness:
    """Return what `ready` means; raise ValueError for what it may not be."""
    if isinstance(ready, str):
        return _worded(ready, READY_WITHIN_S)
    if ready.command:
        return Readiness(kind="command", command=ready.command, within_s=ready.within_s)
    return _worded(ready.when, ready.within_s)


def _worded(text: str, within_s: float) -> Readiness:
    found = _WORDS.fullmatch(text)
    if found is None:
        raise ValueError(f"ready is {_FORMS}; seen: {text!r}")
    # The pattern's groups are named as the kinds are, and one of them is there.
    kind, subject = next((name, said) for name, said in found.groupdict().items() if said)
    return Readiness(kind=cast("Kind", kind), subject=subject, within_s=within_s)
