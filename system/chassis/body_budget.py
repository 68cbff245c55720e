"""How many bytes of bodies a process holds at a time, so that number times size is bounded too."""

from types import TracebackType
from typing import Self


class BodyBudget:
    """So many bytes and no more; what a call takes of it is given back when its `held` is left."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.held_bytes = 0

    def __repr__(self) -> str:
        """Show how much is held."""
        return f"<BodyBudget {self.held_bytes} of {self.most_bytes} bytes held>"

    @property
    def tight(self) -> bool:
        """Tell whether more than half is held."""
        return self.held_bytes * 2 > self.most_bytes

    def held(self) -> "Held":
        """Return what one call holds: nothing yet."""
        return Held(self)


class Held:
    """What one call holds of a budget; a context manager that gives it back."""

    def __init__(self, budget: BodyBudget) -> None:
        self._budget = budget
        self.held_bytes = 0

    def grow(self, by_bytes: int) -> bool:
        """Hold so many more; False, and nothing more is held, where the budget lacks them."""
        if self._budget.held_bytes + by_bytes > self._budget.most_bytes:
            return False
        self._budget.held_bytes += by_bytes
        self.held_bytes += by_bytes
        return True

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give all of it back."""
        self._budget.held_bytes -= self.held_bytes
        self.held_bytes = 0
