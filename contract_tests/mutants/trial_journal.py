"""Keeps each trial as a line of JSON, so that a long run can be broken off and gone on with."""

from pathlib import Path
from typing import Final

import msgspec

from contract_tests.mutants.mutant_trial import MutantTrial, TriedMutant
from testcontainers_fixtures.output.redaction import hidden_in

_BEGIN: Final = b'{"mutant":'


class TrialJournal:
    """The trials in a file, if there is one, and those of this run.

    A line that was cut off as it was written is left out: its trial is made again. Of one name,
    seed and rung the last trial counts: what a name stands for changes with the system. A file that
    is no journal, or cannot be written, is a ValueError.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        trials = _read(path) if path else []
        self._kept = {_key(one): one for one in trials}

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"<TrialJournal of {len(self._kept)} trials>"

    @property
    def trials(self) -> list[MutantTrial]:
        """Return those of mutants that every method looked for."""
        return [one for one in self._kept.values() if not (one.rung or one.mutant.clean)]

    @property
    def cleared(self) -> list[MutantTrial]:
        """Return those of the clean system, by every method."""
        return [one for one in self._kept.values() if one.mutant.clean and not one.rung]

    @property
    def climbed(self) -> list[MutantTrial]:
        """Return those of the ladder, the clean system's among them."""
        return [one for one in self._kept.values() if one.rung]

    def holds(self, mutant: TriedMutant, seed: int, rung: str = "") -> bool:
        """Tell whether this very defect was tried already, with this seed and on this rung.

        A name alone would not do.
        """
        kept = self._kept.get((mutant.name, seed, rung))
        return kept is not None and kept.mutant == mutant

    def add(self, trial: MutantTrial) -> None:
        """Keep a trial."""
        self._kept[_key(trial)] = trial
        if self._path:
            with self._path.open("ab") as file:
                file.write(msgspec.json.encode(hidden_in(trial)) + b"\n")


def _read(path: Path) -> list[MutantTrial]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            file.seek(0)
            kept = file.read()
            whole = kept[: kept.rfind(b"\n") + 1]
            trials = [msgspec.json.decode(line, type=MutantTrial) for line in whole.splitlines()]
            _require_begun(kept[len(whole) :])
            file.truncate(len(whole))
    except (OSError, ValueError) as error:
        raise ValueError(
            f"Expected a journal of trials at {path}, or a place for one; seen: {error}. "
            f"Name another file with --results."
        ) from error
    return trials


def _require_begun(rest: bytes) -> None:
    """Raise ValueError unless a last line that has no end is one of ours: it will be cut off."""
    if not rest.startswith(_BEGIN[: len(rest)]):
        raise ValueError("a last line that is no trial")


def _key(trial: MutantTrial) -> tuple[str, int, str]:
    return trial.mutant.name, trial.seed, trial.rung
