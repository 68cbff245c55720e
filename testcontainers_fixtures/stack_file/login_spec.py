"""How somebody logs in to a system: what is asked, where the token stands, where it goes."""

from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from testcontainers_fixtures.stack_file.scenario_spec import Limit
from testcontainers_fixtures.stack_file.spec_fields import HeaderName, RequestLine

MOST_USERS: Final = 10_000
TOKEN: Final = "{token}"  # noqa: S105 -- where one is put
# A JSON pointer into the answer (RFC 6901), or one of its headers.
Pointer = Annotated[str, Meta(pattern=r"^/")]
Place = Annotated[str, Meta(pattern=r"^(/.*|header [A-Za-z0-9-]{1,64})$")]


class Login(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request a user, and the headers that its answer lets the user send.

    `{user}` in request, headers, `body` (JSON) and `form` counts from 1 to `users`; in headers,
    body and form `{secrets.NAME}` is an environment variable. `token` is where the token stands in
    the answer. It is good for `lasts_s`, or for as many seconds as stand at the pointer `lasts`;
    without either for the whole run.
    """

    request: RequestLine
    headers: dict[HeaderName, str] = {}
    body: Any = None
    form: dict[str, str] = {}
    status: tuple[int, ...] = (200, 201)
    token: Place
    header: Annotated[dict[HeaderName, str], Meta(min_length=1)]
    lasts_s: Limit | None = None
    lasts: Pointer | None = None
    users: Annotated[int, Meta(ge=1, le=MOST_USERS)] = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if self.body is not None and self.form:
            raise ValueError("the login has a body and a form; leave one of them out")
        if not any(TOKEN in value for value in self.header.values()):
            raise ValueError(f"no value of the login's header has {TOKEN} in it")
        if self.lasts_s is not None and self.lasts is not None:
            raise ValueError("the login has lasts_s and lasts; leave one of them out")
