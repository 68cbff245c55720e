"""Tries one input after the other until one of them leaves a system that does not come back.

Hypothesis makes a smaller one of an input that failed, by trying hundreds. Where the first has
stopped every consumer for good each of these would only wait for a dead system, for minutes, and
the smallest would be blamed for what it has not done.
"""

from collections.abc import Callable

import hypothesis

from testcontainers_fixtures.errors import StackError


class LastingDamage:
    """Remembers the input after which a system stayed broken; `is_well` tells whether one is."""

    def __init__(self, is_well: Callable[[], bool]) -> None:
        self._is_well = is_well
        self._cause = ""
        self._again: Callable[[], BaseException] = AssertionError

    def __repr__(self) -> str:
        """Show what did it, if anything has."""
        return f"<LastingDamage {self._cause or 'none'}>"

    def trying(self, given: object, attempt: Callable[[], None]) -> None:
        """Try an input; once one has done lasting damage that one fails again, no other is tried.

        To be called within a test of Hypothesis.
        """
        if self._cause:
            hypothesis.assume(repr(given) == self._cause)
            raise self._again()
        try:
            attempt()
        except (AssertionError, StackError) as failure:
            if not self._is_well():
                self._cause, self._again = repr(given), _again(failure)
            raise


def _again(failure: BaseException) -> Callable[[], BaseException]:
    """Return what gives a failure with its traceback, by which Hypothesis knows it for the same."""
    raised_at = failure.__traceback__
    return lambda: failure.with_traceback(raised_at)
