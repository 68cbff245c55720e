"""What a run keeps of each trial, so that it can be resumed: a file beside the trial's results."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from loadtests.sweep.trial import SweepTrial, results_of
from reports.record.capacity import RateSearch
from reports.record.record import Repetition
from testcontainers_fixtures.errors import SpecError

ASKED_NAME: Final = "asked.json"
_KEPT_NAME: Final = "kept.json"
_RATES_NAME: Final = "rates.json"


class TrialCheckpoint(Struct, frozen=True, kw_only=True):
    """What one trial came to: its repetition, and what later trials need to know of it."""

    repetition: Repetition
    common_per_s: float | None
    users: int
    niceness: int | None


def save(run_folder: Path, trial: SweepTrial, found: TrialCheckpoint) -> None:
    """Write down what a trial came to."""
    _write(_file(run_folder, trial, _KEPT_NAME), msgspec.json.encode(found))


def saved(run_folder: Path, trial: SweepTrial) -> TrialCheckpoint | None:
    """Return what a trial came to in an earlier go; None where it did not get that far."""
    file = _file(run_folder, trial, _KEPT_NAME)
    return msgspec.json.decode(file.read_bytes(), type=TrialCheckpoint) if file.exists() else None


def save_rates(run_folder: Path, trial: SweepTrial, found: RateSearch) -> None:
    """Write down what a search for a rate came to."""
    _write(_file(run_folder, trial, _RATES_NAME), msgspec.json.encode(found))


def saved_rates(run_folder: Path, trial: SweepTrial) -> RateSearch | None:
    """Return what a search for a rate came to in an earlier go; None where it did not end."""
    file = _file(run_folder, trial, _RATES_NAME)
    return msgspec.json.decode(file.read_bytes(), type=RateSearch) if file.exists() else None


def save_options(run_folder: Path, asked: Any) -> None:  # noqa: ANN401 -- any dataclass of options
    """Write down what the command line asked for."""
    _write(run_folder / ASKED_NAME, msgspec.json.encode(dataclasses.asdict(asked), enc_hook=str))


def saved_options(run_folder: Path) -> Mapping[str, Any]:
    """Return the options that a run was begun with; raise SpecError where there was none."""
    try:
        found: dict[str, Any] = msgspec.json.decode((run_folder / ASKED_NAME).read_bytes())
    except (OSError, msgspec.MsgspecError) as error:
        raise SpecError(
            f"Expected a run to resume in {run_folder}, but it holds no readable {ASKED_NAME}; "
            f"give the folder of a run that was interrupted."
        ) from error
    return found


def _file(run_folder: Path, trial: SweepTrial, name: str) -> Path:
    return results_of(run_folder, trial.name).with_name(name)


def _write(file: Path, data: bytes) -> None:
    # In one go: an interrupted write must not look like something that was kept.
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_bytes(data)
    part.replace(file)
