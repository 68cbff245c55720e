"""When the requests of an open loop are due: pure, seeded, decided before the first is sent.

On the command line, and in a plan, arrivals are a short text:

    poisson  constant            at a rate that is given beside it
    ramp:50-300                  from 50 to 300 a second over the phase
    steps:50,100,200             each for an equal part of the phase
    spike:100-400@5+2            100 a second, and 400 from second 5 on, for 2 seconds
    replay:FILE                  a recorded trace: offsets in seconds, one a line, or a CSV file of
                                 requests that this load side wrote (its column intended_s)

Ramp, steps and spike are Poisson processes whose rate changes (`rates`).
"""

import csv
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from loadtests.plan import rate_curves

Schedule = Callable[[float, float, int], tuple[float, ...]]

FORMS: Final = "poisson, constant, ramp:50-300, steps:50,100,200, spike:100-400@5+2 or replay:FILE"
INTENDED: Final = "intended_s"
_NUMBER: Final = r"(\d+(?:\.\d+)?)"
_RAMP: Final = re.compile(rf"ramp:{_NUMBER}-{_NUMBER}")
_STEPS: Final = re.compile(rf"steps:({_NUMBER}(?:,{_NUMBER})*)")
_SPIKE: Final = re.compile(rf"spike:{_NUMBER}-{_NUMBER}@{_NUMBER}\+{_NUMBER}")


class ArrivalsError(ValueError):
    """A text that names no arrivals, or a trace that holds none; the message is one sentence."""


def poisson(rate_per_s: float, duration_s: float, seed: int) -> tuple[float, ...]:
    """Return sorted offsets in seconds, in [0, duration), of a Poisson process given its count.

    Many clients that know nothing of each other. Given the count, such arrivals are independent and
    uniform (Kingman, Poisson Processes, 1993), so the rate that is offered is exactly the one asked
    for, and not one that happens to be 4 % beside it, as with 500 exponential gaps.
    """
    draw = random.Random(seed)  # noqa: S311 -- reproducible traffic, not a secret
    return tuple(sorted(draw.random() * duration_s for _ in range(_count(rate_per_s, duration_s))))


def constant(rate_per_s: float, duration_s: float, seed: int = 0) -> tuple[float, ...]:
    """Return sorted offsets in seconds, in [0, duration), all gaps equal; the seed is not used."""
    _ = seed
    count = _count(rate_per_s, duration_s)
    return tuple(number * duration_s / count for number in range(count))


def replay(path: Path) -> tuple[float, ...]:
    """Return the sorted offsets in seconds of a trace; raise ArrivalsError if it holds none."""
    try:
        offsets = sorted(_offsets(path.read_text(encoding="utf-8").splitlines()))
    except OSError as error:
        raise ArrivalsError(
            f"Expected a recorded trace at {path}, but: {error.strerror}."
        ) from error
    except ValueError as error:
        raise ArrivalsError(
            f"Expected offsets in seconds in {path}, one a line, but: {error}."
        ) from error
    if not offsets or offsets[0] < 0:
        raise ArrivalsError(f"Expected offsets of 0 s and above in {path}, found {offsets[:1]}.")
    return tuple(offsets)


ARRIVALS: Final[dict[str, Schedule]] = {"poisson": poisson, "constant": constant}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalProcess:
    """Arrivals as a text names them. `shaped` ones bring their own rates: none is given beside."""

    text: str
    shaped: bool
    schedule: Schedule

    def mean_per_s(self, rate_per_s: float, duration_s: float) -> float:
        """Return how many requests a second are offered, on the phase's average."""
        if not self.shaped:
            return rate_per_s
        return len(self.schedule(rate_per_s, duration_s, 0)) / duration_s


def parse(text: str) -> ArrivalProcess:
    """Return the arrivals that a text names; raise ArrivalsError, one sentence, if it names none.

    A trace is read here, once, so that a missing file is known before anything is started.
    """
    if text in ARRIVALS:
        return ArrivalProcess(text=text, shaped=False, schedule=ARRIVALS[text])
    if text.startswith("replay:"):
        path = Path(text.removeprefix("replay:"))
        trace = replay(path)
        return ArrivalProcess(
            text=f"replay:{path.name}", shaped=True, schedule=partial(_within, trace)
        )
    return ArrivalProcess(text=text, shaped=True, schedule=partial(_along, _curve(text)))


def length_s(rate_per_s: float, *, least_s: float, most_s: float, samples: int) -> float:
    """Return how long to offer a rate: until `samples` are planned, within least and most."""
    return max(least_s, min(most_s, samples / _positive(rate_per_s)))


def _curve(text: str) -> Callable[[float], rate_curves.RateCurve]:
    if found := _RAMP.fullmatch(text):
        made = partial(rate_curves.ramp, *map(float, found.groups()))
    elif found := _STEPS.fullmatch(text):
        made = partial(rate_curves.steps, tuple(map(float, found[1].split(","))))
    elif found := _SPIKE.fullmatch(text):
        base, peak, at_s, for_s = map(float, found.groups())
        return lambda length_s: rate_curves.spike(
            base, peak, at_s=at_s, for_s=for_s, duration_s=length_s
        )
    else:
        raise ArrivalsError(f"Expected arrivals as {FORMS}, got {text!r}.")
    return made


def _along(
    curve: Callable[[float], rate_curves.RateCurve],
    _rate_per_s: float,
    duration_s: float,
    seed: int,
) -> tuple[float, ...]:
    offsets = curve(duration_s).arrivals_s(seed)
    if not offsets:
        raise ArrivalsError(f"Expected a request within {duration_s:g} s; these rates offer none.")
    return offsets


def _within(
    trace: tuple[float, ...], _rate_per_s: float, duration_s: float, _seed: int
) -> tuple[float, ...]:
    offsets = tuple(offset_s for offset_s in trace if offset_s < duration_s)
    if not offsets:
        raise ArrivalsError(f"Expected a request within {duration_s:g} s; the trace begins later.")
    return offsets


def _offsets(lines: list[str]) -> Iterator[float]:
    if lines and INTENDED in lines[0].split(","):
        return (float(row[INTENDED]) for row in csv.DictReader(lines))
    return (float(line) for line in lines if line.strip() and not line.startswith("#"))


def _count(rate_per_s: float, duration_s: float) -> int:
    return max(1, round(_positive(rate_per_s) * duration_s))


def _positive(rate_per_s: float) -> float:
    if rate_per_s <= 0:
        raise ValueError(f"Expected a rate above 0 requests per second, got {rate_per_s}.")
    return rate_per_s
