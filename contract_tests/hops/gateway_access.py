"""How the suite comes in where somebody asks who comes: it shows what stands for the secret.

Schemathesis is told so as well, for its probes of authentication take away, or replace, what was
shown: they come in unauthenticated.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from msgspec.structs import replace
from requests.auth import AuthBase

from contract_tests.hops.bounded_session import probing, session
from contract_tests.hops.paired_client import SentRequest
from testcontainers_fixtures import credentials
from testcontainers_fixtures.stack_spec import Contract


def entering(sent: SentRequest, promises: Contract) -> SentRequest:
    """Return a request with the credentials that it does not show itself."""
    known = {name.lower() for name in sent.headers}
    shown = credentials.shown(promises)
    missing = {name: value for name, value in shown.items() if name.lower() not in known}
    return replace(sent, headers={**missing, **sent.headers}) if missing else sent


@contextmanager
def options(promises: Contract) -> Iterator[dict[str, Any]]:
    """Give what a case of schemathesis is called with, and validated with, to be let in.

    `auth` adds nothing: it says that what the session shows is meant.
    """
    shown = credentials.shown(promises)
    with session(shown) as made, probing():
        yield {"session": made, "auth": _Meant()} if shown else {"session": made}


class _Meant(AuthBase):
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request
