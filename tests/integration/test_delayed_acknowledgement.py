"""A server whose answers wait for an acknowledgement is named, and one that sleeps is not."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from reports.record.record import LoadRun, read_record
from testcontainers_fixtures import stack_spec

ROOT = Path(__file__).parents[2]
GUIDE = Path(stack_spec.__file__).with_name("README.md").read_text(encoding="utf-8")
# Two workers on the asyncio loop: their socket has no protocol, so asyncio sets no TCP_NODELAY.
STACK = """
format_version = 1
name = "slow"

[parts.gateway]
role = "gateway"
port = 8000
command = [
    "python", "-m", "uvicorn", "tests.integration.slow_asgi:app", "--app-dir", "{root}",
    "--host", "{{host}}", "--port", "{{port}}", "--log-level", "warning", {options}
]
ready = "GET /"

[scenarios.reads]
description = "Something is read"

[[scenarios.reads.calls]]
name = "read"
request = "GET {path}"
"""
ON_ASYNCIO = '"--workers", "2", "--loop", "asyncio"'
NAMED = "delayed acknowledgement"

pytestmark = [pytest.mark.timeout(240), pytest.mark.alone]


def loaded(folder: Path, options: str, path: str = "/") -> tuple[LoadRun, str, str]:
    """Return a quick load run's record, its page, and what it printed."""
    file = folder / "stack.toml"
    file.write_text(STACK.format(root=ROOT, options=options, path=path), encoding="utf-8")
    command = [sys.executable, "-m", "loadtests", "--stack", str(file), "--engine", "processes"]
    command += ["--quick", "--workers", "1", "--duration", "2", "--site", str(folder / "site")]
    done = subprocess.run(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode in {0, 3}, done.stdout[-3000:]
    [run] = (folder / "site").glob("*-load")
    record = read_record(run)
    assert isinstance(record, LoadRun)
    page = (run / "index.html").read_text(encoding="utf-8")
    return record, page, " ".join(done.stdout.split())


def alone_ms(record: LoadRun) -> float:
    """Return the median of one user in a closed loop."""
    closed = record.configurations[0].repetitions[0].closed
    assert closed
    return closed.levels[0].latency_ms.p50 or 0.0


@pytest.mark.long
def test_uvicorns_workers_on_the_asyncio_loop_are_seen_to_wait_for_an_acknowledgement(
    tmp_path: Path,
) -> None:
    record, page, said = loaded(tmp_path, ON_ASYNCIO)

    assert 39.5 < alone_ms(record) < 50
    assert f"It is the mark of a {NAMED} (Nagle, no TCP_NODELAY)" in said
    assert "not for a core." in said
    assert NAMED in page
    assert "CPU-bound" not in said


@pytest.mark.long
def test_as_the_guide_starts_it_nothing_waits(tmp_path: Path) -> None:
    [of_orders] = re.findall(r'"orders:app", .*?(("--workers".*)\])', GUIDE)
    options = of_orders[1].replace("{workers}", "2")

    record, page, said = loaded(tmp_path, options)

    assert alone_ms(record) < 5, options
    assert NAMED not in page + said


@pytest.mark.long
@pytest.mark.parametrize("ms", [20, 45])
def test_a_service_that_sleeps_is_not_blamed(tmp_path: Path, ms: int) -> None:
    record, page, said = loaded(tmp_path, '"--loop", "uvloop"', f"/sleep/{ms}")

    assert ms < alone_ms(record) < ms + 5
    assert NAMED not in page + said
