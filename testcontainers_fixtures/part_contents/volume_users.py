"""Says when a volume is to be made anew: once whoever starts over has had the present one."""

import threading
from collections import defaultdict


class VolumeUsers:
    """Who has used each volume since it was last made.

    Of several parts that share one and start over, the first makes it anew, and the others find it
    made: it is new to them.
    """

    def __init__(self) -> None:
        self._users: dict[str, set[str]] = defaultdict(set)
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        """Show how many volumes there are."""
        return f"<VolumeUsers of {len(self._users)}>"

    def begins(self, volume: str, user: str, *, fresh: bool) -> bool:
        """Note that a copy is to use a volume; tell whether it is to be made, or made anew.

        `fresh` says that the copy starts over, with empty data.
        """
        with self._lock:
            users = self._users[volume]
            anew = not users or (fresh and user in users)
            if anew:
                users.clear()
            users.add(user)
            return anew
