"""A part of a stack file may have an image, files and volumes of its own, or it is said why not."""

from pathlib import Path

import pytest

from testcontainers_fixtures.engines.engine_choice import require_commands
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.image_spec import Build
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file

FRONT = '[parts.front]\nrole = "gateway"\ncommand = ["run"]\nport = 9000\n'
BROKER = '[broker]\nvhost = "/"\nuser = "shop"\nwork_queue = "work"\n'


def read(folder: Path, text: str, version: int = 2) -> StackSpec:
    file = folder / "stack.toml"
    file.write_text(f'format_version = {version}\nname = "small"\n{text}', encoding="utf-8")
    return read_stack_file(file)


def refusal(folder: Path, text: str, version: int = 2) -> str:
    with pytest.raises(SpecError) as caught:
        read(folder, text, version)
    return str(caught.value)


def store(*keys: str) -> str:
    return "\n".join((FRONT, '[parts.store]\nrole = "database"\nport = 5432', *keys, ""))


@pytest.mark.parametrize(
    ("key", "image"),
    [
        ('image = "postgres:16"', "postgres:16"),
        ('image = "registry.example:5000/a/b@sha256:00"', "registry.example:5000/a/b@sha256:00"),
        ('build = "orders/"', Build(context="orders/")),
        (
            'build = { context = "o", dockerfile = "D", target = "t", args = { A = "1" } }',
            Build(context="o", dockerfile="D", target="t", args={"A": "1"}),
        ),
    ],
)
def test_a_part_runs_in_an_image_of_its_own_and_needs_no_command(
    key: str, image: str | Build, tmp_path: Path
) -> None:
    part = read(tmp_path, store(key)).parts["store"]

    assert part.own_image == image
    assert part.command == ()


def test_what_is_there_for_containers_alone_is_said_where_processes_are_asked(
    tmp_path: Path,
) -> None:
    spec = read(tmp_path, store('image = "postgres:16"'))

    with pytest.raises(SpecError, match=r"Part 'store' has an image and no `command`") as caught:
        require_commands(spec)
    assert "--engine containers" in str(caught.value)
    require_commands(read(tmp_path, store('image = "postgres:16"\ncommand = ["postgres"]')))


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ("", "a part has a `command`, an `image` (a ready one) or a `build`"),
        ('image = "a"\nbuild = "b"', "an `image` or a `build`, not both"),
        ('command = ["x"]\nentrypoint = ["y"]', "entrypoint and container belong to parts with"),
        ('command = ["x"]\ncontainer = { init = true }', "entrypoint and container belong to"),
        ('image = "Postgres:16"', "image"),
        ('image = "a"\nbuild = { dockerfil = "x" }', "did you mean `dockerfile`?"),
        ('image = "a"\ncontainer = { cpus = 0 }', "line 12, parts.store.container.cpus"),
        ('image = "a"\ncontainer = { shm_size = "big" }', "parts.store.container.shm_size"),
        ('image = "a"\nvolumes = { rows = "var/lib" }', "parts.store.volumes.rows"),
        ('image = "a"\nvolumes = { a = "/x", b = "/x" }', "two volumes are at one path"),
        ('image = "a"\nfiles = { "../x" = "y" }', "files are put at a path of their own"),
        ('image = "a"\nports = { admin = 0 }', "parts.store.ports.admin"),
        ('command = ["x"]\nfolder = "/srv"', "folder is below the one that parts run in"),
        ('command = ["x"]\npython = "a"\nrequirements = "b"', "`python` or `requirements`, not"),
        (
            'command = ["x"]\nafter = ["broker"]',
            "starts after the broker, and there is no [broker]",
        ),
    ],
)
def test_what_a_part_cannot_have_is_refused_with_its_key(
    keys: str, complaint: str, tmp_path: Path
) -> None:
    sentence = refusal(tmp_path, store(keys))

    assert complaint in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    "key",
    [
        'image = "a"',
        'build = "a"',
        'command = ["x"]\nrequirements = "r.txt"',
        'command = ["x"]\nfiles = { a = "b" }',
        'command = ["x"]\nvolumes = { a = "/b" }',
        'command = ["x"]\ntmpfs = ["/a"]',
        'command = ["x"]\nports = { a = 1 }',
    ],
)
def test_it_is_of_the_second_format(key: str, tmp_path: Path) -> None:
    text = store(key).replace('"database"', '"stub"')

    assert "of part 'store' needs format_version = 2" in refusal(tmp_path, text, version=1)


def test_a_part_may_start_after_the_broker(tmp_path: Path) -> None:
    spec = read(tmp_path, store('image = "a"\nafter = ["broker", "front"]', BROKER))

    assert spec.parts["store"].after == ("broker", "front")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('conf = ["listeners.tcp.1 = 1"]', "sets what the harness sets itself"),
        ('permissions = { read = "(" }', "broker.permissions.read: no regular expression"),
        ('plugins = ["Shovel"]', "broker.plugins.1"),
        ('user = "a b"', "broker.user"),
        ('definition = "x"', "did you mean `definitions`?"),
    ],
)
def test_what_a_broker_cannot_have_is_refused_with_its_key(
    line: str, complaint: str, tmp_path: Path
) -> None:
    broker = BROKER.replace('user = "shop"\n', "") if line.startswith("user") else BROKER

    assert complaint in refusal(tmp_path, f"{FRONT}{broker}{line}\n")


def test_a_broker_of_the_teams_is_of_the_second_format(tmp_path: Path) -> None:
    text = f'{FRONT}{BROKER}conf = ["heartbeat = 10"]\n'

    assert "`conf` of [broker] needs format_version = 2" in refusal(tmp_path, text, version=1)
