"""Which checks there are, by the names that a stack file may leave them out by."""

from difflib import get_close_matches
from importlib import import_module
from typing import Final

from reports.record.failures import METHODS
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.nearest import meant
from testcontainers_fixtures.stack_spec import Contract

OWN: Final = ("answers_as_its_twin", "received_as_sent", "a promise of nothing", "who may come in")


def names() -> list[str]:
    """Return the methods, our own checks and those of schemathesis; promises have sentences."""
    # It takes long to import: only who names a check waits for it.
    theirs = import_module("schemathesis.checks")
    theirs.load_all_checks()
    methods = [name for pair in METHODS.items() for name in pair if pair[0] != "whole"]
    return [*methods, *OWN, *(one.__name__ for one in theirs.CHECKS.get_all())]


def require_known(promises: Contract) -> None:
    """Raise SpecError for a check that is left out and is none; a promise is its own sentence."""
    named = any(one.check is not None for one in promises.leave_out)
    known = names() if named else []
    for number, one in enumerate(promises.leave_out, start=1):
        if one.check is None or one.check in known:
            continue
        if " " not in one.check or get_close_matches(one.check, known, n=1, cutoff=0.8):
            raise SpecError(
                f"`leave_out` number {number} of [contract] names the check {one.check!r}, which"
                f" is none{meant(one.check, known)}; known are: {', '.join(known)}, and each"
                " promise by its own words."
            )
