"""Parts that answer no HTTP, wait for each other and have a place of their own, on both engines."""

import getpass
import os
import subprocess
import sys
import time
import venv
from pathlib import Path

import pytest

from testcontainers_fixtures.errors import MissingNeedError, SpecError, StartError
from testcontainers_fixtures.stack import start_stack
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file
from tests.integration.small_stacks import DOCKERFILE, ENGINES

ROOT = Path(__file__).parents[2]
# The first start in containers may have to make a base image.
pytestmark = pytest.mark.timeout(600)

HEAD = """
format_version = 2
name = "parts"
[image]
include = ["**/*.py"]
"""
GATEWAY = """
[parts.front]
role = "gateway"
port = 9000
command = ["python", "-m", "http.server", "--bind", "{host}", "{port}"]
ready = "GET /"
"""
# Listens late, and then says so; what it is sent it writes down.
STORE = """
import socket, sys, time
time.sleep(0.5)
with socket.create_server((sys.argv[1], int(sys.argv[2]))) as server:
    print("accepts", flush=True)
    while True:
        link, _ = server.accept()
        with link:
            link.settimeout(5)
            print("got", link.recv(100).decode() or "nothing", flush=True)
"""
SEED = """
import pathlib, socket, sys
host, port, told = sys.argv[1:]
with socket.create_connection((host, int(port)), timeout=5) as link:
    link.sendall(pathlib.Path(told).read_bytes())
"""
ASKS = """
import sys, urllib.request
urllib.request.urlopen(sys.argv[1], timeout=5)
"""
# Listens, and ends after a while.
FAILS = """
import socket, sys, time
server = socket.create_server((sys.argv[1], int(sys.argv[2])))
print("up", flush=True)
time.sleep(2)
print(sys.argv[3], flush=True)
raise SystemExit(4)
"""
ORDERED = """
[parts.front]
role = "gateway"
port = 9000
after = ["seed", "talker"]
command = ["python", "-m", "http.server", "--bind", "{host}", "{port}"]
ready = { command = ["python", "tools/asks.py", "http://127.0.0.1:{port}/"], within_s = 20 }

[parts.seed]
role = "job"
folder = "tools"
after = ["store"]
before_start = [
    ["python", "-c", "open('{data}/told', 'w').write('the ')"],
    ["python", "-c", "open('{data}/told', 'a').write('rows')"],
]
command = ["python", "seed.py", "{store.host}", "{store.port}", "{data}/told"]

[parts.store]
role = "database"
port = 5432
command = ["python", "tools/store.py", "{host}", "{port}"]

[parts.talker]
role = "resolver"
command = ["python", "-u", "-c", "import time; print('all set'); time.sleep(600)"]
ready = { when = "log all set", within_s = 20 }
"""


def system(folder: Path, parts: str) -> StackSpec:
    """Return the stack file of a small system that needs Python alone."""
    (folder / "tools").mkdir()
    (folder / "tools" / "store.py").write_text(STORE)
    (folder / "tools" / "seed.py").write_text(SEED)
    (folder / "tools" / "asks.py").write_text(ASKS)
    (folder / "tools" / "fails.py").write_text(FAILS)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    file = folder / "stack.toml"
    file.write_text(HEAD + parts)
    return read_stack_file(file)


def refused(folder: Path, parts: str, engine: str = "processes") -> tuple[str, float]:
    """Return why a stack did not start, and after how many seconds."""
    spec, begun_s = system(folder, parts), time.monotonic()
    with (
        pytest.raises(StartError) as caught,
        start_stack(spec, run_folder=folder / "run", engine=engine),
    ):
        pass
    return str(caught.value), time.monotonic() - begun_s


@ENGINES
def test_each_part_waits_for_those_it_starts_after_and_is_ready_in_its_own_way(
    engine: str, tmp_path: Path
) -> None:
    told: list[str] = []
    spec = system(tmp_path, ORDERED)
    with start_stack(
        spec, run_folder=tmp_path / "run", engine=engine, on_event=told.append
    ) as stack:
        first = [line.split()[0] for line in told if " ready in " in line]
        stack.reset()
        again = [line.split()[0] for line in told if " ready in " in line][len(first) :]
        [store] = stack.copies("store")
        said = store.log_tail(100)

        assert stack.ended() == {}
        assert stack.copies("seed")[0].alive() is False
    for order in (first, again):
        assert [name for name in order if name != "talker"] == ["store", "seed", "front"]
    assert first.index("talker") < first.index("front")
    assert "talker" not in again  # it waits for no data
    # The job was run through again, on a fresh folder, after the store had started over.
    assert said.count("got the rows\n") + said.endswith("got the rows") == 1


@ENGINES
def test_a_port_that_nobody_listens_on_is_not_ready(engine: str, tmp_path: Path) -> None:
    deaf = """
    [parts.deaf]
    role = "cache"
    port = 6379
    command = ["python", "-c", "import time; print('no port', flush=True); time.sleep(60)"]
    ready = { when = "tcp", within_s = 1.5 }
    """

    sentence, _ = refused(tmp_path, GATEWAY + deaf, engine)

    assert "deaf did not take a TCP connection within 1.5 s" in sentence
    assert sentence.endswith("no port") or "no port\n" in sentence


@ENGINES
def test_a_job_that_fails_ends_the_start_at_once_with_its_last_lines(
    engine: str, tmp_path: Path
) -> None:
    job = """
    [parts.seed]
    role = "job"
    command = ["python", "-c", "print('no such table'); raise SystemExit(3)"]
    """

    sentence, took_s = refused(tmp_path, GATEWAY + job, engine)

    assert "seed ended; the job was to end with 0 (exit code 3)" in sentence
    assert "no such table" in sentence
    assert took_s < 50


