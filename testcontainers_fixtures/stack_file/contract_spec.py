"""What a stack file's [contract] says of paths, routes and lists: how they differ, what is apart.

Every path in [contract] is the gateway's, as its clients write it.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Final

from msgspec import Meta, Struct

from testcontainers_fixtures.errors import KeyedError
from testcontainers_fixtures.stack_file.nearest import meant
from testcontainers_fixtures.stack_file.part_spec import Part

_SEGMENT: Final = r"[^/\s?#*{}]+"
_PREFIX: Final = re.compile(rf"(/{_SEGMENT})+")
_TEMPLATE: Final = re.compile(rf"(/({_SEGMENT}|\{{[A-Za-z_]\w*\}}))+")
_COLLECTION: Final = re.compile(r"/[^\s?#{}]*[^\s?#{}/]")
_ROUTE: Final = re.compile(r"(([A-Z]+|\*) )?/[^\s?#]*")
_POINTER: Final = re.compile(r"(/.*)?")
Because = Annotated[str, Meta(min_length=1, max_length=300)]
Status = Annotated[int, Meta(ge=200, le=299)]


class PathRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a gateway's path becomes its service's: `strip` it, `rename` what is left, `add` to that.

    `strip` and `add` are beginnings. `rename` maps a path of the gateway's, or what it begins with,
    to the service's; `{name}` in both is one segment. An empty rule says that paths are as they
    are, whatever `servers` say, be they at the gateway or not.
    """

    strip: str = ""
    add: str = ""
    rename: dict[str, str] = {}

    def __post_init__(self) -> None:
        """Refuse a rule that cannot be read backwards."""
        for key in ("strip", "add"):
            if text := getattr(self, key):
                _require(_PREFIX, text, 'how paths begin is written as "/api/v1"', key)
        leads: dict[str, str] = {}
        for ours, theirs in self.rename.items():
            self._require_way(ours, theirs)
            if before := leads.get(theirs):
                raise KeyedError(
                    f"{before!r} and {ours!r} both lead to {theirs!r}; take one of them out",
                    *("rename", ours),
                )
            leads[theirs] = ours

    def _require_way(self, ours: str, theirs: str) -> None:
        """Refuse a renaming that is no path, or that loses or doubles what stands in braces."""
        for path in (ours, theirs):
            _require(
                *(_TEMPLATE, path, 'a renamed path is written as "/labels/{id}"'),
                *("rename", ours),
            )
        if sorted(_names(ours)) != sorted(set(_names(theirs))):
            raise KeyedError(
                f"{ours!r} and {theirs!r} have other names in braces; each stands once in both",
                *("rename", ours),
            )


class LeaveOut(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is not asked of a gateway, and why: a `route`, or a `check` (of the routes of `where`).

    A route has a method before it or none; `*` is any text, `{name}` one segment. A check is named
    as the page names it; a method ("parity") stands for all of its checks. `alike` leaves it out
    where the service does as its gateway does, and what is the gateway's alone still fails.
    """

    because: Because
    route: str | None = None
    check: str | None = None
    where: str | None = None
    alike: bool = False

    def __post_init__(self) -> None:
        """Refuse none of both, and both."""
        if self.alike and self.check is None:
            raise ValueError("`alike` goes with a `check`; what a route leaves out is not asked")
        if (self.route is None) == (self.check is None):
            raise ValueError(
                'what is left out has a `route = "POST /files"`, or a `check` and perhaps `where`'
            )
        if self.route is not None and self.where is not None:
            raise ValueError("`where` goes with a `check`; a route says itself where it is")
        for key in ("route", "where"):
            if (text := getattr(self, key)) is not None:
                require_route(text, key)


class CollectionSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a list is answered; what is not said is guessed from its schema.

    `rows` and `total` are JSON pointers into the list's answer, `row` one into an answer that holds
    a single row, `id` one into a row; `created` are the statuses of a POST that made a row. `query`
    are the parameters by which its pages are turned, where no document names them. `gone` are the
    paths behind an item's that are gone with it ("/parts"): a history may well outlive its row.
    """

    rows: str | None = None
    total: str | None = None
    row: str | None = None
    id: str | None = None
    created: Annotated[tuple[Status, ...], Meta(min_length=1)] | None = None
    query: tuple[Annotated[str, Meta(min_length=1)], ...] = ()
    gone: tuple[Annotated[str, Meta(pattern="^/[^{}]+$")], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no pointer."""
        for key in ("rows", "total", "row", "id"):
            if (text := getattr(self, key)) is not None:
                require_pointer(text, key)


def require_route(text: str, *where: str | int) -> None:
    """Refuse what names no route."""
    _require(_ROUTE, text, 'a route is written as "POST /files/*", or without its method', *where)


def require_pointer(text: str, *where: str | int) -> None:
    """Refuse what is no JSON pointer."""
    _require(_POINTER, text, 'a place in an answer is written as "/data/items"', *where)


def require_contract(
    parts: Mapping[str, Part], paths: Mapping[str, PathRule], lists: Mapping[str, CollectionSpec]
) -> None:
    """Refuse a rule for the paths of what owns no document, and a list that stands nowhere."""
    owners = {name for name, part in parts.items() if part.role in {"service", "resolver"}}
    for name in paths:
        if name not in owners:
            raise KeyedError(
                f"paths are those of a service, and {name!r} is none here{meant(name, owners)}",
                *("contract", "paths", name),
            )
    for path in lists:
        _require(
            *(_COLLECTION, path, 'a list is named by its path, as "/tags"'),
            *("contract", "collections", path),
        )


def _require(form: re.Pattern[str], text: str, said: str, *where: str | int) -> None:
    if not form.fullmatch(text):
        raise KeyedError(f"{said}; seen: {text!r}", *where)


def _names(template: str) -> list[str]:
    return [one for one in template.split("/") if one.startswith("{")]
