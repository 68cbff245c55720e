"""Asks the gateway and, past it, a service's twin the very same bytes.

What is sent is written here and not by a client that tidies up: a path, a query and a body reach
both sides as they stand.
"""

import http.client
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from contract_tests.parity import Answer, Mismatch, answer_from_wire, answer_of, mismatches
from contract_tests.received import FIRST_REFUSAL, Request, arrival_of, differences
from testcontainers_fixtures import credentials
from testcontainers_fixtures.stack_spec import Contract
from testcontainers_fixtures.taps.records import Arrival, TapReader

ANSWER_WITHIN_S: Final = 15.0
SILENT: Final = 0  # the status of a side that broke off or did not answer in time
_SHOWN_BYTES: Final = 1_000


class Sent(Struct, frozen=True, kw_only=True):
    """One request; `target` is path and query as they stand in the request line."""

    method: str
    target: str
    headers: Mapping[str, str] = {}
    body: bytes | None = None

    def curl(self, base: str) -> str:
        """Return the request as a command line."""
        headers = [f"-H {shlex.quote(f'{k}: {v}')}" for k, v in self.headers.items()]
        words = [f"curl -X {self.method} -i --path-as-is", *headers]
        if self.body is not None:
            text = self.body[:_SHOWN_BYTES].decode(errors="backslashreplace")
            words.append(f"--data-binary {shlex.quote(text)}")
        return " ".join([*words, shlex.quote(base + self.target)])

    def as_sent(self) -> Request:
        """Return the request as what arrives is compared with."""
        path, _, query = self.target.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(
            method=self.method, path=path, query=query, headers=headers, body=self.body or b""
        )


class Exchange(Struct, frozen=True, kw_only=True):
    """A request and what the gateway answered.

    `differing` is in what the twin answers otherwise, `altered` in what the service received
    something else, in words; both are empty where there is no twin, or no tap.
    """

    sent: Sent
    gateway: Answer
    twin: Answer | None = None
    took_s: float = 0.0  # the gateway's answer
    differing: tuple[Mismatch, ...] = ()
    altered: tuple[str, ...] = ()


class Sides:
    """The gateway and the twin of one service; without a twin no answers are compared.

    With a tap before the service, what arrives there is compared with what was sent; nobody else
    may call the service then. `asked` is how many requests were put to both; `seen` is told of each
    exchange. `prepared` gives a request what every request to the service needs.
    """

    def __init__(  # noqa: PLR0913 -- what it asks and whom it tells, each by its name
        self,
        gateway: str,
        twin: str | None,
        promises: Contract,
        tap: TapReader | None = None,
        *,
        service: str = "",
        seen: Callable[[Exchange], None] = lambda _: None,
        prepared: Callable[[Sent], Sent] = lambda sent: sent,
    ) -> None:
        self.gateway = gateway
        self.twin = twin
        self.promises = promises
        self.tap = tap
        self.service = service
        self.asked = 0
        self.prepared = prepared
        self._seen = seen

    def __repr__(self) -> str:
        """Show where both are."""
        return f"<Sides {self.gateway} {self.twin}>"

    def ask(self, sent: Sent) -> Exchange:
        """Ask both, the gateway first, what is `prepared` of a request."""
        sent = self.prepared(sent)
        self.asked += 1
        began_s = time.monotonic()
        ours = asked(self.gateway, sent)
        took_s = time.monotonic() - began_s
        arrived = self.tap.arrivals() if self.tap else None
        theirs = asked(self.twin, past(sent, self.promises)) if self.twin else None
        exchange = Exchange(
            sent=sent,
            gateway=ours,
            twin=theirs,
            took_s=took_s,
            differing=tuple(mismatches(ours, theirs, self.promises)) if theirs else (),
            altered=() if arrived is None else altered(sent, ours.status, arrived, self.promises),
        )
        self._seen(exchange)
        return exchange


def altered(
    sent: Sent, status: int, arrived: Sequence[Arrival], promises: Contract
) -> tuple[str, ...]:
    """Return in what the service received something else than was sent, in words.

    What the gateway itself refuses need not arrive.
    """
    if not arrived and status >= FIRST_REFUSAL:
        return ()
    if len(arrived) != 1:
        return (f"arrivals: sent once, received {len(arrived)} times, answered {status}",)
    [one] = arrived
    return tuple(d.sentence for d in differences(sent.as_sent(), arrival_of(one), one, promises))


def past(sent: Sent, promises: Contract) -> Sent:
    """Return a request as a twin gets it: without the credentials that the gateway keeps."""
    kept = credentials.kept_back(promises)
    headers = {name: value for name, value in sent.headers.items() if name.lower() not in kept}
    return replace(sent, headers=headers) if kept else sent


def asked(base: str, sent: Sent) -> Answer:
    """Send one request to one side, over a connection of its own; its own address is left out."""
    where = urlsplit(base)
    connection = _Plain(where.hostname or "", where.port, ANSWER_WITHIN_S)
    try:
        headers = credentials.put(base, sent.headers)
        connection.request(sent.method, sent.target, sent.body, headers)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        return answer_of(SILENT, {}, repr(error).encode())
    finally:
        connection.close()
    return answer_from_wire(answer.status, _relative(base, _joined(answer.getheaders())), body)


class _Plain(http.client.HTTPConnection):
    """A connection that says nothing of content codings unless it is told to."""

    def putrequest(self, method: str, url: str, **skipped: bool) -> None:  # type: ignore[override] # as its own `request` calls it
        super().putrequest(method, url, **skipped | {"skip_accept_encoding": True})


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        joined[key] = f"{joined[key]}, {value}" if key in joined else value
    return joined


def _relative(base: str, headers: dict[str, str]) -> dict[str, str]:
    """Return headers in which a redirection within the side that was asked names no host."""
    if "location" not in headers:
        return headers
    return headers | {"location": headers["location"].removeprefix(base)}
