"""A temporary folder for what a run needs only while it lasts, and for the logs of one that broke.

Its name begins with `gatewaybench-`, so that what a killed harness has left can be found.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from testcontainers_fixtures.errors import MissingNeedError, SpecError, StackError
from testcontainers_fixtures.folders.writable_folders import ELSEWHERE, temporary, writing_to

PREFIX: Final = "gatewaybench-"


@contextmanager
def scratch(kind: str, *, also: type[Exception] = StackError) -> Iterator[Path]:
    """Give an empty folder that is gone again at the end, Ctrl-C included.

    It stays where a stack broke down, or `also` was raised, and something has been logged: the
    error then ends with its path. What a SpecError or a MissingNeedError has to say it says itself.
    Raises UnusablePlaceError where no temporary folder can be had.
    """
    folder = _made(kind)
    try:
        yield folder
    except (StackError, also) as error:
        told = isinstance(error, SpecError | MissingNeedError)
        if told or not any(folder.glob("logs/*")):
            shutil.rmtree(folder, ignore_errors=True)
            raise
        raise type(error)(f"{error}\nIts logs: {folder / 'logs'}") from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)


def _made(kind: str) -> Path:
    place = temporary()
    with writing_to(place, ELSEWHERE):
        return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{kind}-", dir=place))
