"""What a login brings lets the harness in as a credential does."""

from testcontainers_fixtures.credentials import shown
from testcontainers_fixtures.entrance import with_login
from testcontainers_fixtures.stack_file.login_spec import Login
from testcontainers_fixtures.stack_spec import Contract

LOGIN = Login(request="POST /login", token="/token", header={"Authorization": "Bearer {token}"})


def test_the_headers_of_a_login_are_credentials_and_shown_as_no_secret() -> None:
    promises = with_login(Contract(credentials={"X-Key": "KEY"}), LOGIN)

    assert shown(promises) == {"Authorization": "$TOKEN", "X-Key": "$TOKEN_2"}


def test_without_a_login_nothing_is_added() -> None:
    promises = Contract(credentials={"X-Key": "KEY"})

    assert with_login(promises, None) is promises
