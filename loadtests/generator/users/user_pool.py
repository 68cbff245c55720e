"""Users that have started, lent to one task each: made before a phase, outside what is measured."""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import gevent
from gevent.pool import Pool

from loadtests.generator.users.task_execution import reason_of_error

if TYPE_CHECKING:
    from loadtests.generator.users.pooled_user import PooledUser

AT_ONCE: Final = 8
# The runner hears nothing meanwhile; what is not made by then is made when it is wanted.
MADE_WITHIN_S: Final = 15.0
STARTS_WITHIN_S: Final = 10.0
STOPPED_WITHIN_S: Final = 5.0
# Weights are kept on average only: a class may be wanted a little more often.
HEAD_ROOM: Final = 4


class UserStartError(Exception):
    """A user could not start; one sentence."""


class UserPool:
    """Idle users of each class, lent in turn; where none is idle, one more is made, and counted.

    In turn, so that none idles for long, after which its connection might be closed.
    """

    def __init__(
        self, shares: Mapping[type[Any], float], make: Callable[[type[Any]], "PooledUser"]
    ) -> None:
        self._shares = shares
        self._make = make
        self._idle: dict[type[Any], deque[PooledUser]] = {one: deque() for one in shares}
        # Of an earlier phase that needed more: their connections may be closed by now.
        self._spare: dict[type[Any], list[PooledUser]] = {one: [] for one in shares}
        # Tasks for which no user was idle: each waited until one more had started.
        self.waits = 0

    def __repr__(self) -> str:
        """Show how many users are idle, in turn and beside."""
        idle, spare = (sum(map(len, one.values())) for one in (self._idle, self._spare))
        return f"<UserPool {idle} idle, {spare} spare>"

    def open(self, users: int) -> None:
        """See that so many users have started, of each class its share.

        Raises UserStartError where one cannot start. After 15 s it goes on with those there are.
        """
        lacking = [one for user in self._shares for one in self._lacking(user, users)]
        until_s = time.monotonic() + MADE_WITHIN_S
        starting = Pool(AT_ONCE)
        for failed in starting.imap_unordered(lambda one: self._made(one, until_s), lacking):
            if failed:
                starting.kill()
                raise failed

    def take(self, user: type[Any]) -> "PooledUser":
        """Return an idle user of a class, or one more; raise UserStartError where that fails."""
        if self._idle[user]:
            return self._idle[user].popleft()
        if self._spare[user]:
            return self._spare[user].pop()
        self.waits += 1
        return self._new(user)

    def give_back(self, user: "PooledUser") -> None:
        """Take a user back that may be lent again."""
        self._idle[type(user.user)].append(user)

    def close(self) -> None:
        """Have all idle users stop, within a bound."""
        idle = [one for some in (*self._idle.values(), *self._spare.values()) for one in some]
        stopping = Pool(AT_ONCE)
        with gevent.Timeout(STOPPED_WITHIN_S, False):  # noqa: FBT003 -- gevent's way to say quietly
            for _ in stopping.imap_unordered(_stopped, idle):
                pass
        stopping.kill()

    def _lacking(self, user: type[Any], users: int) -> list[type[Any]]:
        """Put a class's idle users in or out of turn; return as many as are to be made."""
        wanted = min(users, math.ceil(users * self._shares[user]) + HEAD_ROOM)
        idle, spare = self._idle[user], self._spare[user]
        while spare and len(idle) < wanted:
            idle.append(spare.pop())
        while len(idle) > wanted:
            spare.append(idle.popleft())
        return [user] * (wanted - len(idle))

    def _made(self, user: type[Any], until_s: float) -> UserStartError | None:
        if time.monotonic() > until_s:
            return None
        try:
            self._idle[user].append(self._new(user))
        except UserStartError as error:
            return error
        return None

    def _new(self, user: type[Any]) -> "PooledUser":
        try:
            with gevent.Timeout(STARTS_WITHIN_S):
                made = self._make(user)
                made.start()
        except (Exception, gevent.Timeout) as error:
            raise UserStartError(
                f"A {user.__name__} did not start: its on_start raised {reason_of_error(error)}."
            ) from error
        return made


def _stopped(user: "PooledUser") -> None:
    try:
        user.stop()
    except Exception:
        logging.getLogger(__name__).exception("on_stop of %r", user)
