"""Which configurations a repetition measures, and in which order; and when there are enough.

A repetition measures every configuration once, in random order, so that a machine that grows slower
by the hour cannot make the last configuration look worse than the first. Repetition 1 alone begins
with the smallest: its maximum sets the common rate that all the others are asked for.
"""

import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from reports.judgement.comparison import undisturbed
from reports.judgement.confidence_intervals import (
    LEAST_FOR_INTERVAL,
    LEAST_FOR_VERDICT,
    Metric,
    over_repetitions,
)
from reports.judgement.pooling import PhaseName, phases_of
from reports.record.measurements import Configuration
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.errors import SpecError

DEFAULT_REPETITIONS: Final = 5
# A question takes about as long with three short ones as with one long, and a machine that becomes
# slower meanwhile then is slower for all that is measured.
ASKED_REPETITIONS: Final = 3
DEFAULT_CAP: Final = 20
# What `--until-ci` waits for: the typical latency at one rate, and what a configuration carries.
AWAITED: Final[tuple[tuple[PhaseName, Metric], ...]] = (("common", "p50"), ("closed", "throughput"))
IsEnough = Callable[[CopyCounts], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepetitionPlan:
    """How often to repeat: `repetitions` times, or at most so often until the intervals are narrow.

    `until_ci` is the relative half width that is narrow enough, None to repeat a fixed number of
    times. With it there are five repetitions at least: three may agree by luck.
    """

    repetitions: int
    seed: int
    until_ci: float | None = None
    spare: int = 0

    @property
    def certain(self) -> int:
        """Return how many repetitions there will be at least."""
        if self.until_ci is None:
            return self.repetitions
        return min(LEAST_FOR_VERDICT, self.repetitions)

    def of(
        self, number: int, configurations: Sequence[CopyCounts], is_enough: IsEnough
    ) -> tuple[CopyCounts, ...]:
        """Return what repetition `number` (from 0) measures, in order; nothing when done."""
        if number >= self.repetitions + self.spare:
            return ()
        wanted = list(configurations)
        if number >= self.certain:
            wanted = [one for one in wanted if not is_enough(one)]
        first = wanted[:1] if number == 0 else []
        rest = wanted[len(first) :]
        # Reproducible order, not a secret.
        random.Random(f"{self.seed} order {number}").shuffle(rest)  # noqa: S311
        return (*first, *rest)

    def name(self, number: int) -> str:
        """Return what repetition `number` (from 0) is called; with an aim the end is open."""
        if number >= self.repetitions:
            return f"repetition {number + 1}, in place of a disturbed one"
        whole = f" of {self.repetitions}" if self.until_ci is None else ""
        return f"repetition {number + 1}{whole}"

    def notes(self) -> tuple[str, ...]:
        """Return what a reader must know of how often things were measured."""
        said = []
        if self.repetitions < LEAST_FOR_INTERVAL:
            said.append(
                f"No intervals: they need {LEAST_FOR_INTERVAL} repetitions, and this run has "
                f"{self.repetitions}."
            )
        else:
            said.append(
                f"Repetition 1 begins with the smallest configuration, which sets the common rate; "
                f"all else is in random order (seed {self.seed})."
            )
        if self.repetitions > 1:
            said.append(
                "Later repetitions take the number of users that repetition 1 found best, and "
                "leave out the phase at a configuration's own rate."
            )
        return tuple(said)


def is_enough(measured: Configuration, rounds: RepetitionPlan) -> bool:
    """Tell whether what was repeated is enough: undisturbed for a verdict, or narrow as asked."""
    if rounds.until_ci is None:
        return undisturbed_of(measured, os.cpu_count() or 1) >= LEAST_FOR_VERDICT
    return is_narrow(measured, rounds.until_ci)


def undisturbed_of(measured: Configuration, cores: int) -> int:
    """Return how many repetitions at the common rate nothing disturbed, on so many cores."""
    return len(undisturbed(phases_of(measured, "common"), cores))


def is_narrow(measured: Configuration, within: float) -> bool:
    """Tell whether all that `--until-ci` waits for is known so narrowly (a relative half width)."""
    widths = (
        over_repetitions(measured, phase, metric).relative_half_width for phase, metric in AWAITED
    )
    return all(width is not None and width <= within for width in widths)


def wide_note(measured: Sequence[Configuration], rounds: RepetitionPlan) -> tuple[str, ...]:
    """Return the sentence that names what stayed wider than asked for; nothing when none did."""
    if rounds.until_ci is None:
        return ()
    wide = [one for one in measured if not is_narrow(one, rounds.until_ci)]
    if not wide:
        return ()
    names = ", ".join(f"{one.scenario} {one.label}" for one in wide)
    sentence = (
        f"After {rounds.repetitions} repetitions, the most that were allowed (--repetitions), the "
        f"interval of p50 or throughput is still wider than {rounds.until_ci:.1%}: {names}."
    )
    return (sentence,)


def share(option: str, text: str) -> float:
    """Return "5%" or "0.05" as 0.05; raise SpecError for what is no share of 0.1 to 100 %."""
    try:
        found = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        found = 0.0
    if not 0.001 <= found <= 1:  # noqa: PLR2004 -- said in the message
        raise SpecError(f"{option} takes a share from 0.1% to 100%, such as 5%; got {text!r}.")
    return found
