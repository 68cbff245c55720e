"""A team's own locust users make the load: unchanged, over a target and over a stack."""

import csv
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.record.measurements import Phase
from tests.integration.test_load_headers import run
from tests.integration.test_load_login import (
    GATEWAY,
    LOGIN,
    PASSWORD,
    STACK,
    gateway,
    record_of,
    seen,
)
from tests.integration.test_load_target import TELEMETRY, certified, server

__all__ = ["certified", "server"]

# As teams have them: a login in on_start, three tasks by weight, what they wait, a check.
COMMON = """
import os
import random
import time

from locust import {base}, between, task


class Shopper({base}):
    wait_time = between(1, 3)

    def on_start(self):
        who = {{"name": "shopper", "password": os.environ["GATE_PASSWORD"]}}
        token = self.client.post("/login", json=who).json()["data"]["token"]
        self.headers = {{"Authorization": f"Bearer {{token}}"}}

    @task(6)
    def look(self):
        self.client.get("/rows", headers=self.headers)

    @task(3)
    def search(self):
        self.client.get(f"/rows?page={{random.randint(1, 9)}}", headers=self.headers, name="search")

    @task
    def look_twice(self):
        with self.client.get("/rows", headers=self.headers, catch_response=True) as answer:
            if answer.json() != []:
                answer.failure("rows came")
        time.sleep(0.1)
        self.client.get("/rows", headers=self.headers, name="again")
"""
FAILING = """
from locust import HttpUser, task


class Clumsy(HttpUser):
    @task(2)
    def reads(self):
        self.client.get("/rows", name="well")

    @task
    def stumbles(self):
        raise LookupError("no such shelf")

    @task
    def complains(self):
        with self.client.get("/rows", name="checked", catch_response=True) as answer:
            answer.failure("not the rows that were wanted")

    @task
    def trips(self):
        with self.client.get("/rows", name="read", catch_response=True) as answer:
            answer.json()["rows"]

    @task
    def misses(self):
        self.client.delete("/rows/0", name="missed").raise_for_status()
"""
BUSY = """
import time

from locust import FastHttpUser, task


class Busy(FastHttpUser):
    @task
    def computes(self):
        self.client.get("/rows")
        until = time.monotonic() + 0.08
        while time.monotonic() < until:
            pass
"""
UNHEARD = """
from locust import FastHttpUser, HttpUser, task


class Patient(HttpUser):
    @task
    def waits(self):
        self.client.get("/rows", name="requests", timeout=0.2)


class Quick(FastHttpUser):
    network_timeout = 0.2

    @task
    def waits(self):
        with self.client.get("/rows", name="geventhttpclient", catch_response=True) as answer:
            answer.json()["rows"]
"""
OWN_CLIENT = """
from gevent.event import Event
from locust import User, task


class Talker(User):
    @task
    def says(self):
        with self.environment.events.request.measure("TCP", "say"):
            Event().wait(0.03)
"""

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def shoppers(tmp_path: Path) -> Path:
    """Write a users file of the common kind."""
    file = tmp_path / "shoppers.py"
    file.write_text(COMMON.format(base="HttpUser"))
    return file


def open_phase(site: Path) -> Phase:
    phase = record_of(site).configurations[0].repetitions[0].open
    assert phase
    return phase


@pytest.mark.alone
@pytest.mark.parametrize(
    ("base", "client"),
    [("HttpUser", "requests"), ("FastHttpUser", "geventhttpclient")],
    ids=["requests", "geventhttpclient"],
)
def test_an_unchanged_locust_file_loads_a_target_at_a_rate_of_its_tasks(
    base: str, client: str, shoppers: Path, tmp_path: Path
) -> None:
    shoppers.write_text(COMMON.format(base=base))
    options = ("--users", str(shoppers), "--rate=60", "--duration=5", "--slo=search:p90<900ms")

    with gateway(lasts_s=60.0) as gate:
        done = run(tmp_path / "site", "--target", gate, *options, GATE_PASSWORD=PASSWORD)
        came = seen(gate)
    record, phase = record_of(tmp_path / "site"), open_phase(tmp_path / "site")

    assert done.returncode in {0, 3}, done.stdout + done.stderr
    sent = {one.name: one.samples for one in phase.endpoints}
    assert sent.keys() == {"GET /rows", "search", "again"}
    (flow,) = phase.flows
    assert (flow.sessions, flow.broken, phase.failed, phase.unknown) == (300, 0, 0, 0)
    assert phase.samples == flow.steps_sent == 300 + sent["again"]
    # Its task slept 100 ms before it, which are nobody's latency.
    [again] = [one.latency_ms.p50 for one in phase.endpoints if one.name == "again"]
    assert (again or 0.0) < 90
    assert sent["search"] == pytest.approx(90, abs=32)
    assert phase.offered_per_s == pytest.approx(phase.samples / 5, abs=0.01)
    assert phase.achieved_per_s == pytest.approx(phase.offered_per_s, rel=0.01)
    # Who logs in does so before it is measured, and no task waited for that.
    assert (phase.pool_waits, "refused" in came) == (0, False)
    assert came["logins"] >= 60
    assert client in record.conditions.details["generator"]
    assert any("wait_time of Shopper is not used" in note for note in record.notes)
    assert "wait_time of Shopper is not used" in " ".join(done.stdout.split())
    assert [one.call for one in record.objectives] == ["search"]
    assert PASSWORD not in done.stdout + done.stderr


