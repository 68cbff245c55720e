"""The copies of a system's parts that run: brought up at once, ended at once, each wait bounded."""

import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Any

from testcontainers_fixtures import credentials
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.engines.attached import AttachedEngine
from testcontainers_fixtures.engines.engine import BrokerAccess, Engine, Launch, Running
from testcontainers_fixtures.launch_orders import needs_broker, order_for
from testcontainers_fixtures.links.proxy_launch import READY as LINK_READY
from testcontainers_fixtures.links.proxy_launch import link_order
from testcontainers_fixtures.naming import Copy
from testcontainers_fixtures.part_readiness import wait_ready
from testcontainers_fixtures.stack_spec import Part, StackSpec
from testcontainers_fixtures.taps.tap_launch import READY as TAP_READY

READY_TIMEOUT_S = 60.0
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
        self._on_event = on_event
        self._taps = taps
        self._linked = links
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
        """Bring up the broker, the links and all copies at once; who needs the broker waits."""
        for copy in copies:
            # A typing error is found before anything is started; the broker is not there yet.
            self._order(copy, configuration, fresh=True)
        broker = self._pool.submit(self._start_broker)

        def after_broker(copy: Copy) -> None:
            if needs_broker(self.part(copy)):
                broker.result(timeout=READY_TIMEOUT_S * 10)  # its own waits have bounds
            self._bring_up(copy, configuration, fresh=True)

        self._all([broker, *(self._pool.submit(after_broker, copy) for copy in copies)])

    def bring_up(
        self, copies: Iterable[Copy], configuration: CopyCounts, *, fresh: Collection[Copy] = ()
    ) -> None:
        """Bring copies up at once; those in `fresh` with empty data."""
        self.together(
            partial(self._bring_up, copy, configuration, fresh=copy in fresh) for copy in copies
        )

    def stop(self, copies: Iterable[Copy]) -> None:
        """End copies at once, each within its grace period."""
        ended = list(copies)
        self.together(partial(self.running[copy].stop, grace_s=STOP_GRACE_S) for copy in ended)
        for copy in ended:
            del self.running[copy]

    def launch(self, order: Launch, ready: str) -> Running:
        """Start something beside the copies, and wait for it."""
        running = self.engine.launch(order)
        self.wait_ready(running, ready)
        return running

    def wait_ready(self, running: Running, request: str) -> None:
        """Return when it answers; what is attached to may answer whatever it likes."""
        timeout_s = READY_TIMEOUT_S if self.ours else ATTACH_TIMEOUT_S
        wait_ready(running, request, timeout_s=timeout_s, any_status=not self.ours)

    def prove(self, running: Running, request: str) -> None:
        """Return when one real request has gone the whole way."""
        chosen = credentials.made_up_or_given if self.ours else credentials.given
        headers = chosen(self.spec.contract)
        wait_ready(running, request, timeout_s=READY_TIMEOUT_S, headers=headers)

    def together(self, jobs: Iterable[Callable[[], object]]) -> None:
        """Do all at once; the first error is raised as it happens."""
        self._all([self._pool.submit(job) for job in jobs])

    def close(self) -> None:
        """End everything; safe to call twice."""
        try:
            self.engine.close()
        finally:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _all(self, futures: "list[Future[Any]]") -> None:
        done, _ = wait(futures, return_when=FIRST_EXCEPTION)
        for future in done:
            future.result()

    def _start_broker(self) -> None:
        if self.spec.broker is not None:
            begun_s = time.monotonic()
            self.broker = self.engine.start_broker(
                vhost=self.spec.broker.vhost, user=self.spec.broker.user
            )
            self._note("broker", begun_s)
        # Before the parts whose way they are.
        for name in self.spec.links if self._linked else ():
            order = link_order(name, self.spec, self.engine, self.broker, taps=self._taps)
            self.links[name] = self.launch(order, LINK_READY)

    def _bring_up(self, copy: Copy, configuration: CopyCounts, *, fresh: bool) -> None:
        begun_s = time.monotonic()
        running = self.engine.launch(self._order(copy, configuration, fresh=fresh))
        self.running[copy] = running
        self.wait_ready(running, TAP_READY if copy.tap else self.part(copy).ready)
        self._note(copy.name, begun_s)

    def _order(self, copy: Copy, configuration: CopyCounts, *, fresh: bool) -> Launch:
        about = (self.spec, self.engine, self.broker, configuration)
        return order_for(copy, *about, fresh=fresh, taps=self._taps, links=self._linked)

    def _note(self, name: str, begun_s: float) -> None:
        self.ready_s[name] = time.monotonic() - begun_s
        self._on_event(f"{name} ready in {self.ready_s[name]:.1f} s")
