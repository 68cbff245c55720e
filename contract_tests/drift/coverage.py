"""What the generated requests exercised of a document, and what never was.

For every operation: which classes of status came back, and for every keyword of every parameter
and body field, whether a value that fits and one that does not were sent; for every header of a
documented answer, whether it came.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
import schemathesis
from msgspec import Struct
from schemathesis.transport.serialization import Binary

from contract_tests.drift.documents import Document, Operation, Schema, operations, unnamed
from contract_tests.drift.schemas.schema_differences import followed
from contract_tests.drift.validation import is_readable, takes
from reports.record.failures import Exercised, KeywordCoverage

# Keywords that a value on its own can fit or not; `required` is asked of the object around it.
_ASKED: Final = (
    "type",
    "enum",
    "const",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "multipleOf",
    "maxLength",
    "minLength",
    "pattern",
    "format",
    "maxItems",
    "minItems",
    "uniqueItems",
    "required",
    "additionalProperties",
)
_PLACES: Final = ("path_parameters", "query", "headers", "cookies")
_OF_PLACE: Final = dict(zip(_PLACES, ("path", "query", "header", "cookie"), strict=True))
_MOST_DEPTH: Final = 6
_NOTHING: Final = object()


# The accounts of a session, by service.
COVERAGE: Final = pytest.StashKey[dict[str, "Coverage"]]()


class SchemaKeyword(Struct, frozen=True, kw_only=True):
    """One thing that a document asks of a value: "query limit", "maximum", 1000."""

    where: str
    keyword: str
    schema: Schema

    def fits(self, value: object) -> bool:
        """Tell whether a value fits this keyword alone."""
        return takes(self.schema, value)


class Exercise:
    """What one operation was exercised with."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.requests = 0
        self.statuses: Counter[int] = Counter()
        self.headers: Counter[tuple[str, str]] = Counter()
        self.keywords = {(one.where, one.keyword): one for one in keywords(operation)}
        self.seen: Counter[tuple[str, str, bool]] = Counter()

    def note(self, sent: dict[str, Any], status: int, headers: frozenset[str]) -> None:
        """Note a request by its values ("query limit" -> 5, "body /name" -> ...) and its answer."""
        self.requests += 1
        self.statuses[status] += 1
        self.headers.update((str(status), name) for name in headers)
        for (where, name), keyword in self.keywords.items():
            value = sent.get(where, _NOTHING)
            if value is not _NOTHING:
                self.seen[where, name, keyword.fits(value)] += 1

    def never(self) -> Iterator[str]:
        """Yield a sentence for everything that was never exercised."""
        label = self.operation.label
        if not self.requests:
            yield f"{label}: never asked."
            return
        for where, name in self.keywords:
            for fits in (True, False):
                if (where, name, fits) not in self.seen:
                    kind = "fits" if fits else "breaks"
                    yield f"{label}, {where}: no value that {kind} {name} was sent."
        for status, answer in self.operation.answers.items():
            if not any(_matches(status, one) for one in self.statuses):
                yield f"{label}: no answer {status} came."
            for header in answer.headers:
                if (status, header) not in self.headers:
                    yield f"{label}: no answer {status} with header {header} came."


class Coverage:
    """Counts what passes it; a check of schemathesis that never fails when called."""

    __name__ = "exercised"

    def __init__(self, document: Document) -> None:
        self.exercises = {key: Exercise(one) for key, one in operations(document).items()}

    def __repr__(self) -> str:
        """Show how much was exercised."""
        return f"<Coverage {self.asked} of {len(self.exercises)} operations>"

    @property
    def asked(self) -> int:
        """Return how many operations were asked at all."""
        return sum(bool(one.requests) for one in self.exercises.values())

    def __call__(
        self,
        context: object,  # noqa: ARG002 -- what schemathesis passes to a check
        response: schemathesis.Response,
        case: "schemathesis.Case[Any]",
    ) -> None:
        """Note one request of the suite."""
        exercise = self.exercises.get((case.method.upper(), unnamed(case.operation.path)))
        if exercise is not None:
            names = frozenset(name.lower() for name in response.headers)
            exercise.note(sent_values(case), response.status_code, names)

    def never(self) -> list[str]:
        """Return everything that was never exercised, in sentences."""
        return [sentence for one in self.exercises.values() for sentence in one.never()]


