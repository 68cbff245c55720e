"""Writes and reads through the gateway at a steady rate, and keeps a journal of every attempt.

The loop is open: a request is sent when it is due, whatever became of those before it, so that a
gateway that stands still does not slow its callers down. A third are reads of rows whose writing
was acknowledged. Where a place takes Idempotency-Keys, half of the writes have one and are tried
again after a failure, as such a client would. Dice say which: every other one would be in step with
a broker that gives every other call to the same resolver.
"""

import asyncio
import itertools
import math
import random
import time
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import aiohttp
import msgspec
from msgspec import Struct

from contract_tests.faults import open_files
from contract_tests.faults.ledger import Attempt, Ending
from contract_tests.faults.outcomes import ending
from contract_tests.faults.stalls import Stall, stood_still_s
from contract_tests.faults.writable_collections import (
    IDEMPOTENCY_KEY,
    WritableCollection,
    WritableEntry,
    in_turn,
    keys_in,
)
from contract_tests.hops.paired_client import SentRequest
from contract_tests.stories.resources import Resource
from testcontainers_fixtures.entrance import let_in
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.stack_spec import StackSpec

RATE_PER_S: Final = 60.0
KEYED_SHARE: Final = 0.5
DEADLINE_S: Final = 1.5
# Past its deadline an answer is waited for a while longer, so that it shows how far it hung.
PATIENCE_S: Final = 3.0
TRIES: Final = 3
PAUSE_S: Final = 0.3
# Of one trial, whose rows are all read in the end: a long one has fewer a second.
MOST_REQUESTS: Final = 12_000
# A gateway that hangs has as many calls at a time as come meanwhile, and half of them once more.
AT_A_TIME: Final = 2
READ_EVERY: Final = 3
KEPT_ITEMS: Final = 300
TICK_S: Final = 0.02
# Of one row; hundreds may be in flight at a time.
MOST_ANSWER_BYTES: Final = 1024 * 1024


class PlannedRequest(Struct, frozen=True, kw_only=True):
    """One request to be sent, once or, with a key of its own, again."""

    method: str
    path: str
    key: str
    body: bytes | None = None
    headers: dict[str, str] = {}
    place: WritableCollection | None = None
    collection: Resource | None = None

    @property
    def tries(self) -> int:
        """Return how often it may be sent."""
        return TRIES if IDEMPOTENCY_KEY in map(str.lower, self.headers) else 1


