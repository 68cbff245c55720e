"""Locust's channel as the master has it: orders go out signed, replies come in with their time."""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import time
from collections.abc import Iterator
from typing import Any

import msgspec
from gevent.queue import Empty, Queue

from loadtests.generator.workers.messages import ORDER, REPLY, Order, Reply, packed, reply_in
from loadtests.generator.workers.signatures import Seal, SignatureError
from loadtests.generator.workers.silences import LEAST_HEARTBEAT


class Heard:
    """A reply, or why what came is none; `at_s` is when it came, by the monotonic clock."""

    __slots__ = ("at_s", "reply", "worker")

    def __init__(self, worker: str, reply: Reply | SignatureError, at_s: float) -> None:
        self.worker = worker
        self.reply = reply
        self.at_s = at_s


class MasterChannel:
    """Sends to workers by their ids, and gives what they say one after the other."""

    def __init__(self, runner: Any, seal: Seal) -> None:  # noqa: ANN401 -- locust's
        self._runner = runner
        self._seal = seal
        self._heard = Queue()
        runner.register_message(REPLY, self._came)

    def __repr__(self) -> str:
        """Show how many are connected."""
        return f"<MasterChannel {len(list(self.connected()))} connected>"

    def connected(self) -> Iterator[str]:
        """Yield the ids of those that are connected, in the order in which they came."""
        came = sorted(self._runner.worker_indexes.items(), key=lambda item: item[1])
        yield from (worker for worker, _ in came if not self.is_gone(worker))

    def is_gone(self, worker: str) -> bool:
        """Tell whether a worker has left, or has been silent for so long that it must have."""
        return self._runner.clients.get(worker) is None or self.is_silent(worker)

    def is_silent(self, worker: str) -> bool:
        """Tell whether it did not say that it leaves, and was not heard of: it may be at work."""
        client = self._runner.clients.get(worker)
        return client is not None and client.heartbeat < LEAST_HEARTBEAT

    def send(self, worker: str, order: Order) -> None:
        """Send an order; nobody knows whether it comes."""
        sealed = self._seal.sealed(ORDER, worker, packed(order))
        self._runner.send_message(ORDER, sealed, client_id=worker)

    def forget(self, worker: str) -> None:
        """Have nothing more to do with a worker."""
        if self._runner.clients.get(worker) is not None:
            del self._runner.clients[worker]

    def next(self, *, within_s: float) -> Heard | None:
        """Return the next reply; None where none came."""
        try:
            heard: Heard = self._heard.get(timeout=max(0.0, within_s))
        except Empty:
            return None
        return heard

    def _came(self, *, msg: Any, **_: object) -> None:  # noqa: ANN401 -- locust's
        at_s = time.monotonic()
        self._heard.put(Heard(msg.node_id, self._read(msg.node_id, msg.data), at_s))

    def _read(self, worker: str, data: bytes) -> Reply | SignatureError:
        try:
            return reply_in(self._seal.opened(REPLY, worker, data))
        except SignatureError as error:
            return error
        except msgspec.MsgspecError:
            return SignatureError("A message of another version came.")
