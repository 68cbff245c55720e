"""What is written down of each request, for other tools: its columns, and where the file lies.

Times are seconds since 1970, so that they meet a team's own logs; every process of a generator
writes a file of its own, and the runner puts all of a run together.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

# `users` is of a closed loop, `status` empty where no answer came, `reason` where all went well.
COLUMNS: Final = (
    *("phase", "users", "call", "due_s", "sent_s", "done_s"),
    *("status", "outcome", "reason", "trace_id"),
)
TRIAL: Final = "trial"
_NAME: Final = "requests.csv"


def log_of(results: Path) -> Path:
    """Return the file that the requests of a trial are written to, beside its results."""
    return results.with_name(_NAME)


def logs_in(folder: Path) -> list[Path]:
    """Return the files that a trial's processes wrote."""
    return sorted(folder.glob(f"{Path(_NAME).stem}*.csv"))


def numbered(path: Path, part: int) -> Path:
    """Return the path that a process writes instead: the first one the path itself."""
    return path if part == 0 else path.with_stem(f"{path.stem}-{part}")


def head(hops: Iterable[str]) -> tuple[str, ...]:
    """Return the names of all columns: after the usual ones, what each hop took in ms."""
    return (*COLUMNS, *map(hop_column, hops))


def hop_column(hop: str) -> str:
    """Return the column of a hop: its time in ms with all that lies inside it, empty if unknown."""
    return f"{hop}_ms"
