"""One call's passage over the queue: the moments both ends saw, and the hops between them.

    gateway   begun ---- confirmed ............................. ended
    resolver                      taken ---- answered
    hops        publish     wait    resolver      reply         (together: rpc)

The two ends' moments can be put on one line only where both read the same clock: CLOCK_MONOTONIC
counts from a boot, so the boot ids must be equal. Elsewhere the two one-way hops are given as one,
`transit`, which is what the round trip leaves over.
"""

import time
from dataclasses import dataclass, field

from msgspec import Struct

from system.boot import BOOT


class ResolverTimings(Struct, frozen=True, kw_only=True, array_like=True):
    """A call's stay in a resolver, on the monotonic clock of one boot of one machine."""

    boot: str = BOOT
    taken_s: float
    answered_s: float


@dataclass(slots=True)
class CallTimings:
    """What the caller's end notes of one call; begins when it is made.

    `behind_ms` are the hops that the resolver measured behind itself, handed on as they came.
    """

    begun_s: float = field(default_factory=time.monotonic)
    confirmed_s: float | None = None
    ended_s: float | None = None
    stay: ResolverTimings | None = None
    behind_ms: dict[str, float] = field(default_factory=dict)

    def end(self, stay: ResolverTimings | None, behind_ms: dict[str, float]) -> None:
        """Note that the reply is here, and what the resolver says of its stay."""
        self.ended_s = time.monotonic()
        self.stay, self.behind_ms = stay, behind_ms

    def hops_ms(self) -> dict[str, float]:
        """Return the round trip and what is known of its parts, in ms; no two parts overlap.

        A confirm may come when the resolver works already. `publish` then ends where `wait` would
        begin, so that the parts never exceed the whole, `rpc`.
        """
        ended_s = time.monotonic() if self.ended_s is None else self.ended_s
        if self.stay is None:
            return _ms(rpc=ended_s - self.begun_s, publish=self._publish_s())
        if self._on_one_clock(self.stay, ended_s):
            return self._in_line(self.stay, ended_s) | self.behind_ms
        return self._apart(self.stay, ended_s - self.begun_s) | self.behind_ms

    def _in_line(self, stay: ResolverTimings, ended_s: float) -> dict[str, float]:
        published_s = min(self.confirmed_s or stay.taken_s, stay.taken_s)
        return _ms(
            rpc=ended_s - self.begun_s,
            publish=published_s - self.begun_s,
            wait=stay.taken_s - published_s,
            resolver=stay.answered_s - stay.taken_s,
            reply=ended_s - stay.answered_s,
        )

    def _publish_s(self) -> float | None:
        return None if self.confirmed_s is None else self.confirmed_s - self.begun_s

    def _on_one_clock(self, stay: ResolverTimings, ended_s: float) -> bool:
        # The order is checked as well: a time namespace moves the clock within one boot.
        return stay.boot == BOOT and self.begun_s <= stay.taken_s <= stay.answered_s <= ended_s

    def _apart(self, stay: ResolverTimings, rpc_s: float) -> dict[str, float]:
        resolver_s = min(max(0.0, stay.answered_s - stay.taken_s), rpc_s)
        publish_s = min(self._publish_s() or 0.0, rpc_s - resolver_s)
        return _ms(
            rpc=rpc_s,
            publish=publish_s,
            transit=max(0.0, rpc_s - publish_s - resolver_s),  # rounding may leave -1e-16
            resolver=resolver_s,
        )


def _ms(**seconds: float | None) -> dict[str, float]:
    return {hop: value * 1000 for hop, value in seconds.items() if value is not None}
