"""Finds out which workers came, whom of them the run can use, and waits until they are enough."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

from msgspec import Struct

from loadtests.generator.workers.identity import boot, network, package_version
from loadtests.generator.workers.master_channel import Heard, MasterChannel
from loadtests.generator.workers.messages import Dismiss, IAmHere, Lost, Refuse, WhoIsThere
from loadtests.generator.workers.signatures import SignatureError
from loadtests.plan.load_workers import Awaited, Noted

# Who is started at the same time comes at about the same time: after the last one that was needed,
# so long is waited for more, and so long for those that had come to the trial before, or do not say
# who they are.
SETTLED_S: Final = 0.5
USUAL_WITHIN_S: Final = 5.0
TOLD_EVERY_S: Final = 1.0
_ASK_AGAIN_S: Final = 1.0
_LOOK_S: Final = 0.1

NOT_BESIDE: Final = (
    "it runs on another machine than the run, and what is loaded is on that machine's loopback "
    "address, which is not reached from elsewhere; the run needs a --target or an [attach] stack "
    "by an address that its workers reach"
)

Tell = Callable[[Awaited | Noted], None]


class EnrolledWorker(Struct, frozen=True, kw_only=True):
    """A worker that takes part: its id, what it is called, and whether it runs on this machine."""

    id: str
    name: str
    beside: bool


class TooFewWorkersError(Exception):
    """Too few workers came in time; `here` are the names of those that did."""

    def __init__(self, here: tuple[str, ...]) -> None:
        super().__init__(f"too few workers came: {', '.join(here) or 'none'}")
        self.here = here


class Enrolment:
    """Asks each worker that connects who it is, until enough have said so.

    `only_beside`: what they are to load is on loopback, so that workers of this machine alone do.
    """

    def __init__(self, channel: MasterChannel, tell: Tell, *, only_beside: bool = False) -> None:
        self._channel = channel
        self._tell = tell
        self._only_beside = only_beside
        self._asked_s: dict[str, float] = {}
        self._first_asked_s: dict[str, float] = {}
        self._passed_over: set[str] = set()
        self._told_s = -TOLD_EVERY_S
        self._enrolled: dict[str, EnrolledWorker] = {}
        # The ids, by their names, of those that were told that the run is over.
        self._told: dict[str, str] = {}
        self._last_s = time.monotonic()

    def __repr__(self) -> str:
        """Show who is in."""
        return f"<Enrolment {', '.join(self.names) or 'of nobody'}>"

    @property
    def names(self) -> tuple[str, ...]:
        """Return what those that are in, and have not left, are called."""
        return tuple(one.name for one in self._present())

    def complete(self, count: int, *, within_s: float, usual: int = 0) -> list[EnrolledWorker]:
        """Return at least so many workers; raise TooFewWorkersError where they do not come.

        Where more are `usual`, those are given some seconds as well, and so are those that are
        connected and do not say who they are.
        """
        began_s = time.monotonic()
        while not self._is_complete(count, usual, began_s):
            if time.monotonic() > began_s + within_s:
                self._pass_over(self._unknown())
                break
            self._look(self.names, began_s + within_s)
        if len(self.names) < count:
            raise TooFewWorkersError(self.names)
        return list(self._present())

    def dismiss(self, names: Collection[str], *, within_s: float) -> None:
        """Tell whoever comes that the run is over, until all of these know, or time is up."""
        until_s = time.monotonic() + within_s
        while not self._told.keys() >= set(names) and time.monotonic() < until_s:
            self._look(tuple(self._told), until_s)
            for one in self._present():
                if self._told.get(one.name) != one.id:
                    self._channel.send(one.id, Dismiss())
                    self._told[one.name] = one.id

    def _look(self, here: tuple[str, ...], until_s: float) -> None:
        """Ask who has come, take in a reply, and tell now and then that this goes on."""
        now_s = time.monotonic()
        if now_s > self._told_s + TOLD_EVERY_S:
            self._told_s = now_s
            self._tell(Awaited(here=here, remaining_s=until_s - now_s))
        self._ask()
        if heard := self._channel.next(within_s=_LOOK_S):
            self._take(heard)

    def _is_complete(self, count: int, usual: int, began_s: float) -> bool:
        here, now_s = len(list(self._present())), time.monotonic()
        if here < count:
            return False
        asked = not self._passed_over.issuperset(self._unknown())
        waits_s = SETTLED_S if here >= usual else USUAL_WITHIN_S
        return not asked and now_s >= self._last_s + SETTLED_S and now_s >= began_s + waits_s

    def _present(self) -> Iterator[EnrolledWorker]:
        for worker in self._channel.connected():
            if worker in self._enrolled:
                yield self._enrolled[worker]

    def _unknown(self) -> list[str]:
        return [one for one in self._channel.connected() if one not in self._enrolled]

    def _ask(self) -> None:
        now_s = time.monotonic()
        for worker in self._unknown():
            if now_s > self._asked_s.get(worker, -_ASK_AGAIN_S) + _ASK_AGAIN_S:
                self._asked_s[worker] = now_s
                self._channel.send(worker, WhoIsThere(version=package_version()))
            if now_s > self._first_asked_s.setdefault(worker, now_s) + USUAL_WITHIN_S:
                self._pass_over([worker])

    def _pass_over(self, workers: Iterable[str]) -> None:
        """Wait no more for those that do not say who they are; one that does so yet may join."""
        for worker in workers:
            if worker not in self._passed_over:
                self._passed_over.add(worker)
                why = "did not say who it is, and is not waited for"
                self._tell(Noted(sentence=f"Something on {_host(worker)} connected, {why}."))

    def _take(self, heard: Heard) -> None:
        reply = heard.reply
        if isinstance(reply, IAmHere) and (why := self._unfit(reply)):
            self._refuse(heard.worker, reply.name, why)
        elif isinstance(reply, IAmHere):
            if heard.worker not in self._enrolled:
                self._enrol(heard.worker, reply)
        elif isinstance(reply, SignatureError):
            self._refuse(heard.worker, _host(heard.worker), str(reply).rstrip("."))
        elif isinstance(reply, Lost):
            self._refuse(heard.worker, _host(heard.worker), reply.reason)

    def _unfit(self, said: IAmHere) -> str:
        """Return why the run has no use for a worker; "" where it has."""
        if said.version != package_version():
            return f"it has version {said.version} of gatewaybench, and the run {package_version()}"
        if self._only_beside and (said.boot, said.network) != (boot(), network()):
            return NOT_BESIDE
        return ""

    def _enrol(self, worker: str, said: IAmHere) -> None:
        name, number = said.name, 1
        while name in self.names or name in self._told:
            number += 1
            name = f"{said.name} ({number})"
        beside = bool(said.boot) and said.boot == boot()
        self._enrolled[worker] = EnrolledWorker(id=worker, name=name, beside=beside)
        self._last_s = time.monotonic()
        self._tell(Awaited(here=self.names, remaining_s=0.0))

    def _refuse(self, worker: str, name: str, why: str) -> None:
        if self._asked_s.get(worker) is None or worker in self._enrolled:
            return  # who was not asked is told nothing; a forged reply costs nobody its place
        self._channel.send(worker, Refuse(reason=why))
        self._channel.forget(worker)
        del self._asked_s[worker]
        self._tell(Noted(sentence=f"Worker {name} was refused: {why}."))


def _host(worker: str) -> str:
    """Return the host's name, which locust begins a worker's id with."""
    return worker.rpartition("_")[0] or worker
