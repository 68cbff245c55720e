"""What a stack file says of parity: where two answers to one request may differ, and in what."""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from testcontainers_fixtures.stack_file.contract_spec import (
    Because,
    require_pointer,
    require_route,
)
from testcontainers_fixtures.stack_file.spec_fields import HeaderName, Seconds

Matcher: TypeAlias = Literal["volatile", "type", "time", "id", "unordered"]
APART_S: Final = 60.0


class ParityRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lets answers of a gateway and of a service's twin differ at a place, in what `rule` allows.

    The place is a JSON `pointer` into the body ("*" is any item or field), a `header`, or the
    `status`, with which the whole answer is another one; `where` are routes, of which none is all.

    volatile: anything, or nothing. type: any value of the same JSON type. time: two moments that
    are written alike, at most `within_s` apart. id: as type, and later requests name the twin's row
    as the twin does. unordered: a list of the same items in any order.
    """

    rule: Matcher
    because: Because
    where: str | tuple[str, ...] = ()
    pointer: str | None = None
    header: HeaderName | None = None
    status: bool = False
    within_s: Seconds = APART_S

    def __post_init__(self) -> None:
        """Refuse none or several places, and a rule that is none of its place."""
        if sum((self.pointer is not None, self.header is not None, self.status)) != 1:
            raise ValueError(
                'a rule of parity has one place: `pointer = "/id"`, `header = "ETag"` or'
                " `status = true`"
            )
        if self.pointer is None and self.rule != "volatile":
            raise ValueError(
                f'of a header or a status the rule is "volatile"; "{self.rule}" is of a `pointer`'
            )
        for at, route in enumerate(self.routes):
            require_route(route, *(("where",) if isinstance(self.where, str) else ("where", at)))
        if self.pointer is not None:
            require_pointer(self.pointer, "pointer")

    @property
    def routes(self) -> tuple[str, ...]:
        """Return the routes that it is about; none of them for all."""
        return (self.where,) if isinstance(self.where, str) else self.where

    @property
    def place(self) -> str:
        """Return its place as a difference names it: "body /id", "header etag", "status"."""
        if self.pointer is not None:
            return f"body {self.pointer}".rstrip()
        return f"header {self.header.lower()}" if self.header else "status"
