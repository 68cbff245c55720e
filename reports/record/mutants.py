"""What a run of mutants measured, as frozen data: how each defect fared, and each method alone.

E2eRun -> Mutant;  E2eRun -> LadderRung
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from reports.record.measurements import Amount, Count

Origin = Literal["the catalogue", "at random"]
Fate = Literal["killed", "survived", "timed out", "equivalent"]


class Mutant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One defect that was put into the system: `sentence` says what is wrong with it.

    `by` is the method that found it first, "" where none did; `found` is what that method saw, or
    why nobody could see anything, where that is so. `seconds` runs from the moment its stack is up.
    """

    name: str
    sentence: str
    layer: str
    origin: Origin
    fate: Fate
    by: str = ""
    seconds: Amount
    found: str = ""
    curl: str | None = None


class LadderRung(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One method by itself over some mutants; `seconds` is its time over all of them.

    `alarm` is what it says of the system without a defect, "" where it rightly says nothing.
    """

    method: str
    killed: Count
    tried: Count
    seconds: Amount
    median_s: Annotated[float, Meta(ge=0)] | None = None
    missed: tuple[str, ...] = ()
    alarm: str = ""

    @property
    def share(self) -> float:
        """Return the share that it killed; 0.0 where it tried none."""
        return self.killed / self.tried if self.tried else 0.0
