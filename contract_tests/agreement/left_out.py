"""What is not asked of a gateway, by the stack file's `leave_out`, `open` and login, and why."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from contract_tests.drift.documents import METHODS as METHODS_OF_HTTP
from contract_tests.hops.route_patterns import matches, meant_by
from reports.record.failures import METHODS, Failure, Method
from testcontainers_fixtures.stack_file.contract_spec import LeaveOut
from testcontainers_fixtures.stack_file.login_spec import Login
from testcontainers_fixtures.stack_spec import Contract

# Checks of who may come in: what is open asks nobody.
ADMISSION: Final = frozenset({"who may come in", "ignored_auth"})
ALLOW: Final = "allow_header_conformance"
# On paper: that a document does not say who may come in.
_ASKING: Final = frozenset({"security", "answer 401"})
OPEN: Final = "it is open on purpose, by `open` of [contract]"
LETS_IN: Final = "it lets users in, by [login]"


class LeftOutOperation(Struct, frozen=True, kw_only=True):
    """A published operation that is not tried; `service` is "" where the gateway alone has it."""

    service: str
    operation: str
    because: str


class LeftOut:
    """The routes and checks that a stack file leaves out; `used` are those that met something."""

    def __init__(self, promises: Contract, login: Login | None = None) -> None:
        self._routes = [one for one in promises.leave_out if one.route is not None]
        self._checks = [one for one in promises.leave_out if one.check is not None]
        self._open = promises.open
        self._login = login.request.partition("?")[0] if login else ""
        self.used: set[LeaveOut] = set()

    def __repr__(self) -> str:
        """Show how much is left out."""
        return f"<LeftOut {len(self._routes)} routes, {len(self._checks)} checks>"

    def because(self, method: str, target: str) -> str:
        """Return why a request is not sent, by its target or a template; "" where it is."""
        path = target.partition("?")[0]
        for one in self._routes:
            if one.route is not None and matches(one.route, method, path):
                self.used.add(one)
                return one.because
        return ""

    def is_open(self, method: str, path: str) -> bool:
        """Tell whether an operation asks nobody who comes."""
        return bool(self._why_open(method, path))

    def excuse(self, failure: Failure) -> str:
        """Return why a failure is none: its check is left out there; "" where it is one."""
        method, _, path = failure.operation.partition(" ")
        if failure.check in ADMISSION and (why := self._why_open(method, path)):
            return why
        if failure.check == ALLOW and (why := self._at(path)):
            return why
        names = {failure.check, failure.method, METHODS[failure.method]}
        for one in self._checks:
            if one.alike and not failure.alike:
                continue
            if one.check in names and _is_there(one, method, path):
                self.used.add(one)
                return one.because
        return ""

    def on_paper(self, operation: str, where: str) -> str:
        """Return why a difference at a place of an operation is none; "" where it is one."""
        method, _, path = operation.partition(" ")
        if where in _ASKING and (why := self._why_open(method, path)):
            return why
        if where == "operation" and self._lets_in(method, path):
            return LETS_IN
        return self.of_method("paper", operation)

    def _why_open(self, method: str, path: str) -> str:
        """Return why an operation asks nobody who comes; "" where it may ask."""
        if self._lets_in(method, path):
            return LETS_IN
        return OPEN if meant_by(self._open, method, path) is not None else ""

    def _lets_in(self, method: str, path: str) -> bool:
        return bool(self._login) and matches(self._login, method, path)

    def _at(self, path: str) -> str:
        """Return why a method of a path is left out: it may be advertised, undocumented."""
        return next(filter(None, (self.because(one, path) for one in METHODS_OF_HTTP)), "")

    def of_method(self, method: Method, operation: str) -> str:
        """Return why all checks of a method are left out of an operation; "" where they are not."""
        verb, _, path = operation.partition(" ")
        for one in self._checks:
            known = {method, METHODS[method]} if not one.alike else ()
            if one.check in known and _is_there(one, verb, path):
                self.used.add(one)
                return one.because
        return ""

    @property
    def checks(self) -> Sequence[LeaveOut]:
        """Return what leaves out a check, everywhere or in some routes."""
        return self._checks

    def unused(self, published: Iterable[tuple[str, str]] = ()) -> list[str]:
        """Return a sentence for each route, and each `where`, that means no published operation.

        `published` are the methods and paths of all operations.
        """
        known = list(published)
        stray = [one.route for one in self._routes if one not in self.used]
        stray += [
            one.where
            for one in self._checks
            if one.where and not any(matches(one.where, *each) for each in known)
        ]
        return [
            f"`leave_out` of [contract] has {one!r}, which is no published operation."
            for one in stray
        ]


def _is_there(one: LeaveOut, method: str, path: str) -> bool:
    return one.where is None or matches(one.where, method, path)
