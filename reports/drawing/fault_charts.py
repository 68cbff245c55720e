"""Draws a fault's timeline: what was sent, how it ended, when it was struck and mended."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from markupsafe import Markup

from reports.drawing.scales import Scale, linear, round_ticks
from reports.drawing.svg import WIDTH, across, grid, group, line, picture, tag, text
from reports.record import number_formats
from reports.record.fault_trials import FaultTrial, Step

LEFT, RIGHT, TOP, HEIGHT, FOOT = 34.0, WIDTH - 4, 34.0, 92.0, 32.0
COLOURS: Final = 6
OTHERS: Final = "other reasons"
# What the eye can tell apart between two upright lines.
LEAST_BAND: Final = 1.5


def colours(trials: Sequence[FaultTrial]) -> dict[str, str]:
    """Return a class for each reason, the most frequent first; all the rest share the last."""
    total: dict[str, int] = {}
    for step in (step for trial in trials for step in trial.course):
        for reason, count in step.errors.items():
            total[reason] = total.get(reason, 0) + count
    ranked = sorted(total, key=lambda reason: (-total[reason], reason))
    return {r: f"f{index + 1}" if index < COLOURS else "f0" for index, r in enumerate(ranked)}


def timeline(trial: FaultTrial, classes: Mapping[str, str]) -> Markup:
    """Draw requests a second over a trial: those that succeeded below, failures stacked on them."""
    end_s = max(one.start_s + one.length_s for one in trial.course)
    most = max(one.sent / one.length_s for one in trial.course)
    ticks = round_ticks(most, most=3)
    bottom = TOP + HEIGHT
    place, height = linear(0, end_s, LEFT, RIGHT), linear(0, ticks[-1], bottom, TOP)
    levels = grid([across(LEFT, RIGHT, height(tick)) for tick in ticks])
    names = (text(LEFT - 6, height(tick) + 4, number_formats.tick(tick)) for tick in ticks)
    bars = (bar for one in trial.course for bar in _bars(one, place, height, classes))
    return picture(
        bottom + FOOT,
        f"{trial.fault}, {trial.engine}: requests over time",
        _said(trial),
        text(0, 11, "requests/s", "axis"),
        levels,
        group(names, "tick", "end"),
        *bars,
        *_marks(trial, place, bottom),
        *_foot(place, end_s, bottom),
    )


def _bars(one: Step, place: Scale, height: Scale, classes: Mapping[str, str]) -> Iterator[Markup]:
    ordered = sorted(one.errors.items(), key=lambda item: (classes[item[0]], item[0]))
    below = 0
    for class_, count in (("fine", one.ok), *((classes[r], count) for r, count in ordered)):
        if not count:
            continue
        low, high = height(below / one.length_s), height((below + count) / one.length_s)
        x = place(one.start_s)
        width = place(one.start_s + one.length_s) - x - 0.6
        yield tag("rect", x=x, y=high, width=width, height=low - high, class_=class_)
        below += count


def _marks(trial: FaultTrial, place: Scale, bottom: float) -> Iterator[Markup]:
    if trial.recovery_s is not None:
        start = place(trial.mended_s)
        width = place(trial.mended_s + trial.recovery_s) - start
        if width >= LEAST_BAND:
            yield tag("rect", x=start, y=TOP, width=width, height=bottom - TOP, class_="recovering")
    yield line(place(trial.struck_s), TOP - 6, place(trial.struck_s), bottom, "struck")
    yield line(place(trial.mending_s), TOP - 6, place(trial.mending_s), bottom, "mending")
    yield line(place(trial.mended_s), TOP - 6, place(trial.mended_s), bottom, "mended")
    yield text(place(trial.struck_s), TOP - 11, "struck", "tick bad", "end")
    yield text(place(trial.mended_s), TOP - 11, "mended", "tick", "start")


def _foot(place: Scale, end_s: float, bottom: float) -> Iterator[Markup]:
    ticks = [tick for tick in round_ticks(end_s) if tick <= end_s]
    yield group(
        (text(place(t), bottom + 15, number_formats.tick(t)) for t in ticks), "tick", "middle"
    )
    yield text(RIGHT, bottom + FOOT - 2, "seconds of the trial", "axis", "end")


def _said(trial: FaultTrial) -> str:
    ok, sent = sum(one.ok for one in trial.course), sum(one.sent for one in trial.course)
    moments = f"struck at {trial.struck_s:.1f} s, mended at {trial.mended_s:.1f} s"
    return f"{moments}; {ok} of {sent} requests succeeded"
