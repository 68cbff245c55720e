"""Turns a difference on paper into a request that shows it, sent to the gateway and to the twin.

The request is drawn from the service's own document, in which the disputed place takes exactly the
values that one side alone takes. Where both sides answer alike, the difference is harmless today.
"""

import copy
from collections.abc import Iterator
from typing import Any, Final

import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from msgspec import Struct
from schemathesis.schemas import BaseSchema

from contract_tests.differences import Difference
from contract_tests.documents import Document, Schema, at
from contract_tests.parity import Answer, Mismatch, Twin, answer_of, flat, mismatches
from testcontainers_fixtures.stack_spec import Contract

DRAWN: Final = 5
HARMLESS: Final = "harmless today: gateway and service answer alike"
_CONFIGURATION: Final = 'seed = 1\n[generation]\nmodes = ["positive"]\ndatabase = "none"'
_SETTINGS: Final = settings(
    max_examples=DRAWN,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


class Witness(Struct, frozen=True, kw_only=True):
    """A request to which gateway and twin answer differently."""

    curl: str
    mismatches: tuple[Mismatch, ...]
    sent: requests.PreparedRequest
    gateway: Answer
    twin: Answer


def witness(
    difference: Difference, document: Document, gateway: str, twin: Twin, promises: Contract
) -> Witness | None:
    """Return a request that shows a difference, out of a few; None where none of them does.

    `document` is the service's. What cannot be sent (a documented status, a header of an answer)
    has no witness.
    """
    for narrow in narrowed(difference, document):
        schema = schemathesis.openapi.from_dict(
            narrow, config=schemathesis.Config.from_str(_CONFIGURATION)
        )
        schema.config.update(base_url=gateway)
        found = _shown(schema, difference, twin, promises)
        if found:
            return found
    return None


def narrowed(difference: Difference, document: Document) -> Iterator[dict[str, Any]]:
    """Yield the service's document, narrowed to each kind of request that may show a difference."""
    if not difference.at or not difference.service:
        return
    for only in (difference.only_gateway, difference.only_service):
        if only is not None:
            yield _with(document, difference, schema=only)
    if difference.only_gateway is None and difference.only_service is None:
        yield _with(document, difference, schema=None)
        yield _without(document, difference)


def _with(document: Document, difference: Difference, schema: Schema | None) -> dict[str, Any]:
    """Return the document with the disputed place required, and holding `schema` where given."""
    made, operation = _operation(document, difference)
    if difference.at == ("body",):
        body = operation.setdefault("requestBody", {"content": {"application/json": {}}})
        body["required"] = True
        for content in body["content"].values():
            content.update({} if schema is None else {"schema": schema})
        return made
    for parameter in _disputed(operation, difference):
        parameter["required"] = True
        parameter.update({} if schema is None else {"schema": schema})
    return made


def _without(document: Document, difference: Difference) -> dict[str, Any]:
    """Return the document without the disputed place."""
    made, operation = _operation(document, difference)
    if difference.at == ("body",):
        operation.pop("requestBody", None)
    elif difference.at[0] != "path":
        gone = _disputed(operation, difference)
        operation["parameters"] = [one for one in operation["parameters"] if one not in gone]
    return made


def _operation(document: Document, difference: Difference) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a copy of the document with this one operation, and the operation within it."""
    made = copy.deepcopy(dict(document))
    method, _, path = difference.operation.partition(" ")
    item = made["paths"][path]
    operation: dict[str, Any] = item[method.lower()]
    shared = item.pop("parameters", ())
    operation["parameters"] = [
        _followed(made, one) for one in (*shared, *operation.get("parameters", ()))
    ]
    if "requestBody" in operation:
        operation["requestBody"] = _followed(made, operation["requestBody"])
    made["paths"] = {path: {method.lower(): operation}}
    return made, operation


def _disputed(operation: dict[str, Any], difference: Difference) -> list[dict[str, Any]]:
    place, name = difference.at
    listed = [one for one in operation["parameters"] if one["in"] == place]
    if place == "path":
        return listed[int(name) - 1 : int(name)]
    return [one for one in listed if one["name"].lower() == name.lower()]


def _followed(document: Document, said: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(at(document, said["$ref"])) if "$ref" in said else said


def _shown(
    schema: BaseSchema, difference: Difference, twin: Twin, promises: Contract
) -> Witness | None:
    method, _, path = difference.operation.partition(" ")
    found: list[Witness] = []

    @_SETTINGS
    @hypothesis.seed(1)
    @hypothesis.given(case=schema[path][method].as_strategy())
    def ask(case: "schemathesis.Case[Any]") -> None:
        if found:
            return
        answer = case.call()
        gateway = answer_of(answer.status_code, flat(answer.headers), answer.content)
        theirs = twin.ask(answer.request)
        differing = tuple(mismatches(gateway, theirs, promises))
        if differing:
            curl, sent = case.as_curl_command(), answer.request
            found.append(
                Witness(curl=curl, mismatches=differing, sent=sent, gateway=gateway, twin=theirs)
            )

    ask()
    return found[0] if found else None
