"""A run's figures where teams keep theirs: each file read by somebody else's parser."""

import csv
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from threading import Thread

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from reports.record.measurements import BY, Phase
from reports.record.record import LoadRun, read_record
from tests.integration.test_load_run import STACK, STUB

# mypy: allow-untyped-calls
# Prometheus's client is typed in part only.

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
        if "api_key" in self.path:
            self._echo()
            return
        self.send_response(503 if len(self.seen) % 5 == 0 else 200)
        self.send_header("Content-Length", "2")
        self.send_header("Server-Timing", "gw;dur=2.5, rpc;dur=1.25")
        self.end_headers()
        self.wfile.write(b"[]")

    def _echo(self) -> None:
        body = json.dumps({"reason": f"no use for {self.path}"}).encode()
        self.send_response(503)
        self.send_header("Content-Type", "application/problem+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Collector(BaseHTTPRequestHandler):
    """Keeps what it is sent, as OpenTelemetry's own protobufs read it."""

    protocol_version = "HTTP/1.1"
    spans: tuple[Span, ...] = ()
    metrics: tuple[Metric, ...] = ()

    def do_POST(self) -> None:
        """Take figures, or spans."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/traces":
            traces = ExportTraceServiceRequest.FromString(body).resource_spans
            type(self).spans += tuple(s for r in traces for c in r.scope_spans for s in c.spans)
        elif self.path == "/v1/metrics":
            told = ExportMetricsServiceRequest.FromString(body).resource_metrics
            type(self).metrics += tuple(m for r in told for c in r.scope_metrics for m in c.metrics)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(kind: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Give the URL of a server of such answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as made:
        thread = Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{made.server_port}"
        made.shutdown()
        thread.join(timeout=5)


@pytest.fixture
def rows() -> Iterator[tuple[str, type[Rows]]]:
    """Give the URL of a server, and what it has seen."""
    kind = type("Seen", (Rows,), {})
    with served(kind) as url:
        yield url, kind


def load(folder: Path, *options: str, within_s: float = 50) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "loadtests", "--site", str(folder / "site"), *options]
    return subprocess.run(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=within_s,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A run that told its figures everywhere at once: what it said, what the two servers got."""

    folder: Path
    said: str
    phase: Phase
    server: type[Rows]
    collector: type[Collector]
    otlp: str


def measured(folder: Path, generators: int) -> Told:
    """Have one run write each request down, its figures for Prometheus, and tell a collector."""
    (folder / "stack.toml").write_text(TELEMETRY)
    server, collector = type("Seen", (Rows,), {}), type("Told", (Collector,), {})
    with served(server) as url, served(collector) as otlp:
        options = ["--target", url, "--request", "GET /rows", "--rate", "50", "--duration", "4"]
        options += ["--stack", str(folder / "stack.toml"), "--generators", str(generators)]
        options += ["--out", f"csv={folder / 'samples.csv'}", "--otlp", otlp]
        ended = load(folder, *options, "--out", f"openmetrics={folder / 'figures.txt'}")
    phase = opened(folder, ended.stdout)
    return Told(
        folder=folder,
        said=ended.stdout,
        phase=phase,
        server=server,
        collector=collector,
        otlp=otlp,
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Give one run's figures, for the tests that each read them elsewhere."""
    return measured(tmp_path_factory.mktemp("told"), generators=1)


def test_every_request_is_a_line_that_meets_the_record_and_what_the_system_was_sent(
    told: Told,
) -> None:
    _require_every_request(told)


@pytest.mark.long
def test_two_generators_write_every_request_down_once(tmp_path: Path) -> None:
    _require_every_request(measured(tmp_path, generators=2))


def _require_every_request(told: Told) -> None:
    phase = told.phase
    with (told.folder / "samples.csv").open(encoding="utf-8", newline="") as lines:
        found = list(csv.DictReader(lines))
    opened_rows = [row for row in found if row["phase"] == "open loop"]

    assert len(opened_rows) == phase.samples
    endings = Counter((row["status"], row["outcome"], row["reason"]) for row in opened_rows)
    assert endings["503", "failed", "HTTP 503"] == phase.failed == phase.errors["HTTP 503"]
    assert endings["200", "ok", ""] == phase.samples - phase.failed
    took_ms = [
        (float(row["done_s"]) - float(row["due_s"])) * 1_000
        for row in opened_rows
        if row["outcome"] == "ok"
    ]
    assert median(took_ms) == pytest.approx(phase.latency_ms.p50, rel=0.02)
    assert {(row["gw_ms"], row["rpc_ms"], row["trial"]) for row in found} == {
        ("2.5", "1.25", "target")
    }
    sent = {parent.split("-")[1] for parent in told.server.seen}
    assert {row["trace_id"] for row in found} <= sent
    assert len({row["trace_id"] for row in found}) == len(found)
    (run,) = (told.folder / "site").glob("*-load")
    assert not list(run.glob("load/*/*.csv"))


@pytest.mark.long
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


def test_prometheus_reads_what_the_record_has(told: Told) -> None:
    file, phase = told.folder / "figures.txt", told.phase
    read = {
        (sample.name, sample.labels.get("outcome"), sample.labels.get("quantile")): sample.value
        for family in text_string_to_metric_families(file.read_text(encoding="utf-8"))
        for sample in family.samples
    }

    assert f"OpenMetrics: {file}" in told.said
    assert read["gatewaybench_requests_total", "failed", None] == phase.failed > 0
    p50_ms = read["gatewaybench_response_seconds", None, "0.5"] * 1_000
    assert p50_ms == pytest.approx(phase.latency_ms.p50)


def test_a_collector_gets_the_figures_and_spans_under_the_ids_that_the_system_got(
    told: Told,
) -> None:
    phase, got = told.phase, told.collector
    sent = {tuple(parent.split("-")[1:3]) for parent in told.server.seen}
    spans = {(one.trace_id.hex(), one.span_id.hex()): one for one in got.spans}

    assert f"OTLP: {told.otlp} (" in told.said
    assert len(spans) == len(got.spans) >= 10
    assert spans.keys() <= sent
    # A request that was slow is found under the id that the page shows.
    slowest = {trace.trace_id for trace in phase.slowest}
    assert slowest <= {trace_id for trace_id, _ in spans}
    wrong = [one for one in spans.values() if one.status.code == Status.STATUS_CODE_ERROR]
    assert {one.status.message for one in wrong} == {"HTTP 503"}
    worst = max(spans.values(), key=lambda one: one.end_time_unix_nano - one.start_time_unix_nano)
    took_ms = (worst.end_time_unix_nano - worst.start_time_unix_nano) / 1e6
    # The whole counts from when it was due, a span from when it was sent.
    assert 0 < took_ms <= phase.slowest[0].whole_ms + 0.1
    assert {one.kind for one in spans.values()} == {Span.SPAN_KIND_CLIENT}
    figures = {one.name: one for one in got.metrics}
    points = figures["gatewaybench.requests"].sum.data_points
    assert sum(point.as_double for point in points) == phase.samples
    assert figures["gatewaybench.response"].unit == "s"
    p50_ms = [
        point.as_double * 1_000
        for point in figures["gatewaybench.response"].gauge.data_points
        if ("quantile", "0.5") in {(one.key, one.value.string_value) for one in point.attributes}
    ]
    assert p50_ms == [pytest.approx(phase.latency_ms.p50)]
    assert all(point.as_double >= 0 for one in got.metrics for point in one.gauge.data_points)


def test_a_key_of_a_request_is_in_no_line_though_the_system_echoes_it(
    rows: tuple[str, type[Rows]], tmp_path: Path
) -> None:
    url, _ = rows
    file = tmp_path / "samples.csv"
    options = ["--target", url, "--request", "GET /rows?api_key=hush-hush-1", "--rate", "20"]

    ended = load(tmp_path, *options, "--duration", "1", "--out", f"csv={file}")

    assert file.exists(), ended.stdout
    told = file.read_text(encoding="utf-8")
    assert "HTTP 503 no use for /rows?api_key=" in told
    assert "hush-hush-1" not in told


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


@pytest.mark.long
@pytest.mark.timeout(120)
def test_a_sweep_has_the_requests_and_figures_of_each_configuration(tmp_path: Path) -> None:
    file, lines, figures = tmp_path / "stack.toml", tmp_path / "all.csv", tmp_path / "all.om"
    file.write_text(STACK.format(stub=STUB), encoding="utf-8")
    options = ("--engine=processes", "--quick", "--workers=1,2", "--resolvers=1", "--duration=1")
    outputs = (f"--out=csv={lines}", f"--out=openmetrics={figures}", "--live")
    ended = load(tmp_path, f"--stack={file}", *options, *outputs, within_s=100)
    (run,) = (tmp_path / "site").glob("*-load")
    record = read_record(run)
    told = list(text_string_to_metric_families(figures.read_text(encoding="utf-8")))
    points = [sample.labels for family in told for sample in family.samples]
    with lines.open(encoding="utf-8", newline="") as opened_lines:
        rows = Counter((row["trial"], row["phase"]) for row in csv.DictReader(opened_lines))

    assert ended.returncode in {0, 3}, ended.stdout
    assert isinstance(record, LoadRun)
    assert "Live page: http://127.0.0.1:" in ended.stdout
    for one in record.configurations:
        (repetition,) = one.repetitions
        assert repetition.common
        trial = f"{one.scenario}-{one.resolvers}x{one.service_workers}x1x32-1"
        assert rows[trial, "common rate"] == repetition.common.samples
        assert one.label.replace(BY, "x") in {labels.get("configuration") for labels in points}
    assert len({trial for trial, _ in rows}) == len(record.configurations) == 2
