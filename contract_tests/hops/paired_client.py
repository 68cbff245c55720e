"""Asks the gateway and, past it, a service's twin the very same bytes.

What is sent is written here and not by a client that tidies up: a path, a query and a body reach
both sides as they stand.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from contract_tests.hops import answer_patience
from contract_tests.hops.added_headers import AddedHeaders
from contract_tests.hops.counterparts import Counterparts
from contract_tests.hops.parity import (
    Mismatch,
    ObservedResponse,
    answer_from_wire,
    answer_of,
    mismatches,
    with_reply,
)
from contract_tests.hops.parity_rules import rules_for
from contract_tests.hops.path_map import AS_IT_IS, PathMap
from contract_tests.hops.received import (
    FIRST_REFUSAL,
    ObservedRequest,
    arrival_of,
    at_service,
    differences,
    without_retries,
)
from reports.judgement.reproductions import curl
from reports.record.failures import RecordedRequest, body
from testcontainers_fixtures import credentials
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.http_client import header_values
from testcontainers_fixtures.http_client.http_exchange import exchange
from testcontainers_fixtures.stack_spec import Contract
from testcontainers_fixtures.taps.records import Arrival, TapReader

ANSWER_WITHIN_S: Final = 15.0
# A side that gave no whole answer so often in a row gives none at all.
MOST_SILENCES: Final = 2
SILENT: Final = 0  # the status of a side that broke off or did not answer in time
_SHOWN: Final = 120


class SentRequest(Struct, frozen=True, kw_only=True):
    """One request; `target` is path and query as they stand in the request line."""

    method: str
    target: str
    headers: Mapping[str, str] = {}
    body: bytes | None = None

    def recorded(self) -> RecordedRequest:
        """Return the request as a record holds it."""
        content = body(self.body) if self.body is not None else None
        headers = dict(self.headers)
        return RecordedRequest(
            method=self.method, target=self.target, headers=headers, body=content
        )

    def curl(self, base: str) -> str:
        """Return the request as a command line."""
        return curl(self.recorded(), base)

    def as_sent(self) -> ObservedRequest:
        """Return the request as what arrives is compared with."""
        path, _, query = self.target.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        return ObservedRequest(
            method=self.method, path=path, query=query, headers=headers, body=self.body or b""
        )


class PairedExchange(Struct, frozen=True, kw_only=True):
    """A request and what the gateway answered.

    `differing` is in what the twin answers otherwise, `altered` in what the service received
    something else, in words; both are empty where there is no twin, or no tap. `served` is with
    what status the service answered its gateway, as a tap saw it.
    """

    sent: SentRequest
    gateway: ObservedResponse
    twin: ObservedResponse | None = None
    took_s: float = 0.0  # the gateway's answer
    differing: tuple[Mismatch, ...] = ()
    altered: tuple[str, ...] = ()
    served: int | None = None

    @property
    def owner(self) -> int | None:
        """Return the status that the service itself gives; None where nobody could ask it."""
        return self.twin.status if self.twin else self.served


class DifferenceSorter(Protocol):
    """Tells what the service itself answers otherwise each time from what its gateway does.

    `rows` leads to a twin's own rows.
    """

    rows: Counterparts

    @property
    def promises(self) -> Contract:
        """Return what is promised, with the rules."""

    @property
    def is_unequal(self) -> bool:
        """Tell whether the twin has other data."""

    def sorted_out(
        self,
        sent: SentRequest,
        ours: ObservedResponse,
        theirs: ObservedResponse,
        found: Sequence[Mismatch],
    ) -> Sequence[Mismatch]:
        """Return what of the differences found is the gateway's; both sides may be asked again."""


class GatewaySilentError(StackError):
    """A gateway was silent so often in a row that asking on would only take the time."""


