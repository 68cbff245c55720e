"""What lets the harness itself in at a gateway: the credentials of a stack file, and its login."""

import time
from typing import Final

from msgspec.structs import replace

from testcontainers_fixtures import credentials
from testcontainers_fixtures.errors import LoginError, StartError
from testcontainers_fixtures.logins import log_in, with_its_secrets
from testcontainers_fixtures.stack_file.login_spec import Login
from testcontainers_fixtures.stack_spec import Contract, StackSpec

# A gateway that says it is ready may still be finding out that those behind it are.
LOGGED_IN_WITHIN_S: Final = 30.0
_POLL_S: Final = 0.2


def let_in(spec: StackSpec, gateway: str, *, ours: bool = True) -> dict[str, str]:
    """Return the headers that let a request in at a gateway; none where nobody is asked for any.

    Raises SpecError for a secret that is not set, StartError where nobody can log in.
    """
    chosen = credentials.made_up_or_given if ours else credentials.given
    known = chosen(spec.contract)
    return known if spec.login is None else known | _logged_in(gateway, spec.login)


def with_login(promises: Contract, login: Login | None) -> Contract:
    """Return a [contract] in which the headers that a login brings are credentials as well."""
    if login is None:
        return promises
    return replace(
        promises, credentials={**dict.fromkeys(login.header, "LOGIN"), **promises.credentials}
    )


def _logged_in(gateway: str, login: Login) -> dict[str, str]:
    filled, until_s = with_its_secrets(login), time.monotonic() + LOGGED_IN_WITHIN_S
    while True:
        try:
            return log_in(gateway, filled).headers
        except LoginError as error:
            if time.monotonic() >= until_s:
                raise StartError(f"{error} It was tried for {LOGGED_IN_WITHIN_S:.0f} s.") from error
        time.sleep(_POLL_S)
