"""A load run of a stack that is up: scaled by commands of its file, and put back whatever comes."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from reports.record.record import LoadRun, read_record
from tests.integration.test_load_run import ROOT, STUB, left_over
from tests.integration.test_load_target import free_port

pytestmark = pytest.mark.timeout(150)

STAND_IN = Path(__file__).with_name("engine_stand_in.py")
STACK = """
format_version = 2
name = "rows"

[parts.gate]
role = "gateway"

[parts.worker]
role = "resolver"

[[seed]]
part = "gate"
request = "POST /rows"
body = {{ x = "{{n}}" }}
repeat = 3

[scenarios.rows]
description = "Reads"

[[scenarios.rows.calls]]
name = "read"
request = "GET /rows"

[attach]
gateway = "{gateway}"
{attach}
"""
WHOLE = """
resolvers = 3
service_workers = 1
scale.resolvers = "{run} scale worker={{copies}}"
scale.service_workers = ["{run} workers a {{workers}}", "{run} workers b {{workers}}"]
settled = "{run} settled"
reset = "{run} reset {{secrets.SEED_KEY}}"
within_s = 20
"""
USERS = """
from locust import FastHttpUser, task


class Reader(FastHttpUser):
    @task(3)
    def looks(self):
        self.client.get("/rows")

    @task
    def looks_twice(self):
        self.client.get("/rows", name="first")
        self.client.get("/rows", name="again")
"""
SHORT = ("--quick", "--duration=1", "--tolerant")
SECRET = "correct-horse"
BACK = ["scale worker=3", "workers a 1", "workers b 1", "settled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A small gateway that is up, and where the stand-in notes its calls."""

    url: str
    folder: Path

    @property
    def notes(self) -> Path:
        return self.folder / "notes.txt"

    def calls(self) -> list[str]:
        return self.notes.read_text().splitlines() if self.notes.exists() else []

    def stack_file(self, attach: str = WHOLE, *trouble: str) -> Path:
        """Write a stack file; a placeholder stands for the stand-in, which may make trouble."""
        command = shlex.join([sys.executable, str(STAND_IN), str(self.notes), *trouble])
        keys = attach.format(run=command.replace("\\", "\\\\").replace('"', '\\"'))
        file = self.folder / "stack.toml"
        file.write_text(STACK.format(gateway=self.url, attach=keys))
        return file

    def load(self, file: Path, *options: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "loadtests", "--stack", str(file)]
        command += ["--site", str(self.folder / "site"), *options]
        return subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"SEED_KEY": SECRET},
        )

    def ran(self, file: Path, *options: str) -> tuple[int, str]:
        process = self.load(file, *options)
        output, _ = process.communicate(timeout=120)
        return process.returncode, output

    def record(self) -> LoadRun:
        (folder,) = (self.folder / "site").glob("*-load")
        record = read_record(folder)
        assert isinstance(record, LoadRun)
        return record


@pytest.fixture(scope="module")
def gateway() -> Iterator[str]:
    """Start the gateway that the runs attach to, and give its URL."""
    port = free_port()
    with subprocess.Popen([sys.executable, str(STUB), str(port), "2"]) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: answers(url))
            yield url
        finally:
            process.terminate()


@pytest.fixture
def attached(gateway: str, tmp_path: Path) -> Attached:
    """Give the gateway, with notes of this test's own."""
    return Attached(url=gateway, folder=tmp_path)


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/count", timeout=1).is_success
    except httpx.TransportError:
        return False


def wait_until(condition: Callable[[], bool], *, within_s: float = 30.0) -> None:
    until_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until_s
        time.sleep(0.05)


def rows(url: str) -> int:
    return int(httpx.get(f"{url}/count", timeout=5).json())


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """A sweep that ended: what a dry run told before it, what it ran, what it left."""

    attached: Attached
    told: list[str]
    code: int
    output: str
    rows_made: int


