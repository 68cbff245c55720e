"""Draws what fits a schema, and puts parameters on the wire: schemathesis does, the same each time.

What is drawn comes from a document made for it, of one operation that takes just that.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import hypothesis
import msgspec
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from msgspec import Struct
from schemathesis.transport.serialization import Binary

from contract_tests.drift.documents import Parameter, Schema
from contract_tests.drift.validation import takes

DRAWN: Final = 8
# How whatever is made up is drawn: what fits, and the same each time.
CONFIGURATION: Final = 'seed = 1\n[generation]\nmode = "positive"\ndatabase = "none"'
SETTINGS: Final = settings(
    max_examples=DRAWN,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
_JSON: Final = "application/json"
_ANYWHERE: Final = "http://anywhere"


class WireParameters(Struct, frozen=True, kw_only=True):
    """Parameters as they stand in a request; `query` is without its question mark."""

    query: str = ""
    headers: dict[str, str] = {}
    cookie: str = ""


def drawn(schema: Schema) -> list[Any]:
    """Return values that fit a schema, the simplest first; none where none can be drawn."""
    return _drawn(msgspec.json.encode(schema))


@lru_cache(maxsize=1_024)
def _drawn(encoded: bytes) -> list[Any]:
    schema: Schema = msgspec.json.decode(encoded)
    bare = {key: value for key, value in schema.items() if key != "components"}
    body = {"required": True, "content": {_JSON: {"schema": bare}}}
    cases = _cases({"requestBody": body}, [schema])
    values = [_plain(case.body) for case in cases]
    return [one for one in values if takes(schema, one)]


def on_the_wire(values: Sequence[tuple[Parameter, Any]]) -> WireParameters | None:
    """Return parameters with given values, each in its style; None where that cannot be."""
    said = [
        {
            "name": parameter.name,
            "in": parameter.place,
            "required": True,
            "style": parameter.style,
            "explode": parameter.explode,
            "schema": {"enum": [value]} | _typed(value),
        }
        for parameter, value in values
    ]
    for case in _cases({"parameters": said}, []):
        return _wire(case)
    return None


def _typed(value: Any) -> Schema:  # noqa: ANN401 -- any JSON
    # What is an array or an object is laid out in the parameter's style.
    if isinstance(value, list):
        return {"type": "array"}
    return {"type": "object"} if isinstance(value, dict) else {}


def _wire(case: "schemathesis.Case[Any]") -> WireParameters:
    sent = requests.Request(**case.as_transport_kwargs(base_url=_ANYWHERE)).prepare()
    _, _, query = (sent.url or "").partition("?")
    names = [str(name) for name in case.headers]
    headers = {name: str(case.headers[name]) for name in names}
    return WireParameters(query=query, headers=headers, cookie=str(sent.headers.get("Cookie", "")))


def _cases(operation: Mapping[str, Any], carried: Sequence[Schema]) -> list[Any]:
    components: Schema = next((one["components"] for one in carried if "components" in one), {})
    document = {
        "openapi": "3.1.0",
        "info": {"title": "drawn from", "version": "1"},
        "paths": {"/": {"post": {**operation, "responses": {"default": {"description": ""}}}}},
        "components": components,
    }
    found: list[Any] = []
    configuration = schemathesis.Config.from_str(CONFIGURATION)
    schema = schemathesis.openapi.from_dict(document, config=configuration)

    @SETTINGS
    @hypothesis.seed(1)
    @hypothesis.given(case=schema["/"]["POST"].as_strategy())
    def draw(case: "schemathesis.Case[Any]") -> None:
        found.append(case)

    try:
        draw()
    except Exception:  # noqa: BLE001 -- of a schema that nothing fits, or that cannot be read
        return []
    return found


def _plain(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    """Return a value as JSON can hold it: bytes are a format of text there."""
    if isinstance(value, Binary):
        return "binary"
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value
