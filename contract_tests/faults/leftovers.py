"""Counts what a fault may leave behind: at the broker, and in the parts' own processes.

Nothing is left over once every count is back at its baseline. What a pool may rightly have grown by
in between (connections to a service that stay open for the next burst) is allowed for, once.
"""

import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import httpx

from reports.record.fault_trials import Residue
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.faults.store_ended import STORES
from testcontainers_fixtures.process_inventory import ProcessInventory, census_of
from testcontainers_fixtures.stack import Stack

ANSWER_S: Final = 5.0
BACK_WITHIN_S: Final = 12.0
POLL_S: Final = 0.4
CONNECTIONS: Final = "connections"
CHANNELS: Final = "channels"
# The broker's own statistics lag; the queue itself is asked.
TOTALS: Final = {"disable_stats": "true", "enable_queue_totals": "true"}
# Its statistics are gathered every 5 s: of a younger connection they may tell but the beginning.
TOLD_AFTER_S: Final = 6.0
DESCRIPTORS: Final = "descriptors"
POOLED_DESCRIPTORS: Final = 40
Counts = Mapping[str, int]


class Leftovers:
    """Reads all counts of a stack of our own; a context manager."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._http = httpx.Client(
            base_url=stack.management or "http://localhost", timeout=ANSWER_S, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def counts(self) -> Counts:
        """Return every count; raise StackError where one cannot be read."""
        return {**self._at_the_broker(), **self._in_processes()}

    def baseline(self) -> Counts:
        """Return every count once two reads agree; raise StackError where one cannot be read.

        The broker tells of a connection's channels only with its statistics, seconds after it came,
        and of the channels themselves with theirs: the two must agree, and no connection be untold
        of, bare, or so young that both may tell of its first channel alone.
        """
        until_s = time.monotonic() + BACK_WITHIN_S
        before, _ = self._read()
        while time.monotonic() < until_s:
            time.sleep(POLL_S)
            now, whole = self._read()
            if whole and now == before:
                break
            before = now
        return before

    def left(self, before: Counts) -> tuple[Residue, ...]:
        """Return what is left once all is back at `before`, or BACK_WITHIN_S have passed.

        What the broker has not told of yet may be too much as well: that is waited for.
        """
        until_s = time.monotonic() + BACK_WITHIN_S
        while True:
            now, whole = self._tried()
            found = _residues(before, now) if now else ()
            if whole and all(one.after <= one.most for one in found):
                return found
            if time.monotonic() > until_s:
                return found or _residues(before, self.counts())
            time.sleep(POLL_S)

    def _read(self) -> tuple[Counts, bool]:
        """Return every count, and whether the broker has told of all there is."""
        # Asked first: what is told only afterwards is not among what was counted.
        told, now = self.told(), self.counts()
        return now, _complete(told, now)

    def _tried(self) -> tuple[Counts | None, bool]:
        try:
            return self._read()
        except StackError:
            return None, False

    def _at_the_broker(self) -> dict[str, int]:
        broker = self._stack.spec.broker
        if broker is None or not self._stack.management:
            return {}
        vhost = quote(broker.vhost, safe="")
        queues = self._got(f"/api/queues/{vhost}", TOTALS)
        work = [one for one in queues if one["name"] in broker.queues]
        connections = self._got("/api/connections", {"disable_stats": "true"})
        channels = self._got(f"/api/vhosts/{vhost}/channels", {})
        return {
            CONNECTIONS: sum(one["vhost"] == broker.vhost for one in connections),
            CHANNELS: len(channels),
            "queues": len(queues),
            "messages unacknowledged": sum(one.get("messages_unacknowledged", 0) for one in work),
            "messages waiting": sum(one.get("messages_ready", 0) for one in work),
        }

    def told(self) -> tuple[int, ...]:
        """Return the channels of each connection, 0 where the broker cannot have told of all."""
        broker = self._stack.spec.broker
        if broker is None or not self._stack.management:
            return ()
        told = self._got("/api/connections", {})
        return tuple(channels_told(one) for one in told if one.get("vhost") == broker.vhost)

    def _in_processes(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for name, part in self._stack.spec.parts.items():
            # What a store holds open is what its callers do: their pools are counted as theirs.
            if part.role in STORES:
                continue
            read = [census_of(copy) for copy in self._stack.copies(name)]
            known = [one for one in read if one is not None]
            if len(known) < len(read):
                # Another user's, as in a container without root: what is not seen is not judged.
                continue
            total = sum(known, start=ProcessInventory(processes=0, descriptors=0))
            found[f"processes of {name}"] = total.processes
            found[f"{DESCRIPTORS} of {name}"] = total.descriptors
        return found

    def _got(self, path: str, parameters: Mapping[str, str]) -> list[dict[str, Any]]:
        try:
            answer = self._http.get(path, params=parameters).raise_for_status()
            found: list[dict[str, Any]] = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise StackError(
                f"Expected the management API to answer {path}; seen: {type(error).__name__}."
            ) from None  # the URL holds a password, and so may what httpx says of it
        return found


def _complete(told: Sequence[int], now: Counts) -> bool:
    """Tell whether every connection has told of its channels, and all of them are listed."""
    whole = len(told) == now.get(CONNECTIONS, 0) and all(told)
    return whole and sum(told) == now.get(CHANNELS, 0)


def channels_told(connection: Mapping[str, Any]) -> int:
    """Return the channels that statistics tell of a connection, 0 where it may have more."""
    age_s = time.time() - connection.get("connected_at", 0) / 1000
    return connection.get("channels", 0) if age_s >= TOLD_AFTER_S else 0


def _residues(before: Counts, after: Counts) -> tuple[Residue, ...]:
    return tuple(
        Residue(
            what=what,
            before=count,
            after=after.get(what, 0),
            most=count + (POOLED_DESCRIPTORS if what.startswith(DESCRIPTORS) else 0),
        )
        for what, count in before.items()
    )