def exercised(accounts: Mapping[str, Coverage]) -> tuple[Exercised, ...]:
    """Return the accounts as the record holds them."""
    return tuple(
        _exercised(name, one) for name, all_ in accounts.items() for one in all_.exercises.values()
    )


def _exercised(service: str, one: Exercise) -> Exercised:
    answers = one.operation.answers.items()
    return Exercised(
        service=service,
        operation=one.operation.label,
        requests=one.requests,
        documented=tuple(one.operation.answers),
        statuses={str(status): times for status, times in sorted(one.statuses.items())},
        keywords=tuple(
            KeywordCoverage(
                where=where,
                keyword=name,
                fits=one.seen[where, name, True],
                breaks=one.seen[where, name, False],
            )
            for where, name in one.keywords
        ),
        headers={f"{s} {h}": one.headers[s, h] for s, answer in answers for h in answer.headers},
        never=tuple(one.never()),
    )


def notes(accounts: Mapping[str, Coverage]) -> tuple[str, ...]:
    """Return how much of each service was exercised, in sentences for a reader."""
    return tuple(
        f"{name}: {one.asked} of {len(one.exercises)} operations exercised; of what they name, "
        f"{len(one.never())} things never were."
        for name, one in accounts.items()
    )


def keywords(operation: Operation) -> Iterator[SchemaKeyword]:
    """Yield every keyword of an operation's parameters and body."""
    for (place, name), parameter in operation.parameters.items():
        yield from _keywords(parameter.schema, f"{place} {name}", 0)
    for schema in operation.body.schemas.values() if operation.body else ():
        yield from _keywords(schema, "body", 0)


def _keywords(schema: Schema, where: str, depth: int) -> Iterator[SchemaKeyword]:
    if depth > _MOST_DEPTH:
        return
    plain = followed(schema)
    for name in _ASKED:
        if name in plain and is_readable(alone := _alone(plain, name)):
            yield SchemaKeyword(where=where, keyword=name, schema=alone)
    carried = plain.get("components", {})
    for choice in plain.get("anyOf", ()):
        if isinstance(choice, dict) and choice.get("type") != "null":
            yield from _keywords({**choice, "components": carried}, where, depth + 1)
    for name, inner in plain.get("properties", {}).items():
        if isinstance(inner, dict):
            yield from _keywords({**inner, "components": carried}, f"{where} /{name}", depth + 1)


def _alone(schema: Schema, keyword: str) -> Schema:
    if keyword != "additionalProperties":
        return {keyword: schema[keyword]}
    # What is additional depends on which properties there are, and may refer to what is carried.
    beside = {
        "properties": dict.fromkeys(schema.get("properties", {}), True),
        "patternProperties": dict.fromkeys(schema.get("patternProperties", {}), True),
    }
    return {keyword: schema[keyword], **beside, "components": schema.get("components", {})}


def sent_values(case: "schemathesis.Case[Any]") -> dict[str, Any]:
    """Return the values of a request by where they stand."""
    found: dict[str, Any] = {}
    names = [part[1:-1] for part in case.operation.path.split("/") if part.startswith("{")]
    for place in _PLACES:
        for name, value in (getattr(case, place) or {}).items():
            shown = str(names.index(name) + 1) if name in names and place == _PLACES[0] else name
            key = shown.lower() if place == "headers" else shown
            found[f"{_OF_PLACE[place]} {key}"] = value
    if case.body is not None and type(case.body).__name__ != "NotSet":
        found |= dict(_fields(_plain(case.body), "body"))
    return found


def _plain(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    """Return a body as a schema can be held against it: bytes of a file are text."""
    if isinstance(value, Binary):
        return value.data.decode("latin-1")
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value


def _fields(value: object, where: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict | list | str | int | float | bool) or value is None:
        yield where, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _fields(inner, f"{where} /{name}")


def _matches(status: str, seen: int) -> bool:
    if status.isdigit():
        return status == str(seen)
    return status == "default" or status[:1] == str(seen // 100)
