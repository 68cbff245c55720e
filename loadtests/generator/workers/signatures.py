"""The envelope of every message of ours: whom it is for, and who alone can have written it.

Locust's channel knows nobody: whoever reaches its port may join, or may pretend to be the master.
With a secret on both sides each message bears an HMAC (RFC 2104) over its content, its direction,
the worker's id (random, new with each worker process), the master's nonce (random, new with each
master) and a number that counts once. So none can be forged, none replayed, and none can be sent
back to where it came from. Nothing is hidden by it: what is sent can be read.
"""

import hmac
import os
from itertools import count
from typing import Final

import msgspec
from msgspec import Struct

_HASH: Final = "sha256"
_NONCE_BYTES: Final = 16


class SignatureError(Exception):
    """A message is not what the other side, with the same secret, can have sent; one sentence."""


class _Envelope(Struct, frozen=True, array_like=True):
    nonce: bytes
    number: int
    mac: bytes
    content: bytes


_ENVELOPES: Final[msgspec.msgpack.Decoder[_Envelope]] = msgspec.msgpack.Decoder(_Envelope)


class Seal:
    """One side's envelopes; a master has a nonce, a worker learns it from the first good order."""

    def __init__(self, secret: bytes | None, *, nonce: bytes = b"") -> None:
        self._secret = secret
        self._nonce = nonce
        self._numbers = count()
        self._seen: set[tuple[str, str, int]] = set()

    def __repr__(self) -> str:
        """Show whether it signs; never with what."""
        return f"<Seal {'signed' if self._secret else 'unsigned'}>"

    @classmethod
    def of_master(cls, secret: bytes | None) -> "Seal":
        """Return a master's, with a nonce of its own."""
        return cls(secret, nonce=os.urandom(_NONCE_BYTES))

    def sealed(self, kind: str, worker: str, content: bytes) -> bytes:
        """Return a message of this kind, to a worker or from it, in its envelope."""
        number = next(self._numbers)
        mac = self._mac(kind, worker, self._nonce, number, content)
        return msgspec.msgpack.encode(_Envelope(self._nonce, number, mac, content))

    def opened(self, kind: str, worker: str, data: bytes) -> bytes:
        """Return what an envelope holds; raise SignatureError for one that must not be opened."""
        try:
            envelope = _ENVELOPES.decode(data)
        except msgspec.MsgspecError as error:
            raise SignatureError("A message of another version came.") from error
        self._check(kind, worker, envelope)
        self._nonce = envelope.nonce
        self._seen.add((kind, worker, envelope.number))
        return envelope.content

    def _check(self, kind: str, worker: str, envelope: _Envelope) -> None:
        if bool(envelope.mac) != bool(self._secret):
            has, has_not = "the other side", "this one"
            if self._secret:
                has, has_not = has_not, has
            raise SignatureError(
                f"Messages are signed by {has} and not by {has_not}: give both --secret-env."
            )
        due = self._mac(kind, worker, envelope.nonce, envelope.number, envelope.content)
        known = self._nonce in {b"", envelope.nonce}
        if not hmac.compare_digest(due, envelope.mac) or not known:
            raise SignatureError(
                "A message is not signed with the secret of this side: --secret-env must name the "
                "same secret on both."
            )
        if (kind, worker, envelope.number) in self._seen:
            raise SignatureError("A message came for the second time.")

    def _mac(self, kind: str, worker: str, nonce: bytes, number: int, content: bytes) -> bytes:
        if not self._secret:
            return b""
        signed = msgspec.msgpack.encode((kind, worker, nonce, number, content))
        return hmac.digest(self._secret, signed, _HASH)


def secret_in(variable: str | None) -> bytes | None:
    """Return the secret in an environment variable; None where no variable is named.

    Raises LookupError for one without a secret: what is to be signed is never sent unsigned.
    """
    if not variable:
        return None
    if secret := os.environ.get(variable, "").encode():
        return secret
    raise LookupError(f"the environment variable {variable} has no secret in it")
