"""A disk that keeps a write waiting is seen, from when to when; one that is only used is not."""

import os
import time
from pathlib import Path

import pytest

from contract_tests.faults import disk_watch
from contract_tests.faults.disk_watch import DiskWatch


def test_a_write_that_waits_for_the_disk_is_a_stall(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    waits_s = iter([0.0, 0.3])
    monkeypatch.setattr(os, "fsync", lambda _: time.sleep(next(waits_s, 0.0)))
    monkeypatch.setattr(disk_watch, "LOOK_S", 0.01)
    begun_s = time.monotonic()
    with DiskWatch(tmp_path) as watch:
        time.sleep(0.5)

    [(from_s, to_s)] = watch.stalls
    assert begun_s < from_s < begun_s + 0.2
    assert 0.3 <= to_s - from_s < 0.5
    assert not list(tmp_path.iterdir())


def test_a_disk_that_writes_at_once_has_no_stalls(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    written: list[int] = []
    monkeypatch.setattr(os, "fsync", written.append)
    monkeypatch.setattr(disk_watch, "LOOK_S", 0.01)
    with DiskWatch(tmp_path) as watch:
        time.sleep(0.2)

    assert len(written) > 3
    assert not watch.stalls
