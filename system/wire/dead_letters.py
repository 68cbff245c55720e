"""What of a message that is given up may lie among the dead letters: its shape, and no secret.

A head that cannot be read may hold a credential anywhere: in a header whose name is spelt with
escapes, in half a line of JSON, in what is no JSON at all. So nothing is looked for and taken out;
what is known to be harmless is let stand: what holds JSON and a target together, and the names of
an envelope's own fields. Every other character is shown as an `x`, or as a `?` where it is none
that is printed, so that what a reason says of a place still holds. The body is left out.

    {"v":1,"path":"/clients?token=abc", ...   is kept as   {"v":x,"path":"/xxxxxxx?xxxxx=xxx", ...
"""

import re
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from system.wire import topology
from system.wire.envelope import Deadline, RequestHead

MAX_REASON_CHARACTERS: Final = 500
_FIELDS: Final = frozenset(
    field.encode() for kind in (RequestHead, Deadline) for field in kind.__struct_fields__
)
_WORD: Final = re.compile(rb'[^{}\[\]":,\\/?&=# ]+')
_VEIL: Final = bytes(ord("x" if " " <= chr(c) <= "~" else "?") for c in range(256))
# A correlation id is an identifier, and is kept if it looks like one.
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A dead letter: why, how long the message was, and what its head looked like."""

    content_type: ClassVar[str] = "text/plain"

    reason: str
    size_bytes: int
    body: bytes
    correlation_id: str | None

    @property
    def headers(self) -> dict[str, str | int]:
        """Return what is told beside the body, by the names of the AMQP headers."""
        return {"x-reason": self.reason, "x-size": self.size_bytes}

    @classmethod
    def of(cls, message: bytes, reason: str, correlation_id: str | None) -> Self:
        """Return what may be kept of a message."""
        known = correlation_id and _IDENTIFIER.fullmatch(correlation_id)
        return cls(
            reason=reason[:MAX_REASON_CHARACTERS],
            size_bytes=len(message),
            body=shape(message),
            correlation_id=correlation_id if known else None,
        )


def shape(message: bytes) -> bytes:
    """Return what a message's first line looked like, as far as that is kept."""
    head = message[: topology.MAX_LETTER_BYTES].partition(b"\n")[0]
    return _WORD.sub(_veiled, head)


def _veiled(word: re.Match[bytes]) -> bytes:
    return word[0] if word[0] in _FIELDS else word[0].translate(_VEIL)