@pytest.mark.long
def test_an_unchanged_locust_file_loads_a_stack_at_a_common_rate(
    shoppers: Path, tmp_path: Path
) -> None:
    file = tmp_path / "stack.toml"
    file.write_text(STACK.format(gateway=GATEWAY, password=PASSWORD) + LOGIN)
    options = ("--engine=processes", "--quick", "--duration=1", "--resolvers=1")
    users = ("--users", str(shoppers), "--workers=1")

    done = run(tmp_path / "site", "--stack", str(file), *options, *users, GATE_PASSWORD=PASSWORD)
    record = record_of(tmp_path / "site")
    [one] = record.configurations[0].repetitions

    assert done.returncode in {0, 3}, done.stdout + done.stderr
    assert one.closed
    assert one.common
    assert (one.closed.failed, one.common.failed) == (0, 0)
    assert one.common.offered_per_s == pytest.approx(0.7 * one.closed.throughput_per_s, rel=0.1)
    assert {point.name for point in one.common.endpoints} == {"GET /rows", "search", "again"}
    assert list(record.scenarios.values()) == [
        "shoppers.py: Shopper.look, Shopper.search, Shopper.look_twice"
    ]
    assert any("[login] is not used" in note for note in record.notes)


@pytest.mark.alone
@pytest.mark.long
def test_several_generators_share_the_tasks_of_own_users(shoppers: Path, tmp_path: Path) -> None:
    options = ("--users", str(shoppers), "--rate=40", "--duration=3", "--generators=2")

    with gateway(lasts_s=60.0) as gate:
        done = run(tmp_path / "site", "--target", gate, *options, GATE_PASSWORD=PASSWORD)
    phase = open_phase(tmp_path / "site")

    assert done.returncode in {0, 3}, done.stdout + done.stderr
    assert (phase.generators, phase.failed, phase.flows[0].sessions) == (2, 0, 120)


def test_what_a_task_raises_or_complains_of_has_failed_once_with_its_reason(
    server: int, tmp_path: Path
) -> None:
    file = tmp_path / "clumsy.py"
    file.write_text(FAILING)
    target = ("--target", f"http://127.0.0.1:{server}", "--users", str(file))

    done = run(tmp_path / "site", *target, "--rate=60", "--duration=3")
    phase = open_phase(tmp_path / "site")

    assert done.returncode in {1, 3}, done.stdout + done.stderr
    failed = {one.name: (one.failed, one.samples) for one in phase.endpoints}
    assert failed.keys() == {"well", "Clumsy.stumbles", "checked", "read", "missed"}
    assert failed["well"][0] == 0
    assert all(bad == all_ for name, (bad, all_) in failed.items() if name != "well")
    assert phase.errors == {
        "LookupError: no such shelf": failed["Clumsy.stumbles"][0],
        "CatchResponseError: not the rows that were wanted": failed["checked"][0],
        "TypeError: list indices must be integers or slices, not str": failed["read"][0],
        "HTTP 404": failed["missed"][0],
    }
    assert phase.flows[0].broken == phase.failed
    assert phase.flows[0].sessions == phase.samples == 180


def test_a_task_that_holds_the_generator_up_voids_its_phase(server: int, tmp_path: Path) -> None:
    file = tmp_path / "busy.py"
    file.write_text(BUSY)
    target = ("--target", f"http://127.0.0.1:{server}", "--users", str(file))

    done = run(tmp_path / "site", *target, "--rate=6", "--duration=3")
    phase = open_phase(tmp_path / "site")

    assert done.returncode == 3, done.stdout + done.stderr
    assert phase.loop_gap_ms_max > 50
    assert "above 50 ms: answers were timed late" in " ".join(done.stdout.split())


def refusals() -> Iterator[object]:
    """Yield a users file, more options, and what is said of both."""
    good = COMMON.format(base="HttpUser")
    beside = "--request says what is sent, and so do the classes of --users; leave one out"
    yield pytest.param("import nothing_like_it\n", (), "line 1, cannot be imported", id="import")
    yield pytest.param("x = 1\n\nx = = 2\n", (), "users.py, line 3: invalid syntax", id="syntax")
    yield pytest.param("from locust import task\n", (), "has no user class", id="none")
    yield pytest.param(good + good, (), "two classes named Shopper, in lines 9 and", id="twice")
    yield pytest.param("raise SystemExit(3)\n", (), "SystemExit: 3", id="exit")
    yield pytest.param(good, ("--request", "GET /"), beside, id="request")
    yield pytest.param(good, ("--login", "x.toml"), "--login says what is sent", id="login")


