"""Fuzzing as most people do it: schemathesis' own engine and checks, stopped at the first failure.

It walks the services' documents or the gateway's own. The suite does more; this is what the ladder
compares it with.
"""

import time
from typing import Final

import schemathesis
from schemathesis import engine
from schemathesis.engine import Status
from schemathesis.engine.events import ScenarioFinished
from schemathesis.errors import LoaderError
from schemathesis.schemas import BaseSchema

from contract_tests.hops import idempotency_keys  # noqa: F401 -- its hook is known once it is imported
from contract_tests.mutants.search_result import MutantFinding
from testcontainers_fixtures.http_client.proxies import spare_this_machine
from testcontainers_fixtures.stack import Stack

EXAMPLES: Final = 20
FETCHED_WITHIN_S: Final = 10.0
_CONFIGURATION: Final = """
seed = {seed}
max-failures = 1
[generation]
max-examples = {examples}
database = "none"
"""


def over_the_services_documents(stack: Stack, seed: int, until_s: float) -> MutantFinding | None:
    """Walk each service's document, the traffic turned to the gateway."""
    stack.reset()
    for service, url in stack.services.items():
        found = _fuzzed(f"{url}{stack.spec.parts[service].openapi}", stack.gateway, seed, until_s)
        if found or time.monotonic() > until_s:
            return found
    return None


def over_its_own_document(stack: Stack, seed: int, until_s: float) -> MutantFinding | None:
    """Walk the gateway's own document: what is done where nobody asks the services."""
    stack.reset()
    [own] = stack.spec.named("gateway").values()
    return _fuzzed(f"{stack.gateway}{own.openapi}", stack.gateway, seed, until_s)


def configuration(seed: int) -> str:
    """Return how schemathesis generates requests here."""
    return _CONFIGURATION.format(seed=seed, examples=EXAMPLES)


def _fuzzed(url: str, gateway: str, seed: int, until_s: float) -> MutantFinding | None:
    spare_this_machine()  # its loader and its engine have a client of their own
    config = schemathesis.Config.from_str(configuration(seed))
    try:
        schema = schemathesis.openapi.from_url(url, config=config, wait_for_schema=FETCHED_WITHIN_S)
    except LoaderError as error:
        return MutantFinding(
            method="seeded", sentence=f"The document cannot be read: {error}"[:500]
        )
    schema.config.update(base_url=gateway)
    return _walked(schema, until_s)


def _walked(schema: BaseSchema, until_s: float) -> MutantFinding | None:
    stream = engine.from_schema(schema).execute()
    found: MutantFinding | None = None
    for event in stream:
        if isinstance(event, ScenarioFinished) and event.status is Status.FAILURE:
            found = found or _told(event)
        if found or time.monotonic() > until_s:
            stream.stop()
    return found


def _told(event: ScenarioFinished) -> MutantFinding | None:
    for nodes in event.recorder.checks.values():
        for node in nodes:
            if node.failure_info is not None:
                failure = node.failure_info.failure
                text = f"{event.recorder.label}: {failure.title}. {failure.message}"
                return MutantFinding(
                    method="seeded",
                    sentence=" ".join(text.split()),
                    curl=node.failure_info.code_sample,
                )
    return None
