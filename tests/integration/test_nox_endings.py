"""The table of endings in reports/README.md, row by row, as nox has it: a session passes or fails.

The sessions are those of the noxfile, in the environment of these tests (`--no-venv`). A machine
that others use is one on which the load process stands still now and then.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from reports.judgement.findings import headline
from reports.record.record import RECORD_NAME, LoadRun, read_record, write_record
from tests.integration.load_processes import driving, kill, running, standing_still
from tests.integration.test_load_endings import DIES, RPC
from tests.integration.test_load_run import ROOT, STACK, STUB
from tests.integration.test_load_target import server
from tests.unit.reports.sample_runs import changed, load_run

__all__ = ["server"]

pytestmark = pytest.mark.timeout(120)

PASSES, FAILS = 0, 1
ONCE = ("--engine=processes", "--resolvers=1", "--workers=1", "--quick", "--duration=1")
TRIAL = "rows-1x1x1x32-1"


def begun(
    session: str, *options: str, more: Mapping[str, str] | None = None
) -> "subprocess.Popen[str]":
    """Begin a session, in a group of its own as a terminal has it."""
    programs = Path(sys.executable).parent
    return subprocess.Popen(
        [sys.executable, "-m", "nox", "--no-venv", "--no-install", "-s", session, "--", *options],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", **(more or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def ended(
    run: "subprocess.Popen[str]", *, code: int, first: str = "", site: Path | None = None
) -> str:
    """Hold a session to a row: the command's code, what nox makes of it, the page's first line."""
    output, errors = run.communicate(timeout=110)
    told = output + errors
    nox = PASSES if code == PASSES else FAILS
    said = "was successful" if code == PASSES else f"failed with exit code {code}"

    assert run.returncode == nox, told
    assert said in errors, told
    assert "Traceback" not in told
    pages = list(site.glob("*/run.json")) if site else []
    assert [headline(read_record(page)).partition(":")[0] for page in pages] == [first] * bool(
        first
    )
    return told


@pytest.fixture
def stack_file(tmp_path: Path) -> Path:
    """Write the stack file of a small system."""
    file = tmp_path / "stack.toml"
    file.write_text(STACK.format(stub=STUB))
    return file


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Name the folder of the runs."""
    return tmp_path / "site"


@pytest.mark.alone
@pytest.mark.long
def test_what_holds_passes(stack_file: Path, site: Path) -> None:
    run = begun("load", f"--stack={stack_file}", f"--site={site}", *ONCE)
    output, errors = run.communicate(timeout=90)

    # On a machine that others use it may be spoilt in part, which passes as well.
    assert run.returncode == PASSES, output + errors
    assert "Session load was successful" in errors


@pytest.mark.alone
@pytest.mark.long
def test_a_run_that_was_spoilt_in_part_passes_and_fails_with_strict(
    stack_file: Path, site: Path
) -> None:
    run = begun("load", f"--stack={stack_file}", f"--site={site}", *ONCE)
    with standing_still(site, TRIAL):
        told = ended(run, code=0, first="Unknown", site=site)
    [folder] = site.glob("*-load")

    # All of it is there already, so that the same run is judged once more.
    again = begun("load", f"--resume={folder}", "--strict")

    assert "loop stood still" in " ".join(told.split())
    ended(again, code=1, first="Unknown", site=site)


def on_target(server: int, site: Path, request: str = "GET /rows") -> "subprocess.Popen[str]":
    target = (f"--target=http://127.0.0.1:{server}", "--request", request, f"--site={site}")
    return begun("load", *target, "--rate=50", "--duration=1")


def test_a_run_of_which_all_was_spoilt_fails(server: int, site: Path) -> None:
    run = on_target(server, site)
    with standing_still(site, "target"):
        ended(run, code=3, first="Unknown", site=site)


def test_a_system_that_answers_nothing_well_fails(server: int, site: Path) -> None:
    run = on_target(server, site, "GET /nothing")

    assert "HTTP 404" in ended(run, code=1, first="Does not hold", site=site)


