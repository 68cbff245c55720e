"""Load from two machines shows what one would show, though their clocks differ.

One worker's wall clock is 250 ms ahead. Its monotonic clock counts as on a machine that was booted
1,000 s before: by the kernel, in a namespace of its own (time_namespaces(7)).
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from reports.record import latency
from reports.record.measurements import Phase
from reports.record.record import LoadRun, read_record
from tests.integration.load_machines import await_the_open_phase, command, expecting, said
from tests.truth import figures, stubs, theory
from tests.truth.figures import Pair, Tell
from tests.truth.namespaces import Machine, machines

RECORDER: Final = Path(__file__).with_name("recorder_stub.py")
PORT: Final = 5_557
AHEAD_MS: Final = 250.0
RATE_PER_S: Final = 100.0
BOOTED_S: Final = 1_000
# Each worker sends every second request, and none when the other does.
GAP_S: Final = 1 / RATE_PER_S
CAPACITY_PER_S: Final = 5_000.0  # a stub of this kind answers more, which changes p99 by 0.3 ms
_WITHIN_S: Final = 150.0
SHIM: Final = f"""
import time
_wall = time.time
time.time = lambda: _wall() + {AHEAD_MS / 1_000}
"""
# A timer of the kernel goes by the kernel's clock: a shim of Python's would not move it.
OTHER_BOOT: Final = ("unshare", "--time", "--monotonic", str(BOOTED_S))

pytestmark = [pytest.mark.alone, pytest.mark.timeout(900)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The stub on its machine."""

    machine: Machine
    port: int
    pid: int

    @property
    def url(self) -> str:
        """Return its address for the other machines."""
        return f"http://{self.machine.address}:{self.port}"

    def record(self) -> list[tuple[float, float]]:
        """Return when each request came and after how many seconds it was answered."""
        ask = f"import urllib.request as u; print(u.urlopen('{self.url}/record').read().decode())"
        told = subprocess.run(
            [*self.machine.prefix, sys.executable, "-c", ask],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        return sorted((came_s, for_s) for came_s, for_s in json.loads(told.stdout))


@pytest.fixture(scope="module")
def network() -> Iterator[dict[str, Machine]]:
    """Give four machines."""
    with machines("master", "alpha", "beta", "server") as made:
        yield made


@pytest.fixture
def server(network: dict[str, Machine]) -> Iterator[Server]:
    """Run the stub on its machine."""
    machine = network["server"]
    asked = [*machine.prefix, *stubs.first(str(RECORDER), machine.address)]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, start_new_session=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else b""
            # `ip netns exec` becomes what it runs.
            yield Server(machine=machine, port=int(line), pid=process.pid)
        finally:
            process.kill()


@contextmanager
def run_begun(
    network: dict[str, Machine], server: Server, folder: Path, *, path: str, for_s: float
) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a run on its machine and a worker on each of two others, one of them ahead."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ahead").mkdir()
    (folder / "ahead" / "sitecustomize.py").write_text(SHIM)
    root = str(Path(__file__).parents[2])
    master = network["master"].address
    options = ["--site", str(folder / "site"), "--target", server.url, "--request", f"GET {path}"]
    options += ["--rate", f"{RATE_PER_S:g}", "--duration", f"{for_s:g}", "--arrivals", "constant"]
    options += ["--tolerant", "--master-bind-host", master]
    paths = {"alpha": root, "beta": f"{folder / 'ahead'}:{root}"}
    with ExitStack() as running:
        for name, found in paths.items():
            words = ["worker", "--master-host", master, "--name", name, "--max-wait", "120"]
            one = command(
                words,
                folder / f"{name}.log",
                environment={"PYTHONPATH": found},
                prefix=(*network[name].prefix, *(OTHER_BOOT if name == "beta" else ())),
            )
            running.callback(_ended, one)
        run = command(
            [*options, *expecting(2, PORT)],
            folder / "run.log",
            environment={"PYTHONPATH": root},
            prefix=network["master"].prefix,
        )
        running.callback(_ended, run)
        yield run


