"""The contract suite before somebody else's gateway that is particular about all it gets.

It wants a bearer token, a tenant's header, a cookie and a version in the query, and each value in
its format. What the suite makes up itself is valid; its secret is nowhere; and who comes without
one changes nobody's row.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from reports.record.record import E2eRun, read_record
from tests.integration.tenants import TOKEN, People, files, people

ROOT: Final = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(240)
ANN: Final[dict[str, Any]] = {
    "name": "Ann",
    "email": "ann@example.org",
    "born": "1990-02-03",
    "reference": "e3e70682-c209-4cac-a29f-6fbed82c07cd",
    "address": {"street": "High Street 1", "code": "12345"},
    "tags": ["a", "b"],
    "contact": {"ip": "192.0.2.1"},
}
STORIES: Final = (
    "contract_tests/test_promises.py::test_a_row_is_what_was_sent_from_its_creation_to_its_deletion"
)


@pytest.fixture
def gateway() -> Iterator[People]:
    with people() as server:
        yield server


def ran(command: list[str], gateway: People, folder: Path) -> "subprocess.CompletedProcess[str]":
    document, stack = files(folder)
    words = [f"--gateway={gateway.url}", f"--schema=people={document}", f"--site={folder / 'site'}"]
    words += [f"--stack{'' if 'contract_tests' in command else '-file'}={stack}"]
    return subprocess.run(
        [sys.executable, "-m", *command, *words],
        cwd=ROOT,
        env=os.environ | {"PEOPLE_TOKEN": f"Bearer {TOKEN}"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def part(gateway: People, folder: Path, *tests: str) -> "subprocess.CompletedProcess[str]":
    return ran(["pytest", "-q", "-p", "no:cacheprovider", "--record", *tests], gateway, folder)


def record_in(folder: Path) -> tuple[Path, E2eRun]:
    [run] = (folder / "site").glob("*-e2e")
    record = read_record(run)
    assert isinstance(record, E2eRun)
    return run, record


@pytest.mark.parametrize("rows", [[], [ANN]], ids=["nobody in it", "somebody in it"])
def test_every_request_of_a_story_is_valid(
    gateway: People, tmp_path: Path, rows: list[dict[str, Any]]
) -> None:
    for row in rows:
        gateway.add(row)
    done = part(gateway, tmp_path, STORIES)

    assert done.returncode == 0, done.stdout[-4000:]
    assert dict(gateway.refused) == {}
    assert min(gateway.let_in[method] for method in ("POST", "PUT", "DELETE")) >= 5
    assert len(gateway.rows) == len(rows)


def test_a_gateway_that_keeps_everything_is_clean_and_no_secret_is_kept(
    gateway: People, tmp_path: Path
) -> None:
    gateway.add(ANN)
    done = ran(["contract_tests"], gateway, tmp_path)
    _, record = record_in(tmp_path)
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]

    assert done.returncode == 0, done.stdout[-6000:]
    assert record.failures == ()
    assert [path for path in kept if TOKEN.encode() in path.read_bytes()] == []
    assert TOKEN not in done.stdout + done.stderr
    assert "Task was destroyed" not in done.stderr
    assert (
        "$TOKEN" in (tmp_path / "site" / record_in(tmp_path)[0].name / "requests.har").read_text()
    )
    assert re.search(r"\d+ of \d+ promises kept, \d+ not applicable", done.stdout)
    assert "Not applicable (1): The stack file names no deadline_header." in done.stdout


def test_what_an_unauthenticated_client_may_delete_was_made_for_it(tmp_path: Path) -> None:
    with people(careless=True) as gateway:
        gateway.add(ANN)
        done = part(gateway, tmp_path, "contract_tests/test_admission.py")
        rows = dict(gateway.rows)
    _, record = record_in(tmp_path)
    tried = {one.request.target for one in record.failures if one.request}

    assert done.returncode == 1, done.stdout[-4000:]
    assert (
        "DELETE /people/{person_id}, with nothing to show: an unauthenticated request is answered"
        in done.stdout
    )
    assert {one.operation for one in record.failures} == {"DELETE /people/{person_id}"}
    assert not any(target.startswith("/people/1?") for target in tried)
    assert [row["name"] for row in rows.values()] == ["Ann"]


def test_a_line_that_shows_a_failure_names_the_gateway_and_no_secret(tmp_path: Path) -> None:
    with people() as gateway:
        gateway.broken = {"GET /people"}
        done = ran(["contract_tests"], gateway, tmp_path)
    run, record = record_in(tmp_path)
    shown = [one.request for one in record.failures if one.request]
    page = (run / "index.html").read_text(encoding="utf-8")
    others = set(re.findall(r"127\.0\.0\.1:\d+", done.stdout + page)) - {gateway.url[7:]}

    assert done.returncode == 1
    assert all(
        {n.lower(): v for n, v in one.headers.items()}["authorization"] == "$TOKEN" for one in shown
    )
    assert "$TOKEN" in page
    assert others == set()
    assert TOKEN not in done.stdout + page
