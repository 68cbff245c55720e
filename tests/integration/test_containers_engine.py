"""Parts in containers: they find each other, freeze, die, and leave nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docker
import pytest

from testcontainers_fixtures.engines.containers import ContainersEngine
from testcontainers_fixtures.engines.docker_access import docker_client, docker_engine_answers
from testcontainers_fixtures.engines.engine import BrokerAccess, Killable, Launch, Pausable, Running
from testcontainers_fixtures.engines.ownership import ENGINE_LABEL
from testcontainers_fixtures.errors import StartError
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file

pytestmark = [
    # The first start may have to make a base image.
    pytest.mark.timeout(600),
    # In CI the engine must be there: without one these tests fail instead.
    pytest.mark.skipif(
        not (os.environ.get("CI") or docker_engine_answers()), reason="no Docker engine answers"
    ),
]

HARNESS = Path(__file__).with_name("harness_of_containers.py")
ROOT = Path(__file__).parents[2]
WITHIN_S = 10.0

STACK = """
format_version = 1
name = "tiny"
[image]
include = ["answer.txt"]
[parts.web]
role = "gateway"
port = 8000
command = ["python"]
"""
DOCKERFILE = """
ARG BASE
FROM ${BASE}
RUN ln -sf "$(command -v python3)" /usr/local/bin/python \
    && install --directory --owner 10001 --mode 0700 /data
WORKDIR /app
COPY answer.txt .
USER 10001
# A part's command is the whole command: what the image would put before it must not run.
ENTRYPOINT ["false"]
"""
WEB = ("python", "-m", "http.server", "--bind", "0.0.0.0", "8000")  # noqa: S104 -- in a container


@pytest.fixture(scope="module")
def stack_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the stack file of a system that is one text file."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "answer.txt").write_text("42")
    file = folder / "stack.toml"
    file.write_text(STACK)
    return file


@pytest.fixture(scope="module")
def spec(stack_file: Path) -> StackSpec:
    return read_stack_file(stack_file)


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    """Return the tests' own look into the Docker engine."""
    made = docker_client()
    yield made
    made.close()


@pytest.fixture
def engine(tmp_path: Path, spec: StackSpec) -> Iterator[ContainersEngine]:
    made = ContainersEngine(tmp_path, spec)
    yield made
    made.close()


def _start(
    engine: ContainersEngine,
    *command: str,
    name: str = "web",
    fresh: bool = True,
    state: str = "",
) -> Running:
    address = engine.reserve(name, 8000)
    return engine.launch(
        Launch(
            name=name,
            command=command,
            environment={"STATE": state},
            address=address,
            fresh=fresh,
        )
    )


def _eventually(condition: Callable[[], bool]) -> bool:
    deadline_s = time.monotonic() + WITHIN_S
    while not condition():
        if time.monotonic() > deadline_s:
            return False
        time.sleep(0.05)
    return True


def _answer(url: str, timeout_s: float = 1.0) -> str:
    try:
        with urllib.request.urlopen(url, timeout=timeout_s) as answer:  # noqa: S310 -- our own http URL
            return str(answer.read().decode())
    except OSError as error:
        return type(error).__name__


def _answers(part: Running) -> bool:
    return _answer(f"{part.url}/answer.txt") == "42"


def _ended(part: Running) -> str:
    assert _eventually(lambda: not part.alive())
    return part.log_tail(100)


def _left(client: docker.DockerClient, token: str) -> list[str]:
    mine = {"label": f"{ENGINE_LABEL}={token}"}
    return [
        *(found["Id"] for found in client.api.containers(all=True, filters=mine)),
        *(found["Id"] for found in client.api.networks(filters=mine)),
        *(found["Name"] for found in client.api.volumes(filters=mine)["Volumes"] or []),
    ]


def test_a_part_answers_on_loopback_and_on_no_other_address(
    engine: ContainersEngine, client: docker.DockerClient
) -> None:
    part = _start(engine, *WEB)
    [row] = client.api.containers(filters={"label": f"{ENGINE_LABEL}={engine.token}"})

    assert _eventually(lambda: _answers(part))
    assert {port["IP"] for port in row["Ports"]} == {"127.0.0.1"}
    assert part.url.startswith("http://127.0.0.1:")


