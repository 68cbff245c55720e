"""What two documents say differently, as frozen data: the report of a comparison on paper.

DriftReport -> ToldDrift -> DriftPlace, DriftSource, IgnoredDrift
            -> NotCompared
"""

from datetime import date
from typing import Final, Literal

from msgspec import Struct

# What a difference does to somebody who calls the gateway and goes by its document.
Effect = Literal["breaks callers", "refuses what was served", "promises too little", "words only"]
Level = Literal["error", "warning", "note"]
LEVELS: Final[tuple[Level, ...]] = ("error", "warning", "note")
FailOn = Level | Effect
LEVEL_OF: Final[dict[Effect, Level]] = {
    "breaks callers": "error",
    "refuses what was served": "error",
    "promises too little": "warning",
    "words only": "note",
}
MEANINGS: Final[dict[Effect, str]] = {
    "breaks callers": "who goes by the gateway's document is refused, or gets what that lacks",
    "refuses what was served": "the gateway takes less than its service does",
    "promises too little": "the gateway's document is wider, or leaves out what may be relied on",
    "words only": "no request is refused and no answer differs because of it",
}
Direction = Literal["request", "answer", "operation"]


class DriftPlace(Struct, frozen=True, kw_only=True):
    """A place in an operation that a difference reaches ("GET /items", "answer 200 /id")."""

    operation: str
    where: str
    direction: Direction
    effects: tuple[Effect, ...]


class DriftSource(Struct, frozen=True, kw_only=True):
    """Where a difference stands in one side's document: a pointer, "" where that side lacks it.

    `line` counts from 1, None where it is not known.
    """

    document: str
    pointer: str
    line: int | None = None


class IgnoredDrift(Struct, frozen=True, kw_only=True):
    """Why a difference is let be; `until` is the last day of that, None for no end."""

    because: str
    until: date | None = None


class NotCompared(Struct, frozen=True, kw_only=True):
    """What is not held against anything, and why; `service` is "" where it is of none."""

    service: str
    what: str
    because: str


class ToldDrift(Struct, frozen=True, kw_only=True):
    """One difference, told once: all the places that it reaches stand in `places`.

    `title` is what it is about, a shared component ("Item /qty") or the one place, `said` what each
    side says. `remark` is what else is to be known: that a rule of it has expired.
    """

    service: str
    title: str
    said: str
    level: Level
    effects: tuple[Effect, ...]
    places: tuple[DriftPlace, ...]
    gateway_at: DriftSource
    service_at: DriftSource
    remark: str = ""
    ignored: IgnoredDrift | None = None

    @property
    def sentence(self) -> str:
        """Return the difference in a sentence."""
        return f"{self.title}: {self.said}." + (f" {self.remark}" if self.remark else "")


class DriftReport(Struct, frozen=True, kw_only=True):
    """What came of holding a gateway's document against those of its services.

    `services` has the address of each one's document by its name, `operations` how many of theirs
    were compared. `unread` are sentences on what could not be read of any, `rules` on rules that
    are of no use any more. A difference below `fail_on`, a level or an effect, fails nothing.
    `is_cut` says that the differences reach more places than are named. `not_compared` is what the
    stack file leaves out, or leads nowhere, and `notes` say how paths were read.
    """

    gateway: str
    services: dict[str, str]
    operations: int
    fail_on: FailOn
    differences: tuple[ToldDrift, ...] = ()
    ignored: tuple[ToldDrift, ...] = ()
    unread: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    is_cut: bool = False
    not_compared: tuple[NotCompared, ...] = ()
    notes: tuple[str, ...] = ()
    version: Literal[1] = 1
