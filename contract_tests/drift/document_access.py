"""What opens the place where documents are: headers, for the services' and for the gateway's."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.secret_values import with_secrets

SERVICE_HEADER: Final = "--service-header"
GATEWAY_HEADER: Final = "--gateway-header"
SECRET: Final = "`{secrets.TOKEN}` in it is the environment variable TOKEN"  # noqa: S105 -- how one is named
_HEADER: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*([^\r\n]+)")


class DocumentAccess(Struct, frozen=True, kw_only=True):
    """Headers that are sent to where documents are; `follow` has what they refer to fetched."""

    services: Mapping[str, str] = {}
    gateway: Mapping[str, str] = {}
    follow: bool = False


def document_access(
    services: Iterable[str], gateway: Iterable[str], *, follow: bool
) -> DocumentAccess:
    """Return what options say; raise SpecError for what is no header, or a secret not set."""
    return DocumentAccess(
        services=headers(SERVICE_HEADER, services),
        gateway=headers(GATEWAY_HEADER, gateway),
        follow=follow,
    )


def headers(option: str, said: Iterable[str]) -> dict[str, str]:
    """Return headers as they were typed, each secret in its place."""
    found = {}
    for one in said:
        header = _HEADER.fullmatch(one)
        if header is None:
            raise SpecError(f"Expected {option} 'NAME: VALUE'; what was given is no such header.")
        found[header[1]] = with_secrets(header[2], f"{option} {header[1]}")
    return found
