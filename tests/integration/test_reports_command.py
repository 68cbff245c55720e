"""The command line of the reports on runs that were really made: a server, a generator, a suite."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reports.judgement.reference_run import FOLDER
from tests.integration.flawed import document, flawed

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(240)


def called(module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a site of two load runs on one server, and a contract run that found something."""
    folder = tmp_path_factory.mktemp("site")
    with flawed() as server:
        load = ["--target", server.url, "--request", "GET /echo?word=a", "--rate=50"]
        for _ in range(2):
            ended = called("loadtests", *load, "--duration=1", f"--site={folder}")
            assert ended.returncode in {0, 3}, ended.stdout + ended.stderr
        server.flaws = {"/echo"}
        schema = f"--schema=echo={document(folder)}"
        ended = called("contract_tests", f"--gateway={server.url}", schema, f"--site={folder}")
        assert ended.returncode == 1, ended.stdout
    return folder


def runs(site: Path, kind: str) -> list[Path]:
    return sorted(site.glob(f"*-{kind}*"))


def test_a_site_is_built_again_from_its_records_alone(site: Path) -> None:
    pages = [one / "index.html" for one in (*runs(site, "load"), *runs(site, "e2e"))]
    before = [one.read_text(encoding="utf-8") for one in pages]
    for one in pages:
        one.unlink()

    built = called("reports", "build", "--site", str(site), "--url", "https://pages.example")

    assert built.returncode == 0, built.stdout + built.stderr
    assert [one.read_text(encoding="utf-8") for one in pages] == before
    assert "https://pages.example" in (site / "feed.json").read_text(encoding="utf-8")
    assert all(one.parent.name in (site / "index.html").read_text("utf-8") for one in pages)


def test_a_run_is_shown_with_its_verdict_and_its_code(site: Path) -> None:
    [found] = runs(site, "e2e")
    shown = called("reports", "show", found.name, "--site", str(site))
    load = called("reports", "show", str(runs(site, "load")[0]))

    assert shown.returncode == 1
    assert "GET /echo" in shown.stdout
    assert load.returncode in {0, 3}, load.stdout + load.stderr


def test_one_run_is_held_against_another_and_against_a_slim_copy_of_it(site: Path) -> None:
    before, after = (one.name for one in runs(site, "load"))
    name = f"of-a-test-{os.getpid()}"
    try:
        kept = called("reports", "keep", before, name, "--site", str(site))
        sides = [(before, after), (name, after)]
        ended = [called("reports", "compare", *pair, "--site", str(site)) for pair in sides]
    finally:
        (FOLDER / f"{name}.json").unlink(missing_ok=True)
    pages = [line for one in ended for line in one.stdout.splitlines() if "Page: " in line]

    assert kept.returncode == 0, kept.stdout + kept.stderr
    assert all(one.returncode in {0, 3} for one in ended), [one.stdout for one in ended]
    assert len(pages) == 2
    assert all(Path(line.removeprefix("Page: ")).exists() for line in pages)


def test_the_schema_that_is_printed_is_the_one_in_the_repository() -> None:
    printed = called("reports", "schema")

    assert printed.stdout == (ROOT / "reports" / "run.schema.json").read_text(encoding="utf-8")
