"""Lists and kills the worker processes inside a container, from inside it.

The engine may be out of reach of our signals (another user, a machine of its own), and so may its
process ids; what runs inside a container as its own user may always signal its own kind.
"""

import json
from typing import TYPE_CHECKING

from testcontainers_fixtures.engines.container_command import ran_inside
from testcontainers_fixtures.errors import StackError

if TYPE_CHECKING:
    from docker.models.containers import Container

# The container's main process is number 1, and its workers are that one's children.
LIST = """
import json, os
def parent(pid):
    try:
        fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[1])
print(json.dumps(sorted(int(p) for p in os.listdir("/proc") if p.isdecimal() and parent(p) == 1)))
"""
KILL = "import os, signal, sys; os.kill(int(sys.argv[1]), signal.SIGKILL)"


def workers_in(container: "Container") -> list[int]:
    """Return the ids, as seen inside, of what the main process has started, oldest first."""
    found: list[int] = json.loads(_run(container, LIST))
    return found


def kill_in(container: "Container", worker: int) -> None:
    """Send SIGKILL to a process inside."""
    _run(container, KILL, str(worker))


def _run(container: "Container", script: str, *arguments: str) -> str:
    code, said = ran_inside(container, ["python", "-c", script, *arguments])
    if code:
        raise StackError(
            f"Expected a `python` in the container {container.name} to look after its processes; it"
            f" ended with {code} and said: {said.strip()[-400:]}"
        )
    return said
