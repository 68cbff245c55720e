"""Gives a twin the headers that the gateway adds for a service: it is asked past the gateway.

Their values stand in the stack file, or are what arrived last at the service's tap.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from testcontainers_fixtures.secret_values import with_secrets
from testcontainers_fixtures.stack_spec import Contract
from testcontainers_fixtures.taps.records import Arrival

_WHERE: Final = "`added_headers` of [contract]"


class AddedHeaders:
    """The headers that the gateway adds for one service; `look` at what each request led to."""

    def __init__(self, promises: Contract) -> None:
        self._told = promises.added
        self._seen: Mapping[str, str] | None = None

    def __repr__(self) -> str:
        """Show which there are, and never their values."""
        return f"<AddedHeaders {', '.join(self._told)}{'' if self.known else ', unknown'}>"

    @property
    def known(self) -> bool:
        """Tell whether a twin can be given them.

        Before anything has arrived they may not be; then no row can have been written either.
        """
        return self._seen is not None or all(self._told.values())

    def look(self, arrived: Sequence[Arrival] | None) -> None:
        """Note what a request led to at the service's tap, where it has one."""
        if arrived:
            self._seen = arrived[-1].request.joined()

    def told(self) -> dict[str, str]:
        """Return those whose values the stack file tells; names in lower case."""
        known = self._told.items()
        return {name: with_secrets(value, _WHERE) for name, value in known if value}

    def on(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return a request's headers as the service gets them: the gateway's replace a client's."""
        if not self._told:
            return dict(headers)
        seen = self._seen or {}
        mine = self.told() | {name: seen[name] for name in self._told if name in seen}
        gone = set(mine) if self._seen is None else set(self._told)
        return {n: v for n, v in headers.items() if n.lower() not in gone} | mine
