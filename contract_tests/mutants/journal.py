"""Keeps each trial as a line of JSON, so that a long run can be broken off and gone on with."""

from pathlib import Path

import msgspec

from contract_tests.mutants.trial import Trial


class Journal:
    """The trials in a file, if there is one, and those of this run."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        lines = path.read_bytes().splitlines() if path and path.exists() else []
        self.trials = [msgspec.json.decode(line, type=Trial) for line in lines]

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"<Journal of {len(self.trials)} trials>"

    def holds(self, name: str) -> bool:
        """Tell whether a mutant was tried already."""
        return any(one.mutant.name == name for one in self.trials)

    def add(self, trial: Trial) -> None:
        """Keep a trial."""
        self.trials.append(trial)
        if self._path:
            with self._path.open("ab") as file:
                file.write(msgspec.json.encode(trial) + b"\n")
