"""What a run is held to: the SLOs of a stack file's scenarios, and those of the command line."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from loadtests.plan.plan import PlannedCall
from reports.record.objectives import FigureName, Objective
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.scenario_spec import Scenario

_FORM: Final = re.compile(
    r"(?:(?P<call>.+?)\s*:\s*)?"
    r"(?P<figure>p50|p90|p99|p99\.9|failed|throughput)\s*"
    r"(?P<side>[<>])=?\s*(?P<limit>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|%|/s)"
)
# What a figure is told in, each unit with what makes it the record's: ms, a share, one a second.
_UNITS: Final[Mapping[str, Mapping[str, float]]] = {
    "failed": {"%": 0.01},
    "throughput": {"/s": 1.0},
}
_TIMES: Final[Mapping[str, float]] = {"ms": 1.0, "s": 1_000.0}
_EXPECTED: Final = (
    "expected a percentile, failed or throughput with a limit, of all calls or of one: "
    "'p99<50ms', 'failed<0.1%', 'throughput>200/s', 'GET /items:p90<20ms'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limit:
    """An SLO as the command line has it: of no scenario yet."""

    text: str
    call: str
    figure: FigureName
    limit: float


def objectives_of(
    scenarios: Mapping[str, Scenario],
    calls: Mapping[str, Sequence[PlannedCall]],
    texts: Sequence[str],
) -> tuple[Objective, ...]:
    """Return what the named scenarios are held to, by their file and by `--slo` texts.

    A text is about every scenario, or about those with the call that it names, by its name or by
    its request. Raises SpecError for one that cannot be understood, or is about no scenario.
    """
    written = (one for name, mix in scenarios.items() for one in _written(name, mix, calls[name]))
    return tuple(dict.fromkeys((*written, *asked_for(texts, calls))))


def asked_for_of_users(texts: Sequence[str], scenario: str) -> Iterator[Objective]:
    """Yield what the command line asks of a team's own users, whose calls nobody knows before."""
    for limit in map(_parsed, texts):
        yield Objective(scenario=scenario, call=limit.call, figure=limit.figure, limit=limit.limit)


def asked_for(
    texts: Sequence[str], calls: Mapping[str, Sequence[PlannedCall]]
) -> Iterator[Objective]:
    """Yield what the command line asks of scenarios, each given by its calls."""
    for limit in map(_parsed, texts):
        found = [(name, call) for name, of in calls.items() for call in _meant(limit.call, of)]
        if not found:
            names = ", ".join(repr(one.name) for of in calls.values() for one in of)
            raise SpecError(f"--slo {limit.text!r} is about no call there is; there are: {names}.")
        for name, call in found:
            yield Objective(scenario=name, call=call, figure=limit.figure, limit=limit.limit)


def _meant(call: str, calls: Iterable[PlannedCall]) -> list[str]:
    """Return the names of the calls that are meant; one empty name means all together."""
    return [one.name for one in calls if call in {one.name, one.request}] if call else [""]


def _parsed(text: str) -> _Limit:
    found = _FORM.fullmatch(text.strip())
    if not found:
        raise SpecError(f"--slo {text!r}: {_EXPECTED}.")
    figure = cast("FigureName", found["figure"].replace(".", "_"))
    scale = _UNITS.get(figure, _TIMES).get(found["unit"])
    if scale is None or (found["side"] == ">") != (figure == "throughput"):
        raise SpecError(f"--slo {text!r}: {_EXPECTED}.")
    limit = _Limit(
        text=text,
        call=found["call"] or "",
        figure=figure,
        limit=round(float(found["limit"]) * scale, 9),
    )
    return _usable(limit)


def _usable(limit: _Limit) -> _Limit:
    if not limit.limit:
        raise SpecError(f"--slo {limit.text!r} has a limit of 0, which no measurement can show.")
    if limit.call and limit.figure == "throughput":
        raise SpecError(
            f"--slo {limit.text!r}: how often a call is made is decided by its weight; ask for the "
            f"throughput of all calls."
        )
    return limit


def _written(name: str, scenario: Scenario, calls: Sequence[PlannedCall]) -> Iterator[Objective]:
    for one in scenario.slo:
        if one.call and not _meant(one.call, calls):
            names = ", ".join(repr(call.name) for call in calls)
            raise SpecError(
                f"An slo of scenario {name!r} names the call {one.call!r}; there are: {names}."
            )
        for call in _meant(one.call, calls):
            for figure, limit in one.limits.items():
                yield Objective(
                    scenario=name, call=call, figure=cast("FigureName", figure), limit=limit
                )
