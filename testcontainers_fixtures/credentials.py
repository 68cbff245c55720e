"""What lets the harness into a gateway that asks: header values from the environment, or made up.

A stack file names headers and environment variables, so that no secret stands in it, nor in a
record of it. Of a stack that is started here the harness may make up the secret itself, which the
gateway is told as `{credentials.NAME}`, the header's name in lower case.

A request that is to be let in shows SHOWN in a secret's place, and so do its record and its curl
line. The secret is put there as the request leaves, for the one gateway that it belongs to.
"""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Final
from urllib.parse import urlsplit

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.output.redaction import noted
from testcontainers_fixtures.stack_spec import Contract

SECRET_BYTES = 24
# As a shell names it: TOKEN is for whoever pastes a curl line to set.
SHOWN: Final = "$TOKEN"
_PORTS: Final = {"http": 80, "https": 443}


def made_up_or_given(contract: Contract) -> dict[str, str]:
    """Return each header's value; a variable that is not set has one of this process's own."""
    return {
        name: noted(os.environ.get(variable) or _made_up(variable))
        for name, variable in contract.credentials.items()
    }


def given(contract: Contract) -> dict[str, str]:
    """Return each header's value, for a system that is up; raise SpecError for what is not set."""
    for name, variable in contract.credentials.items():
        if not os.environ.get(variable):
            raise SpecError(
                f"Expected the value of {name} in the environment variable {variable}, as the stack"
                " file's [contract] credentials say; it is not set."
            )
    return made_up_or_given(contract)


def shown(contract: Contract) -> dict[str, str]:
    """Return the headers by which a request is let in, without a secret; SHOWN stands for each.

    Where there are several, the second is `$TOKEN_2`, and so on.
    """
    names = enumerate(contract.credentials, start=1)
    return {name: SHOWN if number == 1 else f"{SHOWN}_{number}" for number, name in names}


def kept_back(contract: Contract) -> frozenset[str]:
    """Return which of the headers, in lower case, the gateway does not pass on to its services."""
    passed = {name.lower() for name in contract.request_headers}
    return frozenset(name.lower() for name in contract.credentials) - passed


class Keyring:
    """The secrets of one gateway, by header; `put` into the requests that go there alone."""

    def __init__(self, gateway: str, contract: Contract, secrets_: Mapping[str, str]) -> None:
        self._place = _place(gateway)
        self._shown = {name.lower(): value for name, value in shown(contract).items()}
        # Looked up as it is needed: a token may be another by then.
        self._secrets = secrets_
        self._names = {name.lower(): name for name in secrets_}

    def __repr__(self) -> str:
        """Show which headers it knows, never what is in them."""
        return f"<Keyring {', '.join(self._names)}>"

    def put(self, url: str, headers: Mapping[str, str]) -> dict[str, str]:
        """Return a request's headers with each secret in the place of what stands for it."""
        if _place(url) != self._place:
            return dict(headers)
        return {name: self._of(name.lower(), value) for name, value in headers.items()}

    def _of(self, name: str, value: str) -> str:
        if value and value == self._shown.get(name):
            return self._secrets.get(self._names.get(name, ""), value)
        return value


_rings: list[Keyring] = []


@contextmanager
def carried(gateway: str, contract: Contract, secrets_: Mapping[str, str]) -> Iterator[None]:
    """Have this process's requests to a gateway that show SHOWN bear the secrets, for a while."""
    ring = Keyring(gateway, contract, secrets_)
    _rings.append(ring)
    try:
        yield
    finally:
        _rings.remove(ring)


def put(url: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers as they must leave for a URL; for whoever sends, right before it does."""
    for ring in _rings:
        headers = ring.put(url, headers)
    return dict(headers)


def _place(url: str) -> tuple[str, str, int | None]:
    where = urlsplit(url)
    return where.scheme, where.hostname or "", where.port or _PORTS.get(where.scheme)


@cache
def _made_up(variable: str) -> str:  # noqa: ARG001 -- one for each
    return secrets.token_urlsafe(SECRET_BYTES)
