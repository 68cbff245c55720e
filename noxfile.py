"""The one front door: `nox -l` lists what it can do; `nox` alone does what CI asks for first."""

import shutil
import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2026.10"
# uv alone compares what it installs with the hashes of constraints.txt also where a need has no
# version of its own; pip would refuse such a need.
nox.options.default_venv_backend = "uv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "imports", "unit", "e2e"]
nox.options.error_on_missing_interpreters = True

PYPROJECT = nox.project.load_toml("pyproject.toml")
# After Ctrl-C, before nox ends a command by force: a stack stops its parts and says what is kept.
STOPS_WITHIN_S = 60.0
PINS = ("-c", "constraints.txt", "-b", "constraints.txt")
# As many tests beside each other as there are cores.
BESIDE = ("--numprocesses", "auto", "--dist")
# What takes long runs each night; `-- -m ""` for all at once.
UNIT = (*BESIDE, "worksteal", "-m", "not long", "tests/unit")
# Beside the one that everything is developed with; the classifiers name the same.
OTHER_PYTHONS = ("3.12", "3.13")
PACKAGES = (
    *("gatewaybench", "system", "testcontainers_fixtures"),
    *("contract_tests", "loadtests", "reports"),
)


def _install(session: nox.Session, extra: str, *groups: str) -> None:
    """Install the package, editable, with the needs of an extra and of groups: the pinned files."""
    needs = nox.project.dependency_groups(PYPROJECT, *groups)
    session.install(*PINS, "-e", f".[{extra}]", *needs)


def _run(session: nox.Session, *command: str) -> None:
    """Run what may hold a stack, so that it can end it after Ctrl-C."""
    session.run(
        "python",
        *("-m", *command, *session.posargs),
        interrupt_timeout=STOPS_WITHIN_S,
    )


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting (ruff), and that what CI services and Kubernetes read is valid."""
    session.install(*PINS, "ruff", "check-jsonschema", "kubernetes-validate")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    workflows = sorted(map(str, Path(".github/workflows").glob("*.yml")))
    for schema, files in {
        "vendor.github-workflows": [*workflows, "docs/github-workflow.yml"],
        "vendor.github-actions": ["action.yml"],
        "vendor.gitlab-ci": ["docs/gitlab-ci.yml"],
    }.items():
        session.run("check-jsonschema", "--builtin-schema", schema, *files)
    manifests = sorted(map(str, Path("system/deploy/kubernetes").glob("*.yaml")))
    session.run("kubernetes-validate", "--strict", "--quiet", *manifests)


@nox.session
def types(session: nox.Session) -> None:
    """Check types (mypy, strict)."""
    _install(session, "all", "test", "lint")
    session.run("mypy", *PACKAGES, "tests", "noxfile.py", "conftest.py")


@nox.session
def imports(session: nox.Session) -> None:
    """Check who imports whom (import-linter)."""
    _install(session, "all", "test", "lint")
    session.run("lint-imports")


@nox.session
def unit(session: nox.Session) -> None:
    """Run the tests that need no running stack."""
    _install(session, "all", "test")
    session.run("python", "-m", "pytest", *UNIT, *session.posargs)


@nox.session(python=OTHER_PYTHONS)
def pythons(session: nox.Session) -> None:
    """Run the unit tests and a quick load run on the other Pythons, which uv finds or gets."""
    _install(session, "all", "test")
    session.run("python", "-m", "pytest", *UNIT, *session.posargs)
    site = str(Path(session.create_tmp()) / "site")
    session.run(
        *("python", "-m", "loadtests", "--quick", "--tolerant", "--site", site),
        interrupt_timeout=STOPS_WITHIN_S,
    )


@nox.session
def e2e(session: nox.Session) -> None:
    """Start the whole stack, fuzz its gateway and break its parts; `-- --engine processes`."""
    _install(session, "all", "test")
    # `-- -m ""` also plants the weaknesses by which the proof is proved.
    _run(session, "pytest", "--record", "-m", "not self_test", "tests/system", "contract_tests")


@nox.session
def integration(session: nox.Session) -> None:
    """Try the engines, the broker and the load generator, each with one real neighbour."""
    _install(session, "all", "test")
    # Those of a file in one process: they share a broker or a run that takes long. Files stay in
    # their order, in which those whose tests have the machine to themselves come last.
    _run(session, "pytest", *BESIDE, "loadfile", "--no-loadscope-reorder", "tests/integration")


@nox.session
def foreign(session: nox.Session) -> None:
    """Hold the harness against somebody else's system, through its own stack file."""
    _install(session, "all", "test")
    _run(session, "pytest", "tests/foreign")


@nox.session
def browser(session: nox.Session) -> None:
    """Open the report in Chromium."""
    _install(session, "all", "test")
    _run(session, "pytest", *BESIDE, "loadfile", "tests/browser")


@nox.session
def truth(session: nox.Session) -> None:
    """Hold the measurements against theory and another client; `-- -m "not long"` in 4 minutes."""
    _install(session, "all", "test")
    _run(session, "pytest", "tests/truth")


@nox.session
def contract(session: nox.Session) -> None:
    """Hold a gateway that is already up to its services' OpenAPI; `-- --gateway URL`, `--help`."""
    _install(session, "all", "test")
    _run(session, "contract_tests")


