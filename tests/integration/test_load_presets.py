"""A load run of a stack in Kubernetes, by a stand-in for kubectl: scaled, read, and put back."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace as replaced

from loadtests.command.run_plan import SPARE
from reports.judgement.comparability import environment
from reports.judgement.comparison import compare
from reports.record.record import LoadRun, read_record, write_record
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.engines.process_table import boot_id
from testcontainers_fixtures.errors import MissingNeedError, SpecError
from testcontainers_fixtures.fleet import OnEvent
from testcontainers_fixtures.part_usage import usage_by_part
from testcontainers_fixtures.scaling.command_runs import ScalingError
from testcontainers_fixtures.scaling.scaled_stack import UNTOLD, ScaledStack, scaling
from testcontainers_fixtures.stack_spec import read_stack_file
from tests.integration import test_load_attached as attached
from tests.integration.kubectl_stand_in import DIGEST
from tests.integration.test_load_attached import SHORT, answers, wait_until
from tests.integration.test_load_run import ROOT, STUB, left_over
from tests.integration.test_load_target import free_port
from tests.unit.reports.sample_runs import phase

pytestmark = pytest.mark.timeout(150)

STAND_IN = Path(__file__).with_name("kubectl_stand_in.py")
STACK = attached.STACK.replace("[[seed]]", '[parts.srv_rows]\nrole = "service"\n\n[[seed]]', 1)
WHOLE = """
engine = "kubernetes"
namespace = "shop"
resolvers = 3
service_workers = 1
restarts = ["srv_rows"]
within_s = 20
"""
IN = "--namespace=shop"
BACK = [
    f"{IN} scale deployment/worker --replicas=3",
    f"{IN} set env deployment/srv-rows WEB_CONCURRENCY=1",
    f"{IN} rollout status deployment/worker --timeout=19s",
    f"{IN} rollout status deployment/srv-rows --timeout=19s",
]
QUERY = 'sum by (container) (container_cpu_usage_seconds_total{namespace="shop"})'


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A gateway that is up, and a stand-in for the cluster around it."""

    url: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Return by which variables the stand-in is found."""
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return {"PATH": path, "KUBECTL_STAND_IN": str(self.folder)}

    def calls(self) -> list[str]:
        notes = self.folder / "notes.txt"
        return notes.read_text().splitlines() if notes.exists() else []

    def changes(self) -> list[str]:
        """Return the calls that do something, in order."""
        return [one for one in self.calls() if " get " not in one and " top " not in one]

    def replicas(self) -> dict[str, int]:
        known = json.loads((self.folder / "cluster.json").read_text())["deployments"]
        return {name: one["replicas"] for name, one in known.items()}

    def prepare(self, **more: Any) -> None:  # noqa: ANN401 -- any JSON
        """Write the cluster as it is before a run, and put kubectl where PATH finds it."""
        known = {
            "gate": {"replicas": 1, "env": {}, "node": "node-a"},
            "worker": {"replicas": 3, "env": {}, "node": "node-a"},
            "srv-rows": {"replicas": 1, "env": {"WEB_CONCURRENCY": "1"}, "node": "node-b"},
        }
        nodes = {"node-a": ["4", boot_id()], "node-b": ["2", boot_id()]}
        cluster = {"namespace": "shop", "deployments": known, "nodes": nodes} | more
        (self.folder / "cluster.json").write_text(json.dumps(cluster))
        kubectl = self.folder / "bin" / "kubectl"
        kubectl.parent.mkdir(exist_ok=True)
        kubectl.write_text(f'#!/bin/sh\nexec {sys.executable} {STAND_IN} "$@"\n')
        kubectl.chmod(0o755)

    def stack_file(self, attach: str = WHOLE, whole: str = STACK) -> Path:
        file = self.folder / "stack.toml"
        file.write_text(whole.format(gateway=self.url, attach=attach))
        return file

    def load(self, attach: str, *options: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "loadtests", "--stack", str(self.stack_file(attach))]
        return subprocess.Popen(
            [*command, "--site", str(self.folder / "site"), *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | self.environment,
        )

    def ran(self, attach: str, *options: str) -> tuple[int, str]:
        process = self.load(attach, *options)
        output, _ = process.communicate(timeout=120)
        return process.returncode, output

    @contextmanager
    def attached(
        self, attach: str, whole: str = STACK, on_event: OnEvent = lambda _: None
    ) -> Iterator[ScaledStack]:
        """Give the stack as a run has it, in its first configuration."""
        spec = read_stack_file(self.stack_file(attach, whole))
        counts = CopyCounts()
        with scaling(
            spec, run_folder=self.folder / "run", configuration=counts, on_event=on_event
        ) as stack:
            yield stack

    def attach(self, attach: str) -> None:
        with self.attached(attach):
            pass

    def record(self) -> LoadRun:
        (folder,) = (self.folder / "site").glob("*-load")
        record = read_record(folder)
        assert isinstance(record, LoadRun)
        return record


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The gateway that the runs attach to."""

    url: str
    pid: int


