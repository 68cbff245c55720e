"""A running copy of a system: brings its parts up, scales them, starts them over, ends them."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from testcontainers_fixtures.copy_counts import AS_STATED, CopyCounts
from testcontainers_fixtures.data.beside import ran_beside
from testcontainers_fixtures.data.stack_data import StackData
from testcontainers_fixtures.engines.attached import AttachedEngine
from testcontainers_fixtures.engines.engine import (
    Address,
    BrokerAccess,
    Engine,
    EngineNode,
    Launch,
    Running,
    Startable,
)
from testcontainers_fixtures.engines.engine_choice import choose_engine
from testcontainers_fixtures.errors import NotOursError, StackError
from testcontainers_fixtures.fleet import STOP_GRACE_S, Fleet, OnEvent
from testcontainers_fixtures.folders.writable_folders import made, writing_to
from testcontainers_fixtures.launch_orders import wanted_copies
from testcontainers_fixtures.naming import Copy
from testcontainers_fixtures.part_readiness import GOOD, Look
from testcontainers_fixtures.project.start_needs import require_start_needs
from testcontainers_fixtures.stack_file.start_order import starting_over
from testcontainers_fixtures.stack_spec import StackSpec


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
        self.run_folder = run_folder
        self.configuration = CopyCounts()
        self.door: str | None = None
        self._fleet = Fleet(spec, engine, on_event, taps=taps, links=links)
        self._data = StackData(self._fleet)
        self._twins = twins
        self._taps = taps

    def __repr__(self) -> str:
        """Show each copy and whether it runs."""
        return f"<Stack of {self._fleet}>"

    @property
    def spec(self) -> StackSpec:
        """Return the stack file; what is set is what copies are started by from then on."""
        return self._fleet.spec

    @spec.setter
    def spec(self, spec: StackSpec) -> None:
        self._fleet.spec = spec

    @property
    def broker(self) -> BrokerAccess | None:
        """Return how the broker is reached, or None for a system without one."""
        return self._fleet.broker

    @property
    def ready_s(self) -> dict[str, float]:
        """Return how long each copy took to be ready, and the stack as a whole."""
        return self._fleet.ready_s

    @property
    def engine(self) -> str:
        """Return the engine's name."""
        return self._fleet.engine.name

    @property
    def gateway(self) -> str:
        """Return the gateway's base URL; with a `door`, where one comes in without a secret."""
        return self.door or self.doorstep

    @property
    def doorstep(self) -> str:
        """Return the gateway's own base URL, at which it asks who comes if it asks anybody."""
        return self._gateway().url

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
        return {name: running.url for name, running in self._fleet.links.items()}

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
        return self._fleet.ours

    def conditions(self) -> dict[str, str]:
        """Return what a run record must know of where this ran."""
        version = {"rabbitmq": self.broker.version} if self.broker else {}
        return dict(self._fleet.engine.conditions()) | version

    def copies(self, part: str) -> list[Running]:
        """Return the running copies of a part, neither twin nor tap; "broker" is a part here.

        They are for whoever stops, kills or pauses them: raises NotOursError where that cannot be.
        """
        self._require_ours(f"taken apart (copies of {part})")
        if part == "broker":
            return [self._fleet.engine.broker()]
        return [self._fleet.running[copy] for copy in self._of(part)]

    def measured(self, part: str) -> Sequence[object]:
        """Return what may be `Measured` of a part: its copies. Raises StackError where none is."""
        return self.copies(part)

    @property
    def nodes(self) -> Mapping[EngineNode, Mapping[str, int]]:
        """Return on which nodes of an engine its copies run, how many of which part.

        Nothing of a stack that was started here: all of it runs on this machine.
        """
        return {}

    @property
    def core_limits(self) -> Mapping[str, float]:
        """Return how many cores an engine allows a copy of each part that it limits.

        Nothing of a stack that was started here: its file has what it is limited to.
        """
        return {}

    def looks(self, part: str) -> dict[str, Look]:
        """Return how it is seen whether each copy of a part is ready, where it is not by HTTP."""
        return {copy.name: self._fleet.look(copy) for copy in self._of(part)}

    def start(self, configuration: CopyCounts, *, seeded: bool) -> None:
        """Bring everything up: broker, parts, twins, taps; then one real call a service.

        What starts after no other starts at once. A work queue that nobody consumes is told.
        """
        begun_s = time.monotonic()
        self.configuration = configuration
        self._data.require_readable()
        self._fleet.start(self._wanted(), configuration)
        self._fill(seeded=seeded)
        self._prove()
        self._fleet.tell_of_idle_queues()
        self.ready_s["stack"] = time.monotonic() - begun_s

    def scale(self, configuration: CopyCounts) -> None:
        """Stop and start only what differs; data stays, and everything else keeps running."""
        self._require_ours("scaled")
        self._change(configuration, again=[])
        self._prove()

    def reset(self, *, seeded: bool = True) -> None:
        """Start services, twins and what holds data over, with empty data; then put the seed in."""
        self.renew(self.configuration, seeded=seeded)

    def renew(self, configuration: CopyCounts, *, seeded: bool = True) -> None:
        """Scale and reset at once: no service is started twice to get there."""
        self._require_ours("started over")
        over = starting_over(self.spec.parts)
        again = [copy for copy in self._fleet.running if copy.part in over and not copy.tap]
        self._change(configuration, again=again, emptied=True)
        self._fill(seeded=seeded)
        self._prove()

    def restart(self, part: str) -> None:
        """Bring the copies of a part up again after a fault; data stays."""
        self._require_ours(f"restarted in part ({part})")
        self._again(self._of(part))
        self._prove()

    def revive(self, part: str) -> None:
        """Bring up again what of a part has ended; data stays, and what still runs is left alone.

        "broker" is a part here. Returns when each copy says that it is ready; whether the whole
        system serves again is another question.
        """
        self._require_ours(f"revived in part ({part})")
        if part == "broker":
            broker = self._fleet.engine.broker()
            if isinstance(broker, Startable) and not broker.alive():
                self._fleet.broker = broker.start()
            return
        if self.spec.parts[part].role != "job":  # which is to end
            self._again([c for c in self._of(part) if not self._fleet.running[c].alive()])

    def ended(self) -> dict[str, str]:
        """Return a sentence, with its last log lines, for each copy that has ended by itself."""
        return self._fleet.ended()

    def ran_beside(self, part: str, command: Sequence[str], *, within_s: float) -> tuple[int, str]:
        """Run a command beside the first copy of a part; return its exit code and what it said.

        Its placeholders are filled in as the part's own are. Raises StackError where it cannot be
        run, or takes longer.
        """
        self._require_ours(f"told to run a command (beside {part})")
        copy = next(copy for copy in self._of(part) if copy.first)
        return ran_beside(self._fleet, copy, command, self.configuration, within_s=within_s)

    def address(self, name: str, port: int) -> Address:
        """Return where a copy of that name listens, or would: for orders given to `launch`."""
        return self._fleet.engine.reserve(name, port)

    def data_folder(self, copy: str) -> str:
        """Return what `{data}` stands for in a copy: a folder as seen where the copy runs."""
        return self._fleet.engine.data_folder(copy)

    def launch(self, order: Launch, *, ready: str) -> Running:
        """Start something beside the parts, or in the place of one that has ended; wait for it.

        It is the caller's to end, and ends with the stack at the latest.
        """
        self._require_ours(f"added to ({order.name})")
        return self._fleet.launch(order, ready)

    def close(self) -> None:
        """End everything; safe to call twice."""
        self._fleet.close()

    def _require_ours(self, what: str) -> None:
        """Refuse before anything is begun, so that nothing is left half done."""
        if not self.ours:
            raise NotOursError(
                f"The system behind {self.doorstep} was attached to and is not ours to stop, so it"
                f" cannot be {what}; start a stack of your own for that."
            )

    def _change(
        self, configuration: CopyCounts, *, again: Collection[Copy], emptied: bool = False
    ) -> None:
        """Go over to a configuration; the copies in `again` start over, with empty data."""
        before, self.configuration = self.configuration, configuration
        wanted, running = self._wanted(), self._fleet.running
        self._fleet.stop(
            [c for c in running if c in again or c not in wanted or self._outdated(c, before)]
        )
        if emptied:  # while nobody works on it
            self._data.empty(configuration)
        missing = [copy for copy in wanted if copy not in running]
        self._fleet.bring_up(missing, configuration, fresh=again)

    def _outdated(self, copy: Copy, before: CopyCounts) -> bool:
        part = self._fleet.part(copy)
        return copy.own and before.concerning(part) != self.configuration.concerning(part)

    def _again(self, copies: Collection[Copy]) -> None:
        self._fleet.stop(copies)
        self._fleet.bring_up(copies, self.configuration)

    def _of(self, part: str) -> list[Copy]:
        return [copy for copy in self._fleet.running if copy.part == part and copy.own]

    def _gateway(self) -> Running:
        running = self._fleet.running.items()
        return next(r for c, r in running if self._fleet.part(c).role == "gateway")

    def _urls(self, chosen: Callable[[Copy], bool]) -> dict[str, str]:
        services, running = self.spec.named("service"), self._fleet.running.items()
        return {c.part: r.url for c, r in running if c.part in services and chosen(c) and r.url}

    def _wanted(self) -> list[Copy]:
        about = (self.spec, self._fleet.engine, self.configuration)
        return wanted_copies(*about, twins=self._twins, taps=self._taps)

    def _fill(self, *, seeded: bool) -> None:
        if seeded:
            self._data.fill(self.configuration)

    def _prove(self, good: range = GOOD) -> None:
        gateway = self._gateway()
        probes = (part.probe for part in self.spec.named("service").values() if part.probe)
        for probe in probes:
            # As a job, so that a part that ends meanwhile is told of at once.
            self._fleet.together([partial(self._fleet.prove, gateway, probe, good)])


