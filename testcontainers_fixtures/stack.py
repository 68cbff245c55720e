"""A running copy of a system: brings its parts up, scales them, starts them over, ends them."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from testcontainers_fixtures.configuration import Configuration
from testcontainers_fixtures.engines.attached import AttachedEngine
from testcontainers_fixtures.engines.choice import choose_engine
from testcontainers_fixtures.engines.protocol import (
    Address,
    BrokerAccess,
    Engine,
    Launch,
    Running,
    Startable,
)
from testcontainers_fixtures.errors import NotOurs, StackError
from testcontainers_fixtures.links.order import READY as LINK_READY
from testcontainers_fixtures.links.order import link_order
from testcontainers_fixtures.naming import Copy
from testcontainers_fixtures.orders import needs_broker, order_for, wanted_copies
from testcontainers_fixtures.readiness import wait_ready
from testcontainers_fixtures.seeding import seed_service
from testcontainers_fixtures.stack_spec import Part, StackSpec
from testcontainers_fixtures.taps.order import READY as TAP_READY

READY_TIMEOUT_S = 60.0
# What is attached to is up already, or nobody is there.
ATTACH_TIMEOUT_S = 10.0
STOP_GRACE_S = 10.0
OnEvent = Callable[[str], None]


class Stack:
    """What runs, where it is, and how to change how many of it run. Made by `start_stack`."""

    def __init__(  # noqa: PLR0913 -- what `start_stack` takes
        self,
        spec: StackSpec,
        engine: Engine,
        run_folder: Path,
        on_event: OnEvent,
        *,
        twins: bool,
        taps: bool,
        links: bool = False,
    ) -> None:
        self.spec = spec
        self.run_folder = run_folder
        self.configuration = Configuration()
        self.ready_s: dict[str, float] = {}
        self.broker: BrokerAccess | None = None
        self._engine = engine
        self._on_event = on_event
        self._twins = twins
        self._taps = taps
        self._linked = links
        self._links: dict[str, Running] = {}
        self._running: dict[Copy, Running] = {}
        self._http = httpx.Client(timeout=10.0, trust_env=False)
        self._pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="stack")

    def __repr__(self) -> str:
        """Show each copy and whether it runs."""
        states = (f"{c.name}={'up' if r.alive() else 'down'}" for c, r in self._running.items())
        return f"<Stack {self.engine} {' '.join(states)}>"

    @property
    def engine(self) -> str:
        """Return the engine's name."""
        return self._engine.name

    @property
    def gateway(self) -> str:
        """Return the gateway's base URL."""
        return next(r.url for c, r in self._running.items() if self._part(c).role == "gateway")

    @property
    def services(self) -> dict[str, str]:
        """Return each service's base URL, past the gateway."""
        return self._urls(lambda copy: copy.own)

    @property
    def twins(self) -> dict[str, str]:
        """Return the base URL of each twin, by the name of the service it is the twin of."""
        return self._urls(lambda copy: copy.twin)

    @property
    def taps(self) -> dict[str, str]:
        """Return the base URL of each tap, by the service before which it stands."""
        return self._urls(lambda copy: copy.tap)

    @property
    def links(self) -> dict[str, str]:
        """Return the URL at which each link is told what to do; none in a stack without links."""
        return {name: running.url for name, running in self._links.items()}

    @property
    def amqp(self) -> str | None:
        """Return the broker's AMQP URL, or None for a system without one."""
        return (self.broker.amqp_url or None) if self.broker else None

    @property
    def management(self) -> str | None:
        """Return the URL of the broker's management API, or None."""
        return (self.broker.management_url or None) if self.broker else None

    @property
    def ours(self) -> bool:
        """Tell whether it was started here; what was attached to cannot be changed."""
        return not isinstance(self._engine, AttachedEngine)

    def conditions(self) -> dict[str, str]:
        """Return what a run record must know of where this ran."""
        version = {"rabbitmq": self.broker.version} if self.broker else {}
        return dict(self._engine.conditions()) | version

    def copies(self, part: str) -> list[Running]:
        """Return the running copies of a part, neither twin nor tap; "broker" is a part here.

        They are for whoever stops, kills or pauses them: raises NotOurs where that cannot be.
        """
        self._require_ours(f"taken apart (copies of {part})")
        if part == "broker":
            return [self._engine.broker()]
        return [r for c, r in self._running.items() if c.part == part and c.own]

    def start(self, configuration: Configuration, *, seeded: bool) -> None:
        """Bring everything up at once: broker, parts, twins, taps; then one real call a service."""
        begun_s = time.monotonic()
        self.configuration = configuration
        wanted = self._wanted()
        self._check_placeholders(wanted)
        broker = self._pool.submit(self._start_broker)
        self._together([broker, *(self._pool.submit(self._bring_up, c, broker) for c in wanted)])
        self._fill(seeded=seeded)
        self._prove()
        self.ready_s["stack"] = time.monotonic() - begun_s

    def scale(self, configuration: Configuration) -> None:
        """Stop and start only what differs; data stays, and everything else keeps running."""
        self._require_ours("scaled")
        self._change(configuration, again=[])
        self._prove()

    def reset(self, *, seeded: bool = True) -> None:
        """Start services and twins over with empty data, then put the seed in."""
        self.renew(self.configuration, seeded=seeded)

    def renew(self, configuration: Configuration, *, seeded: bool = True) -> None:
        """Scale and reset at once: no service is started twice to get there."""
        self._require_ours("started over")
        services = [c for c in self._running if self._part(c).role == "service" and not c.tap]
        self._change(configuration, again=services)
        self._fill(seeded=seeded)
        self._prove()

    def restart(self, part: str) -> None:
        """Bring the copies of a part up again after a fault; data stays."""
        self._require_ours(f"restarted in part ({part})")
        again = [copy for copy in self._running if copy.part == part and copy.own]
        self._stop(again)
        self._together([self._pool.submit(self._bring_up, c, None, fresh=False) for c in again])
        self._prove()

    def revive(self, part: str) -> None:
        """Bring up again what of a part has ended; data stays, and what still runs is left alone.

        "broker" is a part here. Returns when each copy says that it is ready; whether the whole
        system serves again is another question.
        """
        self._require_ours(f"revived in part ({part})")
        if part == "broker":
            broker = self._engine.broker()
            if isinstance(broker, Startable) and not broker.alive():
                self.broker = broker.start()
            return
        of_part = [copy for copy in self._running if copy.part == part and copy.own]
        ended = [copy for copy in of_part if not self._running[copy].alive()]
        self._stop(ended)
        self._together([self._pool.submit(self._bring_up, c, None, fresh=False) for c in ended])

    def address(self, name: str, port: int) -> Address:
        """Return where a copy of that name listens, or would: for orders given to `launch`."""
        return self._engine.reserve(name, port)

    def data_folder(self, copy: str) -> str:
        """Return what `{data}` stands for in a copy: a folder as seen where the copy runs."""
        return self._engine.data_folder(copy)

    def launch(self, order: Launch, *, ready: str) -> Running:
        """Start something beside the parts, or in the place of one that has ended; wait for it.

        It is the caller's to end, and ends with the stack at the latest.
        """
        self._require_ours(f"added to ({order.name})")
        running = self._engine.launch(order)
        self._wait_ready(running, ready)
        return running

    def close(self) -> None:
        """End everything; safe to call twice."""
        try:
            self._engine.close()
        finally:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._http.close()

    def _require_ours(self, what: str) -> None:
        """Refuse before anything is begun, so that nothing is left half done."""
        if not self.ours:
            raise NotOurs(
                f"The system behind {self.gateway} was attached to and is not ours to stop, so it"
                f" cannot be {what}; start a stack of your own for that."
            )

    def _change(self, configuration: Configuration, *, again: Sequence[Copy]) -> None:
        """Go over to a configuration; the copies in `again` start over, with empty data."""
        before, self.configuration = self.configuration, configuration
        wanted = self._wanted()
        self._stop(
            [c for c in self._running if c in again or c not in wanted or self._outdated(c, before)]
        )
        missing = [copy for copy in wanted if copy not in self._running]
        self._together(
            [self._pool.submit(self._bring_up, c, None, fresh=c in again) for c in missing]
        )

    def _outdated(self, copy: Copy, before: Configuration) -> bool:
        part = self._part(copy)
        return copy.own and before.concerning(part) != self.configuration.concerning(part)

    def _part(self, copy: Copy) -> Part:
        return self.spec.parts[copy.part]

    def _urls(self, chosen: Callable[[Copy], bool]) -> dict[str, str]:
        services = self.spec.named("service")
        return {c.part: r.url for c, r in self._running.items() if c.part in services and chosen(c)}

    def _wanted(self) -> list[Copy]:
        about = (self.spec, self._engine, self.configuration)
        return wanted_copies(*about, twins=self._twins, taps=self._taps)

    def _check_placeholders(self, wanted: Iterable[Copy]) -> None:
        # A typing error is found before anything is started; the broker is not there yet.
        for copy in wanted:
            self._order(copy, fresh=True)

    def _start_broker(self) -> None:
        if self.spec.broker is not None:
            begun_s = time.monotonic()
            self.broker = self._engine.start_broker(
                vhost=self.spec.broker.vhost, user=self.spec.broker.user
            )
            self._note("broker", begun_s)
        self._start_links()

    def _start_links(self) -> None:
        """Bring up a proxy for each link, before the parts whose way it is."""
        for name in self.spec.links if self._linked else ():
            about = (self.spec, self._engine, self.broker)
            self._links[name] = self.launch(
                link_order(name, *about, taps=self._taps), ready=LINK_READY
            )

    def _bring_up(self, copy: Copy, broker: "Future[None] | None", *, fresh: bool = True) -> None:
        part = self._part(copy)
        if broker is not None and needs_broker(part):
            broker.result(timeout=READY_TIMEOUT_S * 10)  # its own waits have bounds
        begun_s = time.monotonic()
        running = self._engine.launch(self._order(copy, fresh=fresh))
        self._running[copy] = running
        self._wait_ready(running, TAP_READY if copy.tap else part.ready)
        self._note(copy.name, begun_s)

    def _wait_ready(self, running: Running, request: str) -> None:
        timeout_s = READY_TIMEOUT_S if self.ours else ATTACH_TIMEOUT_S
        wait_ready(self._http, running, request, timeout_s=timeout_s, any_status=not self.ours)

    def _order(self, copy: Copy, *, fresh: bool) -> Launch:
        about = (self.spec, self._engine, self.broker, self.configuration)
        return order_for(copy, *about, fresh=fresh, taps=self._taps, links=self._linked)

    def _fill(self, *, seeded: bool) -> None:
        if not seeded:
            return
        places = [*self.services.items(), *self.twins.items()]
        self._together(
            [self._pool.submit(seed_service, self._http, self.spec, *place) for place in places]
        )

    def _prove(self) -> None:
        gateway = next(c for c in self._running if self._part(c).role == "gateway")
        for part in self.spec.named("service").values():
            if part.probe:
                wait_ready(
                    self._http, self._running[gateway], part.probe, timeout_s=READY_TIMEOUT_S
                )

    def _stop(self, copies: Iterable[Copy]) -> None:
        ended = list(copies)
        self._together(
            [self._pool.submit(self._running[copy].stop, grace_s=STOP_GRACE_S) for copy in ended]
        )
        for copy in ended:
            del self._running[copy]

    def _together(self, futures: "Iterable[Future[Any]]") -> None:
        """Wait for all, or for the first that fails, which is raised at once."""
        done, _ = wait(list(futures), return_when=FIRST_EXCEPTION)
        for future in done:
            future.result()

    def _note(self, name: str, begun_s: float) -> None:
        self.ready_s[name] = time.monotonic() - begun_s
        self._on_event(f"{name} ready in {self.ready_s[name]:.1f} s")