class QuietHandler(BaseHTTPRequestHandler):
    """Answers in JSON, and says nothing of it."""

    def answer(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve by a handler, on a free port; give its URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(timeout=10)


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    port = free_port()
    with subprocess.Popen([sys.executable, str(STUB), str(port), "2"]) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: answers(url))
            yield Gateway(url=url, pid=process.pid)
        finally:
            process.terminate()


@pytest.fixture
def cluster(gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """Give a cluster of this test's own around the gateway, which this process finds too."""
    found = Cluster(url=gateway.url, folder=tmp_path)
    found.prepare()
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """A sweep that ended: what a dry run told before it, and what came."""

    cluster: Cluster
    told: list[str]
    code: int
    output: str


@pytest.fixture(scope="module")
def swept(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Swept:
    """Have a dry run told, and then sweep two configurations once, for the tests of what came."""
    cluster = Cluster(url=gateway.url, folder=tmp_path_factory.mktemp("swept"))
    cluster.prepare()
    code, told = cluster.ran(WHOLE, *SHORT, "--dry-run")
    assert code == 0, told
    assert cluster.calls() == []
    code, output = cluster.ran(WHOLE, *SHORT)
    return Swept(cluster=cluster, told=told.splitlines(), code=code, output=output)


def test_a_sweep_runs_the_commands_that_a_dry_run_tells_and_puts_the_first_numbers_back(
    swept: Swept,
) -> None:
    reading, *told = "\n".join(swept.told).split("\n# ")
    commands = [line for part in told for line in part.splitlines()[1:]]

    assert swept.code == 0, swept.output
    assert [f"kubectl {one}" for one in swept.cluster.changes()] == commands
    assert swept.cluster.changes()[-4:] == BACK
    assert reading.splitlines()[1:] == [
        f"kubectl {IN} get deployments,statefulsets,pods --output=json",
        f"kubectl {IN} get nodes --output=json",
    ]
    assert swept.cluster.replicas() == {"gate": 1, "worker": 3, "srv-rows": 1}


def test_one_configuration_is_scaled_settled_started_over_and_settled(swept: Swept) -> None:
    assert swept.cluster.changes()[:7] == [
        f"{IN} scale deployment/worker --replicas=1",
        f"{IN} set env deployment/srv-rows WEB_CONCURRENCY=1",
        *BACK[2:],
        f"{IN} rollout restart deployment/srv-rows",
        *BACK[2:],
    ]


def test_the_record_says_what_the_engine_says_of_the_parts_and_no_secret_of_theirs(
    swept: Swept,
) -> None:
    record = swept.cluster.record()
    details = record.conditions.details
    kept = [one for one in (swept.cluster.folder / "site").rglob("*") if one.is_file()]

    assert details["deployed worker"] == (
        f"deployment/worker: replicas 3, CPU request 250m, limit 1, registry.test/worker@{DIGEST},"
        f" running 3 on node-a"
    )
    assert details["nodes"] == "node-a (4 cores), node-b (2 cores)"
    assert [one for one in kept if "correct-horse" in one.read_text(errors="replace")] == []


def test_each_configuration_says_where_its_copies_ran(swept: Swept) -> None:
    found = [
        {node.name: (node.cores, node.here, node.copies) for node in one.repetitions[0].nodes}
        for one in swept.cluster.record().configurations
    ]

    assert found == [
        {
            "node-a": (4.0, True, {"gate": 1, "worker": workers}),
            "node-b": (2.0, True, {"srv_rows": 1}),
        }
        for workers in (1, 2)
    ]


def test_each_configuration_says_what_the_engine_limited_its_parts_to(swept: Swept) -> None:
    found = [one.repetitions[0].core_limits for one in swept.cluster.record().configurations]

    assert found == [dict.fromkeys(("gate", "worker", "srv_rows"), 1.0)] * 2


def repeated(record: LoadRun) -> LoadRun:
    """Return a run as if its first configuration had been measured five times, undisturbed."""
    [one, *_] = record.configurations
    [ran] = one.repetitions
    closed, common = (
        phase(arrivals=how, rate_per_s=40.0, duration_s=1.0, endpoints=("read",))
        for how in ("closed", "poisson")
    )
    why = ran.reasons | {"open": "left out"}
    quiet = replaced(ran, closed=closed, open=None, common=common, reasons=why)
    return replaced(record, configurations=(replaced(one, repetitions=(quiet,) * 5),))


@pytest.mark.long
def test_a_baseline_is_repeated_by_the_engine_and_compares_where_copies_run_as_they_did(
    swept: Swept, cluster: Cluster
) -> None:
    earlier = repeated(swept.cluster.record())
    file = write_record(cluster.folder / "earlier.json", earlier)

    code, output = cluster.ran(WHOLE, "--tolerant", f"--baseline={file}")
    later = cluster.record()

    assert code in {0, 1, 3}, output
    [one] = later.configurations
    # What was disturbed is measured again.
    times = len(one.repetitions)
    assert (one.resolvers, one.service_workers) == (1, 1)
    assert 5 <= times <= 5 + SPARE
    assert {each.common.offered_per_s for each in one.repetitions if each.common} == {40.0}
    restarts = [each for each in cluster.changes() if "rollout restart" in each]
    assert len(restarts) == times
    assert cluster.changes()[-3:] == [BACK[0], *BACK[2:]]
    assert "rows against the baseline" in output
    assert "Not to be compared with the baseline" not in output
    assert environment(earlier, later) == ()
    assert "The nodes differ" not in {each.reason[:16] for each in compare(earlier, later).effects}
    moved = changed_nodes(later, cores=8.0)
    assert {each.reason[:16] for each in compare(earlier, moved).effects} == {"The nodes differ"}


def changed_nodes(run: LoadRun, *, cores: float) -> LoadRun:
    """Return a run whose every node had so many cores."""
    [one] = run.configurations
    ran = [
        replaced(each, nodes=tuple(replaced(node, cores=cores) for node in each.nodes))
        for each in one.repetitions
    ]
    return replaced(run, configurations=(replaced(one, repetitions=tuple(ran)),))


def test_ctrl_c_puts_the_first_numbers_back(cluster: Cluster) -> None:
    process = cluster.load(WHOLE, *SHORT, "--resolvers=1", "--workers=2")
    wait_until(lambda: any("restart" in one for one in cluster.changes()))
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)

    assert process.returncode == 130, output
    assert cluster.changes()[-4:] == BACK
    assert cluster.replicas()["worker"] == 3
    assert left_over(cluster.stack_file()) == []


def test_seeds_are_put_in_once_the_way_is_open_again_after_a_restart(cluster: Cluster) -> None:
    answered: list[tuple[str, int]] = []

    def answers_after(method: str) -> int:
        """Return 503 to the first three calls after the restart, and 404 before there are rows."""
        if not any("restart" in one for one in cluster.changes()):
            return 200
        if len([status for _, status in answered if status == 503]) < 3:
            return 503
        return 201 if method == "POST" else 200 if ("POST", 201) in answered else 404

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            answered.append((self.command, answers_after(self.command)))
            self.answer(b"{}", answered[-1][1])

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

    with serving(Handler) as url:
        probed = STACK.replace('role = "service"', 'role = "service"\nprobe = "GET /rows/1"')
        with replace(cluster, url=url).attached(WHOLE, probed):
            pass
    after = answered[answered.index(("GET", 503)) :]

    assert after == [
        *[("GET", 503)] * 3,
        ("GET", 404),
        *[("POST", 201)] * 3,
        ("GET", 200),
    ]


# --- usage -------------------------------------------------------------------------------------


@contextmanager
def prometheus(answer: Any) -> Iterator[tuple[str, list[str]]]:  # noqa: ANN401 -- a function of JSON
    """Serve what `answer` returns as a query's result; give the URL, and what is asked."""
    asked: list[str] = []

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            assert url.path == "/prom/api/v1/query"
            asked.extend(parse_qs(url.query)["query"])
            data = {"resultType": "vector", "result": answer()}
            self.answer(json.dumps({"status": "success", "data": data}).encode())

    with serving(Handler) as url:
        yield f"{url}/prom", asked


def series(container: str, cpu_s: float) -> dict[str, Any]:
    return {"metric": {"container": container}, "value": [time.time(), f"{cpu_s:.6f}"]}


def cpu_s_of(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def with_usage(url: str, query: str = QUERY) -> str:
    return f"{WHOLE}\nusage = '''prometheus:{url}?query={query}'''"


def test_prometheus_tells_what_each_part_used_of_phases_that_are_long_enough(
    cluster: Cluster, gateway: Gateway
) -> None:
    cluster.prepare(nodes={"node-a": ["4", boot_id()], "node-b": ["1", "another machine"]})

    def told() -> list[dict[str, Any]]:
        at_s = time.monotonic()
        # At the common rate, 70 % of the maximum, so much that its node is full at the maximum.
        full = series("srv-rows", 0.68 * at_s)
        return [
            *(series("gate", cpu_s_of(gateway.pid)), series("worker", 0.1 * at_s)),
            *(full, series("somebody-else", at_s)),
        ]

    with prometheus(told) as (url, asked):
        options = ("--quick", "--tolerant", "--resolvers=1", "--workers=1", "--duration=7")
        code, output = cluster.ran(with_usage(url), *options)
    record = cluster.record()
    [repetition] = record.configurations[0].repetitions

    assert code == 0, output
    assert set(asked) == {QUERY}
    assert repetition.common
    used = repetition.common.used
    assert used.keys() == {"gate", "worker", "srv_rows"}
    within_s = used["worker"].cpu_s - used["worker"].late_cpu_s
    assert within_s == pytest.approx(0.1 * repetition.common.duration_s, rel=0.3)
    assert used["gate"].memory_mb_max is None
    assert "nothing of the memory" in used["gate"].reasons["memory_mb_max"]
    # A second of the closed loop is too short for it; the model takes the open phase's.
    assert repetition.closed
    assert repetition.closed.used == {}
    # Gate and worker run on this machine, and their service on another.
    [capacity] = record.capacity
    if capacity.outlooks is None:  # others keep this machine busy
        assert "times what its CPU times and places explain" in capacity.reasons["outlooks"]
        return
    bounds = {one.resource: one.most_per_s for one in capacity.outlooks[0].bounds}
    assert "the CPU of node node-a, which sends the load too" in bounds
    full_per_s = repetition.common.achieved_per_s / 0.68
    assert bounds["the CPU of node node-b"] == pytest.approx(full_per_s, rel=0.1)
    [folder] = (cluster.folder / "site").glob("*-load")
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert f"What binds first as it was measured: {capacity.bound_by}" in page


@pytest.mark.long
def test_a_counter_that_falls_is_not_known_and_parts_on_no_known_node_say_nothing_of_this_one(
    cluster: Cluster,
) -> None:
    def told() -> list[dict[str, Any]]:
        at_s = time.monotonic()
        # Every two seconds what ended pods had used is left out.
        fallen_s = 0.1 * at_s + 10_000 - 300 * (at_s % 1_000 // 2 % 30)
        known = {"gate": 0.3 * at_s, "worker": fallen_s, "srv_rows": 0.2 * at_s}
        return [series(*one) for one in known.items()]

    with prometheus(told) as (url, _):
        usage = f"usage = '''prometheus:{url}?query={QUERY}'''"
        code, output = cluster.ran(usage, "--quick", "--tolerant", "--duration=7")
    [repetition] = cluster.record().configurations[0].repetitions

    assert code == 0, output
    assert repetition.common
    assert repetition.common.used.keys() == {"gate", "srv_rows"}
    assert "told of worker fell meanwhile" in repetition.common.reasons["used"]
    assert repetition.common.apart


def test_a_label_may_be_the_bare_name_of_a_part_and_a_part_that_is_not_told_is_named(
    cluster: Cluster,
) -> None:
    attach = 'names.worker = "deploy/worker"\nnames.srv_rows = "deployments.apps/srv-rows"'
    said: list[str] = []
    with (
        prometheus(lambda: [series("worker", 1.0), series("srv-rows", 2.0)]) as (url, _),
        cluster.attached(f"{with_usage(url)}\n{attach}", on_event=said.append) as stack,
    ):
        found = stack.conditions()
        used = usage_by_part(stack)

    assert used.keys() == {"worker", "srv_rows"}
    assert f"gate: {UNTOLD}." in said
    assert [name for name, how in found.items() if how == UNTOLD] == ["usage gate"]


def test_a_part_is_scaled_and_read_by_its_label(cluster: Cluster) -> None:
    with cluster.attached(f'{WHOLE}\nnames.worker = "app=worker"') as stack:
        replicas = cluster.replicas()
        found = stack.conditions()["deployed worker"]

    assert cluster.changes()[0] == f"{IN} scale deployment --selector=app=worker --replicas=1"
    assert replicas["worker"] == 1
    assert cluster.replicas()["worker"] == 3
    assert found.startswith("deployment/worker: replicas 3")


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        ([{"metric": {}, "value": [1, "5"]}], "Write it as `sum by (container) (...)`"),
        (
            [{"metric": {"pod": "a", "container": "gate"}, "value": [1, "5"]}],
            "seen: pod, container. Write it",
        ),
        ([], "to tell of a part, gate, worker, srv_rows; it tells of nothing"),
    ],
    ids=["no label", "two labels", "nothing"],
)
def test_a_query_that_tells_nothing_of_the_parts_is_refused_before_anything_is_scaled(
    cluster: Cluster, result: list[object], sentence: str
) -> None:
    with prometheus(lambda: result) as (url, _), pytest.raises(SpecError) as refused:
        cluster.attach(with_usage(url))

    assert sentence in str(refused.value)
    assert cluster.changes() == []


def test_a_cluster_without_a_metrics_api_says_so_before_anything_is_scaled(
    cluster: Cluster,
) -> None:
    with pytest.raises(ScalingError, match=r"It said:\nerror: Metrics API not available"):
        cluster.attach(f'{WHOLE}\nusage = "kubernetes"')

    assert cluster.changes() == []


def test_kubectl_top_tells_of_the_parts_whose_pods_it_has(cluster: Cluster) -> None:
    cluster.prepare(top="250m")
    with cluster.attached(f'{WHOLE}\nusage = "kubernetes"') as stack:
        found = usage_by_part(stack)

    assert found.keys() == {"gate", "worker", "srv_rows"}
    assert found["gate"].memory_bytes == 45 * 2**20
    assert found["worker"].told_s is not None


# --- what is wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ('namespace = "shop"', 'namespace = "shops"', "Expected 'worker' in the namespace 'shops'"),
        ("within_s = 20", 'names.worker = "rpc"', 'names.worker = "NAME" in [attach]'),
        ("resolvers = 3", "resolvers = 2", "has 3 replicas. The file's numbers are put back"),
        ("service_workers = 1", "service_workers = 4", "has WEB_CONCURRENCY=1"),
    ],
)
def test_what_is_not_there_as_the_file_says_is_refused_before_anything_is_scaled(
    cluster: Cluster, before: str, after: str, sentence: str
) -> None:
    with pytest.raises(SpecError) as refused:
        cluster.attach(WHOLE.replace(before, after))

    assert sentence in str(refused.value)
    assert cluster.changes() == []


