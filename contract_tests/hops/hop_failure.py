"""What schemathesis is told where two sides of a hop do not agree: it shrinks what led to it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, Self

from schemathesis.core.failures import Failure

if TYPE_CHECKING:
    import schemathesis


class Disagreement(Protocol):
    """One thing in which they differ."""

    @property
    def sentence(self) -> str:
        """Return it in words."""
        ...


class HopFailure(Failure):
    """The base of what a hop may be guilty of."""

    found: tuple[Any, ...] = ()  # a Disagreement each
    hops: tuple[str, ...] = ()  # those that may be guilty, once somebody has said

    @classmethod
    def told(
        cls, case: "schemathesis.Case[Any]", title: str, found: Sequence[Disagreement]
    ) -> Self:
        """Return the failure of a case, with all that was found of it."""
        failure = cls(
            operation=case.operation.label,
            title=title,
            message="\n".join(one.sentence for one in found),
        )
        failure.found = tuple(found)
        return failure
