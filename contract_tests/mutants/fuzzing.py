"""Fuzzing as one method among others: schemathesis' engine, stopped at its first failure.

It walks a document, the services' or the gateway's own, with all of its checks, and with that of
the service's twin where parity is asked for.
"""

import time
from typing import Any, Final

import schemathesis
from schemathesis import engine
from schemathesis.engine import Status
from schemathesis.engine.events import ScenarioFinished
from schemathesis.schemas import BaseSchema

from contract_tests import keys  # noqa: F401 -- its hook is known once it is imported
from contract_tests.mutants.defect import Method
from contract_tests.mutants.methods import FETCHED_WITHIN_S, Finding, own_openapi
from contract_tests.parity import Twin
from testcontainers_fixtures.stack import Stack

EXAMPLES: Final = 20
_CONFIGURATION: Final = """
seed = {seed}
max-failures = 1
[generation]
max-examples = {examples}
database = "none"
"""
# By where a schema came from: one service has one schema and one twin.
_twins: dict[str | None, Twin] = {}


@schemathesis.check
def answers_as_its_twin(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: "schemathesis.Case[Any]"
) -> None:
    """Hold every answer against the twin of the service whose schema is being walked."""
    twin = _twins.get(case.operation.schema.location)
    if twin is not None:
        twin(ctx, response, case)


def over_seeded_data(stack: Stack, seed: int, until_s: float) -> Finding | None:
    """Fuzz over the seeded rows, every answer held against the twin's."""
    return fuzzed(stack, seed, until_s, "seeded")


def over_no_data(stack: Stack, seed: int, until_s: float) -> Finding | None:
    """Fuzz over empty tables, every answer held against the twin's."""
    stack.reset(seeded=False)
    return fuzzed(stack, seed, until_s, "empty")


def fuzzed(
    stack: Stack, seed: int, until_s: float, method: Method, *, parity: bool = True
) -> Finding | None:
    """Walk each service's document, the traffic turned to the gateway."""
    for service, url in stack.services.items():
        schema = _schema(f"{url}{stack.spec.parts[service].openapi}", stack.gateway, seed)
        _twins.pop(schema.location, None)
        if parity and service in stack.twins:
            _twins[schema.location] = Twin(stack.twins[service], stack.spec.contract)
        found = _walked(schema, until_s, method)
        if found or time.monotonic() > until_s:
            return found
    return None


def over_its_own_document(stack: Stack, seed: int, until_s: float) -> Finding | None:
    """Walk the gateway's own document: what is done where nobody asks the services."""
    schema = _schema(f"{stack.gateway}{own_openapi(stack)}", stack.gateway, seed)
    return _walked(schema, until_s, "seeded")


def configuration(seed: int) -> str:
    """Return how schemathesis generates requests here."""
    return _CONFIGURATION.format(seed=seed, examples=EXAMPLES)


def _schema(url: str, gateway: str, seed: int) -> BaseSchema:
    config = schemathesis.Config.from_str(configuration(seed))
    schema = schemathesis.openapi.from_url(url, config=config, wait_for_schema=FETCHED_WITHIN_S)
    schema.config.update(base_url=gateway)
    return schema


def _walked(schema: BaseSchema, until_s: float, method: Method) -> Finding | None:
    stream = engine.from_schema(schema).execute()
    found: Finding | None = None
    for event in stream:
        if isinstance(event, ScenarioFinished) and event.status is Status.FAILURE:
            found = found or _told(event, method)
        if found or time.monotonic() > until_s:
            stream.stop()
    return found


def _told(event: ScenarioFinished, method: Method) -> Finding | None:
    for nodes in event.recorder.checks.values():
        for node in nodes:
            if node.failure_info is not None:
                failure = node.failure_info.failure
                text = f"{event.recorder.label}: {failure.title}. {failure.message}"
                return Finding(
                    method=method,
                    sentence=" ".join(text.split()),
                    curl=node.failure_info.code_sample,
                )
    return None
