"""What is put into a system before it is tried: by requests, or by a command beside a part."""

from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from testcontainers_fixtures.stack_file.spec_fields import Command, HeaderName, Name, RequestLine

_NEW_KEYS: Final = ("part", "command", "rows")


class Seed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows put in by requests sent to a part, or by a command, so that every engine can do it.

    `part` is the gateway or a service (`service` is the same); a service and its twin get the same
    requests in order. `{n}` in the request and in the body's strings counts from 1 to `repeat`; a
    string that is exactly "{n}" becomes the number. With `rows`, a file of JSON lines or with one
    array of JSON beside the stack file, there is a request for each row, whose body is the row. In
    the values of `headers` stands `{secrets.NAME}` for an environment variable.

    A `command` is run beside `part`, with its settings, until it ends with 0.
    """

    service: Name | None = None
    part: Name | None = None
    request: RequestLine | None = None
    command: Command | None = None
    headers: dict[HeaderName, str] = {}
    body: Any = None
    rows: str | None = None
    repeat: Annotated[int, Meta(ge=1, le=10_000)] = 1
    status: int = 201

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if (self.service is None) == (self.part is None):
            raise ValueError("a seed is put to one `part`, be it the gateway or a service")
        if (self.request is None) == (self.command is None):
            raise ValueError("a seed is a `request` or a `command`")
        if self.rows and (self.body is not None or self.repeat > 1):
            raise ValueError("`rows` are the bodies, one a request; leave body and repeat out")
        asked = (self.headers, self.body is not None, self.rows, self.repeat > 1)
        if self.command and any(asked):
            raise ValueError("a seed's `command` has no headers, body, rows or repeat")

    @property
    def into(self) -> str:
        """Return the part that it is put to."""
        return self.part or self.service or ""

    @property
    def newer(self) -> str:
        """Return what of it needs the second format; "" where nothing does."""
        used = [key for key in _NEW_KEYS if getattr(self, key) is not None]
        return f"`{used[0]}` of a seed" if used else ""
