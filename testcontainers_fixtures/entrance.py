"""What lets the harness itself in at a gateway: the credentials of a stack file, and its login."""

import threading
import time
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from testcontainers_fixtures import credentials
from testcontainers_fixtures.errors import LoginError, StartError
from testcontainers_fixtures.logins import LoggedIn, log_in, with_its_secrets
from testcontainers_fixtures.stack_file.login_spec import Login
from testcontainers_fixtures.stack_spec import Contract, StackSpec

# A gateway that says it is ready may still be finding out that those behind it are.
LOGGED_IN_WITHIN_S: Final = 30.0
# Of its life, what a token has left when it is renewed; and at most, so that one is not renewed for
# ever whose life is hours.
RENEWED_AT_SHARE: Final = 0.5
RENEWED_AT_S: Final = 60.0
_POLL_S: Final = 0.2


class Renewed(Mapping[str, str]):
    """The headers that let a user in; whoever looks at them finds a token that is still good.

    Raises StartError, where it is looked at, if nobody can log in any more.
    """

    def __init__(self, gateway: str, login: Login) -> None:
        self._gateway, self._login = gateway, with_its_secrets(login)
        self._lock = threading.Lock()
        self._let_in, self._again_s = self._new()

    def __repr__(self) -> str:
        """Show which headers there are, never what is in them."""
        return f"<Renewed {', '.join(self._let_in.headers)}>"

    def __getitem__(self, name: str) -> str:
        return self._now()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._let_in.headers)

    def __len__(self) -> int:
        return len(self._let_in.headers)

    def _now(self) -> dict[str, str]:
        with self._lock:
            if time.monotonic() >= self._again_s:
                self._let_in, self._again_s = self._new()
            return self._let_in.headers

    def _new(self) -> tuple[LoggedIn, float]:
        begun_s = time.monotonic()
        found = _logged_in(self._gateway, self._login)
        if found.until_s is None:
            return found, float("inf")
        life_s = found.until_s - begun_s
        return found, found.until_s - min(RENEWED_AT_S, life_s * RENEWED_AT_SHARE)


class EntryHeaders(Mapping[str, str]):
    """Credentials and login together; `without` leaves some out, by name in lower case."""

    def __init__(
        self,
        known: Mapping[str, str],
        renewed: Mapping[str, str],
        *,
        without: Collection[str] = (),
    ) -> None:
        self._parts = (renewed, known)
        self._left_out = without

    def __repr__(self) -> str:
        """Show which headers there are, never what is in them."""
        return f"<EntryHeaders {', '.join(self)}>"

    def __getitem__(self, name: str) -> str:
        for part in self._parts:
            if name in part and name.lower() not in self._left_out:
                return part[name]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        names = dict.fromkeys(name for part in reversed(self._parts) for name in part)
        return (name for name in names if name.lower() not in self._left_out)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def without(self, names: Collection[str]) -> "EntryHeaders":
        """Return the same without some of them."""
        renewed, known = self._parts
        return EntryHeaders(known, renewed, without=names)


def let_in(spec: StackSpec, gateway: str, *, ours: bool = True) -> EntryHeaders:
    """Return the headers that let a request in at a gateway; none where nobody is asked for any.

    A token among them is renewed in time, as somebody looks at it. Raises SpecError for a secret
    that is not set, StartError where nobody can log in.
    """
    chosen = credentials.made_up_or_given if ours else credentials.given
    # What stands for the login among the credentials is no secret of the environment.
    held = spec.login.header if spec.login else {}
    asked = {n: v for n, v in spec.contract.credentials.items() if n not in held}
    known = chosen(replace(spec.contract, credentials=asked))
    return EntryHeaders(known, Renewed(gateway, spec.login) if spec.login else {})


def with_login(promises: Contract, login: Login | None) -> Contract:
    """Return a [contract] in which the headers that a login brings are credentials as well."""
    if login is None:
        return promises
    return replace(
        promises, credentials={**dict.fromkeys(login.header, "LOGIN"), **promises.credentials}
    )


def _logged_in(gateway: str, login: Login) -> LoggedIn:
    until_s = time.monotonic() + LOGGED_IN_WITHIN_S
    while True:
        try:
            return log_in(gateway, login)
        except LoginError as error:
            if time.monotonic() >= until_s:
                raise StartError(f"{error} It was tried for {LOGGED_IN_WITHIN_S:.0f} s.") from error
        time.sleep(_POLL_S)
