"""Gives a session's account of a service the means to ask gateway, service and twin once more."""

from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from contract_tests.drift.documents import operations
from contract_tests.hops.added_headers import AddedHeaders
from contract_tests.hops.counterparts import Counterparts
from contract_tests.hops.paired_client import SentRequest, asked, past_gateway
from contract_tests.hops.parity import ObservedResponse
from contract_tests.hops.path_map import PathMap
from contract_tests.hops.service_probe import ServiceProbe
from contract_tests.hops.volatile_places import ServedSystem, VolatilePlaces
from contract_tests.recording.remembering_twin import RememberingTwin
from contract_tests.recording.session_findings import Findings
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.stack_spec import Contract


def volatile_places(stack: Stack, findings: Findings, service: str) -> VolatilePlaces | None:
    """Return the account of a service's places, one a session; None of a service without a twin."""
    if service not in stack.twins:
        return None
    if service not in findings.places:
        findings.places[service] = _places(stack, findings, service)
    return findings.places[service]


def remembering_twin(stack: Stack, findings: Findings, service: str) -> RememberingTwin | None:
    """Return the twin of a service that is held against what the gateway answers, if it has one."""
    places = volatile_places(stack, findings, service)
    if places is None:
        return None
    twin = RememberingTwin(
        stack.twins[service],
        stack.spec.contract,
        stack.gateway,
        findings.agreement.of(service),
        findings.added_for(service),
        places.rows,
    )
    twin.volatile = places
    return twin


def past_gateway_of(
    stack: Stack, findings: Findings, service: str
) -> Callable[[SentRequest], ObservedResponse] | None:
    """Return what asks a service as its gateway does; None where nobody knows its address."""
    own = stack.services.get(service)
    if own is None:
        return None
    added = findings.added_for(service)
    return PastGateway(own, stack.spec.contract, findings.agreement.of(service), added)


def _places(stack: Stack, findings: Findings, service: str) -> VolatilePlaces:
    promises, paths = stack.spec.contract, findings.agreement.of(service)
    document = findings.documents.get(service)
    system = ServedSystem(
        service=service,
        ours=stack.ours,
        label=partial(findings.labels.label, service),
        templates=[one.path for one in operations(document).values()] if document else [],
        paths=paths,
    )
    rows = Counterparts()
    twin, added = stack.twins[service], findings.added_for(service)
    probe = ServiceProbe(
        gateway=partial(asked, stack.doorstep),
        service=past_gateway_of(stack, findings, service),
        twin=PastGateway(twin, promises, paths, added, rows),
    )
    return VolatilePlaces(system, promises, probe, rows)


class PastGateway:
    """Asks who stands behind a gateway, with what that adds and without what it keeps.

    `rows` leads to the rows that a twin has under ids of its own.
    """

    def __init__(
        self,
        url: str,
        promises: Contract,
        paths: PathMap,
        added: AddedHeaders,
        rows: Counterparts | None = None,
    ) -> None:
        self._url = url
        self._promises = promises
        self._paths = paths
        self._added = added
        self._rows = rows or Counterparts()

    def __repr__(self) -> str:
        """Show how paths lead there."""
        return f"<PastGateway {self._paths}>"

    def __call__(self, sent: SentRequest) -> ObservedResponse:
        """Send a request of the gateway's, for the row that it means there."""
        there = replace(sent, target=self._rows.at_twin(sent.target))
        return asked(self._url, past_gateway(there, self._promises, self._paths, self._added))
