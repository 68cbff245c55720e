"""What holds for all tests, and who may run beside whom in several processes (pytest-xdist).

A test that is marked `alone` has the machine to itself: the others wait until it is over. What a
generated case takes is no finding where others run beside it; each test has its bound as a whole.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_SH, LOCK_UN, flock
from pathlib import Path

import hypothesis
import pytest

from reports.export.ci import ACTIONS, JOB_SUMMARY

hypothesis.settings.register_profile("beside others", deadline=None)
hypothesis.settings.load_profile("beside others")


@pytest.fixture(scope="session", autouse=True)
def _untold() -> Iterator[None]:
    """Have the commands that tests run tell nothing to a CI service that runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in (ACTIONS, JOB_SUMMARY):
            patch.delenv(name, raising=False)
        yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Have a test that is to be alone wait for the others, and them for it; no test's time runs."""
    if not hasattr(item.config, "workerinput"):
        return (yield)
    with _holding(item.config.rootpath / ".pytest_cache", alone=is_alone(item)):
        return (yield)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files of tests that are to be alone last: there they wait for their like alone.

    Between other files each would wait for a long test to end, and the next process for it.
    """
    late = {item.path for item in items if is_alone(item)}
    items.sort(key=lambda item: item.path in late)


def is_alone(item: pytest.Item) -> bool:
    """Tell whether no other test may run beside this one."""
    return item.get_closest_marker("alone") is not None


@contextmanager
def _holding(folder: Path, *, alone: bool) -> Iterator[None]:
    """Hold the machine; who waits to be alone lets nobody else in before."""
    folder.mkdir(exist_ok=True)
    with (folder / "turnstile").open("w") as turnstile, (folder / "machine").open("w") as machine:
        flock(turnstile, LOCK_EX)
        flock(machine, LOCK_EX if alone else LOCK_SH)
        flock(turnstile, LOCK_UN)
        yield
