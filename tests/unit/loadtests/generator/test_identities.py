"""Users take turns, are logged in before their tokens end, and once where one was refused."""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import gevent
import pytest

from loadtests.generator.identities import Identities
from testcontainers_fixtures.errors import LoginError
from testcontainers_fixtures.logins import LoggedIn
from testcontainers_fixtures.stack_file.login_spec import Login

LOGIN = Login(
    request="POST /login", token="/token", header={"Authorization": "Bearer {token}"}, users=2
)


class Door:
    """Logs users in for so long, and counts it; refuses as often as it is told to."""

    def __init__(self, lasts_s: float | None) -> None:
        self.lasts_s = lasts_s
        self.came: Counter[int] = Counter()
        self.refuses = 0

    def __call__(self, _url: str, _login: Login, user: int) -> LoggedIn:
        if self.refuses:
            self.refuses -= 1
            raise LoginError("not today")
        self.came[user] += 1
        until_s = None if self.lasts_s is None else time.monotonic() + self.lasts_s
        return LoggedIn(headers={"Authorization": f"{user}.{self.came[user]}"}, until_s=until_s)


@contextmanager
def opened(door: Door) -> Iterator[Identities]:
    users = Identities(LOGIN, "http://127.0.0.1:9", log_in=door)
    users.open()
    try:
        yield users
    finally:
        users.close()


def test_users_take_turns_and_each_sends_its_own_token() -> None:
    with opened(Door(None)) as users:
        assert [users.lines(number) for number in (1, 2, 3)] == [
            "Authorization: 2.1\r\n",
            "Authorization: 1.1\r\n",
            "Authorization: 2.1\r\n",
        ]


def test_a_token_is_renewed_before_it_ends_and_one_without_an_end_never() -> None:
    short, endless = Door(0.5), Door(None)

    with opened(short) as users, opened(endless) as others:
        gevent.sleep(1.3)

        assert 2 <= short.came[1] <= 4
        assert users.renewals == short.came.total() - 2
        assert (endless.came.total(), others.renewals) == (2, 0)


def test_a_phase_begins_with_tokens_that_have_half_of_their_time_before_them() -> None:
    door = Door(1.0)

    with opened(door) as users:
        time.sleep(0.2)
        users.refresh()
        assert door.came == {1: 1, 2: 1}
        # What computes lets no greenlet have its turn.
        time.sleep(0.9)
        users.refresh()

        assert door.came == {1: 2, 2: 2}
        assert users.lines(0) == "Authorization: 1.2\r\n"


def test_many_refusals_of_one_token_log_its_user_in_once() -> None:
    door = Door(None)

    with opened(door) as users:
        refused = users.lines(1)
        for number in (1, 3, 5):
            users.refused(number, refused)
        gevent.sleep(0.4)
        users.refused(7, refused)
        gevent.sleep(0.4)

        assert door.came == {1: 1, 2: 2}
        assert users.lines(1) == "Authorization: 2.2\r\n"


def test_a_renewal_that_is_refused_is_tried_again_and_the_first_one_is_said_at_once() -> None:
    door = Door(0.3)

    with opened(door) as users:
        door.refuses = 1
        gevent.sleep(2.0)

        assert users.failure == "not today"
        assert min(door.came.values()) >= 2
    door.refuses = 1
    with pytest.raises(LoginError, match="not today"):
        Identities(LOGIN, "http://127.0.0.1:9", log_in=door).open()