def test_parts_find_each_other_by_name(engine: ContainersEngine) -> None:
    web = _start(engine, *WEB, name="srv_web")
    assert _eventually(lambda: _answers(web))
    url = f"{engine.reserve('srv_web', 8000).url}/answer.txt"
    script = f"import urllib.request; print(urllib.request.urlopen({url!r}, timeout=5).read())"

    assert "b'42'" in _ended(_start(engine, "python", "-c", script, name="asks-2"))


def test_parts_run_without_root_and_without_its_powers(engine: ContainersEngine) -> None:
    script = "print(open('/proc/self/status').read())"
    status = _ended(_start(engine, "python", "-c", script))
    lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)

    assert lines["Uid"].split() == ["10001"] * 4
    assert int(lines["CapBnd"], 16) == 0


def test_several_parts_start_at_once(engine: ContainersEngine) -> None:
    with ThreadPoolExecutor() as pool:
        parts = list(pool.map(lambda n: _start(engine, *WEB, name=f"web-{n}"), range(4)))

    assert _eventually(lambda: all(map(_answers, parts)))


def test_a_part_that_ends_by_itself_is_seen_with_its_last_words(engine: ContainersEngine) -> None:
    part = _start(engine, "python", "-c", "raise SystemExit('no database')")

    assert "no database" in _ended(part)


def test_a_command_that_is_not_there_is_said_at_once(
    engine: ContainersEngine, client: docker.DockerClient
) -> None:
    with pytest.raises(StartError, match=r"Expected the Docker engine to start web; it refused"):
        _start(engine, "no-such-program")
    engine.close()

    assert _left(client, engine.token) == []


def test_a_killed_part_comes_back_under_its_name_and_both_its_addresses(
    engine: ContainersEngine,
) -> None:
    first = _start(engine, *WEB)
    assert _eventually(lambda: _answers(first))
    look_up = ("python", "-c", "import socket; print(socket.gethostbyname('web'))")
    before = _ended(_start(engine, *look_up, name="looks-up"))
    assert isinstance(first, Killable)
    first.kill()
    dead = (first.alive(), _answer(first.url))
    _start(engine, *WEB, name="takes-the-next-free-address")
    second = _start(engine, *WEB, fresh=False)

    assert dead == (False, "URLError")
    assert second.url == first.url
    assert _eventually(lambda: _answers(second))
    assert _ended(_start(engine, *look_up, name="looks-up")) == before


def test_a_paused_part_lives_and_says_nothing_until_it_is_resumed(engine: ContainersEngine) -> None:
    part = _start(engine, *WEB)
    assert _eventually(lambda: _answers(part))
    assert isinstance(part, Pausable)
    part.pause()
    frozen = (part.alive(), _answer(part.url, timeout_s=0.3))
    part.resume()

    assert frozen == (True, "TimeoutError")
    assert _eventually(lambda: _answers(part))


@pytest.mark.parametrize("paused", [False, True], ids=["running", "paused"])
def test_a_part_that_hears_sigterm_ends_within_its_grace(
    engine: ContainersEngine, tmp_path: Path, *, paused: bool
) -> None:
    script = (
        "import signal, time\n"
        "def end(*_): print('drained', flush=True); raise SystemExit\n"
        "signal.signal(signal.SIGTERM, end); print('up', flush=True); time.sleep(600)"
    )
    part = _start(engine, "python", "-c", script)
    assert _eventually(lambda: "up" in part.log_tail())
    assert isinstance(part, Pausable)
    if paused:
        part.pause()
    begun_s = time.monotonic()
    part.stop(grace_s=10)

    assert time.monotonic() - begun_s < 5
    assert (tmp_path / "logs" / "web.log").read_text() == "up\ndrained\n"
    assert part.log_tail(1) == "drained\n"


