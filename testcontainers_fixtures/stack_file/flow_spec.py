"""The steps that one session of a scenario takes, one after the other."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from testcontainers_fixtures.errors import KeyedError
from testcontainers_fixtures.stack_file.draw_spec import Draw, refuse_empty_ranges
from testcontainers_fixtures.stack_file.spec_fields import HeaderName, Name, RequestLine

# Where in an answer something stands: at a JSON pointer (RFC 6901), in a header, in a cookie, or as
# its status.
Kept = Annotated[str, Meta(pattern=r"^(/.*|status|(header|cookie) [!-:<-~]{1,64})$")]
KeptName = Annotated[str, Meta(pattern=r"^[a-z_][a-z0-9_]*$")]
# Without bounds of their own, which are looked at below: as one type, msgspec 0.22 reads a bounded
# number or a tuple of fixed length from the wrong memory.
Think = float | tuple[float, float]
MOST_THINK_S: Final = 3_600.0
_CHOSEN: Final = ("choice", "branch")


class FlowStep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request of a session, made when the step before it is answered and `think_s` is over.

    `keeps` gives names to what the answer brings; later steps of the same session have them in
    braces. `think_s` is drawn anew each time where it is two numbers. A step is left out by all but
    a `share` of the sessions. Of the branches of a `choice` each session takes one, by the `weight`
    at the branch's first step; the steps of a choice stand together. Other fields are those of a
    call.
    """

    name: str
    request: RequestLine
    resolver: Name | None = None
    headers: dict[HeaderName, str] = {}
    body: Any = None
    draw: dict[str, Draw] = {}
    keeps: dict[KeptName, Kept] = {}
    status: tuple[int, ...] = (200, 201, 202, 204)
    expect: dict[Kept, Any] = {}
    expect_schema: str = ""
    think_s: Think | None = None
    share: Annotated[float, Meta(gt=0, le=1)] = 1.0
    choice: str = ""
    branch: str = ""
    weight: Annotated[float, Meta(gt=0)] | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        refuse_empty_ranges(self.draw)
        if bool(self.choice) != bool(self.branch):
            missing = _CHOSEN[bool(self.choice)]
            raise ValueError(
                f"step {self.name!r} has no {missing}; a step of a choice names both, such as "
                f'choice = "payment", branch = "card"'
            )
        if self.weight is not None and not self.branch:
            raise ValueError(
                f"step {self.name!r} has a weight and no branch; for a step that not every session "
                f"makes, write share = 0.3"
            )
        low_s, high_s = self.thinks_s
        if not 0 <= low_s <= high_s <= MOST_THINK_S:
            raise KeyedError(
                f"expected seconds from 0 to {MOST_THINK_S:.0f}, or the shortest and the longest "
                f"time, such as [1, 5]",
                "think_s",
            )

    @property
    def thinks_s(self) -> tuple[float, float]:
        """Return the shortest and the longest think time."""
        think_s = self.think_s or 0.0
        return think_s if isinstance(think_s, tuple) else (think_s, think_s)

    @property
    def sure(self) -> bool:
        """Tell whether every session makes it."""
        return self.share == 1 and not self.choice


def refuse_contradictions(steps: tuple[FlowStep, ...]) -> None:
    """Raise KeyedError where the steps of a flow contradict each other."""
    if not steps:
        return
    if not steps[0].sure or steps[0].think_s is not None:
        raise KeyedError(
            "a session begins with its first step: it has no think_s, share or choice", "flow", 0
        )
    seen: set[str] = set()
    for choice, steps_of in groupby(enumerate(steps), lambda one: one[1].choice):
        run = list(steps_of)
        if choice and choice in seen:
            at = run[0][0]
            raise KeyedError(f"the steps of choice {choice!r} stand apart", "flow", at, "choice")
        seen.add(choice)
        if choice:
            _refuse_weights(run)


def _refuse_weights(steps: Iterable[tuple[int, FlowStep]]) -> None:
    begun: dict[str, FlowStep] = {}
    for at, step in steps:
        first = begun.setdefault(step.branch, step)
        if step is not first and step.weight is not None:
            raise KeyedError(
                f"a branch has its weight at its first step, {first.name!r}", "flow", at, "weight"
            )


def known_before(steps: tuple[FlowStep, ...], at: int) -> Mapping[str, bool]:
    """Return the names that the steps before one keep, and whether it can count on each.

    It cannot count on what a step keeps that the same session may have left out.
    """
    here, found = steps[at], dict[str, bool]()
    for step in steps[:at]:
        same_branch = (step.choice, step.branch) == (here.choice, here.branch)
        sure = step.share == 1 and (not step.choice or same_branch)
        for name in step.keeps:
            found[name] = found.get(name, False) or sure
    return found