@nox.session
def mutants(session: nox.Session) -> None:
    """Put one defect after the other into the system and see whether it is found; `-- --help`."""
    _install(session, "all", "test")
    _run(session, "contract_tests.mutants")


@nox.session
def faults(session: nox.Session) -> None:
    """Break the stack in every way known, on both engines, and lay the matrix out; `-- --help`."""
    _install(session, "all", "test")
    # Where no Docker engine answers, half of the matrix is unknown, and its page says so.
    _run(session, "contract_tests.faults", "--tolerant")


@nox.session
def load(session: nox.Session) -> None:
    """Measure how latency and throughput change with resolvers and workers; `-- --help`."""
    _install(session, "load,otlp,system")
    # A run that a busy machine disturbed in part has its page, which says so; --strict fails it.
    _run(session, "loadtests", "--tolerant")


@nox.session
def transports(session: nox.Session) -> None:
    """Measure other ways of asking over RabbitMQ beside ours, same services; `-- --help`."""
    _install(session, "transports")
    # As with `load`: what others on the machine spoilt is named on the page.
    _run(session, "loadtests.transports", "--tolerant")


@nox.session
def stack(session: nox.Session) -> None:
    """Start the stack and hold it until Ctrl-C; `-- --help`."""
    _install(session, "system")
    _run(session, "testcontainers_fixtures")


@nox.session
def report(session: nox.Session) -> None:
    """Rebuild every page under reports/site from the stored records."""
    _install(session, "report")
    session.run("python", "-m", "reports", *(session.posargs or ["build"]))


@nox.session
def compare(session: nox.Session) -> None:
    """Hold one load run against an earlier one, figure by figure; `-- A B`."""
    _install(session, "report")
    # A figure that cannot be told is no regression; --strict makes it fail.
    session.run("python", "-m", "reports", "compare", "--tolerant", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Make the sdist and the wheel, look at both, and run the wheel from an empty folder."""
    session.install(*PINS, *nox.project.dependency_groups(PYPROJECT, "build", "install"))
    made = Path(session.create_tmp()) / "dist"
    shutil.rmtree(made, ignore_errors=True)
    session.run("uv", "build", "--quiet", "--no-build-isolation", "--out-dir", str(made))
    [wheel], [source] = made.glob("*.whl"), made.glob("*.tar.gz")
    session.run("twine", "check", "--strict", str(source), str(wheel))
    _run_from_nowhere(session, wheel, *session.posargs)
    session.log(f"Wheel and sdist: {made}")


def _run_from_nowhere(session: nox.Session, wheel: Path, *more: str) -> None:
    """Install a wheel into an empty environment, and run a load test from an empty folder."""
    with tempfile.TemporaryDirectory(prefix="gatewaybench-") as empty:
        home = Path(empty) / "home"
        here = Path(empty) / "here"
        bare = home / "venv"
        for folder in (home, here):
            folder.mkdir()
        session.run("uv", "venv", "--quiet", str(bare))
        session.run(
            *("uv", "pip", "install", "--quiet", "--python", str(bare / "bin" / "python")),
            *(*PINS, f"gatewaybench[load,system] @ {wheel.resolve().as_uri()}"),
        )
        with session.chdir(here):
            session.run(
                *(str(bare / "bin" / "gatewaybench"), "load", "--quick", "--tolerant", *more),
                env={"HOME": str(home)},
                interrupt_timeout=STOPS_WITHIN_S,
                external=True,
            )
            [page] = Path("reports/site").glob("*-load/index.html")
            session.log(f"It left {page}")


@nox.session
def audit(session: nox.Session) -> None:
    """Ask whether any pinned package has a known hole; one that cannot be asked about fails it."""
    session.install(*PINS, "pip-audit")
    session.run(
        *("pip-audit", "--requirement", "constraints.txt", "--require-hashes", "--disable-pip"),
        *("--strict", "--progress-spinner", "off", *session.posargs),
    )


@nox.session
def pins(session: nox.Session) -> None:
    """Write constraints.txt anew: the newest versions that pyproject.toml allows, with hashes."""
    session.install("uv")
    groups = [f"--group={name}" for name in PYPROJECT["dependency-groups"]]
    _lock(session, Path("constraints.txt"), "pyproject.toml", "--all-extras", *groups)
    _lock(session, Path(".github/installer.txt"), "--group=install")
    _lock_system(session)


def _lock_system(session: nox.Session) -> None:
    """Write what an image of the reference system installs, its installer included."""
    wanted = Path(session.create_tmp()) / "system.in"
    needs = PYPROJECT["project"]["optional-dependencies"]["system"]
    wanted.write_text("\n".join([*needs, "uv", ""]), encoding="utf-8")
    _lock(session, Path("system/requirements.txt"), str(wanted), "-c", "constraints.txt")


def _lock(session: nox.Session, target: Path, *needs: str) -> None:
    options = ["--universal", "--upgrade", "--generate-hashes"]
    quiet = ["--no-header", "--no-annotate", "--no-emit-index-url"]
    session.run("uv", "pip", "compile", *needs, *options, *quiet, "-o", str(target), silent=True)