@pytest.mark.parametrize(("text", "options", "said"), list(refusals()))
def test_a_users_file_that_cannot_be_used_ends_with_2_and_one_sentence(
    text: str, options: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    file = tmp_path / "users.py"
    file.write_text(text)

    done = run(tmp_path / "site", "--target", "http://127.0.0.1:9", "--users", str(file), *options)

    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "site").exists()


def test_users_that_cannot_start_are_said_with_what_they_raised(
    server: int, shoppers: Path, tmp_path: Path
) -> None:
    target = ("--target", f"http://127.0.0.1:{server}", "--users", str(shoppers), "--duration=2")

    done = run(tmp_path / "site", *target, GATE_PASSWORD=PASSWORD)

    assert done.returncode in {1, 3}, done.stdout + done.stderr
    assert "A Shopper did not start: its on_start raised" in " ".join(done.stdout.split())


@pytest.mark.alone
@pytest.mark.long
def test_what_answers_tell_and_each_request_of_own_users_are_kept_as_ever(
    server: int, tmp_path: Path
) -> None:
    users, stack, rows = (tmp_path / name for name in ("users.py", "stack.toml", "rows.csv"))
    users.write_text(BUSY.replace("0.08", "0.0"))
    stack.write_text(TELEMETRY)
    target = ("--target", f"http://127.0.0.1:{server}", "--users", str(users))
    options = ("--stack", str(stack), "--rate=30", "--duration=3", f"--out=csv={rows}")

    done = run(tmp_path / "site", *target, *options)
    phase = open_phase(tmp_path / "site")
    with rows.open(encoding="utf-8") as lines:
        kept = [row for row in csv.DictReader(lines) if row["phase"] == "open loop"]

    assert done.returncode in {0, 3}, done.stdout + done.stderr
    assert phase.rpc_ms
    assert phase.rpc_ms.p50 == pytest.approx(1.25, rel=0.01)
    assert phase.worker_shares == {"rows": {"7": 1.0}}
    assert {(row["call"], row["status"], row["outcome"]) for row in kept} == {
        ("GET /rows", "200", "ok")
    }
    assert len({row["trace_id"] for row in kept}) == len(kept) == 90


@pytest.mark.alone
@pytest.mark.long
def test_a_client_of_a_users_own_is_counted_by_what_it_tells_locust(
    server: int, tmp_path: Path
) -> None:
    file = tmp_path / "talkers.py"
    file.write_text(OWN_CLIENT)
    target = ("--target", f"http://127.0.0.1:{server}", "--users", str(file))

    done = run(tmp_path / "site", *target, "--rate=30", "--duration=2")
    phase = open_phase(tmp_path / "site")

    assert done.returncode in {0, 3}, done.stdout + done.stderr
    assert [(one.name, one.samples, one.failed) for one in phase.endpoints] == [("say", 60, 0)]
    assert phase.latency_ms.p50 == pytest.approx(31, abs=5)


@pytest.mark.long
def test_own_users_trust_the_authority_that_is_named(certified: str, tmp_path: Path) -> None:
    file = tmp_path / "users.py"
    file.write_text(BUSY.replace("0.08", "0.0").replace("FastHttpUser", "HttpUser"))
    options = ("--ca-file", str(tmp_path / "ca.pem"), "--rate=20", "--duration=2")

    done = run(tmp_path / "site", "--target", certified, "--users", str(file), *options)
    phase = open_phase(tmp_path / "site")

    assert done.returncode in {0, 3}, done.stdout + done.stderr
    assert (phase.errors, phase.samples) == ({}, 40)


@pytest.mark.alone
@pytest.mark.long
def test_what_was_not_answered_may_have_happened_whichever_client_sent_it(tmp_path: Path) -> None:
    file = tmp_path / "users.py"
    file.write_text(UNHEARD)
    with socket.create_server(("127.0.0.1", 0), backlog=512) as silent:
        target = ("--target", f"http://127.0.0.1:{silent.getsockname()[1]}", "--users", str(file))
        done = run(tmp_path / "site", *target, "--rate=20", "--duration=2")
    phase = open_phase(tmp_path / "site")

    assert done.returncode in {1, 3}, done.stdout + done.stderr
    assert {one.name for one in phase.endpoints} == {"requests", "geventhttpclient"}
    assert (phase.samples, phase.failed, phase.unknown) == (40, 0, 40)
    assert list(phase.errors) == ["TimeoutError: timed out"]
    assert phase.latency_ms.p50 == pytest.approx(205, abs=25)
