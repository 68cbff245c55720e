"""The house rules that no linter knows: what exists is documented."""

import ast
import re
import tomllib
from collections import Counter
from pathlib import Path
from runpy import run_path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
SESSIONS = re.findall(
    r"@nox\.session(?:\(.*\))?\ndef (\w+)", (ROOT / "noxfile.py").read_text(encoding="utf-8")
)
FOLDERS = [p.name for p in ROOT.iterdir() if p.is_dir() and (p / "__init__.py").exists()]
# locust puts loadtests/ itself first on the path, so its own __init__ stays empty; defects are a
# catalogue, a file each.
ROOMS = [
    str(one.parent.relative_to(ROOT))
    for package in FOLDERS
    for one in (ROOT / package).rglob("__init__.py")
    if one.parent.name != "defects" and one.parent != ROOT / "loadtests"
]
MOST_MODULES = 25
# What every process and every service has: one thing each, and so one name.
ONE_THING = {"main", "settings", "routes", "schemas", "database", "models", "querysets"}
# The gateway repeats the services' schemas, under their names; so do the services' tables.
MIRRORED = {"srv_clients", "srv_goods"}


@pytest.mark.parametrize("session", SESSIONS)
def test_every_nox_session_is_in_the_readme(session: str) -> None:
    assert f"`nox -s {session}`" in README


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_top_level_package_is_in_the_architecture(folder: str) -> None:
    assert f"`{folder}/`" in ARCHITECTURE


@pytest.mark.parametrize("process", ["gateway", "rpc", "srv_clients", "srv_goods", "supplier"])
def test_every_variable_of_a_process_is_in_the_readme(process: str) -> None:
    text = (ROOT / "system" / process / "config" / "local.yaml").read_text(encoding="utf-8")
    variables = set(re.findall(r'param="(\w+)"', text))

    assert {name for name in variables if f"`{name}`" not in README} == set()


def test_the_index_of_modules_is_that_of_the_code() -> None:
    made = run_path(str(ROOT / "docs" / "modules.py"))

    assert (ROOT / "docs" / "modules.md").read_text(encoding="utf-8") == made["index"](), (
        "write it again: python docs/modules.py"
    )


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_says_what_lives_there(room: str) -> None:
    said = ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text(encoding="utf-8")))

    assert said


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_is_a_heap(room: str) -> None:
    modules = [one for one in (ROOT / room).glob("*.py") if one.name != "__init__.py"]

    assert len(modules) <= MOST_MODULES


@pytest.mark.parametrize("package", FOLDERS)
def test_no_two_modules_of_a_package_bear_one_name(package: str) -> None:
    counted = Counter(
        one.stem
        for one in (ROOT / package).rglob("*.py")
        if not {"parts", "site", "defects"} & set(one.parts) and not one.stem.startswith("__")
    )

    assert {name for name, times in counted.items() if times > 1} <= ONE_THING


def test_no_two_public_classes_bear_one_name() -> None:
    counted = Counter(
        node.name
        for package in FOLDERS
        for file in (ROOT / package).rglob("*.py")
        if not MIRRORED & set(file.parts)
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )

    assert [name for name, times in counted.items() if times > 1] == []


def test_the_architecture_is_read_in_five_minutes() -> None:
    assert len(ARCHITECTURE.splitlines()) <= 150


def test_the_architecture_names_no_file_that_is_not_there() -> None:
    named = re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w/]+\.\w+)`", ARCHITECTURE)

    assert len(named) > 10
    assert [one for one in named if not (ROOT / one).exists()] == []


def test_the_loadtests_package_stays_empty() -> None:
    assert (ROOT / "loadtests" / "__init__.py").read_text(encoding="utf-8") == ""


def test_every_suppressed_lint_rule_carries_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    ruff = tomllib.loads(text)["tool"]["ruff"]["lint"]
    rules = [*ruff["ignore"], *(r for rules in ruff["per-file-ignores"].values() for r in rules)]
    lines = [line for line in text.splitlines() if re.search(r'"[A-Z]+\d*"', line)]

    for rule in rules:
        assert any(f'"{rule}"' in line and "#" in line for line in lines), rule