def test_a_variable_that_was_not_there_is_told_with_what_it_is_afterwards(
    cluster: Cluster,
) -> None:
    known = json.loads((cluster.folder / "cluster.json").read_text())
    known["deployments"]["srv-rows"]["env"] = {}
    cluster.prepare(**known)
    with cluster.attached(WHOLE) as stack:
        found = stack.conditions()["not told srv_rows"]

    assert found == "deployment/srv-rows had no WEB_CONCURRENCY, which is 1 after the run"


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ('namespace = "shop"', "", '"kubernetes" needs namespace = "NAME" in [attach]'),
        ("resolvers = 3", "resolvers = 2", "has 3 replicas. The file's numbers are put back"),
    ],
    ids=["no namespace", "another number"],
)
def test_the_command_ends_with_2_and_one_sentence(
    cluster: Cluster, before: str, after: str, sentence: str
) -> None:
    code, output = cluster.ran(WHOLE.replace(before, after), *SHORT, "--resolvers=1,2")

    assert code == 2, output
    assert sentence in " ".join(output.split())
    assert cluster.changes() == []


def test_without_kubectl_it_is_said_that_it_is_missing(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(MissingNeedError, match="Expected the program 'kubectl', which"):
        cluster.attach(WHOLE)


def test_what_the_file_says_itself_wins_over_the_preset(cluster: Cluster) -> None:
    attach = f'{WHOLE}\nscale.resolvers = "mine {{copies}}"\nsettled = "wait"'
    code, output = cluster.ran(attach, *SHORT, "--dry-run")
    lines = output.splitlines()

    assert code == 0, output
    assert "mine 1" in lines
    assert f"kubectl {IN} set env deployment/srv-rows WEB_CONCURRENCY=1" in lines
    assert [one for one in lines if "rollout status" in one] == []
