"""The wheel, in an environment of its own: the command and the fixtures in somebody's repository.

Whoever uses it has folders of our packages' names, an empty home, and nothing of this repository.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

from reports.record.record import E2eRun, read_record

ROOT = Path(__file__).parents[2]
FOREIGN = ROOT / "tests" / "foreign"
PACKAGES = ("contract_tests", "loadtests", "reports", "system")
PACKED = (
    "contract_tests/schemathesis.toml",
    "contract_tests/suite.ini",
    "loadtests/transports/ours.toml",
    "reports/page/templates/page.html.j2",
    "reports/page/templates/vendor/uPlot-1.6.32.iife.min.js",
    "reports/run.schema.json",
    "system/Dockerfile",
    "system/gateway/config/local.yaml",
    "system/requirements.txt",
    "system/stack.toml",
    "testcontainers_fixtures/py.typed",
    "testcontainers_fixtures/stack_file/stack.schema.json",
)
SETTINGS = '[tool.gatewaybench]\nstack = "deploy/stack.toml"\nengine = "processes"\n'
# Theirs, which the session imports before and after it has a stack.
TEST = """
import os
import urllib.request

import contract_tests, loadtests, reports, system

def test_the_gateway_answers(stack, gateway_url):
    with urllib.request.urlopen(gateway_url + "/notes", timeout=10) as answer:
        assert answer.status == 200
    assert {one.WHOSE for one in (contract_tests, loadtests, reports, system)} == {"theirs"}
    with open("seen-{number}", "w") as file:
        file.write(f"{os.getpid()} {stack.services['notes']}")
"""
HELD_WITHIN_S = 60.0
MOST_HELP_S = 0.5

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True, kw_only=True)
class Installed:
    """An environment that has the wheel, and a home that has nothing."""

    programs: Path
    home: Path

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "PATH": f"{self.programs}:/usr/bin:/bin",
            "HOME": str(self.home),
            "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", f"{Path.home()}/.cache"),
            "NO_COLOR": "1",
            "COLUMNS": "200",
            **more,
        }

    def ran(self, *words: str, here: Path, **more: str) -> "subprocess.CompletedProcess[str]":
        """Run one of the environment's programs to its end."""
        return subprocess.run(
            [str(self.programs / words[0]), *words[1:]],
            cwd=here,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )

    def files(self) -> set[str]:
        """Return every file of the environment but for what Python compiled."""
        return {
            str(one) for one in self.programs.parent.rglob("*") if "__pycache__" not in one.parts
        }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60, capture_output=True)
    [made] = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("installed")
    python = folder / "venv" / "bin" / "python"
    uv = str(Path(sys.executable).with_name("uv"))
    pins = ("-c", str(ROOT / "constraints.txt"))
    wanted = (f"gatewaybench[all] @ {wheel.as_uri()}", "pytest-xdist")
    for command in (
        [uv, "venv", "--quiet", "--python", sys.executable, str(folder / "venv")],
        [uv, "pip", "install", "--quiet", "--python", str(python), *pins, *wanted],
    ):
        subprocess.run(command, check=True, timeout=200, capture_output=True)
    (folder / "home").mkdir()
    # An environment stands in a project's folder, and its settings are no business of the suite's.
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    return Installed(programs=python.parent, home=folder / "home")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository of somebody's, with packages of our names and a system of its own."""
    here = tmp_path / "shop"
    (here / "deploy").mkdir(parents=True)
    (here / ".git").mkdir()
    (here / "pyproject.toml").write_text(SETTINGS)
    shutil.copytree(FOREIGN / "notebook", here / "deploy" / "notebook")
    shutil.copy(FOREIGN / "stack.toml", here / "deploy")
    for name in PACKAGES:
        (here / name).mkdir()
        (here / name / "__init__.py").write_text("WHOSE = 'theirs'\n")
    for number in ("1", "2"):
        (here / f"test_shop_{number}.py").write_text(TEST.replace("{number}", number))
    return here


