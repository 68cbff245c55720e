"""Says after each trial how it ended, how many are left, and how long they will take."""

import time
from collections.abc import Callable

from contract_tests.mutants.mutant_trial import MutantTrial

_MINUTE_S = 60


class TrialProgress:
    """Counts what is done of a known number of trials; `say` takes one line of text."""

    def __init__(
        self,
        total: int,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total = total
        self._say = say
        self._clock = clock
        self._begun_s = clock()
        self._done = 0

    def __repr__(self) -> str:
        """Show how far it is."""
        return f"<TrialProgress {self._done}/{self._total}>"

    def told(self, trial: MutantTrial) -> None:
        """Count one more trial, and say how it ended."""
        self._done += 1
        self._say(f"{self._done}/{self._total} {outcome(trial)}{self._left()}")

    def _left(self) -> str:
        left = self._total - self._done
        if not left:
            return ""
        return f"; about {span((self._clock() - self._begun_s) / self._done * left)} left"


def outcome(trial: MutantTrial) -> str:
    """Return how a trial ended, in a few words."""
    name = f"{trial.mutant.name}, {trial.rung}" if trial.rung else trial.mutant.name
    if trial.mutant.clean:
        told = f"false alarm: {trial.finding.sentence}" if trial.finding else "no alarm"
        return f"{name}: {told} ({trial.seconds:.1f} s)"
    by = f" by {trial.finding.method}" if trial.finding else ""
    excused = " as it must" if trial.mutant.equivalent and not trial.finding else ""
    return f"{name}: {trial.outcome}{excused}{by} ({trial.seconds:.1f} s)"


def span(seconds: float) -> str:
    """Return a length of time as people say it: "40 s", "12 min"."""
    return f"{seconds:.0f} s" if seconds < 2 * _MINUTE_S else f"{seconds / _MINUTE_S:.0f} min"
