"""The copies of a system's parts that run: brought up at once, ended at once, each wait bounded."""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from functools import partial
from threading import Event
from typing import Any

from testcontainers_fixtures.broker.broker_wishes import wishes_of
from testcontainers_fixtures.broker.consumers import idle, missing
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.engines.attached import AttachedEngine
from testcontainers_fixtures.engines.engine import BrokerAccess, Engine, Launch, Running
from testcontainers_fixtures.entrance import let_in
from testcontainers_fixtures.errors import StartError
from testcontainers_fixtures.launch_orders import Orders, filled_for, needs_broker, orders_for
from testcontainers_fixtures.links.proxy_launch import READY as LINK_READY
from testcontainers_fixtures.links.proxy_launch import link_order
from testcontainers_fixtures.naming import Copy
from testcontainers_fixtures.part_readiness import (
    ANY,
    GOOD,
    Look,
    code_of,
    died,
    wait_ended,
    wait_for,
    wait_ready,
)
from testcontainers_fixtures.ready_checks import looking, told
from testcontainers_fixtures.stack_file.readiness_spec import READY_WITHIN_S, Readiness
from testcontainers_fixtures.stack_file.start_order import start_order
from testcontainers_fixtures.stack_spec import Part, StackSpec

# One command that comes before a part: a migration, say.
BEFORE_START_S = 300.0
AFTER_S = 3_600.0
LOOK_EVERY_S = 0.2
WHILE_IT_RAN = "while the stack was up"
# What is attached to is up already, or nobody is there.
ATTACH_TIMEOUT_S = 10.0
STOP_GRACE_S = 10.0
OnEvent = Callable[[str], None]


