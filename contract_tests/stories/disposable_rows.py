"""Rows that were made to be lost, for requests that may change what they name.

A probe must never name somebody's row: should it be let in, that row is gone. So it names a row
that was made for it, or one that is nobody's.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Self
from urllib.parse import quote

import msgspec

from contract_tests.drift.documents import Document, Operation, Schema, operations, unnamed
from contract_tests.drift.generation import drawn
from contract_tests.drift.validation import takes
from contract_tests.hops.http_methods import SAFE
from contract_tests.hops.paired_client import SentRequest
from contract_tests.hops.parity import ObservedResponse
from contract_tests.stories.request_bodies import draft
from contract_tests.stories.resources import Resource, resources
from testcontainers_fixtures.stack_file.contract_spec import CollectionSpec

TEXT: Final = "To be thrown away "
_GONE: Final = (404, 410)
_WELL: Final = range(200, 300)
_LONG: Final = 15
_LARGE: Final = (2_147_483_647, 999_999_937, 999_983, 9_973, 97, 1)


class DisposableRows:
    """The rows that were made in the collections of one service; `ask` comes in as one may.

    `told` is what the stack file says of collections.

    A context manager: at its end what was made is deleted again, where that can be.
    """

    def __init__(
        self,
        document: Document,
        ask: Callable[[SentRequest], ObservedResponse],
        told: Mapping[str, CollectionSpec] | None = None,
    ) -> None:
        self._resources = sorted(
            resources(document, told), key=lambda one: len(one.path), reverse=True
        )
        self._operations = operations(document)
        self._ask = ask
        self._made: list[tuple[Resource, str]] = []

    def __repr__(self) -> str:
        """Show how many rows were made."""
        return f"<DisposableRows {len(self._made)} rows>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for resource, key in self._made:
            if resource.delete is not None:
                self._ask(SentRequest(method="DELETE", target=resource.at(key)))

    def target(self, operation: Operation) -> str | None:
        """Return a path that an operation can be tried at; None where none is surely nobody's."""
        if "{" not in operation.path:
            return operation.path
        resource = self._within(operation)
        key = self._key(resource, operation) if resource else None
        if resource is not None and key is not None:
            rest = unnamed(operation.path).removeprefix(f"{resource.path}/{{}}")
            return resource.at(key) + rest.replace("{}", str(uuid.uuid4()))
        return _any(operation) if operation.method in SAFE else self._absent(operation)

    def note(self, operation: Operation, answer: ObservedResponse) -> None:
        """Note a row that a request made which should not have been let in."""
        for one in self._resources:
            if one.path == operation.path and operation.method == "POST":
                self._keep(one, answer)

    def _within(self, operation: Operation) -> Resource | None:
        path = unnamed(operation.path)
        return next((one for one in self._resources if path.startswith(f"{one.path}/{{}}")), None)

    def _key(self, resource: Resource, operation: Operation) -> str | None:
        """Return the key of a row: one of its own for each operation that may change it."""
        if operation.method in SAFE:
            known = (key for one, key in self._made if one is resource)
            return next(known, None) or self._born(resource)
        return self._born(resource)

    def _born(self, resource: Resource) -> str | None:
        if resource.create is None:
            return None
        listed = self._ask(SentRequest(method="GET", target=resource.path))
        rows = resource.rows(_decoded(listed))
        for turned in (True, False):
            made = draft(resource.create, rows[-1] if rows else {}, TEXT, turned=turned)
            if made is None:
                return None
            headers = {"Content-Type": made.kind}
            sent = SentRequest(
                method="POST", target=resource.path, headers=headers, body=made.encoded()
            )
            key = self._keep(resource, self._ask(sent))
            if key is not None:
                return key
        return None

    def _keep(self, resource: Resource, answer: ObservedResponse) -> str | None:
        row = resource.row(_decoded(answer))
        key = resource.key(row) if row else None
        if key is not None:
            self._made.append((resource, key))
        return key

    def _absent(self, operation: Operation) -> str | None:
        """Return a path under which nothing is, as reading it says; else by all likelihood."""
        for values in zip(*(_nobodys(one) for one in _schemas(operation)), strict=False):
            path = _filled(operation, values)
            there = self._there(operation, path)
            if there is False or (there is None and all(map(_unlikely, values))):
                return path
        return None

    def _there(self, operation: Operation, path: str) -> bool | None:
        """Tell whether something is at a path; None where nobody says."""
        if ("GET", unnamed(operation.path)) not in self._operations:
            return None
        status = self._ask(SentRequest(method="GET", target=path)).status
        return False if status in _GONE else True if status in _WELL else None


def _any(operation: Operation) -> str:
    """Return a path to be read at, whatever may be there."""
    first = (next((v for v in (1, *drawn(one)) if takes(one, v)), 1) for one in _schemas(operation))
    return _filled(operation, tuple(first))


def _schemas(operation: Operation) -> list[Schema]:
    """Return what the path's parameters must be, in their order; anything where nothing is said."""
    known = {p.name: p.schema for p in operation.parameters.values() if p.place == "path"}
    count = unnamed(operation.path).count("{}")
    return [known.get(str(place), {}) for place in range(1, count + 1)]


def _filled(operation: Operation, values: tuple[Any, ...]) -> str:
    path = unnamed(operation.path)
    for value in values:
        path = path.replace("{}", quote(str(value), safe=""), 1)
    return path


def _nobodys(schema: Schema) -> Iterator[Any]:
    """Yield values that fit and that hardly any row has, the least likely first."""
    texts = (str(uuid.uuid4()), uuid.uuid4().hex, f"nobody-{uuid.uuid4().hex[:8]}")
    yield from (one for one in (*texts, *_LARGE, *drawn(schema)) if takes(schema, one))


def _unlikely(value: Any) -> bool:  # noqa: ANN401 -- any JSON
    """Tell whether chance alone would have to give a row such a key."""
    return value in _LARGE[:2] or (isinstance(value, str) and len(value) >= _LONG)


def _decoded(answer: ObservedResponse) -> Any:  # noqa: ANN401 -- any JSON
    try:
        return msgspec.json.decode(answer.body) if answer.status in _WELL else None
    except msgspec.DecodeError:
        return None