@contextmanager
def start_stack(  # noqa: PLR0913 -- all by keyword, each with one meaning
    spec: StackSpec,
    *,
    run_folder: Path,
    engine: str | None = None,
    configuration: Configuration | None = None,
    seeded: bool = True,
    twins: bool = True,
    taps: bool = False,
    links: bool = False,
    cores: frozenset[int] | None = None,
    on_event: OnEvent = lambda _: None,
) -> Iterator[Stack]:
    """Give a stack that is ready; whatever happens, nothing of it is left running.

    `engine` is containers, processes or None: the one that is there. All parts are kept on `cores`
    (by number; None: they may run on every core). `taps` puts a pass-through before each service
    that is to have one, which records what passes and costs about a millisecond. `links` puts a
    proxy on each link of the stack file, which can be cut, held and slowed. Raises StackError.
    """
    run_folder.mkdir(parents=True, exist_ok=True)
    runner = choose_engine(engine, spec, run_folder, on_event, cores=cores)
    stack = Stack(spec, runner, run_folder, on_event, twins=twins, taps=taps, links=links)
    try:
        stack.start(configuration or Configuration(), seeded=seeded)
        yield stack
    finally:
        stack.close()


@contextmanager
def attach_stack(
    spec: StackSpec,
    urls: Mapping[str, str],
    *,
    run_folder: Path,
    amqp: str | None = None,
    management: str | None = None,
) -> Iterator[Stack]:
    """Give a stack that is already up; nothing of it is started, seeded or stopped.

    `urls` has the gateway's, each service's and (as NAME-twin) each twin's base URL.
    """
    engine = AttachedEngine(urls=urls, amqp=amqp, management=management)
    stack = Stack(spec, engine, run_folder, lambda _: None, twins=True, taps=False)
    try:
        stack.start(Configuration(), seeded=False)
        yield stack
    finally:
        stack.close()


__all__ = ["Configuration", "Stack", "StackError", "attach_stack", "start_stack"]
