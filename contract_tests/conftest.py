"""The services' schemas with their traffic turned to the gateway, once with rows and once without.

Which services there are stands in the stack file, which is read at collection; nothing is started
before the first test that needs it.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis.schemas import BaseSchema

from contract_tests import applicability
from contract_tests.agreement.agreed_documents import Agreement, agreement
from contract_tests.drift import document_sources
from contract_tests.drift.coverage import COVERAGE, Coverage
from contract_tests.drift.readable_documents import readable
from contract_tests.hops import idempotency_keys  # noqa: F401 -- its hook is known once it is imported
from contract_tests.hops.added_headers import AddedHeaders
from contract_tests.hops.gateway_access import options
from contract_tests.hops.received import Received
from contract_tests.hops.wiretap import Wiretap
from contract_tests.recording.call_watch import About, CallWatch
from contract_tests.recording.repeated_asking import past_gateway_of, remembering_twin
from contract_tests.recording.repetition import by_request
from contract_tests.recording.session_findings import (
    FINDINGS,
    SEED_OPTION,
    Findings,
)
from reports.record.failures import Method
from reports.record.number_formats import visible
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.output.exit_codes import ExitCode
from testcontainers_fixtures.session.plugin_options import EXPLAIN_OPTION
from testcontainers_fixtures.session_options import (
    ended_by_bad_input,
    is_attached,
    session_spec,
    stack_file,
)
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.stack_spec import read_stack_file
from testcontainers_fixtures.taps.records import TapReader

UNKNOWN_VALUES = (
    "nobody knows what the gateway adds: it takes `tap = true`, or the values of `added_headers`"
)
CONFIGURATION = (Path(__file__).with_name("schemathesis.toml")).read_text(encoding="utf-8")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Say what applies to the session's system and end, where no more was asked for."""
    if not config.getoption(EXPLAIN_OPTION):
        return None
    try:
        spec = read_stack_file(stack_file(config))
        told = applicability.lines(spec, attached=is_attached(config))
    except SpecError as error:
        sys.stderr.write(f"{error}\n")
        return ExitCode.BAD_INPUT
    sys.stdout.write("\n".join([*map(visible, told), ""]))
    return ExitCode.HOLDS


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say first what applies to a system whose run is kept, and what would make the rest apply."""
    if not config.getoption("--record"):
        return []
    with ended_by_bad_input():
        told = applicability.lines(session_spec(config), attached=is_attached(config))
    return [visible(line) for line in told]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that needs a contract for each service, with seeded and with empty data.

    A system that was attached to cannot be emptied: it is tried over the rows that it has.
    """
    if "contract" not in metafunc.fixturenames:
        return
    spec = session_spec(metafunc.config)
    states = ("as-found",) if is_attached(metafunc.config) else ("seeded", "empty")
    services = [name for name, part in spec.owners.items() if part.openapi]
    rows = [(name, data) for name in services for data in states]
    metafunc.parametrize("contract", rows, ids=["-".join(r) for r in rows], indirect=True)


@pytest.fixture(scope="session")
def agreed(stack: Stack, pytestconfig: pytest.Config) -> Agreement:
    """Return what the gateway is held to: documents in its own paths, and what is left out."""
    try:
        given = document_sources.asked(pytestconfig, stack.spec)
        found = agreement(stack, given, document_sources.accessed(pytestconfig))
    except SpecError as error:
        pytest.exit(str(error), returncode=ExitCode.BAD_INPUT)
    findings = pytestconfig.stash[FINDINGS]
    findings.of_agreement(found, stack.spec.contract, stack.spec.login)
    findings.missing |= _missing(stack, found.documents)
    findings.gateway = stack.doorstep
    return found


@pytest.fixture(scope="session")
def documents(agreed: Agreement) -> dict[str, document_sources.Document]:
    """Return what each service publishes, by name; the gateway's own, if any, under ""."""
    return agreed.documents


def _missing(
    stack: Stack, documents: dict[str, document_sources.Document]
) -> dict[tuple[str, Method], str]:
    """Return which methods cannot be put to which service, and why."""
    services = [name for name in documents if name]
    known: dict[tuple[str, Method], str] = {}
    for name in services:
        part = stack.spec.parts.get(name)
        behind = part is not None and part.port is None
        alone = f"{name} answers behind AMQP alone: nobody can be asked past the gateway"
        if name not in stack.twins:
            known[name, "parity"] = alone if behind else f"{name} has no twin"
        elif name not in stack.taps and not AddedHeaders(stack.spec.contract).known:
            known[name, "parity"] = UNKNOWN_VALUES
        if name not in stack.taps:
            known[name, "received"] = alone if behind else f"{name} has no tap"
    if document_sources.GATEWAY not in documents:
        known |= {(n, "paper"): "the gateway publishes no document" for n in services}
    return known


