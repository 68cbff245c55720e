"""A document for a system that publishes none, out of what its stack file says of its lists.

A list of `collections` in [contract] is read at its path, and written to as the seeds that go
through the gateway write to it. It is as much of a document as rows take that account is kept of;
what is not known of an answer is not claimed.
"""

from collections.abc import Iterator, Mapping
from http import HTTPMethod
from typing import Any, Final

from contract_tests.drift.documents import Document
from testcontainers_fixtures.data.seeding import rows_in
from testcontainers_fixtures.placeholders import numbered
from testcontainers_fixtures.stack_file.contract_spec import CollectionSpec
from testcontainers_fixtures.stack_spec import Seed, StackSpec

_ANY: Final = {"description": "As it comes.", "content": {"application/json": {"schema": {}}}}
_VERSION: Final = "3.1.0"


def stated_document(spec: StackSpec) -> Document | None:
    """Return the document of the lists in [contract], in the gateway's paths; None without any.

    Raises SpecError for a seed's file of rows that cannot be read.
    """
    lists = spec.contract.collections
    if not lists:
        return None
    bodies = dict(_bodies(spec))
    paths: dict[str, Any] = {}
    for path, one in lists.items():
        paths |= _paths(path, one, bodies.get(path))
    info = {"title": f"{spec.name}, as its stack file has it", "version": _VERSION}
    return {"openapi": _VERSION, "info": info, "paths": paths}


def _paths(path: str, one: CollectionSpec, body: Mapping[str, Any] | None) -> dict[str, Any]:
    turned_by = [{"name": name, "in": "query", "schema": {}} for name in one.query]
    listed: dict[str, Any] = {"get": {"parameters": turned_by, "responses": {"200": _ANY}}}
    if body is not None:
        taken = {"required": True, "content": {"application/json": {"schema": _fitting(body)}}}
        listed["post"] = {"requestBody": taken, "responses": {"2XX": _ANY}}
    if one.id is None:
        return {path: listed}
    key = {"name": "id", "in": "path", "required": True, "schema": {}}
    return {
        path: listed,
        f"{path}/{{id}}": {"get": {"parameters": [key], "responses": {"200": _ANY}}},
    }


def _bodies(spec: StackSpec) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the paths that seeds write to through the gateway, each with a body of theirs."""
    for seed in spec.seed:
        method, _, path = (seed.request or "").partition(" ")
        if method == HTTPMethod.POST and seed.into in spec.named("gateway"):
            body = _body(seed, spec)
            if isinstance(body, Mapping):
                yield path, body


def _body(seed: Seed, spec: StackSpec) -> object:
    return next(iter(rows_in(spec.folder / seed.rows)), None) if seed.rows else seed.body


def _fitting(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema of bodies like one: its texts are free, and all else is as it is there."""
    fields = {
        name: {"type": "string"} if isinstance(value, str) and value != "{n}" else _fixed(value)
        for name, value in body.items()
    }
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def _fixed(value: object) -> dict[str, Any]:
    return {"type": "integer"} if value == "{n}" else {"const": numbered(value, 1)}
