"""Draws how a scenario's p50, p99 and throughput went from run to run.

A line joins only runs in whose places nothing differs that would void a comparison, and breaks
where the machine's own pace changed; a hollow dot is a run that did not pass, so its figure is
shown and not to be quoted.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from markupsafe import Markup
from msgspec import Struct

from reports.drawing.curves import BOTTOM, HEIGHT, LEFT, TOP, Curve, feet, rules, said
from reports.drawing.pictures import Picture
from reports.drawing.scales import Scale, linear, logarithmic, ratio_ticks, round_ticks
from reports.drawing.svg import WIDTH, path, picture, tag
from reports.judgement import comparability
from reports.judgement.comparison import FIGURES
from reports.judgement.confidence_intervals import Metric, over_repetitions
from reports.judgement.cpu_speed import pace_ms, phases_in
from reports.judgement.pooling import PhaseName, phases_of
from reports.judgement.verdicts import verdict
from reports.record import number_formats
from reports.record.measurements import Configuration
from reports.record.record import LoadRun, Verdict

RIGHT: Final = WIDTH - 26
COLOURS: Final = 6
MOST_ROWS: Final = 200
LETTERS: Final = 24
TITLES: Final[dict[Metric, str]] = {
    "p50": "p50, ms",
    "p99": "p99, ms",
    "throughput": "throughput, requests/s",
}


class Dot(Struct, frozen=True, kw_only=True):
    """What one run measured of one configuration; `place` counts the scenario's runs from 0.

    A figure is the geometric mean over repetitions, None where the samples cannot carry it.
    `rate_per_s` is the one at which the latencies were taken, `pace_ms` what the machine took for a
    fixed piece of work, None where the run did not time it.
    """

    place: int
    folder: str
    started_at: datetime
    verdict: Verdict
    commit: str
    line: str
    repetitions: int
    rate_per_s: float | None
    pace_ms: float | None
    values: dict[Metric, float | None]


class History(Struct, frozen=True, kw_only=True):
    """A scenario over runs: `lines` are those drawn and their colours, `dots` the newest first."""

    scenario: str
    runs: int
    lines: dict[str, str]
    undrawn: int
    pictures: Sequence[Picture]
    dots: Sequence[Dot]
    older: int


def histories(runs: Sequence[tuple[str, LoadRun]]) -> list[History]:
    """Return the history of each scenario of some runs, given with their folders' names."""
    ordered = sorted(runs, key=lambda one: one[1].started_at)
    places = _places([run for _, run in ordered])
    scenarios = dict.fromkeys(one.scenario for _, run in ordered for one in run.configurations)
    return [_history(scenario, ordered, places) for scenario in scenarios]


def _history(scenario: str, runs: Sequence[tuple[str, LoadRun]], places: Sequence[str]) -> History:
    having = [
        (folder, run, place)
        for (folder, run), place in zip(runs, places, strict=True)
        if any(one.scenario == scenario for one in run.configurations)
    ]
    dots = [
        dot
        for index, (folder, run, place) in enumerate(having)
        for dot in _dots(scenario, index, folder, run, place)
    ]
    counted = Counter(dot.line for dot in reversed(dots))
    lines = {name: f"s{index + 1}" for index, (name, _) in enumerate(counted.most_common(COLOURS))}
    return History(
        scenario=scenario,
        runs=len(having),
        lines=lines,
        undrawn=len(counted) - len(lines),
        pictures=list(_pictures(scenario, dots, lines)) if len(having) > 1 else [],
        dots=dots[::-1][:MOST_ROWS],
        older=max(0, len(dots) - MOST_ROWS),
    )


def _places(runs: Sequence[LoadRun]) -> list[str]:
    """Return a name for where each run took place; runs that could be compared share theirs."""
    firsts: list[tuple[LoadRun, str]] = []
    names: list[str] = []
    for run in runs:
        known = next((name for one, name in firsts if not comparability.environment(one, run)), "")
        if not known:
            stack = number_formats.short(run.stack, LETTERS)
            plain = f"{stack}, {number_formats.short(run.conditions.engine)}"
            alike = 1 + sum(name.partition(" #")[0] == plain for _, name in firsts)
            known = plain if alike == 1 else f"{plain} #{alike}"
            firsts.append((run, known))
        names.append(known)
    return names


