"""A temporary folder stays only where its logs tell more than the error's own sentence."""

import tempfile
from pathlib import Path

import pytest

from testcontainers_fixtures.errors import (
    MissingNeedError,
    SpecError,
    StackError,
    StartError,
    UnusablePlaceError,
)
from testcontainers_fixtures.folders.temporary_folders import scratch


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have temporary folders made in one of the test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("kind", "stays"),
    [
        (StartError, True),
        (StackError, True),
        (SpecError, False),
        (MissingNeedError, False),
        (UnusablePlaceError, False),
    ],
)
def test_logs_stay_where_a_part_broke_down_and_not_where_the_sentence_says_all(
    kind: type[StackError], temporary: Path, *, stays: bool
) -> None:
    with pytest.raises(kind) as caught:
        broken_down(kind)
    left = [str(folder / "logs") for folder in temporary.iterdir()]

    assert len(left) == stays
    assert all(logs in str(caught.value) for logs in left)


def broken_down(kind: type[StackError]) -> None:
    """Have something be logged, and then raise an error of that kind."""
    with scratch("stack") as folder:
        (folder / "logs").mkdir()
        (folder / "logs" / "part.log").write_text("up")
        raise kind("It did not come up.")