@pytest.fixture(scope="module")
def swept(gateway: str, tmp_path_factory: pytest.TempPathFactory) -> Swept:
    """Have a dry run told, and then sweep two configurations once, for the tests of what came."""
    attached = Attached(url=gateway, folder=tmp_path_factory.mktemp("swept"))
    file, before = attached.stack_file(), rows(gateway)
    code, told = attached.ran(file, *SHORT, "--dry-run")
    assert code == 0, told
    assert (attached.calls(), rows(gateway)) == ([], before)
    assert not (attached.folder / "site").exists()
    code, output = attached.ran(file, *SHORT)
    return Swept(
        attached=attached,
        told=[line for line in told.splitlines() if not line.startswith("#")],
        code=code,
        output=output,
        rows_made=rows(gateway) - before,
    )


def test_a_sweep_runs_the_commands_that_a_dry_run_tells_and_puts_the_first_numbers_back(
    swept: Swept,
) -> None:
    told = [" ".join(shlex.split(line)[3:]) for line in swept.told]

    assert swept.code == 0, swept.output
    assert [one.replace(SECRET, "***") for one in swept.attached.calls()] == told
    assert told == [
        *("scale worker=1", "workers a 1", "workers b 1", "settled", "reset ***", "settled"),
        *("scale worker=2", "workers a 2", "workers b 2", "settled", "reset ***", "settled"),
        *BACK,
    ]
    assert "The first numbers are put back" in swept.output


def test_after_each_reset_the_seeds_are_put_to_the_gateway(swept: Swept) -> None:
    assert swept.rows_made == 2 * 3


def test_the_record_says_what_scaled_it_and_what_is_not_known(swept: Swept) -> None:
    record, url = swept.attached.record(), swept.attached.url

    assert record.conditions.engine == "attached"
    assert record.conditions.network_mode == f"as attached at {url}"
    assert "scale 'worker={copies}'" in record.conditions.details["scaled_by"]
    points = [(one.resolvers, one.service_workers) for one in record.configurations]
    assert points == [(1, 1), (2, 2)]
    assert record.capacity[0].outlooks is None
    assert "gate, worker used of the CPU is not known" in record.capacity[0].reasons["outlooks"]
    assert any("names no `usage`" in note for note in record.notes)


def test_what_the_commands_said_is_kept_and_no_secret_with_it(swept: Swept) -> None:
    kept = [one for one in (swept.attached.folder / "site").rglob("*") if one.is_file()]
    [log] = [one for one in kept if one.name == "scaling.log"]

    assert "(ended with 0 after " in log.read_text()
    assert [one for one in kept if SECRET in one.read_text(errors="replace")] == []


def test_own_users_load_what_is_up_at_each_number_that_it_is_scaled_to(attached: Attached) -> None:
    users = attached.folder / "readers.py"
    users.write_text(USERS)
    options = ("--resolvers=2", "--workers=1", "--users", str(users), "--slo=again:p90<900ms")
    code, output = attached.ran(attached.stack_file(), *SHORT, *options)
    record = attached.record()
    [one] = record.configurations
    [ran] = one.repetitions

    assert code == 0, output
    assert (one.scenario, one.resolvers) == ("users", 2)
    assert record.scenarios == {"users": "readers.py: Reader.looks, Reader.looks_twice"}
    assert ran.closed
    assert ran.common
    assert (ran.closed.failed, ran.common.failed) == (0, 0)
    assert {each.name for each in ran.common.endpoints} == {"GET /rows", "first", "again"}
    assert ran.common.offered_per_s == pytest.approx(0.7 * ran.closed.throughput_per_s, rel=0.15)
    assert [each.call for each in record.objectives] == ["again"]
    first = ["scale worker=2", "workers a 1", "workers b 1", "settled", f"reset {SECRET}"]
    assert attached.calls() == [*first, "settled", "scale worker=3", "settled"]
    assert any("With --users the rates that are given are of tasks" in n for n in record.notes)


