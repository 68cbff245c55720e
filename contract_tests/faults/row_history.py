"""Tells of a key what its callers, the services and the rows know of it, in one sentence."""

from collections.abc import Mapping, Sequence

from contract_tests.faults.ledger import Attempt, ServiceWork


class RowHistory:
    """The three sides of one trial; called with a key it returns the sentence, without its end.

    Moments are seconds since `zero_s`.
    """

    def __init__(
        self,
        journal: Sequence[Attempt],
        rows: Mapping[str, int],
        work: Sequence[ServiceWork],
        zero_s: float,
    ) -> None:
        self._journal = journal
        self._rows = rows
        self._work = work
        self._zero_s = zero_s

    def __repr__(self) -> str:
        """Show how much is known."""
        return f"<KeyHistory {len(self._journal)} attempts, {len(self._work)} arrivals>"

    def __call__(self, key: str) -> str:
        """Return what is known of a key."""
        tries = [self._attempt(one) for one in self._journal if one.key == key]
        came = [self._arrival(one) for one in self._work if one.key == key]
        return f"{key}: {'; '.join([*tries, *came])}; {self._rows.get(key, 0)} rows"

    def _attempt(self, one: Attempt) -> str:
        kind = "write" if one.write else "read"
        other = "" if one.echo in {None, frozenset({one.key})} else self._others(one)
        return f"{kind} at {self._at(one.sent_s)}, {one.reason} at {self._at(one.ended_s)}{other}"

    def _others(self, one: Attempt) -> str:
        return f" with {', '.join(sorted(one.echo or ())) or 'no key'} in its body"

    def _arrival(self, one: ServiceWork) -> str:
        came = f"reached {one.service} at {self._at(one.arrived_s)}"
        if one.answered_s is None:
            return f"{came}, never answered"
        return f"{came}, {one.status} at {self._at(one.answered_s)}"

    def _at(self, moment_s: float) -> str:
        return f"{moment_s - self._zero_s:.3f} s"
