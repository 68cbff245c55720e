"""Says what differs between two load runs beside the system under test, so that both compare."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from reports.judgement.cpu_speed import pace_ms, phases_in, slower
from reports.judgement.pooling import PhaseName, phases_of
from reports.record import number_formats
from reports.record.measurements import Configuration, Node, Phase
from reports.record.record import LoadRun

# The system's own packages are left out: like its commit, they may be what is compared.
MACHINE: Final = (
    "engine",
    "network_mode",
    "cpu_model",
    "cpu_count",
    "kernel",
    "python",
    "rabbitmq",
    "erlang",
)
GENERATOR_PACKAGES: Final = ("locust", "hdrhistogram", "httptools", "msgspec")
GENERATOR_DETAILS: Final = ("generator", "pinning", "load workers")
RATE_WITHIN: Final = 0.01
UNSAID: Final = "not told"
WORK: Final = "what the machine takes for a fixed piece of work"


class ConditionDifference(Struct, frozen=True, kw_only=True):
    """One thing that differs between the earlier run and the later one."""

    what: str
    before: str
    after: str

    @property
    def sentence(self) -> str:
        """Return the difference in words."""
        return f"{self.what} was {self.before} and is {self.after}"


def environment(before: LoadRun, after: LoadRun) -> tuple[ConditionDifference, ...]:
    """Return what differs in the places of two runs and makes any comparison void.

    Machine, engine, broker, Python, load generator, stack: where one of them differs, a difference
    between the figures is nobody's. Commit and the system's own packages may differ.
    """
    return tuple(
        ConditionDifference(what=what, before=old, after=new)
        for (what, old), (_, new) in zip(_told(before), _told(after), strict=True)
        if old != new
    )


def pace(before: LoadRun, after: LoadRun) -> tuple[ConditionDifference, ...]:
    """Return that the machine itself was faster in one run than in the other, by more than 10 %.

    Where one of them did not time it, nothing is known, and nothing said.
    """
    return paces(
        pace_ms(phases_in(before.configurations)), pace_ms(phases_in(after.configurations))
    )


def paces(old_ms: float | None, new_ms: float | None) -> tuple[ConditionDifference, ...]:
    """Return that two times of a fixed piece of work, in ms, differ by more than 10 %."""
    if slower(old_ms, new_ms) or slower(new_ms, old_ms):
        return (
            ConditionDifference(what=WORK, before=f"{old_ms:.3f} ms", after=f"{new_ms:.3f} ms"),
        )
    return ()


def traffic(
    name: PhaseName, before: Configuration, after: Configuration
) -> tuple[ConditionDifference, ...]:
    """Return what differs in the traffic of a configuration's phase: its arrivals, its rate.

    Rates within 1 % are equal. A closed loop has no rate: what it carries is its result.
    """
    old, new = phases_of(before, name), phases_of(after, name)
    if not old or not new:
        return ()
    found = []
    if old[0].arrivals != new[0].arrivals:
        found.append(
            ConditionDifference(what="arrivals", before=old[0].arrivals, after=new[0].arrivals)
        )
    rates = _rate_per_s(old), _rate_per_s(new)
    if abs(rates[1] - rates[0]) > RATE_WITHIN * max(rates):
        said = [f"{number_formats.number(rate)} requests/s" for rate in rates]
        found.append(ConditionDifference(what="the planned rate", before=said[0], after=said[1]))
    return tuple(found)


def placement(before: Configuration, after: Configuration) -> tuple[ConditionDifference, ...]:
    """Return that a configuration's copies ran on other cores, or were spread otherwise over nodes.

    Nodes of other names are equal where they have as many cores and the same copies, and those that
    are on the load's own machine are one. Parts that only one of both runs has, as a stack file
    with a cache more, are no difference. Copies that an engine moves from repetition to repetition
    differ where never as they once were. Where one of both runs does not tell, nothing is known,
    and nothing said.
    """
    both = _parts(before) & _parts(after)
    old, new = _placements(before, both), _placements(after, both)
    if not old or not new or set(old) & set(new):
        return ()
    return (ConditionDifference(what="where copies ran", before=old[0], after=new[0]),)


def _parts(configuration: Configuration) -> set[str]:
    nodes = chain.from_iterable(one.nodes for one in configuration.repetitions)
    return {part for node in nodes for part in node.copies}


def _placements(configuration: Configuration, parts: set[str]) -> list[str]:
    """Return on which nodes copies of some parts ran, in words without names, by repetition."""
    return [
        "; ".join(
            sorted(
                _node(node, parts) for node in _machines(one.nodes) if parts & node.copies.keys()
            )
        )
        for one in configuration.repetitions
        if one.nodes
    ]


def _machines(nodes: Sequence[Node]) -> list[Node]:
    """Return nodes, those on the load's machine as one: they are virtual and share its cores."""
    here = [one for one in nodes if one.here]
    others = [one for one in nodes if not one.here]
    if not here:
        return others
    copies = sum((Counter(one.copies) for one in here), Counter())
    cores = max((one.cores for one in here if one.cores is not None), default=None)
    return [replace(here[0], copies=dict(copies), cores=cores), *others]


def _node(node: Node, parts: set[str]) -> str:
    cores = "cores not told" if node.cores is None else f"{node.cores:g} cores"
    counted = ((part, count) for part, count in sorted(node.copies.items()) if part in parts)
    copies = ", ".join(f"{count} {part}" for part, count in counted)
    return f"{copies} on {cores}{' beside the load' if node.here else ''}"


def _told(run: LoadRun) -> Iterator[tuple[str, str]]:
    conditions = run.conditions
    yield "the stack", run.stack
    yield "the target", run.target or "none"
    for name in MACHINE:
        value = getattr(conditions, name)
        yield name.replace("_", " "), UNSAID if value is None else str(value)
    for name in GENERATOR_PACKAGES:
        yield f"the generator's {name}", conditions.packages.get(name, UNSAID)
    for name in GENERATOR_DETAILS:
        yield name, conditions.details.get(name, UNSAID)


def _rate_per_s(phases: list[Phase]) -> float:
    known = [phase.offered_per_s for phase in phases if phase.offered_per_s is not None]
    return sum(known) / len(known) if known else 0.0
