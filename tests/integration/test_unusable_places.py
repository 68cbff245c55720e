"""A folder that cannot be written to ends every command with code 2 and one sentence."""

import os
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STUB = Path(__file__).with_name("stub_gateway.py")
BARE = {"PATH": "/usr/bin:/bin", "NO_COLOR": "1", "COLUMNS": "400", "STACK_ENGINE": "processes"}
BARE["PYTHONDONTWRITEBYTECODE"] = "1"
# No load page is smaller, and every record of nothing much is; no page of a session is either.
LOAD_PAGE, SESSION_PAGE = 20_000, 2_000
BAD_INPUT = 2

# What keeps runs, by its session: with --site they are kept elsewhere.
KEEPERS = {
    "load": ("loadtests", "--quick"),
    "load, a target": ("loadtests", "--target", "{url}", "--request", "GET /rows"),
    "contract": ("contract_tests", "--gateway", "{url}", "--service", "rows={url}"),
    "e2e": ("pytest", "contract_tests", "--record"),
    "faults": ("contract_tests.faults", "--engine", "processes"),
    "mutants": ("contract_tests.mutants", "--record"),
    "transports": ("loadtests.transports",),
    "report": ("reports", "build"),
}
# What starts a stack, which takes a RabbitMQ out of the cache.
STARTERS = {
    "stack": ("testcontainers_fixtures",),
    "load": ("loadtests", "--quick", "--site", "{site}"),
    "e2e": ("pytest", "tests/system"),
    "faults": ("contract_tests.faults", "--engine", "processes", "--site", "{site}"),
    "mutants": ("contract_tests.mutants", "--only", "gateway_202_as_200"),
    "transports": ("loadtests.transports", "--only", "ours", "--site", "{site}"),
}
# The system knows no home of whoever runs this.
HOMELESS = """
import pwd, runpy, sys
def unknown(_): raise KeyError("no such user")
pwd.getpwuid = unknown
sys.argv.pop(0)
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""
WITHOUT_TEMPORARY = """
import runpy, sys, tempfile
tempfile._candidate_tempdir_list = lambda: ["/proc/nowhere"]
sys.argv.pop(0)
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Run a stub and give its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen([sys.executable, str(STUB), str(port)]) as stub:
        yield f"http://127.0.0.1:{port}"
        stub.kill()


def refused(*words: str, home: str | None, within: str = "", largest: int = 0) -> str:
    """Return the one sentence of a command that is refused."""

    def limited() -> None:
        if largest:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    begin = ("-c", within) if within else ("-m",)
    done = subprocess.run(
        [sys.executable, *begin, *words],
        cwd=ROOT,
        env=BARE | ({"HOME": home} if home else {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=100,
        check=False,
        preexec_fn=limited,
    )
    assert "Traceback" not in done.stdout, done.stdout[-4000:]
    assert "INTERNALERROR" not in done.stdout, done.stdout[-4000:]
    assert done.returncode == BAD_INPUT, done.stdout[-4000:]
    [sentence] = [line for line in done.stdout.splitlines() if "Expected" in line]
    return sentence


@pytest.mark.parametrize("command", KEEPERS.values(), ids=KEEPERS)
@pytest.mark.parametrize("where", ["file", "proc"], ids=["a file", "/proc"])
def test_where_runs_cannot_be_kept_is_said_in_a_sentence(
    command: tuple[str, ...], where: str, url: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    site = str(tmp_path / "file") if where == "file" else "/proc/gatewaybench"
    words = [word.format(url=url) for word in command]

    sentence = refused(*words, "--site", site, home=str(tmp_path))

    assert site in sentence
    assert "but: " in sentence


@pytest.mark.parametrize("command", STARTERS.values(), ids=STARTERS)
@pytest.mark.parametrize(
    "home", [pytest.param("/dev/null", marks=pytest.mark.long), None], ids=["/dev/null", "None"]
)
def test_a_home_that_cannot_be_used_is_said_in_a_sentence(
    command: tuple[str, ...], home: str | None, tmp_path: Path
) -> None:
    site = ("--site", str(tmp_path / "site"))
    words = (*command, *(site if command[0] not in {"testcontainers_fixtures", "pytest"} else ()))
    words = tuple(
        word for word in words if command[0] != "contract_tests.mutants" or word not in site
    )

    sentence = refused(*words, within=HOMELESS, home=home)

    assert "XDG_CACHE_HOME" in sentence
    assert (home or "a home folder: HOME is not set") in sentence


@pytest.mark.parametrize(
    "command",
    [("testcontainers_fixtures",), ("pytest", "tests/system")],
    ids=["stack", "pytest"],
)
@pytest.mark.parametrize("where", ["file", "file/below"], ids=["a file", "below one"])
def test_a_run_folder_that_cannot_be_is_said_in_a_sentence(
    command: tuple[str, ...], where: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")

    sentence = refused(*command, "--run-folder", str(tmp_path / where), home=str(tmp_path))

    assert str(tmp_path / "file") in sentence


@pytest.mark.parametrize(
    "command",
    [
        ("testcontainers_fixtures",),
        ("contract_tests", "--gateway", "{url}", "--service", "rows={url}"),
        ("contract_tests.mutants", "--clean-seeds", "1"),
    ],
    ids=["stack", "contract", "mutants"],
)
def test_a_machine_without_a_temporary_folder_is_told_which_variable_to_set(
    command: tuple[str, ...], url: str, tmp_path: Path
) -> None:
    words = [word.format(url=url) for word in command]

    assert "TMPDIR" in refused(*words, within=WITHOUT_TEMPORARY, home=str(tmp_path))


def test_a_load_run_that_finds_no_room_for_its_page_ends_with_a_sentence(
    url: str, tmp_path: Path
) -> None:
    options = ("--target", url, "--request", "GET /rows", "--rate", "20", "--duration", "1")

    sentence = refused(
        "loadtests", *options, "--site", str(tmp_path), largest=LOAD_PAGE, home=str(tmp_path)
    )

    assert "file too large" in sentence
    assert not list(tmp_path.rglob("*.part"))


def test_a_session_that_finds_no_room_for_its_page_ends_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text("def test_one():\n    pass\n")
    options = ["--record", "--site", str(tmp_path / "site"), "-p", "no:cacheprovider"]
    options += [
        "-p",
        "testcontainers_fixtures.plugin",
        "-p",
        "contract_tests.recording.session_record",
    ]
    options += ["--stack-file", str(ROOT / "system" / "stack.toml")]

    sentence = refused(
        "pytest",
        *options,
        str(tmp_path / "test_one.py"),
        largest=SESSION_PAGE,
        home=str(tmp_path),
    )

    assert "file too large" in sentence


@pytest.mark.skipif(os.geteuid() == 0, reason="no right is withheld from root")
def test_a_record_that_may_not_be_read_is_listed_and_costs_no_other(tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "run.json").touch(mode=0o000)

    assert "permission denied" in refused("reports", "build", "--site", str(tmp_path), home=None)
    assert "<code>bad</code>" in (tmp_path / "index.html").read_text()
