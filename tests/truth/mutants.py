"""Four ways of measuring wrongly, each put into a copy of the load side, never into the load side.

A mutant is code at the end of a module's copy, which replaces one function there: it needs no
switch in the code that measures, and no line of that code to look a certain way.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_COPIED: Final = ("loadtests", "reports", "tests/truth")
_ENDS_WITHIN_S: Final = 150.0
_SKIPPED: Final = shutil.ignore_patterns("__pycache__", "site", "test_cost*", "test_mutants.py")

OWN_FREEZE: Final = "test_freeze.py::test_a_generator_that_stood_still_itself_hides_no_request"
UNLIKE_CALLS: Final = "test_queueing.py::test_calls_of_unlike_length_are_one_whole"
PRECISION: Final = (
    "test_precision.py::test_medians_of_servers_that_work_200_and_250_us_differ_by_50_us"
)
TRUTHS: Final = (OWN_FREEZE, UNLIKE_CALLS, PRECISION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One way of measuring wrongly; the truth that must fail, and the statement it must fail at."""

    name: str
    module: str
    code: str
    truth: str
    statement: str


MUTANTS: Final = (
    Mutant(
        name="latency counts from the actual start",
        module="loadtests/generator/request_client.py",
        code="""
_send = RequestClient.send


def _from_now(self, call, *, intended_s, **rest):
    _send(self, call, intended_s=time.monotonic(), **rest)


RequestClient.send = _from_now
""",
        truth=OWN_FREEZE,
        statement="assert trial.ms(0.99) == pytest.approx(theory_ms",
    ),
    Mutant(
        name="arrivals that are late are dropped",
        module="loadtests/generator/request_client.py",
        code="""
_send = RequestClient.send


def _unless_late(self, call, *, intended_s, **rest):
    if time.monotonic() - intended_s < 0.05:
        _send(self, call, intended_s=intended_s, **rest)


RequestClient.send = _unless_late
""",
        truth=OWN_FREEZE,
        statement="assert (trial.phase.samples, trial.phase.failed, trial.phase.unknown) ==",
    ),
    Mutant(
        name="percentiles are averaged instead of merged",
        module="reports/record/latency.py",
        code="""
def merge(histograms):
    parts = [one for one in histograms if one.get_total_count()]
    count, total = sum(one.get_total_count() for one in parts), new_histogram()
    for rank in range(1, count + 1):
        values = [one.get_value_at_percentile(100 * rank / count) for one in parts]
        record_us(total, sum(values) / len(values))
    return total
""",
        truth=UNLIKE_CALLS,
        statement="assert seen_p99_ms == pytest.approx(p99_ms",
    ),
    Mutant(
        name="latencies are whole milliseconds",
        module="reports/record/latency.py",
        code="""
_exactly = record_us


def record_us(histogram, latency_us):
    _exactly(histogram, round(latency_us / 1_000) * 1_000)
""",
        truth=PRECISION,
        statement="assert",
    ),
)


def copied(folder: Path, mutant: Mutant | None = None) -> Path:
    """Copy the load side, the reports and the truths; put the mutant in; return the copy's root."""
    for name in _COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=_SKIPPED)
    shutil.copy(ROOT / "pyproject.toml", folder)
    if mutant:
        with (folder / mutant.module).open("a", encoding="utf-8") as module:
            module.write(mutant.code)
    return folder


def judged(root: Path, *truths: str) -> subprocess.CompletedProcess[str]:
    """Hold truths against the copy under `root`, in a process that imports nothing else of ours."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    command += [f"tests/truth/{truth}" for truth in truths]
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        command,
        cwd=root,
        env=kept | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=_ENDS_WITHIN_S,
        check=False,
    )


def failed_at(output: str) -> list[str]:
    """Return the statements at which pytest's output says that tests failed."""
    return re.findall(r"^> +(.+)$", output, re.MULTILINE)
