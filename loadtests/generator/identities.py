"""Who asks: users that are logged in before traffic begins, and again before their tokens end.

Logging in is no part of any measured request: each has a connection of its own, in a greenlet that
only this does. A 401 has the user logged in anew as well, once for each token. Between two phases
this process computes for seconds, in which no greenlet has its turn and tokens may run out; so they
are refreshed as a phase begins.
"""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import time
from collections.abc import Callable, Sequence
from typing import Final

import gevent
from gevent.pool import Pool

from testcontainers_fixtures.errors import LoginError
from testcontainers_fixtures.logins import LoggedIn, guarded, log_in
from testcontainers_fixtures.stack_file.login_spec import Login

UNAUTHORIZED: Final = 401
# So much of its time a token is used, and it is given up so long before its end at least.
USED_SHARE: Final = 0.8
# A phase begins with tokens that have more than half of that time before them.
_BEGINS_WITH: Final = 0.5
SPARE_S: Final = 5.0
AT_ONCE: Final = 8
AGAIN_AFTER_S: Final = 1.0
_LOOK_S: Final = 0.1


class Identities:
    """The users of a login; `lines` are the headers of the one whose turn it is."""

    def __init__(
        self, login: Login, base_url: str, *, log_in: Callable[..., LoggedIn] = log_in
    ) -> None:
        self._login = guarded(login)
        self._base_url = base_url
        self._log_in = log_in
        self._lines = [""] * login.users
        self._due_s: list[float | None] = [None] * login.users
        self._half_used_s: list[float | None] = [None] * login.users
        self._keeper: gevent.Greenlet | None = None
        # How often somebody was logged in since traffic began, and what the last failure was.
        self.renewals = 0
        self.failure = ""

    def __repr__(self) -> str:
        """Show how many they are; what lets them in is nobody's to see."""
        return f"<Identities {len(self._lines)} users, {self.renewals} logged in anew>"

    def open(self) -> None:
        """Log everybody in; raise LoginError where one is refused."""
        for failed in Pool(AT_ONCE).imap_unordered(self._opened, range(len(self._lines))):
            if failed:
                raise failed
        self._keeper = gevent.spawn(self._keep)

    def refresh(self) -> None:
        """Log in anew whoever has used half of a token's time: no phase begins with an old one."""
        self._renew_all(_overdue(self._half_used_s))

    def lines(self, number: int) -> str:
        """Return the header lines of the request with a number: users take turns."""
        return self._lines[number % len(self._lines)]

    def refused(self, number: int, lines: str) -> None:
        """Note that a request was answered 401; its user's next ones come with a new token."""
        user = number % len(self._lines)
        if self._lines[user] == lines:
            self._due_s[user] = 0.0

    def close(self) -> None:
        """Log nobody in any more."""
        if self._keeper:
            self._keeper.kill(timeout=AGAIN_AFTER_S)

    def _opened(self, user: int) -> LoginError | None:
        try:
            self._renew(user)
        except LoginError as error:
            return error
        return None

    def _renew(self, user: int) -> None:
        found = self._log_in(self._base_url, self._login, user + 1)
        self._lines[user] = _as_lines(found.headers)
        now_s = time.monotonic()
        due_s = None if found.until_s is None else _due_s(found.until_s, now_s)
        self._due_s[user] = due_s
        self._half_used_s[user] = None if due_s is None else now_s + _BEGINS_WITH * (due_s - now_s)

    def _keep(self) -> None:
        """Log in who must be."""
        while True:
            gevent.sleep(_LOOK_S)
            self._renew_all(_overdue(self._due_s))

    def _renew_all(self, users: Sequence[int]) -> None:
        for failed in Pool(AT_ONCE).imap_unordered(self._renewed, users):
            if failed:
                self.failure = str(failed)

    def _renewed(self, user: int) -> LoginError | None:
        failed = self._opened(user)
        if failed:
            self._due_s[user] = self._half_used_s[user] = time.monotonic() + AGAIN_AFTER_S
        else:
            self.renewals += 1
        return failed


def _overdue(due_s: Sequence[float | None]) -> list[int]:
    now_s = time.monotonic()
    return [user for user, due in enumerate(due_s) if due is not None and due <= now_s]


def _due_s(until_s: float, now_s: float) -> float:
    """Return when to log in anew: a long-lived token some seconds before its end."""
    left_s = until_s - now_s
    return now_s + max(USED_SHARE * left_s, left_s - SPARE_S)


def _as_lines(headers: dict[str, str]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())
