"""Makes orders and displays for what needs no running stack."""

import io
from pathlib import Path

from rich.console import Console

from loadtests.plan.durations import FIRST, LATER, Durations
from loadtests.plan.plan import PlannedCall
from loadtests.sweep.progress import Display
from loadtests.sweep.repetitions import RepetitionPlan
from loadtests.sweep.time_budget import TimeBudget
from loadtests.sweep.trial import RunPlan
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.stack_spec import read_stack_file

STACK_FILE = Path("system/stack.toml")
CALL = PlannedCall(name="read", request="GET /clients")


def run_plan(
    folder: Path,
    *points: CopyCounts,
    repetitions: int = 1,
    scenarios: tuple[str, ...] = ("crud",),
    whole_s: float | None = None,
) -> RunPlan:
    """Return an order to measure some configurations of the reference system."""
    return RunPlan(
        spec=read_stack_file(STACK_FILE),
        scenarios=dict.fromkeys(scenarios, (CALL,)),
        configurations=points or (CopyCounts(),),
        rounds=RepetitionPlan(repetitions=repetitions, seed=1),
        arrivals="constant",
        seed=5,
        lengths=Durations(first=FIRST, later=LATER),
        engine="processes",
        placement=None,
        processes=1,
        command="here",
        run_folder=folder,
        budget=TimeBudget(whole_s=whole_s),
    )


def display() -> Display:
    """Return a display that nobody sees."""
    return Display(Console(file=io.StringIO()), lengths_s=[1.0])
