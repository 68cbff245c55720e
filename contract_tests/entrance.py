"""How the suite comes in where somebody asks who comes: it shows what stands for the secret.

Schemathesis is told so as well, for its probes of authentication take away, or replace, what was
shown: they come in as strangers.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import requests
from msgspec.structs import replace
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.structures import CaseInsensitiveDict
from schemathesis.transport.requests import ManagedCookiesSession

from contract_tests.sides import Sent
from testcontainers_fixtures import credentials
from testcontainers_fixtures.stack_spec import Contract

KEPT: Final = 8


def entering(sent: Sent, promises: Contract) -> Sent:
    """Return a request with the credentials that it does not show itself."""
    known = {name.lower() for name in sent.headers}
    shown = credentials.shown(promises)
    missing = {name: value for name, value in shown.items() if name.lower() not in known}
    return replace(sent, headers={**missing, **sent.headers}) if missing else sent


@contextmanager
def options(promises: Contract) -> Iterator[dict[str, Any]]:
    """Give what a case of schemathesis is called with, and validated with, to be let in.

    Nothing where nobody asks. `auth` adds nothing: it says that what the session shows is meant.
    """
    shown = credentials.shown(promises)
    if not shown:
        yield {}
        return
    with _session(shown) as session:
        yield {"session": session, "auth": _Meant()}


class _Meant(AuthBase):
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _session(shown: Mapping[str, str]) -> requests.Session:
    made = ManagedCookiesSession()
    made.trust_env = False
    made.headers = CaseInsensitiveDict(shown)
    for scheme in ("http://", "https://"):
        made.mount(scheme, _Adapter(pool_maxsize=KEPT))
    return made


class _Adapter(HTTPAdapter):
    """Puts the secrets into a copy as it leaves; who reads the answer sees what was shown."""

    def send(self, request: requests.PreparedRequest, *rest: Any, **how: Any) -> requests.Response:  # noqa: ANN401 -- as requests has it
        leaving = request.copy()
        leaving.headers = CaseInsensitiveDict(credentials.put(request.url or "", request.headers))
        response = super().send(leaving, *rest, **how)
        response.request = request
        return response