def test_ctrl_c_puts_the_first_numbers_back(attached: Attached) -> None:
    file = attached.stack_file()
    process = attached.load(file, *SHORT, "--resolvers=1", "--workers=2")
    wait_until(lambda: any("reset" in one for one in attached.calls()))
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)

    assert process.returncode == 130, output
    assert "The first numbers are put back" in output
    assert "Interrupted; nothing is published." in output
    assert attached.calls()[-4:] == BACK
    assert left_over(file) == []


@pytest.mark.parametrize(
    ("trouble", "complaint"),
    [
        (("--fails-at", "scale worker=2"), "it ended with 1. It said:\nno such number: scale"),
        (("--hangs-at", "scale worker=2"), "to end with 0 within 3 s; it did not end"),
    ],
    ids=["it fails", "it hangs"],
)
def test_a_command_that_does_not_do_it_ends_the_run_with_what_it_said(
    attached: Attached, trouble: tuple[str, str], complaint: str
) -> None:
    file = attached.stack_file(WHOLE.replace("within_s = 20", "within_s = 3"), *trouble)
    code, output = attached.ran(file, *SHORT, "--workers=1", "--resolvers=2")

    assert code == 1, output
    assert complaint in output
    assert "Traceback" not in output
    assert attached.calls() == ["scale worker=2", *BACK]
    assert left_over(file) == []


def test_what_cannot_be_put_back_is_told_and_the_rest_is_and_the_record_stands(
    attached: Attached,
) -> None:
    file = attached.stack_file(WHOLE, "--fails-at", "scale worker=3")
    code, output = attached.ran(file, *SHORT, "--resolvers=1", "--workers=2")

    assert code == 1, output
    assert "Not put back: Expected `" in output
    assert attached.calls()[-4:] == BACK
    assert attached.record().configurations[0].repetitions[0].closed is not None


@pytest.mark.parametrize(
    ("attach", "options", "sentence"),
    [
        ("", ("--resolvers=1,2",), "--resolvers 1,2 needs scale.resolvers in [attach]"),
        ("service_workers = 2", ("--workers=1,2",), "without one there are 2 workers of each"),
        (WHOLE, ("--prefetch=8",), "--prefetch 8 needs scale.prefetch in [attach]"),
        (WHOLE, ("--engine=processes",), "--engine is for a stack that is started here"),
        (WHOLE, ("--target-rate=9", "--slo-p99-ms=9"), "name `usage` in [attach]"),
        ('scale.resolvers = "x {{copies}}"', (), "write resolvers = N into [attach]"),
        ('resolvers = 1\nscale.resolvers = "x 2"', (), "no word of it has {copies}"),
        ('resolvers = 1\nscale.resolvers = "x {{copies}} \'"', (), "no closing quotation"),
        ('resolvers = 1\nscale.resolvers = "no-such {{copies}}"', (), "'no-such', which scale"),
        (WHOLE.replace("{{workers}}", "{{workers}} {{hosts}}"), (), "names {hosts}, which is"),
        (WHOLE.replace("SEED_KEY", "NO_KEY"), (), "NO_KEY, which is not set"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_run(
    attached: Attached, attach: str, options: tuple[str, ...], sentence: str
) -> None:
    code, output = attached.ran(attached.stack_file(attach), *options)

    assert code == 2, output
    assert sentence in " ".join(output.split())
    assert attached.calls() == []


def test_a_stack_that_is_attached_to_is_not_started_by_other_commands(attached: Attached) -> None:
    command = [sys.executable, "-m", "testcontainers_fixtures", "--stack"]
    done = subprocess.run(
        [*command, str(attached.stack_file())],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2, done.stderr
    assert "is up already ([attach]), and nothing says how part 'gate' is started" in done.stderr


def test_a_dry_run_of_a_stack_that_is_started_here_has_nothing_to_tell() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "loadtests", "--dry-run"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert "the stack file of 'reference' has none" in done.stderr
