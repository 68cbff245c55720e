"""The load process against a small gateway: what it measures, and how it ends."""

# mypy: allow-untyped-calls
# hdrh ships no types.

import csv
import math
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from msgspec import structs

from loadtests.plan.arrivals import poisson
from loadtests.plan.plan import (
    Line,
    OpenArrivals,
    PhaseDone,
    Plan,
    PlannedCall,
    Results,
    Tick,
    Timing,
    read_results,
    write,
)
from loadtests.sweep import load_process
from loadtests.sweep.load_process import LoadFailedError, generate
from loadtests.sweep.phase_records import repetition
from reports.record import latency

STUB = Path(__file__).with_name("stub_gateway.py")
READ = PlannedCall(name="read", request="GET /rows")
MAKE = PlannedCall(name="make", request="POST /rows", body={"x": 1}, keeps={"row": "/id"})
DROP = PlannedCall(name="drop", request="DELETE /rows/{row}", takes="row")
SHORT = Timing(warm_up_s=0.4, settle_s=0.1, level_s=0.4, open_s=2.0, open_most_s=2.0, most_users=4)


@pytest.fixture
def stub() -> Iterator[str]:
    """Start the stub gateway and give its base URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, str(STUB), str(port)])
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url)
        yield url
    finally:
        process.kill()
        process.wait(timeout=5)


def _wait_for(url: str) -> None:
    until_s = time.monotonic() + 10
    while time.monotonic() < until_s:
        try:
            httpx.get(f"{url}/count")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"The stub at {url} did not answer within 10 s.")


def plan(  # noqa: PLR0913 -- all but two by keyword, each with one meaning
    host: str,
    folder: Path,
    *,
    calls: tuple[PlannedCall, ...] = (READ,),
    common_per_s: float | None = 200.0,
    arrivals: OpenArrivals = "poisson",
    timing: Timing = SHORT,
) -> Plan:
    return Plan(
        host=host,
        calls=calls,
        seed=1,
        arrivals=arrivals,
        common_per_s=common_per_s,
        rpc_metric="rpc",
        worker_header="X-Served-By",
        results=folder / "results.json",
        parent_pid=os.getpid(),
        timing=timing,
    )


def _frozen(url: str, *, after_s: float, freeze_s: float, lines: list[Line]) -> threading.Thread:
    """Freeze the stub once, a while after the warm-up ended."""

    def freeze() -> None:
        until_s = time.monotonic() + 40
        while time.monotonic() < until_s:
            if any(isinstance(line, PhaseDone) and line.phase == "warm-up" for line in lines):
                break
            time.sleep(0.01)
        time.sleep(after_s)
        httpx.get(f"{url}/freeze", params={"s": freeze_s}, timeout=30)

    thread = threading.Thread(target=freeze)
    thread.start()
    return thread


def test_the_whole_plan_is_driven_and_told_and_every_row_taken_away_again(
    stub: str, tmp_path: Path
) -> None:
    lines: list[Line] = []
    results: Results = generate(
        plan(stub, tmp_path, calls=(READ, MAKE, DROP), common_per_s=100.0), lines.append
    )
    phases = [line.phase for line in lines if isinstance(line, PhaseDone)]
    made = repetition(results, "rpc")

    assert phases[0] == "warm-up"
    assert phases[-2:] == ["open loop", "common rate"]
    assert set(phases[1:-2]) == {"closed loop"}
    assert any(isinstance(line, Tick) and line.rate_per_s > 0 for line in lines)
    assert made.common
    assert made.closed
    assert made.open
    assert made.open.offered_per_s == pytest.approx(0.7 * made.closed.throughput_per_s, rel=0.01)
    assert (made.common.offered_per_s, made.common.failed, made.common.unknown) == (100.0, 0, 0)
    assert made.common.worker_shares == {"rows": {"7": 1.0}}
    assert made.common.rpc_ms
    assert made.common.rpc_ms.p50 == pytest.approx(1.25, rel=0.01)
    assert results.common
    assert results.common.endpoints["make"].samples > 0
    assert httpx.get(f"{stub}/count").json() == 0


def test_a_gateway_that_is_not_there_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        host = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(LoadFailedError, match=r"connection refused"):
            generate(plan(host, tmp_path), lambda _: None)


def test_a_load_process_whose_runner_is_gone_measures_nothing(stub: str, tmp_path: Path) -> None:
    orphan = Plan(
        **{name: getattr(plan(stub, tmp_path), name) for name in Plan.__struct_fields__}
        | {"parent_pid": 1}
    )
    with pytest.raises(LoadFailedError, match="the runner that wrote this plan is gone"):
        generate(orphan, lambda _: None)


def test_a_load_process_that_falls_silent_is_ended(
    stub: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_process, "SILENCE_S", 0.2)

    with pytest.raises(LoadFailedError, match="said nothing"):
        generate(plan(stub, tmp_path), lambda _: None)

    assert not _processes_with(str(tmp_path))


def test_an_interrupted_runner_leaves_no_load_process(stub: str, tmp_path: Path) -> None:
    def interrupt(_: Line) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(plan(stub, tmp_path), interrupt)

    assert not _processes_with(str(tmp_path))


def _processes_with(text: str) -> list[str]:
    found = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = command.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if text in words:
            found.append(words)
    return found


@pytest.mark.alone
def test_equal_seeds_send_equal_calls_at_equal_times(stub: str, tmp_path: Path) -> None:
    few = Timing(warm_up_s=0.2, settle_s=0.1, level_s=0.2, open_s=1.0, open_most_s=1.0)
    other = PlannedCall(name="other", request="GET /rows?n={n}", draw={"n": (1, 9)})
    counts = []
    for number in range(2):
        made = plan(
            stub, tmp_path / str(number), calls=(READ, other), common_per_s=150.0, timing=few
        )
        common = generate(structs.replace(made, closed_users=1), lambda _: None).common
        assert common
        seconds = [latency.decode(text) for text in common.seconds]
        counts.append(
            (
                {name: one.samples for name, one in common.endpoints.items()},
                [int(second.get_total_count()) for second in seconds],
            )
        )

    assert counts[0] == counts[1]


def test_an_open_phase_alone_goes_at_exactly_the_rate_asked_and_writes_each_request_down(
    stub: str, tmp_path: Path
) -> None:
    asked = structs.replace(
        plan(stub, tmp_path, common_per_s=None, arrivals="constant"),
        open_per_s=50.0,
        samples=tmp_path / "samples.csv",
        note_header="X-Served-By",
    )
    lines: list[Line] = []
    results = generate(asked, lines.append)
    with (tmp_path / "samples.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: float(row["intended_s"]))

    assert [line.phase for line in lines if isinstance(line, PhaseDone)] == ["warm-up", "open loop"]
    assert results.open
    assert (results.levels, results.common, results.open.samples) == ((), None, 100)
    assert [float(row["intended_s"]) for row in rows] == pytest.approx(
        [number / 50 for number in range(100)], abs=1e-6
    )
    assert all(
        float(row["intended_s"]) <= float(row["began_s"]) < float(row["ended_s"]) for row in rows
    )
    assert {(row["outcome"], row["endpoint"], row["note"]) for row in rows} == {
        ("ok", "read", "rows/7")
    }
    assert 0 < time.monotonic() - results.open.begin_s < 30


def test_a_closed_loop_of_known_users_searches_no_more_and_sets_the_rate_at_70_percent_of_it(
    stub: str, tmp_path: Path
) -> None:
    known = structs.replace(plan(stub, tmp_path, common_per_s=None), closed_users=3)
    results = generate(known, lambda _: None)

    assert [level.users for level in results.levels] == [3]
    assert results.common_per_s == pytest.approx(0.7 * results.best.throughput_per_s)


def test_two_processes_send_each_request_once_and_their_merge_is_that_of_all_samples(
    stub: str, tmp_path: Path
) -> None:
    asked = structs.replace(
        plan(stub, tmp_path, calls=(READ, MAKE, DROP), common_per_s=None),
        open_per_s=150.0,
        processes=2,
        samples=tmp_path / "samples.csv",
        hops={"gw": "", "rpc": "gw"},
    )
    results = generate(asked, lambda _: None)
    made = repetition(results, "rpc").open
    rows = [row for name in ("samples.csv", "samples-1.csv") for row in _rows(tmp_path / name)]
    concatenated = latency.new_histogram()
    for row in rows:
        latency.record_us(concatenated, (float(row["ended_s"]) - float(row["intended_s"])) * 1e6)

    assert made
    assert (made.samples, made.failed, made.unknown) == (300, 0, 0)
    assert sorted(float(row["intended_s"]) for row in rows) == pytest.approx(
        poisson(150.0, 2.0, asked.seed), abs=1e-5
    )
    # The file has whole microseconds: a sample may lie on the other side of a bucket's edge.
    merged = latency.decode(made.histograms.total)
    for percentile in (1, 25, 50, 75, 90, 99, 100):
        assert merged.get_value_at_percentile(percentile) == pytest.approx(
            concatenated.get_value_at_percentile(percentile), rel=0.002, abs=1
        )
    assert merged.get_total_count() == concatenated.get_total_count() == 300
    assert made.hops[0].requests == 60
    assert httpx.get(f"{stub}/count").json() == 0
    assert not _processes_with(str(tmp_path))


def test_a_worker_that_fails_is_told_in_one_sentence(stub: str, tmp_path: Path) -> None:
    nowhere = structs.replace(
        plan(stub, tmp_path, common_per_s=None),
        open_per_s=50.0,
        processes=2,
        samples=tmp_path / "nowhere" / "samples.csv",
    )
    with pytest.raises(LoadFailedError, match="could not do its part: FileNotFoundError"):
        generate(nowhere, lambda _: None)

    assert not _processes_with(str(tmp_path))


def test_an_interrupted_runner_leaves_no_worker(stub: str, tmp_path: Path) -> None:
    def interrupt(_: Line) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(structs.replace(plan(stub, tmp_path), processes=2), interrupt)

    until_s = time.monotonic() + 5
    while _processes_with(str(tmp_path)) and time.monotonic() < until_s:
        time.sleep(0.05)
    assert not _processes_with(str(tmp_path))


def test_a_phase_is_taken_apart_hop_by_hop_and_logged(stub: str, tmp_path: Path) -> None:
    asked = structs.replace(
        plan(stub, tmp_path, common_per_s=None),
        open_per_s=400.0,
        hops={"gw": "", "rpc": "gw", "service": "rpc"},
        timing=structs.replace(SHORT, open_s=3.0),
    )
    results = generate(asked, lambda _: None)
    made = repetition(results, "rpc").open

    assert made
    p50 = made.hops[0]
    assert p50.whole_ms
    assert p50.residual_ms is not None
    # The stub says that it took 2.5 ms, 1.25 of them for the round trip.
    assert (p50.hops_ms["gw"], p50.hops_ms["rpc"]) == (1.25, 1.25)
    assert sum(p50.hops_ms.values()) + p50.residual_ms == pytest.approx(p50.whole_ms, abs=1e-3)
    assert made.histograms.hops.keys() == {"gw", "rpc"}
    assert latency.value_ms(latency.decode(made.histograms.hops["rpc"]), 50) == 1.25
    assert len(made.slowest) == 10
    assert made.slowest[0].whole_ms == pytest.approx(made.latency_ms.max, rel=0.001)
    assert [span.name for span in made.slowest[0].spans] == ["late", "request", "gw", "rpc"]
    assert len(made.timeline.in_flight) == 3
    assert (tmp_path / "open-loop.hlog").exists()


@pytest.mark.alone
def test_the_pool_is_there_before_a_calm_phase_and_its_waits_show_when_the_system_stands_still(
    stub: str, tmp_path: Path
) -> None:
    timing = structs.replace(SHORT, warm_up_s=1.0, open_s=4.0)
    asked = structs.replace(
        plan(stub, tmp_path, common_per_s=None, arrivals="constant", timing=timing),
        open_per_s=100.0,
    )
    lines: list[Line] = []
    thread = _frozen(stub, after_s=1.0, freeze_s=1.6, lines=lines)
    results = generate(asked, lines.append)
    thread.join(timeout=30)

    assert results.open
    # It stood still for 1.6 s: 160 requests were due, and about 16 connections were open. A second
    # of the phase ended when at least 0.6 s of that were over.
    assert 60 < results.open.pool_waits <= 200
    assert max(results.open.in_flight) >= 50
    assert results.warm_up.pool_waits == 0
    # The pacer went on: one that waits for answers would be as late as the system stood still.
    made = repetition(results, "rpc").open
    assert made
    assert (made.lag_ms_p99 or math.inf) < 500


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_workers_started_by_hand_get_the_plan_from_their_master(stub: str, tmp_path: Path) -> None:
    asked = structs.replace(plan(stub, tmp_path, common_per_s=None), open_per_s=50.0, parent_pid=0)
    write(tmp_path / "plan.json", asked)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    file = Path(__file__).parents[2] / "loadtests" / "locustfile.py"
    locust = [sys.executable, "-m", "locust", "-f", str(file)]
    locust += ["--headless", "--only-summary", "--loglevel", "WARNING"]
    master = ["--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", port]
    master += ["--expect-workers", "2", "--plan", str(tmp_path / "plan.json")]
    worker = ["--worker", "--master-host", "127.0.0.1", "--master-port", port]
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    started = [
        subprocess.Popen(
            [*locust, *options], cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL
        )
        for options in (master, worker, worker)
    ]
    try:
        codes = [process.wait(timeout=50) for process in started]
    finally:
        for process in started:
            process.kill()
            process.wait(timeout=5)
    made = repetition(read_results(asked.results), "rpc").open

    assert codes == [0, 0, 0]
    assert made
    assert (made.samples, made.failed, made.unknown) == (100, 0, 0)