@contextmanager
def start_stack(  # noqa: PLR0913 -- all by keyword, each with one meaning
    spec: StackSpec,
    *,
    run_folder: Path,
    engine: str | None = None,
    configuration: CopyCounts | None = None,
    seeded: bool = True,
    twins: bool = True,
    taps: bool = False,
    links: bool = False,
    cores: frozenset[int] | None = None,
    on_event: OnEvent = lambda _: None,
) -> Iterator[Stack]:
    """Give a stack that is ready; whatever happens, nothing of it is left running.

    `engine` is containers, processes or None: the one that is there. Without a `configuration`
    there are as many copies and workers as the stack file says. All parts are kept on `cores`
    (by number; None: they may run on every core). `taps` puts a pass-through before each service
    that is to have one, which records what passes and costs about a millisecond. `links` puts a
    proxy on each link of the stack file, which can be cut, held and slowed. Raises StackError.
    """
    require_start_needs(spec)
    for note in spec.notes:
        on_event(note)
    with writing_to(made(run_folder)):
        runner = choose_engine(engine, spec, run_folder, on_event, cores=cores)
    stack = Stack(spec, runner, run_folder, on_event, twins=twins, taps=taps, links=links)
    try:
        with writing_to(run_folder):
            stack.start(configuration or AS_STATED, seeded=seeded)
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
        stack.start(CopyCounts(), seeded=False)
        yield stack
    finally:
        stack.close()


__all__ = [
    "STOP_GRACE_S", "CopyCounts", "Stack", "StackError", "attach_stack", "start_stack",
]  # fmt: skip
