"""Gives each generated request an Idempotency-Key of its own, where it has one.

A key names one request (draft-ietf-httpapi-idempotency-key-header): a generator that puts one and
the same key on many is refused, and rightly. The key is made of the request, so that the same
request bears the same key, in every run.
"""

import hashlib
import uuid
from typing import Any, Final

import jsonschema_rs
import schemathesis
from schemathesis import HookContext

HEADER: Final = "idempotency-key"


@schemathesis.hook
def before_call(_: HookContext, case: "schemathesis.Case[Any]", kwargs: dict[str, Any]) -> None:  # noqa: ARG001 -- what a hook is given
    """Replace a key that the document allows by one that it allows as well."""
    for name, key in (case.headers or {}).items():
        schema = _schema(case) if name.lower() == HEADER and isinstance(key, str) else None
        if schema is not None and jsonschema_rs.is_valid(schema, key):
            case.headers[name] = next(
                (own for own in _own(key, case) if jsonschema_rs.is_valid(schema, own)), key
            )


def _schema(case: "schemathesis.Case[Any]") -> Any:  # noqa: ANN401 -- a schema may be a boolean
    parameters = (one for one in case.operation.headers if one.name.lower() == HEADER)
    return next((one.raw_schema for one in parameters), None)


def _own(key: str, case: "schemathesis.Case[Any]") -> tuple[str, str]:
    request = repr((key, case.method, case.path, case.path_parameters, case.query, case.body))
    digest = hashlib.sha256(request.encode(errors="backslashreplace")).digest()
    return f"{key}-{digest.hex()[:16]}", str(uuid.UUID(bytes=digest[:16]))
