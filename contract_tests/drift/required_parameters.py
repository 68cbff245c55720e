"""Gives a request the parameters that its operation requires, so that it is refused for none.

A parameter of one name and place has one value wherever that fits: a row that was made for a tenant
is looked for under that tenant. What the document says of it (an example, a default, an enum) goes
before what is drawn. What a request says itself stays as it is.
"""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qsl

from msgspec.structs import replace

from contract_tests.drift.documents import Document, Operation, Parameter, Schema, operations
from contract_tests.drift.generation import WireParameters, drawn, on_the_wire
from contract_tests.drift.operation_labels import Labels
from contract_tests.drift.validation import takes
from contract_tests.hops import idempotency_keys
from contract_tests.hops.paired_client import SentRequest

# OpenAPI: parameters of these names are said by other means, and ignored.
_IGNORED: Final = frozenset({"accept", "content-type", "authorization"})
_WORDS: Final = ("x", 1, True)
_SERVICE: Final = "service"


class Parameters:
    """The required parameters of a service's operations, but for what stands in the path."""

    def __init__(self, document: Document) -> None:
        known = operations(document).values()
        self._labels = Labels({_SERVICE: document})
        self._operations = {one.label: one for one in known}
        self._values: dict[tuple[str, str], list[Any]] = {}
        self._wires: dict[str, WireParameters] = {}

    def __repr__(self) -> str:
        """Show what was chosen."""
        return f"<Parameters {self._values}>"

    def on(self, sent: SentRequest) -> SentRequest:
        """Return a request with what its operation requires and it does not say."""
        operation = self._operations.get(
            self._labels.label(_SERVICE, sent.method, sent.target.partition("?")[0])
        )
        if operation is None:
            return sent
        said = {name.lower() for name in sent.headers}
        wire = self._wire(operation)
        left = {n: v for n, v in wire.headers.items() if n.lower() not in said}
        headers = {n: _fresh(operation, n.lower(), value) for n, value in left.items()}
        if wire.cookie and "cookie" not in said:
            headers["Cookie"] = wire.cookie
        target = _queried(sent.target, wire.query)
        return replace(sent, target=target, headers={**headers, **sent.headers})

    def _wire(self, operation: Operation) -> WireParameters:
        if operation.label not in self._wires:
            required = [one for one in operation.parameters.values() if _counts(one)]
            pairs = [(one, value) for one in required for value in self._chosen(one)]
            made = on_the_wire(pairs) if pairs else None
            self._wires[operation.label] = made or WireParameters()
        return self._wires[operation.label]

    def _chosen(self, parameter: Parameter) -> list[Any]:
        """Return one value that fits; none where nobody can say any."""
        known = self._values.setdefault((parameter.place, parameter.name), [])
        for value in (*known, *_likely(parameter.schema)):
            if takes(parameter.schema, value):
                known.append(value)
                return [value]
        return []


def stated(schema: Schema) -> Iterator[Any]:
    """Yield the values that a schema itself tells of; they need not fit it."""
    lists = {word: schema.get(word) for word in ("examples", "enum")}
    known = {word: one if isinstance(one, list) else [] for word, one in lists.items()}
    yield from known["examples"]
    yield from (schema[word] for word in ("example", "default", "const") if word in schema)
    yield from known["enum"]


def _likely(schema: Schema) -> Iterator[Any]:
    yield from stated(schema)
    yield from _WORDS
    yield from drawn(schema)


def _counts(parameter: Parameter) -> bool:
    ignored = parameter.place == "header" and parameter.name.lower() in _IGNORED
    return parameter.required and parameter.place != "path" and not ignored


def _fresh(operation: Operation, name: str, value: str) -> str:
    """Return a header's value; a key of one sending is another one each time."""
    if name != idempotency_keys.HEADER:
        return value
    return idempotency_keys.fresh(value, operation.parameters["header", name].schema)


def _queried(target: str, query: str) -> str:
    """Return a request target with what it does not ask for yet."""
    path, _, own = target.partition("?")
    said = {name for name, _ in parse_qsl(own, keep_blank_values=True)}
    more = [one for one in query.split("&") if _names(one) - said]
    return f"{path}?{'&'.join([*([own] if own else []), *more])}" if more else target


def _names(query: str) -> set[str]:
    return {name for name, _ in parse_qsl(query, keep_blank_values=True)}
