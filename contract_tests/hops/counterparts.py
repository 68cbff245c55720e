"""Which row of a twin's is which of the service's, where each side counts or draws ids for itself.

    POST /items     the gateway answers /id 17, the twin 9, and a rule says that /id is an id
    GET /items/17   the twin is asked GET /items/9

What is in a body or a query stays as it is: nobody knows whose id it is there.
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from contract_tests.hops.json_bodies import json_of
from contract_tests.hops.parity_rules import values_at
from testcontainers_fixtures.stack_file.parity_spec import ParityRule

_MOST: Final = 10_000


class Counterparts:
    """The rows of one service that were seen on both sides, by the path that they are below."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"<Counterparts {len(self._known)}>"

    def clear(self) -> None:
        """Forget all: the data is fresh, and ids are given anew."""
        self._known.clear()

    def learn(self, target: str, rules: Sequence[ParityRule], gateway: bytes, twin: bytes) -> None:
        """Note the ids that stand in the two bodies answered to one request, where rules say so."""
        pointers = [one.pointer for one in rules if one.rule == "id" and one.pointer is not None]
        if not pointers:
            return
        bodies = json_of(gateway), json_of(twin)
        for pointer in pointers:
            for ours, theirs in values_at(*bodies, pointer):
                self._note(target, ours, theirs)

    def _note(self, target: str, ours: object, theirs: object) -> None:
        if len(self._known) < _MOST and type(ours) is type(theirs) and isinstance(ours, int | str):
            segment = segment_of(ours)
            self._known[below(target, segment), segment] = segment_of(theirs)

    def is_known(self, target: str, ours: object, theirs: object) -> bool:
        """Tell whether two values are ids of one row, in the answers to a request."""
        if not (isinstance(ours, int | str) and isinstance(theirs, int | str)):
            return False
        segment = segment_of(ours)
        return self._known.get((below(target, segment), segment)) == segment_of(theirs)

    def at_twin(self, target: str) -> str:
        """Return a request's target with the twin's own ids in its path."""
        if not self._known:
            return target
        path, mark, query = target.partition("?")
        segments = path.split("/")
        made = [
            self._known.get(("/".join(segments[:n]), segment), segment)
            for n, segment in enumerate(segments)
        ]
        return "/".join(made) + mark + query


def below(target: str, segment: str) -> str:
    """Return the path that a row is below, by a request for it or for what it is in."""
    path = target.partition("?")[0].rstrip("/")
    return path.removesuffix(f"/{segment}")


def segment_of(value: object) -> str:
    """Return an id as it stands in a path."""
    return quote(str(value), safe="")
