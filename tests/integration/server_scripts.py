"""Runs a server that is a script of one of these tests, until its test has ended."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.test_load_target import answers, free_port

ANSWERS_WITHIN_S = 20.0


@contextmanager
def serving(script: Path, *words: str, **environment: str) -> Iterator[str]:
    """Give the URL of `script PORT words`, once something listens there."""
    port = free_port()
    command = [sys.executable, str(script), str(port), *words]
    with subprocess.Popen(command, env=os.environ | environment) as process:
        until_s = time.monotonic() + ANSWERS_WITHIN_S
        while not answers(port) and time.monotonic() < until_s:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
        process.kill()