def test_a_part_that_does_not_hear_sigterm_is_ended(engine: ContainersEngine) -> None:
    part = _start(engine, "python", "-c", "import time; time.sleep(600)")
    part.stop(grace_s=0.1)

    assert not part.alive()


def test_data_stays_for_a_next_copy_unless_that_is_to_start_fresh(engine: ContainersEngine) -> None:
    script = (
        "import os, pathlib; file = pathlib.Path(os.environ['STATE'], 'count')\n"
        "file.open('a').write('x'); print(file.read_text())"
    )
    counts = [
        _ended(_start(engine, "python", "-c", script, fresh=fresh, state=engine.data_folder("web")))
        for fresh in (True, False, True)
    ]

    assert counts == ["x\n", "xx\n", "x\n"]


def test_nothing_is_left_after_close_but_the_logs(
    tmp_path: Path, spec: StackSpec, client: docker.DockerClient
) -> None:
    engine = ContainersEngine(tmp_path, spec)
    _start(engine, *WEB, state=engine.data_folder("web"))
    _start(engine, "python", "-c", "print('said')", name="other")
    before = len(_left(client, engine.token))
    engine.close()
    engine.close()

    assert (before, _left(client, engine.token)) == (4, [])
    assert {path.name for path in (tmp_path / "logs").iterdir()} == {"web.log", "other.log"}


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "killed"])
def test_nothing_is_left_of_a_harness_that_was_ended(
    stack_file: Path,
    tmp_path: Path,
    spec: StackSpec,
    client: docker.DockerClient,
    end: signal.Signals,
) -> None:
    with subprocess.Popen(
        [sys.executable, str(HARNESS), str(stack_file), str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as harness:
        assert harness.stdout is not None
        token = harness.stdout.readline().strip()
        before = len(_left(client, token))
        harness.send_signal(end)
        harness.wait(timeout=30)
    if end is signal.SIGKILL:
        assert len(_left(client, token)) == before
        ContainersEngine(tmp_path / "next", spec).close()

    assert (before, _left(client, token)) == (3, [])


def test_the_conditions_say_what_a_figure_depends_on(engine: ContainersEngine) -> None:
    conditions = engine.conditions()

    assert conditions["engine"] == "containers"
    assert conditions["network_mode"] == "bridge, published on 127.0.0.1"
    assert conditions["python"].startswith("3.")
    assert "sha256:" in conditions["broker_image"]
    assert "sha256:" in conditions["system_image"]


def _management(access: BrokerAccess, path: str, user: str, password: str) -> object:
    base = access.management_url.split("@")[1]
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, f"http://{base}", user, password)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
    with opener.open(f"http://{base}{path}", timeout=5) as answer:
        return json.load(answer)


def test_a_broker_answers_runs_without_root_comes_back_after_a_kill_and_is_closed_with_its_engine(
    engine: ContainersEngine, client: docker.DockerClient, tmp_path: Path
) -> None:
    access = engine.start_broker(vhost="gateway", user="gateway")
    [row] = client.api.containers(filters={"label": f"{ENGINE_LABEL}={engine.token}"})
    harness, password = access.management_url.removeprefix("http://").split("@")[0].split(":")
    user = client.containers.get(row["Id"]).attrs["Config"]["User"]
    permissions = _management(access, "/api/permissions", harness, password)
    broker = engine.broker()
    broker.kill()
    dead = broker.alive()
    again = broker.start()
    version = engine.conditions()["rabbitmq"]
    engine.close()

    assert (access.host, access.port) == ("broker", 5672)
    assert [(p["user"], p["vhost"]) for p in permissions] == [("gateway", "gateway")]  # type: ignore[attr-defined] # JSON
    assert user == "rabbitmq"
    assert not dead
    assert again == access
    assert version == access.version
    assert _refused(access)
    assert "Starting broker" in (tmp_path / "logs" / "broker.log").read_text()


def _refused(access: BrokerAccess) -> bool:
    port = int(access.amqp_url.rsplit(":", 1)[1].split("/")[0])
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