@pytest.mark.long
def test_a_generator_that_dies_fails(server: int, site: Path) -> None:
    run = on_target(server, site)
    kill(site, "target", run, after_s=1.0)

    assert "was ended by SIGKILL" in ended(run, code=1, first="Unknown", site=site)


@pytest.mark.parametrize(
    ("session", "options"),
    [
        pytest.param("load", ONCE, id="load"),
        pytest.param("faults", ("--engine=processes", "--cold-starts=0"), id="faults"),
    ],
)
def test_a_stack_that_does_not_start_fails(
    tmp_path: Path, site: Path, session: str, options: tuple[str, ...]
) -> None:
    file = tmp_path / "stack.toml"
    file.write_text(DIES + RPC)
    fault = ("--fault=service-paused",) if session == "faults" else ()
    first = "Does not hold" if session == "faults" else ""

    run = begun(session, f"--stack={file}", f"--site={site}", *options, *fault)

    assert "no licence found" in ended(run, code=1, first=first, site=site)


@pytest.mark.parametrize(
    ("session", "options"),
    [
        pytest.param("load", ("--workers=0",), id="load"),
        pytest.param("transports", ("--only=pigeons",), id="transports"),
        pytest.param("compare", ("nothing", "nowhere"), id="compare"),
        pytest.param("faults", ("--fault=gremlins",), id="faults"),
    ],
)
def test_bad_input_fails(session: str, options: tuple[str, ...], site: Path) -> None:
    ended(begun(session, *options, f"--site={site}"), code=2)

    assert not site.exists()


def test_ctrl_c_fails_and_leaves_nothing(stack_file: Path, site: Path) -> None:
    run = begun("load", f"--stack={stack_file}", f"--site={site}", *ONCE)
    until_s = time.monotonic() + 40
    while not driving(site, TRIAL) and time.monotonic() < until_s:
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGINT)
    output, errors = run.communicate(timeout=40)

    assert run.returncode == 130, output
    assert "nothing is published" in output + errors
    assert "Traceback" not in output + errors
    assert not list(site.glob("*/run.json"))
    assert not list(running(site))


EARLIER = load_run(points=[(1, 1)], repetitions=5)
WORSE = changed(EARLIER, "closed", throughput_per_s=100.0)
STALLED = changed(EARLIER, "common", loop_gap_ms_max=80.0)


@pytest.mark.parametrize(
    ("later", "options", "code", "first"),
    [
        pytest.param(EARLIER, (), 0, "No regression", id="nothing is worse"),
        pytest.param(WORSE, (), 1, "Worse", id="a figure is worse"),
        pytest.param(STALLED, (), 0, "Cannot be told", id="some cannot be told"),
        pytest.param(STALLED, ("--strict",), 1, "Cannot be told", id="which fails with strict"),
        pytest.param(replace(EARLIER, stack="x"), (), 3, "Cannot be told", id="nothing compares"),
    ],
)
def test_a_comparison_passes_where_something_was_told_and_nothing_is_worse(
    site: Path, later: LoadRun, options: tuple[str, ...], code: int, first: str
) -> None:
    # The records are made up: to measure five repetitions twice takes minutes.
    for name, record in (("before", EARLIER), ("after", later)):
        (site / name).mkdir(parents=True)
        write_record(site / name / RECORD_NAME, record)

    told = ended(begun("compare", "before", "after", f"--site={site}", *options), code=code)

    assert f"\n{first}: " in told


def test_faults_that_no_engine_here_has_were_not_judged_and_fail(site: Path) -> None:
    asked = ("--engine=processes", "--fault=transient-queues-forbidden", "--cold-starts=0")

    ended(begun("faults", *asked, f"--site={site}"), code=3, first="Not applicable", site=site)


@pytest.mark.long
@pytest.mark.timeout(400)
def test_faults_without_a_docker_engine_pass_by_the_other_half(site: Path) -> None:
    asked = ("--fault=service-paused", "--cold-starts=0", f"--site={site}")
    nowhere = {"DOCKER_HOST": "tcp://127.0.0.1:1"}

    ended(begun("faults", *asked, more=nowhere), code=0, first="Unknown", site=site)
