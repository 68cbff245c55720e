"""What a stack file says of drift on paper: which of it is let be, why, and until when."""

from datetime import date
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, Struct

from testcontainers_fixtures.errors import KeyedError

EVERY: Final = "*"

# A level, or what a difference does to who calls the gateway: that and all that is graver.
FailOn: TypeAlias = Literal[
    "error",
    "warning",
    "note",
    "breaks callers",
    "refuses what was served",
    "promises too little",
    "words only",
]


class IgnoreRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lets differences be: those at `where` whose sentence has `what` in it, all where that is "".

    `where` is an operation ("GET /items"), a place in one ("GET /items, query limit") or a shared
    component ("Item /qty"); `*` in place of an operation is each ("*, answer 503"). `because` says
    why, `until` is the last day.
    """

    where: Annotated[str, Meta(min_length=1)]
    because: str
    what: str = ""
    until: date | None = None

    def __post_init__(self) -> None:
        """Refuse a rule without a reason."""
        if not self.because.strip():
            raise KeyedError("because says why this may differ; it is empty", "because")
        if not self.where.strip():
            raise KeyedError("where names an operation or a place in one; it is empty", "where")
        if self.where.strip() == EVERY and not self.what.strip():
            raise KeyedError(
                "where lets all drift be; name a place in every operation, as `*, answer 503`, or"
                " say by `what` which sentences are meant",
                "where",
            )


class Drift(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is let be of the drift on paper, and from which level or effect on the rest fails."""

    ignore: tuple[IgnoreRule, ...] = ()
    fail_on: FailOn = "note"