def _dots(scenario: str, index: int, folder: str, run: LoadRun, place: str) -> Iterator[Dot]:
    worth, took_ms = verdict(run), pace_ms(phases_in(run.configurations))
    for one in run.configurations:
        if one.scenario == scenario:
            yield Dot(
                place=index,
                folder=folder,
                started_at=run.started_at,
                verdict=worth,
                commit=number_formats.short(run.conditions.commit or number_formats.NONE),
                line=f"{one.label}, {place}",
                repetitions=len(one.repetitions),
                rate_per_s=_rate(one),
                pace_ms=took_ms,
                values={metric: _value(one, metric, names) for metric, names in FIGURES},
            )


def _value(one: Configuration, metric: Metric, names: Sequence[PhaseName]) -> float | None:
    name = next((name for name in names if phases_of(one, name)), names[0])
    return over_repetitions(one, name, metric).estimate


def _rate(one: Configuration) -> float | None:
    phases = phases_of(one, "common") or phases_of(one, "open")
    return phases[0].offered_per_s if phases else None


def _pictures(scenario: str, dots: Sequence[Dot], lines: dict[str, str]) -> Iterator[Picture]:
    for metric, title in TITLES.items():
        shown = [one for one in dots if one.line in lines and one.values[metric]]
        if shown:
            svg = _drawn(f"{scenario}: {title}", metric, shown, lines, (dots[0], dots[-1]))
            yield Picture(title=title, caption="", svg=svg)


def _drawn(
    title: str, metric: Metric, dots: Sequence[Dot], lines: dict[str, str], ends: tuple[Dot, Dot]
) -> Markup:
    """Draw one figure; all of a scenario's pictures have the same runs across."""
    courses = [
        Curve(
            name=name,
            class_=class_,
            points=[(one.place, one.values[metric] or 0.0) for one in dots if one.line == name],
        )
        for name, class_ in lines.items()
    ]
    first, last = ends
    ticks, down = _upwards(metric, [y for one in courses for _, y in one.points])
    across = linear(first.place, last.place, LEFT + 12, RIGHT)
    return picture(
        HEIGHT,
        f"{title}, run by run",
        said(courses, ""),
        *rules([(number_formats.tick(tick), down(tick)) for tick in ticks], RIGHT + 12),
        *feet([(_moment(one, first, last), across(one.place)) for one in ends]),
        *_lines(metric, dots, lines, across, down),
        *(_mark(one, metric, lines[one.line], across, down) for one in dots),
    )


def _upwards(metric: Metric, values: Sequence[float]) -> tuple[list[float], Scale]:
    """Return ticks and scale: throughput from zero, latencies by their ratios, as elsewhere."""
    if metric == "throughput":
        ticks = round_ticks(max(values), most=4)
        return ticks, linear(0, ticks[-1], BOTTOM, TOP)
    ticks = ratio_ticks(min(values), max(values))
    return ticks, logarithmic(ticks[0], ticks[-1], BOTTOM, TOP)


def _lines(
    metric: Metric, dots: Sequence[Dot], lines: dict[str, str], across: Scale, down: Scale
) -> Iterator[Markup]:
    for name, class_ in lines.items():
        for joined in _joined([one for one in dots if one.line == name]):
            if len(joined) > 1:
                points = [(across(one.place), down(one.values[metric] or 0.0)) for one in joined]
                yield path(points, f"course {class_}")


def _joined(dots: Sequence[Dot]) -> list[list[Dot]]:
    """Return a line's stretches: another pace of the machine begins a new one."""
    stretches: list[list[Dot]] = [[]]
    for one in dots:
        if stretches[-1] and comparability.paces(stretches[-1][-1].pace_ms, one.pace_ms):
            stretches.append([])
        stretches[-1].append(one)
    return stretches


def _mark(one: Dot, metric: Metric, class_: str, across: Scale, down: Scale) -> Markup:
    shape = class_ if one.verdict == "pass" else f"ring {class_}"
    y = down(one.values[metric] or 0.0)
    return tag("circle", cx=across(one.place), cy=y, r=3.5, class_=shape)


def _moment(one: Dot, first: Dot, last: Dot) -> str:
    """Return when a run was: by the day, or by the hour where all were on one day."""
    days = {dot.started_at.astimezone(UTC).date() for dot in (first, last)}
    form = "%d %b" if len(days) > 1 else "%H:%M"
    return one.started_at.astimezone(UTC).strftime(form).lstrip("0")
