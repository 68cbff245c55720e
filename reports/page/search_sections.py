"""What came of searching the most within an SLO: a sentence a scenario, a picture a search."""

from collections.abc import Iterator, Sequence
from typing import Final

from reports.drawing.pictures import Picture
from reports.drawing.rate_search_charts import knee
from reports.record import number_formats
from reports.record.capacity import RateSearch
from reports.record.record import LoadRun

MOST_NAMED: Final = 8


def knees(record: LoadRun) -> list[Picture]:
    """Return each search as a picture."""
    return [picture for one in record.rate_searches for picture in knee(one)]


def answers(record: LoadRun) -> Iterator[str]:
    """Yield what was found, in one sentence a scenario and SLO: the highest rate first."""
    asked = dict.fromkeys((one.scenario, one.slo_p99_ms) for one in record.rate_searches)
    for scenario, slo_p99_ms in asked:
        found = [
            one
            for one in record.rate_searches
            if (one.scenario, one.slo_p99_ms) == (scenario, slo_p99_ms)
        ]
        yield f"{scenario} keeps p99 within {slo_p99_ms:g} ms {_told(found)}."


def _told(found: Sequence[RateSearch]) -> str:
    """Say of each search what it kept, the most first; then which kept nothing, or showed nothing.

    A void probe is no fact about the system: not that it failed, nor that nothing more holds.
    """
    ranked = sorted(found, key=lambda one: (-(one.most_per_s or 0.0), not one.shows_none))
    said = [_said(one) for one in ranked]
    left = len(said) - MOST_NAMED
    return "; ".join([*said[:MOST_NAMED], *([f"and {left} more stand below"] if left > 0 else [])])


def _said(one: RateSearch) -> str:
    if one.most_per_s is not None:
        above = one.void_above
        void = f" (higher rates were void: {_cut(above.sentence)})" if above else ""
        return (
            f"up to {number_formats.rate(one.most_per_s)} requests/s on {one.configuration}{void}"
        )
    told = "at no rate" if one.shows_none else "up to a rate that is not known"
    return f"{told} on {one.configuration} ({_cut(one.reasons['most_per_s'])})"


def _cut(sentence: str) -> str:
    return number_formats.visible(sentence, 200).removesuffix(".")
