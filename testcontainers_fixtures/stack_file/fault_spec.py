"""A fault of a team's own: what is run to break a part, to mend it, and to see it broken."""

from typing import Literal

from msgspec import Struct

from testcontainers_fixtures.stack_file.spec_fields import Command, Name, Seconds

LASTS_S = 3.0
Unknown = Literal["none", "in_flight", "meanwhile"]


class OwnFault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Commands that are run beside `part`, with its settings, and what may come of it.

    `strike` breaks something, and must end; `mend` undoes it. Or `during` is run for as long as the
    fault lasts, and ends by itself after the seconds that `{lasts_s}` stands for. `sign` is run
    before and meanwhile: it ends, or says, something else then; without it the part must say in its
    own way that it is not ready. `unknown` is of which calls the outcome may not be known: of none,
    of those on their way when it struck, or of all that were sent meanwhile as well. In an `outage`
    no call need succeed.
    """

    part: Name
    sentence: str = ""
    strike: Command | None = None
    mend: Command | None = None
    during: Command | None = None
    sign: Command | None = None
    lasts_s: Seconds = LASTS_S
    outage: bool = True
    unknown: Unknown = "meanwhile"

    def __post_init__(self) -> None:
        """Refuse half of a fault, and two in one."""
        if (self.strike is None) == (self.during is None):
            raise ValueError("a fault is a `strike`, with its `mend`, or a command `during` it")
        if (self.strike is None) != (self.mend is None):
            raise ValueError("a fault's `strike` is undone by its `mend`; give both")

    @property
    def fillable(self) -> tuple[Command, ...]:
        """Return every command that it has, but for the seconds that it lasts."""
        given = (self.strike, self.mend, self.during, self.sign)
        return tuple(self.lasting(one) for one in given if one)

    def lasting(self, command: Command) -> Command:
        """Return a command with the seconds that the fault lasts."""
        return tuple(word.replace("{lasts_s}", f"{self.lasts_s:g}") for word in command)