class FaultTraffic:
    """The callers of one trial; `run` until `stop`, then read `journal`.

    `deadline_s` is by when each is to be answered: as the stack file says, else DEADLINE_S.
    `written` has the place of each row whose writing was acknowledged, and the path at which it can
    be read, if any. `stalls` are from when to when this very process stood still (CLOCK_MONOTONIC,
    as is `begun_s`). `rate_per_s` may be less than what was asked for: all of it has to last.
    """

    def __init__(
        self,
        gateway: str,
        spec: StackSpec,
        found: list[WritableCollection],
        *,
        rate_per_s: float = RATE_PER_S,
        keyed_share: float = KEYED_SHARE,
    ) -> None:
        self.journal: list[Attempt] = []
        self.written: dict[str, tuple[WritableCollection, str | None]] = {}
        self.stalls: list[Stall] = []
        self.begun_s = 0.0
        self.deadline_s = spec.contract.answers_within_s or DEADLINE_S
        self.prefix = f"k{uuid.uuid4().hex[:8]}-"
        self._gateway = gateway
        self._spec = spec
        self.rate_per_s = rate_per_s
        self._keyed_share = keyed_share
        self._places = in_turn(found)
        self._items: deque[tuple[str, str, WritableCollection]] = deque(maxlen=KEPT_ITEMS)
        # As they are when it begins: what renews a token waits for a gateway that is to be struck.
        self._credentials = dict(let_in(spec, gateway))
        self._stopped = asyncio.Event()
        self._failed: StackError | None = None
        self._dice = random.Random(1)  # noqa: S311 -- what is sent next is no secret

    def __repr__(self) -> str:
        """Show how much was sent."""
        return f"<FaultTraffic {self.prefix} {len(self.journal)} attempts>"

    @property
    def due(self) -> str:
        """Return within what time calls are to be answered, and who says so."""
        told = self._spec.contract.answers_within_s
        why = "" if told else ", unless `answers_within_s` of [contract] says otherwise"
        return f"due within {self.deadline_s:g} s{why}"

    def stood_still_s(self, begun_s: float, ended_s: float) -> float:
        """Return for how long this very process stood still between two moments."""
        return stood_still_s(self.stalls, begun_s, ended_s)

    def paced_for(self, seconds: float) -> None:
        """Send so few a second that there are about MOST_REQUESTS at most in this time."""
        self.rate_per_s = min(self.rate_per_s, MOST_REQUESTS / seconds)

    def stop(self) -> None:
        """Send no more."""
        self._stopped.set()

    async def run(self) -> None:
        """Send until stopped, and wait for what is on its way.

        Raises StackError where this very process has no room for a connection more.
        """
        self._require_room()
        limits = aiohttp.ClientTimeout(total=self.deadline_s + PATIENCE_S)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, timeout=limits) as session:
            watch = asyncio.create_task(self._watch())
            async with asyncio.TaskGroup() as sent:
                async for order in self._due():
                    sent.create_task(self._sent(session, order))
            watch.cancel()
        if self._failed:
            raise self._failed

    def _require_room(self) -> None:
        """Have room for what hangs at a time; where there is less, send fewer a second."""
        held_s = AT_A_TIME * (self.deadline_s + PATIENCE_S)
        room = open_files.room_for(math.ceil(self.rate_per_s * held_s))
        self.rate_per_s = min(self.rate_per_s, room / held_s)

    async def _due(self) -> Any:  # noqa: ANN401 -- an async generator of PlannedRequest
        self.begun_s = time.monotonic()
        for number, order in enumerate(self._orders()):
            wait_s = self.begun_s + number / self.rate_per_s - time.monotonic()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), max(0.0, wait_s))
            if self._stopped.is_set():
                return
            yield order

    def _orders(self) -> Iterator[PlannedRequest]:
        for number in itertools.count():
            read = number % READ_EVERY == READ_EVERY - 1
            yield self._read() if read and self._items else self._write()

    def _read(self) -> PlannedRequest:
        path, key, place = self._dice.choice(self._items)
        return self._order(place, SentRequest(method="GET", target=path), key)

    def _write(self) -> PlannedRequest:
        place = next(self._places)
        entry: WritableEntry | None = place.entry(self.prefix)
        assert entry, place.path  # noqa: S101 -- `places` leaves out those that make none
        keyed = place.keyed and self._dice.random() < self._keyed_share
        once = {"Idempotency-Key": f'"{entry.key}"'} if keyed else {}
        headers = {"Content-Type": entry.kind, **once}
        sent = SentRequest(method="POST", target=place.path, headers=headers, body=entry.body)
        return self._order(place, sent, entry.key)

    def _order(self, place: WritableCollection, sent: SentRequest, key: str) -> PlannedRequest:
        whole = place.resource.parameters.on(sent)
        return PlannedRequest(
            method=whole.method,
            path=whole.target,
            key=key,
            body=whole.body,
            headers={**whole.headers, **self._credentials},
            place=place if whole.body is not None else None,
            collection=place.resource,
        )

    async def _sent(self, session: aiohttp.ClientSession, order: PlannedRequest) -> None:
        for number in range(order.tries):
            if number:
                await asyncio.sleep(PAUSE_S)
            attempt = await self._attempt(session, order)
            self.journal.append(attempt)
            if attempt.ending == "acknowledged":
                return

    async def _attempt(self, session: aiohttp.ClientSession, order: PlannedRequest) -> Attempt:
        sent_s = time.monotonic()
        how, reason, body = await self._answered(session, order)
        ended_s = time.monotonic()
        await asyncio.sleep(0)  # after a stall what was answered meanwhile may come before its note
        return Attempt(
            key=order.key,
            write=order.place is not None,
            sent_s=sent_s,
            ended_s=ended_s,
            deadline_s=self.deadline_s,
            ending=how,
            reason=reason,
            echo=self._echo(order, body) if how == "acknowledged" else None,
            excused_s=self.stood_still_s(sent_s, ended_s),
            call=f"{order.method} {order.collection.path if order.collection else order.path}",
        )

    async def _answered(
        self, session: aiohttp.ClientSession, order: PlannedRequest
    ) -> tuple[Ending, str, bytes]:
        header = self._spec.telemetry.deadline_header
        deadline = {header: str(round(self.deadline_s * 1000))} if header else {}
        url = f"{self._gateway}{order.path}"
        try:
            async with session.request(
                order.method,
                url,
                data=order.body,
                headers=order.headers | deadline,
                allow_redirects=False,
            ) as answer:
                body = await _whole(answer)
                heads = {name.lower(): value for name, value in answer.headers.items()}
                return (*ending(answer.status, heads, body, self._spec.contract), body)
        except aiohttp.ClientConnectorError as error:
            return self._unconnected(error)
        except TimeoutError:
            return "unknown", f"no answer in {self.deadline_s + PATIENCE_S:.1f} s", b""
        except (aiohttp.ClientError, OSError) as error:
            return "unknown", f"broken off: {type(error).__name__}", b""

    def _unconnected(self, error: aiohttp.ClientConnectorError) -> tuple[Ending, str, bytes]:
        try:
            open_files.require_room(error.os_error)
        except StackError as own:  # told once what is on its way has come
            self._failed = own
            self.stop()
            return "unknown", "not sent: too many open files", b""
        return "refused", "no connection", b""

    def _echo(self, order: PlannedRequest, body: bytes) -> frozenset[str]:
        """Return the keys in an answer; a row that was written can be read from now on."""
        try:
            answer: Any = msgspec.json.decode(body)
        except msgspec.DecodeError:
            return frozenset()
        row = order.collection.row(answer) if order.collection else answer
        if not isinstance(row, dict):
            return frozenset()
        keys = keys_in(row, self.prefix)
        if order.place and keys == {order.key}:
            self._note(order.place, order.key, order.place.item(row))
        return frozenset(keys)

    def _note(self, place: WritableCollection, key: str, item: str | None) -> None:
        self.written[key] = place, item
        if item:
            self._items.append((item, key, place))

    async def _watch(self) -> None:
        """Note when this very process stood still: then it is not the gateway that hung."""
        before_s = time.monotonic()
        while True:
            await asyncio.sleep(TICK_S)
            now_s, due_s = time.monotonic(), before_s + TICK_S
            if now_s - due_s > TICK_S:
                self.stalls.append((due_s, now_s))
            before_s = now_s


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    """Return an answer's body; one of more than MOST_ANSWER_BYTES is none."""
    try:
        await answer.content.readexactly(MOST_ANSWER_BYTES + 1)
    except asyncio.IncompleteReadError as error:
        return error.partial
    raise aiohttp.ClientPayloadError("an answer without measure")