def _ended(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(timeout=30)
    finally:
        process.kill()
        process.wait(timeout=5)


def phase_in(folder: Path) -> Phase:
    """Return the phase of the run that was kept."""
    [kept] = (folder / "site").glob("*-load")
    record = read_record(kept)
    assert isinstance(record, LoadRun)
    ((one,),) = [configuration.repetitions for configuration in record.configurations]
    assert one.open, record.unmeasured
    return one.open


def quantile_ms(phase: Phase, q: float) -> float:
    """Return the merged response time in ms."""
    return latency.value_ms(latency.decode(phase.histograms.total), q * 100)


def test_two_machines_with_unequal_clocks_send_one_plan_and_see_what_the_server_did(
    network: dict[str, Machine], server: Server, tmp_path: Path, tell: Tell
) -> None:
    for_s = 15.0
    kept: list[tuple[Phase, list[tuple[float, float]], Path]] = []

    def tried(number: int) -> Sequence[Pair]:
        folder = tmp_path / str(number)
        with run_begun(network, server, folder, path="/hold/60000", for_s=for_s) as run:
            assert run.wait(timeout=_WITHIN_S) in {0, 3}, said(folder / "run.log")
        phase, record = phase_in(folder), server.record()[-round(RATE_PER_S * for_s) :]
        kept.append((phase, record, folder))
        times_s = [held_s for _, held_s in record]
        return [
            ("merged", q, 1_000 * theory.quantile(times_s, q), quantile_ms(phase, q))
            for q in (0.5, 0.99)
        ]

    pairs = figures.first_within("two machines, one 250 ms ahead", tried, tell)
    phase, record, folder = kept[-1]
    gaps_s = [after - before for (before, _), (after, _) in pairwise(record)]
    ahead_ms = {one.name: one.clock_ahead_ms for one in phase.load_workers}

    for _, _, due_ms, seen_ms in pairs:
        assert seen_ms == pytest.approx(due_ms, rel=figures.WITHIN)
    assert phase.samples == RATE_PER_S * for_s
    assert sorted(ahead_ms) == ["alpha", "beta"]
    assert ahead_ms["alpha"] == pytest.approx(0.0, abs=5.0)
    assert ahead_ms["beta"] == pytest.approx(AHEAD_MS, abs=5.0)
    # All together they are one constant stream: never two at once.
    assert sum(abs(gap_s - GAP_S) < GAP_S / 2 for gap_s in gaps_s) > 0.9 * len(gaps_s)
    assert "unencrypted: whoever reaches that port" in said(folder / "run.log")


@pytest.mark.long
def test_a_freeze_shows_in_the_merged_tail_as_theory_has_it(
    network: dict[str, Machine], server: Server, tmp_path: Path, tell: Tell
) -> None:
    for_s = 20.0

    def tried(number: int) -> Sequence[Pair]:
        folder = tmp_path / str(number)
        with run_begun(network, server, folder, path="/hold/100", for_s=for_s) as run:
            await_the_open_phase(folder, "alpha", "beta")
            frozen_s = stubs.freeze([server.pid], for_s=2.0)
            assert run.wait(timeout=_WITHIN_S) in {0, 3}, said(folder / "run.log")
        due_ms = 1_000 * theory.frozen_quantile_s(
            0.99,
            frozen_s=frozen_s,
            run_s=for_s,
            rate_per_s=RATE_PER_S,
            capacity_per_s=CAPACITY_PER_S,
        )
        return [("server frozen for 2 s", 0.99, due_ms, quantile_ms(phase_in(folder), 0.99))]

    [(_, _, due_ms, seen_ms)] = figures.first_within("two machines", tried, tell)

    assert seen_ms == pytest.approx(due_ms, rel=figures.WITHIN)
