"""Runs of a system whose parts are on several machines, and what it would really do.

What it shows is made without the model: maxima by the utilisation law, machine by machine, response
times by an events' loop: a step waits for a process of its kind, first come, first served, and then
for a core of that process's machine; or all that work there share its cores alike (`shared`).
"""

import math
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from reports.record.measurements import Configuration, Node, Phase
from reports.record.record import LoadRun
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file
from tests.unit.loadtests.capacity import backed_shop
from tests.unit.loadtests.capacity.backed_shop import BackedShop
from tests.unit.reports.sample_runs import conditions

HERE: Final = "desk"
ATTACH: Final = """
[attach]
gateway = "http://shop.test"
usage = "prometheus:http://prometheus.test?query=x"
"""
_WAY: Final = ("generator", "front", "broker", "worker")
Step = tuple[str, str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine with its cores, and the parts that run on it; workers on several take turns."""

    name: str
    cores: int
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadShop(BackedShop):
    """The same system on several machines; the load comes from the one that is called HERE."""

    machines: tuple[Machine, ...]
    shared: bool = False

    @property
    def demands_ms(self) -> dict[str, float]:
        return {"generator": self.generator_ms, **self.used_ms}

    def on(self, part: str) -> list[Machine]:
        """Return the machines on which a part runs."""
        return [one for one in self.machines if part in one.parts]

    def busy_ms(self, machine: Machine) -> float:
        """Return what a request takes of a machine."""
        return math.fsum(
            ms / len(self.on(n)) for n, ms in self.demands_ms.items() if n in machine.parts
        )

    def most_per_s(self, workers: int) -> float:
        servers = {"front": 1, "worker": workers, "behind": self.servers}
        each = (1_000 * servers[name] / self.used_ms[name] for name in servers)
        nodes = (1_000 * one.cores / ms for one in self.machines if (ms := self.busy_ms(one)))
        return min(*each, *nodes)

    def responses_ms(self, workers: int, due_s: Sequence[float]) -> list[float]:
        homes = self.on("worker")
        kinds = {"generator": 1, "front": 1, "broker": backed_shop.ANY, "behind": self.servers}
        kinds |= {f"worker@{one.name}": workers // len(homes) for one in homes}
        cores = {one.name: one.cores for one in self.machines}
        routes = [self._route(one) for one in homes]
        return times_ms(due_s, _Machines(routes, kinds, cores, shared=self.shared))

    def _route(self, worker_at: Machine) -> list[Step]:
        def step(part: str, share: float) -> Step:
            [home] = [worker_at] if part == "worker" else self.on(part)
            kind = f"worker@{home.name}" if part == "worker" else part
            return kind, home.name, self.demands_ms[part] * share

        there = [step(part, 0.5) for part in _WAY]
        return [*there, step("behind", 1.0), *reversed(there)]

    def spec(self, folder: Path, attach: str = "") -> StackSpec:
        file = folder / "stack.toml"
        file.write_text(backed_shop.STACK.format(behind=self.said) + ATTACH + attach)
        return read_stack_file(file)

    def nodes(self, workers: int) -> tuple[Node, ...]:
        """Return what an engine tells of so many workers."""
        each = workers // len(self.on("worker"))
        return tuple(
            Node(
                name=one.name,
                cores=float(one.cores),
                here=one.name == HERE,
                copies={n: each if n == "worker" else 1 for n in one.parts if n != "generator"},
            )
            for one in self.machines
        )


def run(shop: SpreadShop, *workers: int) -> LoadRun:
    """Return a load run over some numbers of workers."""
    usual = backed_shop.run(shop, *workers)
    own = next((one for one in shop.machines if one.name == HERE), None)
    return replace(
        usual,
        conditions=conditions(cpu_count=own.cores if own else 64),
        configurations=tuple(_placed(shop, own, one) for one in usual.configurations),
    )


def _placed(shop: SpreadShop, own: Machine | None, one: Configuration) -> Configuration:
    def told(phase: Phase | None) -> Phase | None:
        if phase is None:
            return None
        busy = phase.achieved_per_s * shop.busy_ms(own) / 1_000 / own.cores if own else 0.0
        return replace(phase, apart=True, host_cpu=min(1.0, busy))

    [only] = one.repetitions
    nodes = shop.nodes(one.resolvers)
    placed = replace(only, nodes=nodes, closed=told(only.closed), open=told(only.open))
    return replace(one, repetitions=(placed,))


def times_ms(due_s: Sequence[float], system: "_Machines") -> list[float]:
    """Return how long requests take that are due at these moments."""
    due = deque(enumerate(due_s))
    while due or any(system.left_s.values()):
        ends_s, machine, one = system.next_end()
        if due and due[0][1] <= ends_s:
            number, at_s = due.popleft()
            system.pass_to(at_s)
            system.enter(number)
        else:
            system.pass_to(ends_s)
            system.leave(machine, one)
    return [1_000 * (system.ended_s[n] - at_s) for n, at_s in enumerate(due_s)]


class _Machines:
    """Requests that have a process, by its machine, with what is left of their step in seconds.

    Each request takes the next route in turn.
    """

    def __init__(
        self,
        routes: Sequence[Sequence[Step]],
        servers: Mapping[str, int],
        cores: Mapping[str, int],
        *,
        shared: bool,
    ) -> None:
        self.left_s: dict[str, dict[int, float]] = {name: {} for name in cores}
        self.ended_s: dict[int, float] = {}
        self._now_s = 0.0
        self._routes, self._cores, self._free = routes, cores, dict(servers)
        self._waiting: dict[str, deque[int]] = {name: deque() for name in servers}
        self._step: dict[int, int] = {}
        self._shared = shared

    def _speed(self, machine: str) -> float:
        there = len(self.left_s[machine])
        return min(1.0, self._cores[machine] / there) if self._shared and there else 1.0

    def _working(self, machine: str) -> list[int]:
        """Return the requests that have a core or share them: all, or those that came first."""
        there = [*self.left_s[machine]]
        return there if self._shared else there[: self._cores[machine]]

    def next_end(self) -> tuple[float, str, int]:
        """Return when the next step ends as things are, where, and whose."""
        return min(self._ends(), default=(math.inf, "", 0))

    def _ends(self) -> Iterator[tuple[float, str, int]]:
        for machine, left_s in self.left_s.items():
            if left_s:
                one = min(self._working(machine), key=left_s.__getitem__)
                yield self._now_s + left_s[one] / self._speed(machine), machine, one

    def pass_to(self, time_s: float) -> None:
        """Let all work until a moment."""
        for machine, left_s in self.left_s.items():
            done_s = (time_s - self._now_s) * self._speed(machine)
            for one in self._working(machine):
                left_s[one] -= done_s
        self._now_s = time_s

    def enter(self, one: int, step: int = 0) -> None:
        """Have a request begin a step, or wait for a process."""
        route = self._routes[one % len(self._routes)]
        self._step[one] = step
        if step == len(route):
            self.ended_s[one] = self._now_s
        elif self._free[kind := route[step][0]]:
            self._free[kind] -= 1
            self._begin(one)
        else:
            self._waiting[kind].append(one)

    def _begin(self, one: int) -> None:
        _, machine, ms = self._routes[one % len(self._routes)][self._step[one]]
        self.left_s[machine][one] = ms / 1_000

    def leave(self, machine: str, one: int) -> None:
        """Have a request end its step, and the next that waits for its process begin."""
        del self.left_s[machine][one]
        kind, _, _ = self._routes[one % len(self._routes)][self._step[one]]
        if self._waiting[kind]:
            self._begin(self._waiting[kind].popleft())
        else:
            self._free[kind] += 1
        self.enter(one, self._step[one] + 1)
