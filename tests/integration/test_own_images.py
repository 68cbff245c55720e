"""Parts with images, files, volumes, ports and requirements of their own, with real neighbours."""

import base64
import hashlib
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from testcontainers_fixtures.engines.docker_access import docker_client, docker_engine_answers
from testcontainers_fixtures.engines.engine import Commanded, HasPorts, Running
from testcontainers_fixtures.errors import MissingNeedError, SpecError, StackError, StartError
from testcontainers_fixtures.images.bases import find_bases
from testcontainers_fixtures.stack import Stack, start_stack
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file
from tests.integration.small_stacks import NEEDS_DOCKER

# The first start in containers may have to make a base image.
pytestmark = pytest.mark.timeout(600)
WITHIN_S = 10.0

HEAD = 'format_version = 2\nname = "own"\n'
# The image's own entry point puts a word before what the part says.
DOCKERFILE = """
ARG BASE
FROM ${BASE} AS plain
ARG WORD=none
RUN useradd --uid 4242 --no-create-home teller && install --directory --owner 4242 /var/kept
WORKDIR /srv
COPY . .
ENV WORD=${WORD}
ENTRYPOINT ["python3", "-u"]
CMD ["tell.py"]
FROM plain AS last
USER teller
HEALTHCHECK --interval=1s CMD test -f /tmp/up
"""
TELL = """
import http.server, os, pathlib, sys, threading
print("told", os.environ["WORD"], *sys.argv[1:])
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
        self.wfile.write(str(self.server.server_port).encode())
for port in map(int, os.environ.get("PORTS", "9000").split()):
    server = http.server.ThreadingHTTPServer((os.environ.get("BIND", "0.0.0.0"), port), Answer)
    threading.Thread(target=server.serve_forever).start()
pathlib.Path("/tmp/up").touch()
"""
OWN = """
[parts.front]
role = "gateway"
port = 9000
ports = { admin = 9001 }
build = { context = "front", target = "last", args = { WORD = "hello" } }
ready = "GET /"
grace_s = 0.2
settings = { PORTS = "9000 9001" }
files = { "/etc/front/rules" = "rules", "/etc/front/one.txt" = "rules/a.txt" }
volumes = { kept = "/var/kept" }
tmpfs = ["/scratch:size=8m"]
container = { aliases = ["www.front.test"], memory = "128m" }

[parts.again]
role = "stub"
build = { context = "front", target = "last", args = { WORD = "hello" } }
command = ["tell.py", "{front.ports.admin}"]
ready = "healthy"
volumes = { kept = "/var/seen" }
after = ["front"]

[parts.bare]
role = "stub"
build = { context = "front" }
entrypoint = ["sh", "-c"]
command = ["echo as $(id -un); exec sleep 600"]
before_start = [["sh", "-c", "echo made > {data}/made"]]
files = { "below/put.txt" = "rules/a.txt" }
ready = "started"
user = "root"
"""


def system(folder: Path, parts: str, head: str = HEAD) -> StackSpec:
    """Return the stack file of a system whose image needs the base alone."""
    (folder / "front").mkdir()
    (folder / "front" / "Dockerfile").write_text(DOCKERFILE)
    (folder / "front" / "tell.py").write_text(TELL)
    (folder / "rules").mkdir()
    (folder / "rules" / "a.txt").write_text("rule a")
    file = folder / "stack.toml"
    file.write_text(head + parts)
    return read_stack_file(file)


def ran(running: Running, *command: str) -> str:
    assert isinstance(running, Commanded)
    code, said = running.ran(command, within_s=WITHIN_S)
    assert code == 0, said
    return said.strip()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    if not (os.environ.get("CI") or docker_engine_answers()):
        pytest.skip("no Docker engine answers")
    folder = tmp_path_factory.mktemp("own")
    spec = system(folder, OWN)
    with start_stack(spec, run_folder=folder / "run", engine="containers") as stack:
        yield stack


def test_an_image_is_run_as_docker_would_with_its_entry_point_and_its_user(own: Stack) -> None:
    [front], [again], [bare] = (own.copies(name) for name in ("front", "again", "bare"))

    assert "told hello" in front.log_tail()
    assert "told hello 9001" in again.log_tail()
    assert ran(front, "id", "-un") == "teller"
    assert bare.log_tail().strip() == "as root"