@pytest.fixture(scope="session")
def findings(pytestconfig: pytest.Config) -> Findings:
    """Give the session's account of what was found, asked and sent."""
    return pytestconfig.stash[FINDINGS]


@pytest.fixture
def contract(
    request: pytest.FixtureRequest,
    pytestconfig: pytest.Config,
    stack: Stack,
    documents: dict[str, document_sources.Document],
    findings: Findings,
) -> BaseSchema:
    """Return what a service publishes, to be held against the gateway, over fresh data."""
    service, data = request.param
    if service not in documents:
        pytest.skip(f"No document of {service} is known: attach with --service {service}=URL too.")
    if stack.ours:
        stack.reset(seeded=data == "seeded")
        findings.fresh()
    schema = schemathesis.openapi.from_dict(
        readable(documents[service]),
        config=schemathesis.Config.from_str(
            f"seed = {pytestconfig.getoption(SEED_OPTION)}\n{CONFIGURATION}"
        ),
    )
    schema.config.update(base_url=stack.doorstep)
    return schema


@pytest.fixture
def entrance(stack: Stack) -> Iterator[dict[str, Any]]:
    """Give what a case is called with, and validated with, to be let in."""
    with options(stack.spec.contract) as known:
        yield known


@pytest.fixture(scope="module")
def wiretap(stack: Stack) -> Iterator[Wiretap | None]:
    """Listen at the broker of a stack that was started here; None where there is no such broker."""
    if not (stack.ours and stack.spec.broker and stack.amqp and stack.management):
        yield None
        return
    broker = stack.spec.broker
    with Wiretap(
        amqp_url=stack.amqp,
        management_url=stack.management,
        vhost=broker.vhost,
        queues=broker.queues,
    ) as wiretap:
        yield wiretap


@pytest.fixture
def watch(  # noqa: PLR0913, PLR0917 -- one a fixture
    request: pytest.FixtureRequest,
    stack: Stack,
    contract: BaseSchema,  # noqa: ARG001 -- what comes of starting over is no arrival of the test's
    wiretap: Wiretap | None,
    findings: Findings,
    agreed: Agreement,
) -> Iterator[CallWatch]:
    """Give the checks that the service gets what was sent and that its twin answers alike.

    They are left out where the service has no tap or no twin. What was found is repeated at last.
    """
    service, data = request.node.callspec.params["contract"]
    test = request.node.nodeid
    about = About(service=service, data=data, test=lambda: request.node.nodeid)
    promises, paths = stack.spec.contract, agreed.of(service)
    twin = remembering_twin(stack, findings, service)
    # What a message carries of a call is known where it arrives as one over HTTP.
    heard = wiretap if stack.spec.parts[service].port is not None else None
    if service not in stack.taps:
        watching = CallWatch(stack.spec, None, twin, heard, about=about, findings=findings)
        watching.past = past_gateway_of(stack, findings, service)
        yield watching
    else:
        with TapReader(stack.taps[service]) as tap:
            if twin:
                twin.asked_again = tap.skip
            received = Received(tap, promises, paths)
            yield CallWatch(stack.spec, received, twin, heard, about=about, findings=findings)
    by_request(stack, findings, test)


@pytest.fixture
def exercised(
    request: pytest.FixtureRequest,
    pytestconfig: pytest.Config,
    documents: dict[str, document_sources.Document],
) -> Coverage:
    """Give the session's account of what was exercised of the service's document."""
    service, _ = request.node.callspec.params["contract"]
    accounts = pytestconfig.stash.setdefault(COVERAGE, {})
    return accounts.setdefault(service, Coverage(documents[service]))


@pytest.fixture
def counted(request: pytest.FixtureRequest) -> Iterator[Callable[[], None]]:
    """Give a function that counts one generated request; the sum goes into the run's record."""
    sent: Counter[str] = Counter()

    def count() -> None:
        sent["cases"] += 1

    yield count
    properties: list[tuple[str, Any]] = request.node.user_properties
    properties.append(("cases", sent["cases"]))
