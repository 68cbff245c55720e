"""A load run held against a baseline sees 20 ms put into the resolver, and else nothing.

The slower resolver is the same code, begun by a few lines that wait before each call: the system
has no switch for it.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace

from reports.drawing.forest_plots import change, interval
from reports.judgement import reference_run
from reports.judgement.comparison import Comparison, Effect, compare
from reports.page.comparison_sections import BASELINE
from reports.record.record import LoadRun, Repetition
from tests.truth.figures import Figure, Tell

ROOT: Final = Path(__file__).parents[2]
STACK_FILE: Final = ROOT / "system" / "stack.toml"
RESOLVER: Final = 'command = ["python", "-m", "system.rpc"]'
CONTEXT: Final = 'context = ".."'
LATE_S: Final = 0.02
LATE: Final = f"""
import asyncio
import runpy
import sys

sys.path.insert(0, ".")

from system.rpc.resolver import Resolver

at_once = Resolver.resolve


async def later(self, request):
    await asyncio.sleep({LATE_S})
    return await at_once(self, request)


Resolver.resolve = later
runpy.run_module("system.rpc", run_name="__main__", alter_sys=True)
"""
# One configuration, and a rate at which little waits for anything: 20 ms stand out there.
POINT: Final = "reference-1x1-crud"
RATE_PER_S: Final = 120.0
OPEN_S: Final = 4.5
ENDS_WITHIN_S: Final = 150.0

pytestmark = [pytest.mark.long, pytest.mark.timeout(3 * ENDS_WITHIN_S)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A run that ended: its exit code, what it printed, its folder."""

    code: int
    output: str
    folder: Path

    @property
    def record(self) -> LoadRun:
        """Return what was measured."""
        return reference_run.found(str(self.folder), self.folder.parent)[1]

    @property
    def compared(self) -> Comparison:
        """Return how it compares with the baseline that it keeps."""
        before = reference_run.found(str(self.folder / BASELINE), self.folder.parent)[1]
        return compare(before, self.record)

    def effect(self, metric: str) -> Effect:
        """Return what became of a figure."""
        return next(one for one in self.compared.effects if one.metric == metric)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of this module's runs."""
    return tmp_path_factory.mktemp("regression")


@pytest.fixture(scope="module")
def baseline(site: Path) -> Ended:
    """Measure the system as it is, and end up with what the others are held against."""
    gentle = reference_run.write_slim(
        site / "gentle.json", slowed(reference_run.found(POINT, site)[1])
    )
    return load(site / "baseline", ["--baseline", str(gentle)])


def test_the_same_system_is_not_worse_than_itself(site: Path, baseline: Ended, tell: Tell) -> None:
    again = load(site / "again", ["--baseline", str(baseline.folder)])

    told(tell, "the same system against itself", again, "no change")
    assert again.effect("p50").change != "unknown", again.output  # the machine was its own
    assert again.compared.of("worse") == (), again.output
    assert again.code != 1, again.output


def test_20_ms_in_the_resolver_are_worse_on_p50_and_end_the_run_with_1(
    site: Path, baseline: Ended, tell: Tell
) -> None:
    stack = late_stack(site)

    late = load(site / "late", ["--baseline", str(baseline.folder), "--stack", str(stack)])

    told(tell, "20 ms put into the resolver", late, "p50 worse")
    assert late.effect("p50").change == "worse", late.output
    assert late.code == 1, late.output
    assert "Against the baseline: Worse" in (late.folder / "index.html").read_text("utf-8")


def slowed(run: LoadRun) -> LoadRun:
    """Return a stored run as if it had been at the rate of this module."""

    def other(one: Repetition) -> Repetition:
        assert one.common
        return replace(one, common=replace(one.common, offered_per_s=RATE_PER_S, duration_s=OPEN_S))

    return replace(
        run,
        configurations=tuple(
            replace(one, repetitions=tuple(map(other, one.repetitions)))
            for one in run.configurations
        ),
    )


def late_stack(folder: Path) -> Path:
    """Write the stack file of the system with a resolver that waits before each call."""
    script = folder / "late.py"
    script.write_text(LATE, encoding="utf-8")
    text = STACK_FILE.read_text(encoding="utf-8")
    for old, new in {
        RESOLVER: f'command = ["python", "{script}"]',
        CONTEXT: f'context = "{ROOT}"',
    }.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    file = folder / "stack.toml"
    file.write_text(text, encoding="utf-8")
    return file


def load(site: Path, options: Sequence[str]) -> Ended:
    """Run the load tests on the processes engine, from the command line to the page."""
    command = [sys.executable, "-m", "loadtests", "--site", str(site), "--engine", "processes"]
    done = subprocess.run(
        [*command, *options],
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "120"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=ENDS_WITHIN_S,
        check=False,
    )
    folders = [record.parent for record in site.glob("*-load/run.json")]
    assert len(folders) == 1, done.stdout
    return Ended(code=done.returncode, output=done.stdout, folder=folders[0])


def told(tell: Tell, truth: str, run: Ended, expected: str) -> None:
    """Tell what became of each figure."""
    for one in run.compared.effects:
        tell(
            Figure(
                truth=f"{truth}: {one.metric}",
                expected=expected,
                measured=f"{one.change}, {change(one.ratio)}",
                bound=interval(one),
            )
        )