@ENGINES
def test_what_comes_before_a_part_and_fails_is_named_with_its_last_lines(
    engine: str, tmp_path: Path
) -> None:
    part = """
    [parts.orders]
    role = "service"
    port = 9001
    before_start = [["python", "-c", "print('head is missing'); raise SystemExit(2)"]]
    command = ["python", "-c", "print('never')"]
    """

    sentence, _ = refused(tmp_path, GATEWAY + part, engine)

    assert "of before_start was to end with 0 (exit code 2)" in sentence
    assert "head is missing" in sentence
    assert "never" not in sentence.partition("Last log lines:")[2]


def test_a_part_that_ends_while_others_start_is_told_of_at_once(tmp_path: Path) -> None:
    parts = """
    [parts.store]
    role = "database"
    port = 5432
    command = ["python", "tools/fails.py", "{host}", "{port}", "disk full"]

    [parts.orders]
    role = "service"
    after = ["store"]
    command = ["python", "-c", "import time; time.sleep(60)"]
    ready = { when = "log never said", within_s = 40 }
    """

    sentence, took_s = refused(tmp_path, GATEWAY + parts)

    assert "store ended while the stack was up (exit code 4)" in sentence
    assert sentence.endswith("disk full")
    assert took_s < 20


PLACED = """
[parts.worker]
role = "resolver"
folder = "tools"
python = ".venv"
env_from = ["SHOP_SECRET"]
stop_signal = "SIGINT"
grace_s = 5
settings = { NOTE = "at {secrets.SHOP_SECRET}", TEMPLATE = "{{host}}" }
command = ["python", "-u", "worker.py"]
ready = "log started"
"""
WORKER = """
import os, signal, sys, time
def goodbye(*_):
    print("interrupted")
    sys.exit()
signal.signal(signal.SIGINT, goodbye)
print("in", os.getcwd(), "with", sys.prefix)
print(os.environ["NOTE"], os.environ["TEMPLATE"], os.environ["SHOP_SECRET"])
print("started")
time.sleep(600)
"""


def test_a_part_has_its_own_folder_python_secret_and_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_SECRET", "s3cr3t/w0rd")
    spec = system(tmp_path, GATEWAY + PLACED)
    tools = tmp_path / "tools"
    (tools / "worker.py").write_text(WORKER)
    venv.create(tools / ".venv", with_pip=False, symlinks=True)
    with start_stack(spec, run_folder=tmp_path / "run", engine="processes") as stack:
        [worker] = stack.copies("worker")
        told = worker.log_tail()
    log = (tmp_path / "run" / "logs" / "worker.log").read_text()

    assert f"in {tools} with {tools / '.venv'}" in told
    assert "at *** {host} ***" in told
    assert "s3cr3t" not in log
    assert log.rstrip().endswith("interrupted")


def test_what_refuses_root_runs_as_a_user_of_its_own_who_owns_its_data(tmp_path: Path) -> None:
    part = """
    [parts.store]
    role = "stub"
    user = "nobody"
    settings = { DATA = "{data}" }
    before_start = [["sh", "-c", "id -un > $DATA/who"]]
    command = ["sh", "-c", "id -un; stat -c %U $DATA; cat $DATA/who; echo in $DATA; sleep 600"]
    ready = "log in /"
    """
    spec = system(tmp_path, GATEWAY + part)
    who = "nobody" if os.geteuid() == 0 else getpass.getuser()
    with start_stack(spec, run_folder=tmp_path / "run", engine="processes") as stack:
        [store] = stack.copies("store")
        *told, data = store.log_tail().splitlines()

        assert told == [who] * 3
    assert not Path(data.removeprefix("in ")).exists()


@pytest.mark.parametrize(
    ("changed", "kind", "complaint"),
    [
        pytest.param('env_from = ["NOT_SET_X"]', SpecError, "NOT_SET_X from the", id="env_from"),
        pytest.param(
            'settings = { A = "{secrets.NOT_SET_X}" }', SpecError, "NOT_SET_X", id="a secret"
        ),
        pytest.param('python = ".no"', MissingNeedError, "virtual environment", id="python"),
        pytest.param('folder = "nowhere"', MissingNeedError, "the folder", id="folder"),
        pytest.param('user = "no-one-x"', MissingNeedError, "user 'no-one-x'", id="user"),
        pytest.param('command = ["./run"]', MissingNeedError, "program './run'", id="program"),
    ],
)
def test_a_place_that_is_not_there_is_named(
    changed: str, kind: type[Exception], complaint: str, tmp_path: Path
) -> None:
    command = "" if "command" in changed else 'command = ["python"]\n'
    part = f'[parts.worker]\nrole = "resolver"\nready = "log x"\n{command}{changed}\n'
    spec = system(tmp_path, GATEWAY + part)

    with (
        pytest.raises(kind) as caught,
        start_stack(spec, run_folder=tmp_path / "run", engine="processes"),
    ):
        pass
    assert complaint in str(caught.value)
    assert "worker" in str(caught.value)


def test_a_part_that_ends_while_a_stack_is_held_is_told_of(tmp_path: Path) -> None:
    worker = """
    [parts.worker]
    role = "resolver"
    ready = "log up"
    command = ["python", "tools/fails.py", "127.0.0.1", "0", "gone"]
    """
    system(tmp_path, GATEWAY + worker)
    command = [sys.executable, "-m", "testcontainers_fixtures", "--engine", "processes"]
    with subprocess.Popen(
        [*command, "--stack", str(tmp_path / "stack.toml")],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stderr is not None
        said = ""
        for line in holder.stderr:
            said += line
            if line.startswith("gone"):
                break
        holder.terminate()
        code = holder.wait(timeout=30)

    assert "worker ended while the stack was up (exit code 4)" in said
    assert code == 0