def test_all_that_a_run_takes_is_in_the_wheel(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()

    assert [one for one in PACKED if one not in names] == []
    assert [one for one in names if one.startswith(("tests/", "reports/site/"))] == []
    assert len([one for one in names if one.endswith("LICENSE")]) == 1


def _children_s() -> float:
    used = os.times()
    return used.children_user + used.children_system


def test_help_and_version_are_there_at_once(installed: Installed, tmp_path: Path) -> None:
    took_s = []
    for _ in range(3):
        # Its CPU time, which others on the machine do not stretch as they do a wait.
        begun_s = _children_s()
        done = installed.ran("gatewaybench", "--help", here=tmp_path)
        took_s.append(_children_s() - begun_s)

    assert done.returncode == 0, done.stderr
    assert min(took_s) <= MOST_HELP_S
    assert installed.ran("gatewaybench", "--version", here=tmp_path).stdout.startswith("gateway")


def test_a_test_of_theirs_has_a_stack_beside_packages_of_our_names(
    installed: Installed, repository: Path
) -> None:
    done = installed.ran(
        "python", "-m", "pytest", "test_shop_1.py", here=repository, PYTHONPATH=str(repository)
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_each_worker_of_a_session_has_a_stack_of_its_own(
    installed: Installed, repository: Path
) -> None:
    done = installed.ran(
        *("pytest", "-n2", "--dist=loadfile", "--gatewaybench-run-folder=logs"),
        here=repository,
        PYTHONPATH=str(repository),
    )
    seen = {(repository / f"seen-{one}").read_text() for one in ("1", "2")}

    assert done.returncode == 0, done.stdout + done.stderr
    assert len({one.split()[0] for one in seen}) == 2
    assert len({one.split()[1] for one in seen}) == 2
    assert sorted(one.name for one in (repository / "logs").iterdir()) == ["gw0", "gw1"]


@contextmanager
def held(installed: Installed, here: Path) -> Iterator[dict[str, str]]:
    """Hold the project's stack by the command that holds one, and give its addresses."""
    process = subprocess.Popen(
        [str(installed.programs / "gatewaybench"), "stack", "--json"],
        cwd=here,
        env=installed.environment(PYTHONPATH=str(here)),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        found: dict[str, str] = json.loads(process.stdout.readline())
        yield found
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=HELD_WITHIN_S)


def test_a_stack_is_held_and_its_contract_looked_at_from_a_repository_of_theirs(
    installed: Installed, repository: Path
) -> None:
    before = installed.files()
    # What a contract is looked at by needs no stack file: the services are named.
    elsewhere = repository / "elsewhere"
    (elsewhere / ".git").mkdir(parents=True)
    for name in PACKAGES:
        shutil.copytree(repository / name, elsewhere / name)
    with held(installed, repository) as found:
        services = json.loads(json.dumps(found["services"]))
        done = installed.ran(
            *("gatewaybench", "contract", f"--gateway={found['gateway']}", "--openapi=/api.json"),
            *(f"--service={name}={url}" for name, url in services.items()),
            here=elsewhere,
            PYTHONPATH=str(elsewhere),
        )
    [run] = (elsewhere / "reports" / "site").glob("*-e2e")
    record = read_record(run)
    [plugins] = [line for line in done.stdout.splitlines() if line.startswith("plugins: ")]

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    assert isinstance(record, E2eRun)
    assert record.command.startswith("gatewaybench contract --gateway=")
    assert (run / "index.html").exists()
    assert "xdist" not in plugins
    # Where it runs from need not be writable.
    assert installed.files() == before


@pytest.mark.long
@pytest.mark.alone
def test_a_load_run_from_an_empty_folder_ends_with_a_page(
    installed: Installed, tmp_path: Path
) -> None:
    before = installed.files()
    done = installed.ran(
        *("gatewaybench", "load", "--quick", "--tolerant"), here=tmp_path, STACK_ENGINE="processes"
    )
    [page] = (tmp_path / "reports" / "site").glob("*-load/index.html")

    assert done.returncode in {0, 3}, done.stdout + done.stderr
    assert f"Page: {page}" in done.stdout
    assert installed.files() == before
