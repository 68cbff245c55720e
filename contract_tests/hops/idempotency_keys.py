"""Gives each generated request an Idempotency-Key of its own, where it has one.

A key names one sending of one request (draft-ietf-httpapi-idempotency-key-header): a generator that
puts one and the same key on many requests is refused, and rightly; and a request that it sends once
more under its key gets the stored answer, which may tell of a row that is gone by then. So each
sending has a key of its own, which no earlier run against the same system has used either.
"""

import hashlib
import itertools
import uuid
from typing import Any, Final

import jsonschema_rs
import schemathesis
from schemathesis import HookContext

HEADER: Final = "idempotency-key"
_RUN: Final = uuid.uuid4().hex
_sendings = itertools.count()


@schemathesis.hook
def before_call(_: HookContext, case: "schemathesis.Case[Any]", kwargs: dict[str, Any]) -> None:  # noqa: ARG001 -- what a hook is given
    """Replace a key that the document allows by one that it allows as well."""
    for name, key in (case.headers or {}).items():
        schema = _schema(case) if name.lower() == HEADER and isinstance(key, str) else None
        if schema is not None and jsonschema_rs.is_valid(schema, key):
            case.headers[name] = fresh(key, schema)


def fresh(key: str, schema: Any) -> str:  # noqa: ANN401 -- a schema may be a boolean
    """Return a key that nobody has sent yet, or the one given where the schema takes no other."""
    return next((own for own in _own(key) if jsonschema_rs.is_valid(schema, own)), key)


def _schema(case: "schemathesis.Case[Any]") -> Any:  # noqa: ANN401 -- a schema may be a boolean
    parameters = (one for one in case.operation.headers if one.name.lower() == HEADER)
    return next((one.raw_schema for one in parameters), None)


def _own(key: str) -> tuple[str, str]:
    digest = hashlib.sha256(f"{_RUN} {next(_sendings)}".encode()).digest()
    return f"{key}-{digest.hex()[:16]}", str(uuid.UUID(bytes=digest[:16]))
