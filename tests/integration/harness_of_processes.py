"""A harness of its own, for the tests to end: `python harness_of_processes.py FOLDER [broker]`.

It starts a part that has a child itself, says "ready", and waits.
"""

import sys
import time
from pathlib import Path

from testcontainers_fixtures.engines.engine import Launch
from testcontainers_fixtures.engines.processes import ProcessesEngine

PARENT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
print("born", flush=True)
time.sleep(300)
"""


def main(folder: str, *parts: str) -> None:
    """Start, wait, and end in order when that is still possible."""
    engine = ProcessesEngine(Path(folder))
    try:
        if "broker" in parts:
            engine.start_broker(vhost="gateway", user="gateway")
        command = ("python", "-c", PARENT)
        address = engine.reserve("parent", 8000)
        part = engine.launch(
            Launch(name="parent", command=command, environment={}, address=address)
        )
        deadline_s = time.monotonic() + 20
        while "born" not in part.log_tail() and time.monotonic() < deadline_s:
            time.sleep(0.01)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        time.sleep(120)
    finally:
        engine.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
