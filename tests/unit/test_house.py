"""The house rules that no linter knows: what exists is documented."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
SESSIONS = re.findall(
    r"@nox\.session\ndef (\w+)", (ROOT / "noxfile.py").read_text(encoding="utf-8")
)
FOLDERS = [p.name for p in ROOT.iterdir() if p.is_dir() and (p / "__init__.py").exists()]


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


def test_the_loadtests_package_stays_empty() -> None:
    assert (ROOT / "loadtests" / "__init__.py").read_text(encoding="utf-8") == ""


def test_every_suppressed_lint_rule_carries_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    ruff = tomllib.loads(text)["tool"]["ruff"]["lint"]
    rules = [*ruff["ignore"], *(r for rules in ruff["per-file-ignores"].values() for r in rules)]
    lines = [line for line in text.splitlines() if re.search(r'"[A-Z]+\d*"', line)]

    for rule in rules:
        assert any(f'"{rule}"' in line and "#" in line for line in lines), rule
