"""Which keys some request is busy with at this moment, in any worker of a service.

A claim is a lock on one byte of a file that nobody reads or writes, at an offset made of the key.
The kernel drops it with the process, so a killed worker leaves nothing claimed.
"""

import fcntl
import hashlib
import os
from pathlib import Path
from typing import Final

# Offsets are signed 64-bit numbers; two keys meet on one of 2^62 as good as never.
_OFFSET_BITS: Final = 62


class KeysInUse:
    """The claims of one process; close it with the worker.

    A lock of this kind belongs to the whole process and goes with the first descriptor of its file
    that is closed: there is one descriptor, and what this process holds is remembered besides.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._held: set[int] = set()

    def __repr__(self) -> str:
        """Show how many are held."""
        return f"<KeysInUse {len(self._held)} held>"

    def take(self, key: str) -> bool:
        """Claim the key; tell whether nobody else had."""
        offset = _offset(key)
        if offset in self._held:
            return False
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, offset)
        except BlockingIOError:
            return False
        self._held.add(offset)
        return True

    def give_back(self, key: str) -> None:
        """Give up a claim that was taken."""
        offset = _offset(key)
        fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, offset)
        self._held.discard(offset)

    def close(self) -> None:
        """Give up every claim."""
        os.close(self._descriptor)


def _offset(key: str) -> int:
    digest = hashlib.sha256(key.encode()).digest()
    return int.from_bytes(digest[:8]) >> (64 - _OFFSET_BITS)
