"""A gateway that leaves out what its service answers with is told of, through the whole suite."""

import subprocess
import sys
from pathlib import Path

import pytest

from reports.record.record import E2eRun, read_record
from tests.integration.flawed import Flawed, document, flawed

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(240)

SERVED = [
    ("X-Total-Count", "41"),
    ("Link", '</echo?word=a>; rel="next"'),
    ("Link", '</echo>; rel="first"'),
    ("Set-Cookie", "a=1; Path=/"),
    ("Set-Cookie", "b=2"),
    ("Keep-Alive", "timeout=5"),
]


def differing(gateway: Flawed, service: Flawed, folder: Path) -> tuple[int, set[str]]:
    """Run the suite against a gateway and its service's twin; return its code and what differs."""
    where = [f"--gateway={gateway.url}", f"--twin=echo={service.url}"]
    what = [f"--schema=echo={document(folder)}", f"--site={folder}"]
    done = subprocess.run(
        [sys.executable, "-m", "contract_tests", *where, *what],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    [run] = folder.glob("*-e2e")
    record = read_record(run)
    assert isinstance(record, E2eRun), done.stdout
    return done.returncode, {d.what for one in record.failures for d in one.differences}


def test_what_the_gateway_drops_is_told_and_what_is_of_the_connection_is_not(
    tmp_path: Path,
) -> None:
    with flawed() as gateway, flawed() as service:
        service.more = SERVED
        gateway.more = [SERVED[1], SERVED[3]]
        code, what = differing(gateway, service, tmp_path)

    assert (code, what) == (1, {"header x-total-count", "header link", "header set-cookie"})


def test_a_packed_body_that_is_not_called_so_is_told(tmp_path: Path) -> None:
    with flawed() as gateway, flawed() as service:
        service.packed = gateway.packed = True
        service.more = [("Content-Encoding", "gzip")]
        code, what = differing(gateway, service, tmp_path)

    assert (code, what) == (1, {"header content-encoding", "body"})


def test_a_body_that_one_side_alone_packs_is_told_by_its_coding_and_no_more(tmp_path: Path) -> None:
    with flawed() as gateway, flawed() as service:
        service.packed = True
        service.more = [("Content-Encoding", "gzip")]
        code, what = differing(gateway, service, tmp_path)

    assert (code, what) == (1, {"header content-encoding"})