class PairedClient:
    """The gateway and the twin of one service; without a twin no answers are compared.

    With a tap before the service, what arrives there is compared with what was sent; nobody else
    may call the service then. `asked` is how many requests were put to both; `seen` is told of each
    exchange. `prepared` gives a request what every request to the service needs, and `paths` leads
    from the gateway's paths to the service's. Of a request that nobody documents `tried` tells
    whether it may be sent at all; `added` is what the gateway adds for the service. `volatile`
    sorts out of what differs what the service itself answers otherwise each time.
    """

    def __init__(  # noqa: PLR0913 -- what it asks and whom it tells, each by its name
        self,
        gateway: str,
        twin: str | None,
        promises: Contract,
        tap: TapReader | None = None,
        *,
        service: str = "",
        seen: Callable[[PairedExchange], None] = lambda _: None,
        prepared: Callable[[SentRequest], SentRequest] = lambda sent: sent,
        paths: PathMap = AS_IT_IS,
        tried: Callable[[SentRequest], bool] = lambda _: True,
        added: AddedHeaders | None = None,
        volatile: DifferenceSorter | None = None,
    ) -> None:
        self.added = added or AddedHeaders(promises)
        self.volatile = volatile
        self.rows = volatile.rows if volatile else Counterparts()
        self.paths = paths
        self.tried = tried
        self.gateway = gateway
        self.twin = twin
        self.promises = promises
        self.tap = tap
        self.service = service
        self.asked = 0
        self.prepared = prepared
        self._seen = seen
        self._silences = 0

    def __repr__(self) -> str:
        """Show where both are."""
        return f"<PairedClient {self.gateway} {self.twin}>"

    def ask(self, sent: SentRequest) -> PairedExchange:
        """Ask both, the gateway first, what is `prepared` of a request.

        Raise GatewaySilentError where the gateway is silent time and again.
        """
        sent = self.prepared(sent)
        self.asked += 1
        began_s = time.monotonic()
        ours = asked(self.gateway, sent)
        took_s = time.monotonic() - began_s
        arrived = without_retries(self.tap.arrivals()) if self.tap else None
        self.added.look(arrived)
        theirs = asked(self.twin, self.past(sent)) if self.twin and self.added.known else None
        exchange = PairedExchange(
            sent=sent,
            gateway=ours,
            twin=theirs,
            took_s=took_s,
            differing=tuple(self._drifting(sent, ours, theirs)) if theirs else (),
            altered=() if arrived is None else self._altered(sent, ours.status, arrived),
            served=next((one.answer.status for one in arrived or () if one.answer), None),
        )
        self._seen(exchange)
        self._silences = 0 if ours.status != SILENT else self._silences + 1
        if self._silences > MOST_SILENCES:
            raise GatewaySilentError(
                f"The gateway gave no whole answer to {self._silences} requests in a row, the last "
                f"{sent.method} {sent.target[:_SHOWN]}: it is not asked on."
            )
        return exchange

    def unlike(
        self, sent: SentRequest, ours: ObservedResponse, theirs: ObservedResponse
    ) -> list[Mismatch]:
        """Return in what the gateway's answer to a request differs from the twin's."""
        known = self.volatile.promises if self.volatile else self.promises
        promises = rules_for(known, sent.method, sent.target)
        if ours.status == theirs.status:
            self.rows.learn(sent.target, promises.parity, ours.body, theirs.body)
        return mismatches(ours, theirs, promises, self.paths, self.rows)

    def _drifting(
        self, sent: SentRequest, ours: ObservedResponse, theirs: ObservedResponse
    ) -> Sequence[Mismatch]:
        found = self.unlike(sent, ours, theirs)
        if not (found and self.volatile):
            return found
        kept = self.volatile.sorted_out(sent, ours, theirs, found)
        if self.tap:
            self.tap.skip()  # it was asked again
        return kept

    def past(self, sent: SentRequest) -> SentRequest:
        """Return a request as a twin gets it: at its own path, with what the gateway adds.

        It is without the credentials that the gateway keeps.
        """
        there = replace(sent, target=self.rows.at_twin(sent.target))
        return past_gateway(there, self.promises, self.paths, self.added)

    def _altered(
        self, sent: SentRequest, status: int, arrived: Sequence[Arrival]
    ) -> tuple[str, ...]:
        return altered(sent, status, arrived, self.promises, self.paths)


def past_gateway(
    sent: SentRequest, promises: Contract, paths: PathMap, added: AddedHeaders
) -> SentRequest:
    """Return a request as a service gets it from its gateway, to be sent past that."""
    kept = credentials.kept_back(promises)
    headers = {n: value for n, value in sent.headers.items() if n.lower() not in kept}
    return replace(sent, target=paths.to_service(sent.target), headers=added.on(headers))


def altered(
    sent: SentRequest,
    status: int,
    arrived: Sequence[Arrival],
    promises: Contract,
    paths: PathMap = AS_IT_IS,
) -> tuple[str, ...]:
    """Return in what the service received something else than was sent, in words.

    What the gateway itself refuses need not arrive.
    """
    if not arrived and status >= FIRST_REFUSAL:
        return ()
    if len(arrived) != 1:
        return (f"arrivals: sent once, received {len(arrived)} times, answered {status}",)
    [one] = arrived
    due = at_service(sent.as_sent(), paths)
    return tuple(d.sentence for d in differences(due, arrival_of(one), one, promises))


def asked(base: str, sent: SentRequest) -> ObservedResponse:
    """Send one request to one side, over a connection of its own; its own address is left out."""
    try:
        reply = exchange(
            base,
            sent.method,
            sent.target,
            within_s=ANSWER_WITHIN_S,
            headers=credentials.put(base, sent.headers),
            body=sent.body,
            bounds=answer_patience.bounds(),
        )
    except StackError as error:
        return answer_of(SILENT, {}, str(error).encode())
    headers = _relative(base, header_values.joined(reply.headers))
    return with_reply(answer_from_wire(reply.status, headers, reply.body), reply)


def _relative(base: str, headers: dict[str, str]) -> dict[str, str]:
    """Return headers in which a redirection within the side that was asked names no host."""
    if "location" not in headers:
        return headers
    path = urlsplit(base).path.rstrip("/")
    below = headers["location"].removeprefix(base.removesuffix(path))
    within = below == path or below.startswith((f"{path}/", f"{path}?"))
    return headers | {"location": below.removeprefix(path) if within else below}
