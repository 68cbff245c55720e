"""What a login brings lets the harness in as a credential does."""

import time
from collections.abc import Callable

import pytest

from testcontainers_fixtures import entrance
from testcontainers_fixtures.credentials import Keyring, shown
from testcontainers_fixtures.entrance import EntryHeaders, Renewed, with_login
from testcontainers_fixtures.logins import LoggedIn
from testcontainers_fixtures.stack_file.login_spec import Login
from testcontainers_fixtures.stack_spec import Contract

GATEWAY = "http://127.0.0.1:1"

LOGIN = Login(request="POST /login", token="/token", header={"Authorization": "Bearer {token}"})


def test_the_headers_of_a_login_are_credentials_and_shown_as_no_secret() -> None:
    promises = with_login(Contract(credentials={"X-Key": "KEY"}), LOGIN)

    assert shown(promises) == {"Authorization": "$TOKEN", "X-Key": "$TOKEN_2"}


def test_without_a_login_nothing_is_added() -> None:
    promises = Contract(credentials={"X-Key": "KEY"})

    assert with_login(promises, None) is promises


@pytest.fixture
def logging_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[float | None], list[int]]:
    """Give what makes tokens that live so long; it returns the list of those that were fetched."""

    def lasting(life_s: float | None) -> list[int]:
        fetched: list[int] = []

        def log_in(_: str, __: Login) -> LoggedIn:
            fetched.append(len(fetched) + 1)
            until_s = None if life_s is None else time.monotonic() + life_s
            return LoggedIn(headers={"Authorization": f"Bearer {len(fetched)}"}, until_s=until_s)

        monkeypatch.setattr(entrance, "log_in", log_in)
        return fetched

    return lasting


def test_a_token_is_renewed_in_time_for_whoever_looks_at_it(
    logging_in: Callable[[float | None], list[int]],
) -> None:
    fetched = logging_in(0.2)
    headers = Renewed(GATEWAY, LOGIN)
    ring = Keyring(GATEWAY, with_login(Contract(), LOGIN), headers)
    first = ring.put(f"{GATEWAY}/x", {"authorization": "$TOKEN"})
    time.sleep(0.12)
    second = ring.put(f"{GATEWAY}/x", {"authorization": "$TOKEN"})

    assert [first, second] == [{"authorization": "Bearer 1"}, {"authorization": "Bearer 2"}]
    assert fetched == [1, 2]


@pytest.mark.parametrize("life_s", [None, 3_600.0])
def test_a_token_that_is_good_for_long_is_fetched_once(
    life_s: float | None, logging_in: Callable[[float | None], list[int]]
) -> None:
    fetched = logging_in(life_s)
    headers = Renewed(GATEWAY, LOGIN)

    assert dict(headers) == dict(headers) == {"Authorization": "Bearer 1"}
    assert fetched == [1]


def test_credentials_and_login_are_one_and_some_may_be_left_out() -> None:
    both = EntryHeaders({"X-Key": "k", "Authorization": "old"}, {"Authorization": "new"})

    assert dict(both) == {"X-Key": "k", "Authorization": "new"}
    assert dict(both.without({"authorization"})) == {"X-Key": "k"}
    assert "new" not in repr(both)
