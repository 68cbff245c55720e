"""What is installed is what was pinned: every file by its hash, on every way it is installed."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SYSTEM = ROOT / "system" / "requirements.txt"
LOCKS = [ROOT / "constraints.txt", ROOT / ".github" / "installer.txt", SYSTEM]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pinned(lock: Path) -> dict[str, str]:
    """Return each package's lines of a lock: its version, and the hashes of its files."""
    entries = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip())
    return {re.split("==", entry)[0]: entry for entry in entries}


def declared() -> list[str]:
    """Return what the package and its extras need, but for extras within extras."""
    project = PYPROJECT["project"]
    extras = [need for needs in project["optional-dependencies"].values() for need in needs]
    return [
        need
        for need in (*project["dependencies"], *extras)
        if not need.startswith(f"{project['name']}[")
    ]


def needs() -> set[str]:
    """Return the names of all that pyproject.toml asks for."""
    groups = [need for group in PYPROJECT["dependency-groups"].values() for need in group]
    named = [need for need in groups if isinstance(need, str)]
    named += [*declared(), *PYPROJECT["build-system"]["requires"]]
    return {re.match(r"[\w.-]+", need)[0].lower() for need in named}  # type: ignore[index] # each has a name


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_has_one_version_and_the_hashes_of_its_files(lock: Path) -> None:
    entries = pinned(lock)
    one = re.compile(r"[\w.-]+==[\w.+!-]+( ; [^\n]*)? \\\n( +--hash=sha256:[0-9a-f]{64}( \\\n)?)+")

    assert len(entries) >= 10
    assert [name for name, entry in entries.items() if not one.fullmatch(entry)] == []


def test_whatever_is_asked_for_is_pinned() -> None:
    assert needs() - {name.lower() for name in pinned(LOCKS[0])} == set()


@pytest.mark.parametrize("lock", LOCKS[1:], ids=lambda lock: lock.name)
def test_what_workflows_and_images_install_is_what_the_sessions_do(lock: Path) -> None:
    everything = {name: versions(entry) for name, entry in pinned(LOCKS[0]).items()}

    assert {
        name for name, entry in pinned(lock).items() if everything.get(name) != versions(entry)
    } == set()


def versions(entry: str) -> list[str]:
    """Return a package's version and hashes, whatever it is installed for."""
    return re.findall(r"^[\w.-]+==[\w.+!-]+|sha256:[0-9a-f]{64}", entry)


def test_a_need_has_one_bound_wherever_it_stands() -> None:
    bounds: dict[str, set[str]] = {}
    for need in declared():
        bounds.setdefault(re.split(r"[^\w.-]", need)[0].lower(), set()).add(need)

    assert {name: said for name, said in bounds.items() if len(said) > 1} == {}


def test_an_image_has_what_the_reference_system_needs_and_what_installs_it() -> None:
    told = PYPROJECT["project"]["optional-dependencies"]["system"]
    wanted = {re.split(r"[^\w.-]", need)[0].lower() for need in told}

    assert wanted | {"uv"} <= pinned(SYSTEM).keys()


def test_every_session_installs_by_the_pins() -> None:
    sessions = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    installs = re.findall(r"session\.install\((.*)\)", sessions)

    # `pins` alone takes the newest installer: it is what writes them.
    assert [one for one in installs if not one.startswith("*PINS")] == ['"uv"']
    assert re.search(
        r'^PINS = \("-c", "constraints.txt", "-b", "constraints.txt"\)$', sessions, re.MULTILINE
    )


def test_the_pythons_that_are_declared_are_those_on_which_the_tests_run() -> None:
    sessions = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    [others] = re.findall(r"^OTHER_PYTHONS = \((.*)\)$", sessions, re.MULTILINE)
    named = " ".join(PYPROJECT["project"]["classifiers"])
    [typed] = re.findall(r'python_version = "(.*)"', (ROOT / "pyproject.toml").read_text("utf-8"))

    assert re.findall(r"Python :: (3\.\d+)", named) == [typed, *re.findall(r"[\d.]+", others)]


def test_the_images_installer_is_compared_with_its_hash() -> None:
    dockerfile = (ROOT / "system" / "Dockerfile").read_text(encoding="utf-8")

    assert re.findall(r"bin/pip install (.*?);", dockerfile) == [
        "--quiet --no-cache-dir --disable-pip-version-check --require-hashes --requirement uv.txt"
    ]
    assert "--no-verify-hashes" not in dockerfile
