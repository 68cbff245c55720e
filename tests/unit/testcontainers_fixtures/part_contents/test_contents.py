"""What a part finds where it runs: files, volumes that begin anew, and its requirements."""

import io
import sys
import tarfile
from pathlib import Path

import pytest

from testcontainers_fixtures.errors import MissingNeedError, SpecError
from testcontainers_fixtures.part_contents import copied_files
from testcontainers_fixtures.part_contents.container_contents import absolute, docker_options
from testcontainers_fixtures.part_contents.copied_files import packed, put
from testcontainers_fixtures.part_contents.requirements_venv import environment_of, key_of
from testcontainers_fixtures.part_contents.volume_users import VolumeUsers
from testcontainers_fixtures.stack_file.image_spec import ContainerOptions


@pytest.fixture
def init(tmp_path: Path) -> Path:
    """Return a folder with a file in it, and one in a folder below."""
    folder = tmp_path / "init"
    (folder / "below").mkdir(parents=True)
    (folder / "a.sql").write_text("select 1")
    (folder / "below" / "b.sh").write_text("true")
    (folder / "below" / "b.sh").chmod(0o755)
    return folder


def test_files_and_folders_are_packed_at_their_places_with_their_rights(init: Path) -> None:
    archive = packed({"/docker/init.d": init, "/etc/one.sql": init / "a.sql"}, "store")
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        modes = {one.name: one.mode & 0o777 for one in tar if one.isfile()}

    assert set(modes) == {
        *("docker/init.d/a.sql", "docker/init.d/below/b.sh", "etc/one.sql"),
    }
    assert modes["docker/init.d/below/b.sh"] == 0o755


def test_a_process_has_its_files_below_its_data_folder(init: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    put({"conf": init, "deep/one.sql": init / "a.sql"}, data, "store", owner=None)
    put({"conf": init}, data, "store", owner=None)  # as at the next start

    assert (data / "conf" / "below" / "b.sh").stat().st_mode & 0o111
    assert (data / "deep" / "one.sql").read_text() == "select 1"


def test_a_path_of_a_container_is_refused_to_a_process(init: Path, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="has a file at /etc/x, which a container has to itself"):
        put({"/etc/x": init}, tmp_path, "store", owner=None)


def test_a_file_that_is_not_there_or_too_much_is_named(
    init: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copied_files, "MOST_BYTES", 10)

    with pytest.raises(SpecError, match=r"gone \(`files`\), which is not there"):
        packed({"/x": init / "gone"}, "store")
    with pytest.raises(SpecError, match="holds more than"):
        packed({"/x": init}, "store")


def test_a_path_without_a_slash_before_it_is_below_the_data_folder(init: Path) -> None:
    assert set(absolute({"a": init, "/b": init}, "/data")) == {"/data/a", "/b"}


def test_a_volume_begins_anew_once_for_all_that_start_over() -> None:
    users = VolumeUsers()
    first = [users.begins("rows", name, fresh=True) for name in ("store", "backup")]
    again = users.begins("rows", "store", fresh=False)
    over = [users.begins("rows", name, fresh=True) for name in ("backup", "store")]

    assert first == [True, False]
    assert again is False
    assert over == [True, False]


def test_docker_is_told_of_nothing_that_is_not_said() -> None:
    assert docker_options(ContainerOptions()) == {}
    assert docker_options(ContainerOptions(cpus=0.5, memory="64m", init=True)) == {
        "nano_cpus": 500_000_000,
        "mem_limit": "64m",
        "init": True,
    }


def test_an_environment_is_of_its_requirements_and_of_what_they_take_in(tmp_path: Path) -> None:
    file, other = tmp_path / "requirements.txt", tmp_path / "base.txt"
    other.write_text("a\n")
    file.write_text("-r base.txt\nb\n")
    first, same = key_of(file), key_of(file)
    other.write_text("c\n")

    assert first == same
    assert key_of(file) != first


def test_requirements_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingNeedError, match="Expected the requirements of orders at"):
        environment_of(tmp_path / "requirements.txt", "orders", lambda _: None)


def test_uv_is_asked_for_where_it_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "requirements.txt").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    with pytest.raises(MissingNeedError, match="Expected `uv` beside /nowhere/python or on PATH"):
        environment_of(tmp_path / "requirements.txt", "orders", lambda _: None)
