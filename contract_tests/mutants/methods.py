"""The suite's methods in the order in which a mutant is tried by them, cheapest first.

Each looks at a running stack and returns the first thing it finds, or None.
"""

import time
from collections.abc import Callable
from typing import Any, Final

import httpx
import schemathesis
from msgspec import Struct
from schemathesis import engine
from schemathesis.engine import Status
from schemathesis.engine.events import ScenarioFinished
from schemathesis.schemas import BaseSchema

from contract_tests.documents import Document
from contract_tests.mutants.defect import Method
from contract_tests.parity import Twin
from contract_tests.schemas import drift
from testcontainers_fixtures.stack import Stack

FETCHED_WITHIN_S: Final = 10.0
_CONFIGURATION: Final = """
seed = {seed}
max-failures = 1
[generation]
max-examples = 30
database = "none"
"""
# By where a schema came from: one service has one schema and one twin.
_twins: dict[str | None, Twin] = {}


class Finding(Struct, frozen=True, kw_only=True):
    """What gave a mutant away: by which method, in words, and the request that shows it."""

    method: Method
    sentence: str
    curl: str = ""


Search = Callable[[Stack, int, float], Finding | None]


@schemathesis.check
def answers_as_its_twin(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: "schemathesis.Case[Any]"
) -> None:
    """Hold every answer against the twin of the service whose schema is being walked."""
    twin = _twins.get(case.operation.schema.location)
    if twin is not None:
        twin(ctx, response, case)


def on_paper(stack: Stack, seed: int, until_s: float) -> Finding | None:  # noqa: ARG001 -- a Search
    """Hold the documents against each other."""
    services = {n: _document(f"{url}{_openapi(stack, n)}") for n, url in stack.services.items()}
    [own] = stack.spec.named("gateway").values()
    found = drift(services, _document(f"{stack.gateway}{own.openapi}"))
    return Finding(method="paper", sentence=found[0].sentence) if found else None


def over_seeded_data(stack: Stack, seed: int, until_s: float) -> Finding | None:
    """Fuzz over the seeded rows, every answer held against the twin's."""
    return _fuzzed(stack, seed, until_s, "seeded")


def over_no_data(stack: Stack, seed: int, until_s: float) -> Finding | None:
    """Fuzz over empty tables, every answer held against the twin's."""
    stack.reset(seeded=False)
    return _fuzzed(stack, seed, until_s, "empty")


SEARCHES: Final[dict[Method, Search]] = {
    "paper": on_paper,
    "seeded": over_seeded_data,
    "empty": over_no_data,
}


def _fuzzed(stack: Stack, seed: int, until_s: float, method: Method) -> Finding | None:
    for service in stack.services:
        found = _walked(_schema(stack, service, seed), until_s, method)
        if found or time.monotonic() > until_s:
            return found
    return None


def _schema(stack: Stack, service: str, seed: int) -> BaseSchema:
    schema = schemathesis.openapi.from_url(
        f"{stack.services[service]}{_openapi(stack, service)}",
        config=schemathesis.Config.from_str(_CONFIGURATION.format(seed=seed)),
        wait_for_schema=FETCHED_WITHIN_S,
    )
    schema.config.update(base_url=stack.gateway)
    if service in stack.twins:
        _twins[schema.location] = Twin(stack.twins[service], stack.spec.contract)
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


def _openapi(stack: Stack, service: str) -> str:
    return stack.spec.parts[service].openapi or ""


def _document(url: str) -> Document:
    answer = httpx.get(url, timeout=FETCHED_WITHIN_S).raise_for_status()
    document: Document = answer.json()
    return document
