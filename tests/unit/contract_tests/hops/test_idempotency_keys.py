"""A generated request bears an Idempotency-Key of its own."""

import uuid
from typing import Any

import pytest
import schemathesis
from schemathesis.hooks import HookContext

from contract_tests.hops.idempotency_keys import before_call


def renamed(key: str, schema: dict[str, object] | None = None, *, of: str = "a") -> str:
    """Return the key under which a request is sent that was generated with another."""
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "paths": {
            "/things": {
                "post": {
                    "parameters": [
                        {
                            "name": "Idempotency-Key",
                            "in": "header",
                            "schema": {"type": "string"} | (schema or {}),
                        }
                    ],
                    "responses": {"201": {"description": "Made"}},
                }
            }
        },
    }
    operation = schemathesis.openapi.from_dict(document)["/things"]["POST"]
    case = operation.Case(headers={"Idempotency-Key": key}, query={"of": of})
    before_call(HookContext(operation=operation), case, {})
    sent: str = case.headers["Idempotency-Key"]
    return sent


def test_what_is_sent_twice_under_one_key_is_sent_under_two() -> None:
    assert renamed("0", of="a") != renamed("0", of="b")
    assert renamed("0", of="a") != renamed("0", of="a")


def test_a_key_still_fits_its_schema() -> None:
    known = "1f0b7f60-0b2e-4c37-9d3c-5d9a3f0c9a11"
    sent = renamed(known, {"format": "uuid", "maxLength": 36})

    assert renamed("0", {"maxLength": 40}).startswith("0-")
    assert str(uuid.UUID(sent)) == sent != known


@pytest.mark.parametrize("key", ["", "much too long a key"])
def test_a_key_that_is_wrong_on_purpose_stays_wrong(key: str) -> None:
    assert renamed(key, {"minLength": 1, "maxLength": 10}) == key
