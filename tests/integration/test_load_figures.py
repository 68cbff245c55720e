"""A run's figures where teams keep theirs: each file read by somebody else's parser."""

import csv
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from threading import Thread

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from reports.record.measurements import Phase
from reports.record.record import LoadRun, read_record

# mypy: allow-untyped-calls
# Prometheus's client is typed in part only.

pytestmark = pytest.mark.alone

ROOT = Path(__file__).parent.parent.parent
TELEMETRY = """
format_version = 1
name = "rows"
telemetry = { rpc_metric = "rpc", hops = { gw = "", rpc = "gw" } }

[parts.gate]
role = "gateway"
port = 9000
command = ["python"]
"""


class Rows(BaseHTTPRequestHandler):
    """Answers with a list, and to each fifth request with 503; keeps what identified each."""

    protocol_version = "HTTP/1.1"
    seen: tuple[str, ...] = ()

    def do_GET(self) -> None:
        """Answer."""
        type(self).seen += (self.headers["traceparent"],)
        self.send_response(503 if len(self.seen) % 5 == 0 else 200)
        self.send_header("Content-Length", "2")
        self.send_header("Server-Timing", "gw;dur=2.5, rpc;dur=1.25")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def rows() -> Iterator[tuple[str, type[Rows]]]:
    """Give the URL of a server, and what it has seen."""
    kind = type("Seen", (Rows,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as made:
        thread = Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{made.server_port}", kind
        made.shutdown()
        thread.join(timeout=5)


def load(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "loadtests", "--site", str(folder / "site"), *options]
    return subprocess.run(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=50,
        check=False,
    )


def opened(folder: Path, said: str) -> Phase:
    """Return the open phase of the only run in a folder."""
    (run,) = (folder / "site").glob("*-load")
    record = read_record(run)
    assert isinstance(record, LoadRun), said
    ((only,),) = [one.repetitions for one in record.configurations]
    assert only.open, said
    return only.open


@pytest.mark.parametrize("generators", ["1", "2"])
def test_every_request_is_a_line_that_meets_the_record_and_what_the_system_was_sent(
    rows: tuple[str, type[Rows]], tmp_path: Path, generators: str
) -> None:
    url, server = rows
    file, stack = tmp_path / "samples.csv", tmp_path / "stack.toml"
    stack.write_text(TELEMETRY)
    options = ["--target", url, "--request", "GET /rows", "--stack", str(stack), "--rate", "50"]
    options += ["--duration", "4", "--generators", generators, "--out", f"csv={file}"]

    ended = load(tmp_path, *options)
    phase = opened(tmp_path, ended.stdout)
    with file.open(encoding="utf-8", newline="") as lines:
        found = list(csv.DictReader(lines))
    measured = [row for row in found if row["phase"] == "open loop"]

    assert len(measured) == phase.samples
    endings = Counter((row["status"], row["outcome"], row["reason"]) for row in measured)
    assert endings["503", "failed", "HTTP 503"] == phase.failed == phase.errors["HTTP 503"]
    assert endings["200", "ok", ""] == phase.samples - phase.failed
    took_ms = [
        (float(row["done_s"]) - float(row["due_s"])) * 1_000
        for row in measured
        if row["outcome"] == "ok"
    ]
    assert median(took_ms) == pytest.approx(phase.latency_ms.p50, rel=0.02)
    assert {(row["gw_ms"], row["rpc_ms"], row["trial"]) for row in found} == {
        ("2.5", "1.25", "target")
    }
    sent = {parent.split("-")[1] for parent in server.seen}
    assert {row["trace_id"] for row in found} <= sent
    assert len({row["trace_id"] for row in found}) == len(found)
    (run,) = (tmp_path / "site").glob("*-load")
    assert not list(run.glob("load/*/*.csv"))


def test_two_runs_of_one_seed_have_no_trace_in_common(
    rows: tuple[str, type[Rows]], tmp_path: Path
) -> None:
    url, _ = rows
    ids = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        options = ["--target", url, "--request", "GET /rows", "--rate", "20", "--duration", "1"]
        load(folder, *options, "--out", f"csv={folder / 'samples.csv'}")
        with (folder / "samples.csv").open(encoding="utf-8", newline="") as lines:
            ids.append({row["trace_id"] for row in csv.DictReader(lines)})

    assert ids[0]
    assert not ids[0] & ids[1]


def test_prometheus_reads_what_the_record_has(rows: tuple[str, type[Rows]], tmp_path: Path) -> None:
    url, _ = rows
    file = tmp_path / "figures.txt"
    options = ["--target", url, "--request", "GET /rows", "--rate", "50", "--duration", "2"]

    ended = load(tmp_path, *options, "--out", f"openmetrics={file}")
    phase = opened(tmp_path, ended.stdout)
    read = {
        (sample.name, sample.labels.get("outcome"), sample.labels.get("quantile")): sample.value
        for family in text_string_to_metric_families(file.read_text(encoding="utf-8"))
        for sample in family.samples
    }

    assert f"OpenMetrics: {file}" in ended.stdout
    assert read["gatewaybench_requests_total", "failed", None] == phase.failed > 0
    p50_ms = read["gatewaybench_response_seconds", None, "0.5"] * 1_000
    assert p50_ms == pytest.approx(phase.latency_ms.p50)


def test_a_key_of_a_request_is_in_no_line_though_the_system_echoes_it(
    rows: tuple[str, type[Rows]], tmp_path: Path
) -> None:
    url, _ = rows
    file = tmp_path / "samples.csv"
    options = ["--target", url, "--request", "GET /rows?api_key=hush-hush-1", "--rate", "20"]

    ended = load(tmp_path, *options, "--duration", "1", "--out", f"csv={file}")

    assert file.exists(), ended.stdout
    assert "hush-hush-1" not in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("parquet=x", "--out takes csv=FILE or openmetrics=FILE; got 'parquet=x'."),
        ("csv=no/where/x.csv", "but there is no folder"),
    ],
)
def test_where_figures_cannot_go_is_said_before_anything_is_started(
    tmp_path: Path, out: str, said: str
) -> None:
    ended = load(tmp_path, "--target", "http://127.0.0.1:9", "--request", "GET /", "--out", out)

    assert ended.returncode == 2
    assert said in " ".join(ended.stdout.split())
    assert len(ended.stdout.strip().splitlines()) == 1
    assert not (tmp_path / "site").exists()


def test_figures_that_could_not_be_written_at_the_end_do_not_pass(
    rows: tuple[str, type[Rows]], tmp_path: Path
) -> None:
    url, _ = rows
    folder = tmp_path / "out"
    folder.mkdir()
    options = ["--target", url, "--request", "GET /rows", "--rate", "20", "--duration", "2"]
    command = [sys.executable, "-m", "loadtests", "--site", str(tmp_path / "site"), *options]
    command += ["--out", f"csv={folder / 'samples.csv'}"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as run:
        assert run.stdout
        run.stdout.readline()
        folder.rmdir()
        said = run.stdout.read()

    assert run.wait(timeout=50) == 1
    assert "Expected to write" in said
    assert opened(tmp_path, said).samples