def test_every_port_has_its_place_on_this_machine(own: Stack) -> None:
    [front] = own.copies("front")
    assert isinstance(front, HasPorts)

    assert httpx.get(own.gateway, timeout=WITHIN_S).text == "9000"
    assert httpx.get(f"http://{front.ports['admin']}", timeout=WITHIN_S).text == "9001"


def test_a_part_is_found_by_its_further_names(own: Stack) -> None:
    [bare] = own.copies("bare")
    ask = "import urllib.request as u; print(u.urlopen('http://www.front.test:9001').read())"

    assert ran(bare, "python3", "-c", ask) == "b'9001'"


def test_files_are_where_the_part_wants_them(own: Stack) -> None:
    [front], [bare] = own.copies("front"), own.copies("bare")

    assert ran(front, "cat", "/etc/front/rules/a.txt", "/etc/front/one.txt") == "rule arule a"
    assert ran(bare, "cat", "/data/below/put.txt", "/data/made") == "rule amade"


def test_parts_share_a_volume_that_outlives_their_containers_and_no_fresh_start(
    own: Stack,
) -> None:
    [front], [again] = own.copies("front"), own.copies("again")
    ran(front, "sh", "-c", "echo kept > /var/kept/told; echo gone > /scratch/told")
    shared = ran(again, "cat", "/var/seen/told")
    own.restart("front")
    [front] = own.copies("front")
    after = ran(front, "sh", "-c", "cat /var/kept/told; ls /scratch")

    assert (shared, after) == ("kept", "kept")


def test_memory_and_scratch_are_as_large_as_was_said(own: Stack) -> None:
    [front] = own.copies("front")

    assert ran(front, "sh", "-c", "df -m /scratch | tail -1").split()[:2] == ["tmpfs", "8"]
    client = docker_client()
    name = f"gatewaybench-{own._fleet.engine.token}-front"  # type: ignore[attr-defined] # noqa: SLF001 -- its engine's
    [found] = client.containers.list(filters={"name": name})
    client.close()

    assert found.attrs["HostConfig"]["Memory"] == 128 * 1024 * 1024


def test_two_parts_of_one_build_have_one_image(own: Stack) -> None:
    images = {name: own.conditions()[f"{name}_image"] for name in ("front", "again", "bare")}

    assert images["front"] == images["again"] != images["bare"]


@NEEDS_DOCKER
def test_an_image_that_is_there_is_not_pulled(tmp_path: Path) -> None:
    client = docker_client()
    image = find_bases(client).system
    client.close()
    part = f"""
    [parts.front]
    role = "gateway"
    port = 9000
    image = "{image}"
    command = ["python3", "-m", "http.server", "9000"]
    ready = "GET /"
    """
    with start_stack(
        system(tmp_path, part), run_folder=tmp_path / "run", engine="containers"
    ) as stack:
        assert httpx.get(stack.gateway, timeout=WITHIN_S).status_code == 200


GATEWAY = """
[parts.front]
role = "gateway"
port = 9000
ready = "tcp"
"""


@NEEDS_DOCKER
@pytest.mark.parametrize(
    ("keys", "kind", "complaint"),
    [
        pytest.param(
            'image = "registry.invalid/nowhere/no-such:1"',
            MissingNeedError,
            "Part 'front' needs the image registry.invalid/nowhere/no-such:1, which",
            id="an image that is nowhere",
        ),
        pytest.param('build = "gone"', SpecError, "which part 'front' is built from", id="folder"),
        pytest.param(
            'build = { context = "front", dockerfile = "gone" }',
            SpecError,
            "Expected a Dockerfile of part 'front' at",
            id="no Dockerfile",
        ),
        pytest.param(
            'build = { context = "front", target = "gone" }', StartError, "gone", id="no stage"
        ),
        pytest.param(
            'build = "front"\nfiles = { "/x" = "gone" }', SpecError, "which is not there", id="file"
        ),
    ],
)
def test_what_is_not_there_is_named(
    keys: str, kind: type[StackError], complaint: str, tmp_path: Path
) -> None:
    spec = system(tmp_path, GATEWAY + keys)

    with (
        pytest.raises(kind) as caught,
        start_stack(spec, run_folder=tmp_path / "run", engine="containers"),
    ):
        pass
    assert complaint in str(caught.value)


