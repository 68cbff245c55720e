"""A harness of its own: starts one part on the containers engine and waits to be ended."""

import sys
import time
from pathlib import Path

from testcontainers_fixtures.engines.containers import ContainersEngine
from testcontainers_fixtures.engines.engine import Launch
from testcontainers_fixtures.stack_spec import read_stack_file

LIFE_S = 60.0

engine = ContainersEngine(Path(sys.argv[2]), read_stack_file(Path(sys.argv[1])))
engine.launch(
    Launch(
        name="web",
        command=("sleep", "600"),
        environment={"STATE": engine.data_folder("web")},
        address=engine.reserve("web", 8000),
    )
)
print(engine.token, flush=True)  # noqa: T201 -- the test reads it
time.sleep(LIFE_S)