class Fleet:
    """Runs copies on an engine; which ones there are to be is for a stack to say.

    `running` has each copy that is up, `links` each proxy, `ready_s` how long each took. Methods
    raise StackError where something does not come up, or does not end.
    """

    def __init__(
        self, spec: StackSpec, engine: Engine, on_event: OnEvent, *, taps: bool, links: bool
    ) -> None:
        self.spec = spec
        self.engine = engine
        self.broker: BrokerAccess | None = None
        self.running: dict[Copy, Running] = {}
        self.links: dict[str, Running] = {}
        self.ready_s: dict[str, float] = {}
        self._up: set[Copy] = set()
        self._ready: dict[Copy, Readiness] = {}
        self._on_event = on_event
        self._taps = taps
        self._linked = links
        self._closing = Event()
        self._pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="stack")

    def __repr__(self) -> str:
        """Show each copy and whether it runs."""
        states = (f"{c.name}={'up' if r.alive() else 'down'}" for c, r in self.running.items())
        return f"<Fleet {self.engine.name} {' '.join(states)}>"

    @property
    def ours(self) -> bool:
        """Tell whether it was started here; what was attached to cannot be changed."""
        return not isinstance(self.engine, AttachedEngine)

    def part(self, copy: Copy) -> Part:
        """Return what a copy is a copy of."""
        return self.spec.parts[copy.part]

    def start(self, copies: Collection[Copy], configuration: CopyCounts) -> None:
        """Bring up the broker, the links and all copies; each waits for those it starts after."""
        for copy in copies:
            # A typing error is found before anything is started; the broker is not there yet.
            self._orders(copy, configuration, fresh=True)
            self._require_fillable(copy, configuration)
        broker = self._pool.submit(self._start_broker)
        self._all([broker, *self._begun(copies, configuration, fresh=copies, broker=broker)])

    def bring_up(
        self, copies: Iterable[Copy], configuration: CopyCounts, *, fresh: Collection[Copy] = ()
    ) -> None:
        """Bring copies up, all that wait for no other at once; those in `fresh` with empty data."""
        self._all(self._begun(copies, configuration, fresh=fresh))

    def stop(self, copies: Iterable[Copy]) -> None:
        """End copies at once, each within its grace period."""
        ended = list(copies)
        self._up.difference_update(ended)
        self.together(
            partial(self.running[copy].stop, grace_s=self.part(copy).grace_s or STOP_GRACE_S)
            for copy in ended
        )
        for copy in ended:
            del self.running[copy]

    def launch(self, order: Launch, ready: str) -> Running:
        """Start something beside the copies, and wait for it."""
        running = self.engine.launch(order)
        self.wait_ready(running, ready)
        return running

    def wait_ready(
        self, running: Running, request: str, *, within_s: float = READY_WITHIN_S
    ) -> None:
        """Return when it answers; what is attached to may answer whatever it likes."""
        timeout_s = within_s if self.ours else ATTACH_TIMEOUT_S
        wait_ready(running, request, timeout_s=timeout_s, good=GOOD if self.ours else ANY)

    def prove(self, running: Running, request: str, good: range = GOOD) -> None:
        """Return when one real request has gone the whole way, and a good status came back."""
        headers = let_in(self.spec, running.url, ours=self.ours)
        wait_ready(
            running,
            request,
            timeout_s=READY_WITHIN_S,
            headers=headers,
            good=good,
            is_probe=True,
        )

    def filled(
        self, copy: Copy, command: Sequence[str], configuration: CopyCounts
    ) -> tuple[str, ...]:
        """Return a command that is run beside a copy, with what it may name filled in."""
        about = (self.spec, self.engine, self.broker, configuration)
        return filled_for(copy, *about, command=command, links=self._linked)

    def look(self, copy: Copy) -> Look:
        """Return how it is seen whether a copy is ready, where it neither answers HTTP nor ends."""
        copies = partial(self._copies, copy.part)
        return looking(self.running[copy], self._ready[copy], self.broker, copies)

    def tell_of_idle_queues(self) -> None:
        """Tell of a work queue that is not there, and of one that nobody consumes.

        The latter is told some seconds later: a broker counts its consumers no sooner.
        """
        queues = self.spec.broker.queues if self.spec.broker else ()
        if not (queues and self.broker and self.ours):
            return
        if sentence := missing(self.broker, queues):
            self._on_event(sentence)
        else:
            self._pool.submit(self._tell_of_idle_queues, self.broker, queues)

    def _tell_of_idle_queues(self, broker: BrokerAccess, queues: Sequence[str]) -> None:
        sentence = idle(broker, queues, ended=self._closing)
        if sentence and not self._closing.is_set():
            self._on_event(sentence)

    def ended(self) -> dict[str, str]:
        """Return a sentence for each copy that has ended by itself since it was ready."""
        return {
            copy.name: died(self.running[copy], WHILE_IT_RAN)
            for copy in list(self._up)
            if self.part(copy).role != "job" and code_of(self.running[copy]) is not None
        }

    def together(self, jobs: Iterable[Callable[[], object]]) -> None:
        """Do all at once; the first error is raised as it happens."""
        self._all([self._pool.submit(job) for job in jobs])

    def close(self) -> None:
        """End everything; safe to call twice."""
        self._closing.set()
        try:
            self.engine.close()
        finally:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _all(self, futures: "list[Future[Any]]") -> None:
        """Return once all are done; the first error is raised as it happens, as is an early end."""
        left = set(futures)
        while left:
            done, left = wait(left, timeout=LOOK_EVERY_S, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
            for sentence in self.ended().values():
                raise StartError(sentence)

    def _begun(
        self,
        copies: Iterable[Copy],
        configuration: CopyCounts,
        *,
        fresh: Collection[Copy],
        broker: "Future[None] | None" = None,
    ) -> "list[Future[None]]":
        """Begin to bring copies up, and return when each is: in the order given.

        What is waited for has begun before who waits for it, so that a full pool stalls nobody.
        """
        begun: dict[Copy, Future[None]] = {}
        rank = start_order(self.spec.parts)
        for copy in sorted(copies, key=lambda one: rank.index(one.part)):
            first = [broker] if broker and needs_broker(self.part(copy)) else []
            first += [done for one, done in begun.items() if self._waits_for(copy, one)]
            bring_up = partial(self._bring_up, copy, configuration, fresh=copy in fresh)
            begun[copy] = self._pool.submit(_after, first, bring_up)
        return list(begun.values())

    def _waits_for(self, copy: Copy, other: Copy) -> bool:
        part = self.part(copy)
        if copy.tap or not other.own:
            return False
        # What comes before a part is done once, by its first copy.
        same = copy.own and other.part == copy.part and other.first and bool(part.before_start)
        return same or other.part in part.after

    def _start_broker(self) -> None:
        if (asked := self.spec.broker) is not None:
            begun_s = time.monotonic()
            twins = any(part.twin for part in self.spec.parts.values())
            wishes = wishes_of(asked, self.spec.folder, twins=twins) if self.ours else None
            self.broker = self.engine.start_broker(
                vhost=asked.vhost, user=asked.user, wishes=wishes
            )
            self._note("broker", begun_s)
        # Before the parts whose way they are.
        for name in self.spec.links if self._linked else ():
            order = link_order(name, self.spec, self.engine, self.broker, taps=self._taps)
            self.links[name] = self.launch(order, LINK_READY)

    def _bring_up(self, copy: Copy, configuration: CopyCounts, *, fresh: bool) -> None:
        begun_s = time.monotonic()
        orders = self._orders(copy, configuration, fresh=fresh)
        for order in orders.before:
            self._run_through(order)
        self._ready[copy] = orders.ready
        self.running[copy] = self.engine.launch(orders.own)
        self._wait(copy, orders.ready)
        self._up.add(copy)
        self._note(copy.name, begun_s)

    def _wait(self, copy: Copy, ready: Readiness) -> None:
        """Return when a copy is ready in the way that its part says."""
        running, within_s = self.running[copy], ready.within_s
        if ready.kind == "request":
            self.wait_ready(running, ready.subject, within_s=within_s)
        elif ready.kind == "exit":
            wait_ended(running, what="the job", timeout_s=within_s)
        elif self.ours:
            wait_for(running, self.look(copy), what=told(ready), timeout_s=within_s)

    def _copies(self, part: str) -> int:
        return sum(one.part == part and one.own for one in list(self.running))

    def _run_through(self, order: Launch) -> None:
        """Run one of the commands that come before a part, to its end."""
        running = self.engine.launch(order)
        try:
            what = f"`{' '.join(order.command)}` of before_start"
            wait_ended(running, what=what, timeout_s=BEFORE_START_S)
        finally:
            running.stop(grace_s=0.0)

    def _orders(self, copy: Copy, configuration: CopyCounts, *, fresh: bool) -> Orders:
        about = (self.spec, self.engine, self.broker, configuration)
        return orders_for(copy, *about, fresh=fresh, taps=self._taps, links=self._linked)

    def _require_fillable(self, copy: Copy, configuration: CopyCounts) -> None:
        """Raise SpecError where what may be run beside a copy names something unknown."""
        about = self.spec
        seeds = [one.command for one in about.seed if one.command and one.into == copy.part]
        faults = [own for own in about.faults.values() if own.part == copy.part]
        for command in (*seeds, *(one for own in faults for one in own.fillable)):
            self.filled(copy, command, configuration)

    def _note(self, name: str, begun_s: float) -> None:
        self.ready_s[name] = time.monotonic() - begun_s
        self._on_event(f"{name} ready in {self.ready_s[name]:.1f} s")


def _after(first: "Iterable[Future[None]]", bring_up: Callable[[], None]) -> None:
    for one in first:
        one.result(timeout=AFTER_S)  # its own waits have bounds
    bring_up()
