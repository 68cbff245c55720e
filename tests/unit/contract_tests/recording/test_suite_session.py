"""The suite's own sessions run by the suite's settings, whatever a project says of pytest."""

import configparser
import os
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

from contract_tests.recording.suite_session import SUITE

ROOT = Path(__file__).parents[4]


def test_the_suites_settings_are_this_repositorys_but_for_warnings() -> None:
    own = configparser.ConfigParser()
    own.read(SUITE / "suite.ini", encoding="utf-8")
    told = dict(own["pytest"])
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    ours = tomllib.loads(text)["tool"]["pytest"]["ini_options"]

    assert shlex.split(told.pop("addopts")) == ours["addopts"]
    assert told.pop("markers").strip().splitlines() == ours["markers"]
    assert {key: told[key] for key in told} == {
        key: str(ours[key]).lower() if ours[key] is True else str(ours[key]) for key in told
    }
    assert ours.keys() - told.keys() == {"addopts", "markers", "testpaths", "filterwarnings"}


def test_neither_settings_nor_plugins_nor_packages_of_a_project_have_a_part_in_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (tmp_path / "conftest.py").write_text("raise SystemExit('not ours')\n")
    for name in ("contract_tests", "reports"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('not ours')\n")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "gatewaybench", "contract"),
            *("--gateway", "http://127.0.0.1:1", "--service", "one=http://127.0.0.1:1"),
            *("--twin", "two=http://127.0.0.1:1"),
        ],
        cwd=tmp_path,
        env=os.environ | {"PYTEST_ADDOPTS": "--nor-this", "PYTEST_PLUGINS": "nor_this"},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    said = done.stdout + done.stderr

    assert done.returncode == 2, said
    assert "two" in said
    assert "not ours" not in said
    assert "nor" not in said
