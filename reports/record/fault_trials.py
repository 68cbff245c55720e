"""What a fault run measured, as frozen data: one trial a fault and engine.

FaultsRun -> FaultTrial -> Breach, Residue, Step;  FaultsRun -> ColdStarts
"""

from typing import Annotated

from msgspec import Meta, Struct

from reports.record.measurements import Amount, Count, Positive

INVARIANTS_OF_THE_LEDGER = ("lost", "duplicated", "misdelivered", "hung", "late", "untrue")


class Breach(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often a promise was broken, and the first few cases in words."""

    count: Count
    shown: tuple[str, ...] = ()


class Residue(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much there was of something before the fault and some seconds after it.

    `most` is what may be there afterwards: the baseline, and what pools may have grown by.
    """

    what: str
    before: Count
    after: Count
    most: Count


class Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A short stretch of a trial: how what was sent then ended, failures by reason."""

    start_s: Amount
    length_s: Annotated[float, Meta(gt=0)]
    ok: Count
    errors: dict[str, Count] = {}

    @property
    def sent(self) -> int:
        """Return how many requests were sent."""
        return self.ok + sum(self.errors.values())


class FaultTrial(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fault on one engine under traffic. Times count from the first request.

    `not_applicable` says why the fault cannot be tried here, on this engine or of this system, and
    what would let it; `void` why it should have been tried and was not (or could not be judged).
    With either, the figures are empty. `outage` tells whether
    success may drop to nothing while it lasts. `evidence` is what was seen from outside once it had
    struck. `recovery_s` runs from `mended_s` to the moment from which on 99 % succeed; it is null
    where that never came. `reopened_s` is when the broker's port took connections again, null where
    it always did; `resumed_s` runs from it as `recovery_s` does. `spoilt` tells what was red in
    trials of the same fault that were not counted, since a starved machine may have spoilt them.
    `not_asked` has the invariants of the ledger that nobody could look at, each with the reason.
    `came_up` is false where a part of the stack ended, or was not ready in time: then it is the
    system that is why there are no figures.
    """

    fault: str
    sentence: str
    engine: str
    configuration: str
    not_applicable: str = ""
    void: str = ""
    came_up: bool = True
    spoilt: tuple[str, ...] = ()
    outage: bool = False
    evidence: str = ""
    seconds: Amount = 0.0
    attempts: Count = 0
    writes: Count = 0
    acknowledged: Count = 0
    refused: Count = 0
    unknown: Count = 0
    committed: Count = 0
    unknown_limit: Count = 0
    breaches: dict[str, Breach] = {}
    not_asked: dict[str, str] = {}
    struck_s: Amount = 0.0
    mending_s: Amount = 0.0
    mended_s: Amount = 0.0
    recovery_s: Amount | None = None
    reopened_s: Amount | None = None
    resumed_s: Amount | None = None
    residues: tuple[Residue, ...] = ()
    uncounted: str = ""  # why some residue could not be read
    course: tuple[Step, ...] = ()

    @property
    def tried(self) -> bool:
        """Tell whether there are figures to judge."""
        return not (self.not_applicable or self.void)


class ColdStarts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many of some starts with empty data came up, with how many workers a service."""

    engine: str
    asked: Positive
    came_up: Count
    workers: Positive
    slowest_s: Amount
    failures: tuple[str, ...] = ()
