"""Lays out a run of mutants for its page: what was not killed, who finds what, each one of them."""

import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from reports.record.mutants import LadderRung, Mutant, Origin
from reports.record.number_formats import span
from reports.record.record import E2eRun

_LAYERS: Final = ("mirror", "gateway", "wire", "resolver", "service")
_ORIGINS: Final[tuple[Origin, ...]] = ("the catalogue", "at random")
_LEFT: Final = ("survived", "timed out")


class LayerTally(Struct, frozen=True, kw_only=True):
    """A row of who finds what: the mutants of one layer by the method that was first."""

    layer: str
    killed: int
    tried: int
    median: str
    by: tuple[int, ...]


def contents(record: E2eRun) -> dict[str, Any]:
    """Return what the page's template needs of mutants; nothing of a run without any."""
    found = tally(record.mutants)
    return {
        "survivors": [one for one in record.mutants if one.fate in _LEFT],
        "killed": sorted(
            (one for one in record.mutants if one.fate == "killed"),
            key=lambda one: (_rank(one.layer), one.name),
        ),
        "equivalent": [one for one in record.mutants if one.fate == "equivalent"],
        "methods": methods(record.mutants),
        "tallies": found,
        "ladder": record.ladder,
        "alarms": [one for one in record.ladder if one.alarm],
        "median": median_s,
    }


def methods(mutants: Sequence[Mutant]) -> list[str]:
    """Return the methods that were first at any, the one that most often was in front."""
    counted = Counter(one.by for one in mutants if one.fate == "killed")
    return [name for name, _ in counted.most_common()]


def tally(mutants: Sequence[Mutant]) -> list[LayerTally]:
    """Return who finds what, a row a layer; equivalents count nowhere."""
    told = [one for one in mutants if one.fate != "equivalent"]
    layers = sorted({one.layer for one in told}, key=_rank)
    names = methods(mutants)
    return [_tally(layer, [o for o in told if o.layer == layer], names) for layer in layers]


def median_s(rung: LadderRung) -> str:
    """Return the time to a kill of one method alone, or nothing."""
    return "" if rung.median_s is None else span(rung.median_s)


def _tally(layer: str, mutants: Sequence[Mutant], names: Sequence[str]) -> LayerTally:
    killed = [one for one in mutants if one.fate == "killed"]
    by = Counter(one.by for one in killed)
    return LayerTally(
        layer=layer,
        killed=len(killed),
        tried=len(mutants),
        median=span(statistics.median(one.seconds for one in killed)) if killed else "",
        by=tuple(by[name] for name in names),
    )


def _rank(layer: str) -> int:
    return _LAYERS.index(layer) if layer in _LAYERS else len(_LAYERS)
