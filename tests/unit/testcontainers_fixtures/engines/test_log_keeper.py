"""A keeper of logs takes one more at any time: parts start from threads of their own."""

from pathlib import Path

import pytest

from testcontainers_fixtures.engines import logs
from testcontainers_fixtures.engines.child import wait_until


def test_a_log_that_comes_while_the_others_are_looked_after_is_looked_after_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_after: list[str] = []

    def cut(log: Path) -> None:
        looked_after.append(log.name)
        keeper.keep(Path("late.log"))

    monkeypatch.setattr(logs, "cut", cut)
    keeper = logs.LogKeeper()
    keeper.keep(Path("early.log"))
    keeper.keep(Path("another.log"))

    try:
        assert wait_until(lambda: "late.log" in looked_after, timeout_s=10)
    finally:
        keeper.close()
    assert {"early.log", "another.log", "late.log"} == set(looked_after)