PLACED = """
[parts.front]
role = "gateway"
port = 9000
ports = { admin = 9001 }
command = ["python3", "-u", "tell.py"]
folder = "front"
ready = "GET /"
settings = { WORD = "{volumes.kept}", PORTS = "{port} {ports.admin}", BIND = "{host}" }
volumes = { kept = "/var/kept" }
files = { "conf/rules" = "rules" }

[parts.reads]
role = "stub"
command = ["sh", "-c", "echo $WORD; exec sleep 600"]
ready = "started"
settings = { WORD = "{volumes.kept} {front.ports.admin} {front.urls.admin} {data}" }
volumes = { kept = "/var/kept" }
"""


def test_as_a_process_a_part_has_its_files_volumes_and_ports_too(tmp_path: Path) -> None:
    with start_stack(
        system(tmp_path, PLACED), run_folder=tmp_path / "run", engine="processes"
    ) as stack:
        [front], [reads] = stack.copies("front"), stack.copies("reads")
        assert isinstance(front, HasPorts)
        volume, port, url, _ = reads.log_tail().split()
        Path(volume, "told").write_text("kept")
        stack.restart("front")
        admin = httpx.get(url, timeout=WITHIN_S).text
        data = Path(stack.data_folder("front"))

        assert f"told {volume}" in front.log_tail()
        assert admin == port == front.ports["admin"].partition(":")[2]
        assert (data / "conf" / "rules" / "a.txt").read_text() == "rule a"
        assert Path(volume, "told").read_text() == "kept"
    assert not Path(volume).exists()


WHEEL = "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel(folder: Path, version: str) -> None:
    """Write a package of one module, as an index would have it."""
    info = f"tiny_x-{version}.dist-info"
    files = {
        "tiny_x.py": f"SAID = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tiny-x\nVersion: {version}\n",
        f"{info}/WHEEL": WHEEL,
    }
    digests = {
        name: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        for name, text in files.items()
    }
    rows = (f"{name},sha256={digest},{len(files[name])}\n" for name, digest in digests.items())
    with zipfile.ZipFile(folder / f"tiny_x-{version}-py3-none-any.whl", "w") as packed:
        for name, text in files.items():
            packed.writestr(name, text)
        packed.writestr(f"{info}/RECORD", "".join(rows) + f"{info}/RECORD,,\n")


NEEDY = """
[parts.front]
role = "gateway"
port = 9000
folder = "front"
requirements = "requirements.txt"
command = ["python", "-c", "import tiny_x, tell; print('has', tiny_x.SAID)"]
ready = "log has"
settings = { WORD = "x", PORTS = "{port}", BIND = "{host}" }
"""


def test_requirements_are_installed_once_for_each_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    spec = system(tmp_path, NEEDY)
    # A part's RabbitMQ is in the cache as well; there is none here.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    told: list[str] = []
    said = []
    for version in ("1.0", "1.0", "2.0"):
        wheel(tmp_path / "front", version)
        needs = tmp_path / "front" / "requirements.txt"
        needs.write_text(f"./tiny_x-{version}-py3-none-any.whl\n")
        with start_stack(
            spec, run_folder=tmp_path / "run", engine="processes", on_event=told.append
        ) as stack:
            said.append(stack.copies("front")[0].log_tail().splitlines()[-1])

    assert said == ["has 1.0", "has 1.0", "has 2.0"]
    assert [line for line in told if "Installing" in line] == [
        "Installing requirements.txt of front"
    ] * 2


def test_requirements_that_cannot_be_installed_are_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    spec = system(tmp_path, NEEDY)
    (tmp_path / "front" / "requirements.txt").write_text("no-such-thing-x==1\n")

    with (
        pytest.raises(StackError, match="Expected uv to install") as caught,
        start_stack(spec, run_folder=tmp_path / "run", engine="processes"),
    ):
        pass
    assert "no-such-thing-x" in str(caught.value)
