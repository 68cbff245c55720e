"""The contract suite before a gateway that asks for a key: clean, and it sees one that does not.

Gateway and services stand alone here, without a broker: an unauthenticated client is refused
before one is needed, and documents are read from each. The suite comes in
through a proxy that adds the key, so that what it says and keeps has no secret.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from testcontainers_fixtures.engines.child import Child
from tests.integration.lone_part import alone

pytestmark = pytest.mark.timeout(180)

ROOT: Final = Path(__file__).parents[2]
KEY: Final = "key-5e1f0c2b77aa"
VARIABLE: Final = "TRIAL_KEY"
SETTINGS: Final = {"RMQ_PASS": "unused", "RMQ_PORT": "1", "GATEWAY_API_KEYS": KEY}
# Gunicorn with the same gateway, whose guard lets everybody in at a few operations of many.
IGNORING: Final = """
import runpy, sys
from system.gateway.admission import AdmissionMiddleware
asking = AdmissionMiddleware.__call__

async def careless(self, scope, receive, send):
    if scope.get("method") == "DELETE" and "goods" in scope["path"]:
        return await self.app(scope, receive, send)
    return await asking(self, scope, receive, send)

AdmissionMiddleware.__call__ = careless
sys.argv[0] = "gunicorn"
runpy.run_module("gunicorn", run_name="__main__")
"""


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Give where both services are."""
    folder = tmp_path_factory.mktemp("services")
    clients = {"CLIENTS_DATABASE": str(folder / "clients.sqlite3")}
    goods = {"GOODS_DATABASE": str(folder / "goods.sqlite3")}
    with (
        alone(folder / "c", "srv_clients", workers=1, settings=clients) as one,
        alone(folder / "g", "srv_goods", workers=1, settings=goods) as other,
    ):
        yield {"srv_clients": one.url, "srv_goods": other.url}


@contextmanager
def guarded(folder: Path, *, ignoring: bool = False, asking: bool = True) -> Iterator[Child]:
    """Give a gateway that asks for the key, or that does not, at a few operations or at all."""
    program = (sys.executable, "-c", IGNORING) if ignoring else ()
    settings = SETTINGS if asking else SETTINGS | {"GATEWAY_API_KEYS": ""}
    with alone(folder / "g", "gateway", workers=1, settings=settings, program=program) as gateway:
        yield gateway


def suite(
    gateway: Child, services: dict[str, str], folder: Path, *tests: str, key: str = KEY
) -> "subprocess.CompletedProcess[str]":
    """Run a part of the contract suite on what is up, and keep a record of it."""
    text = (ROOT / "system" / "stack.toml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("probe =")]
    at = lines.index("[contract]") + 1
    lines.insert(at, f'credentials = {{ X-API-Key = "{VARIABLE}" }}')
    stack = folder / "stack.toml"
    stack.write_text("\n".join(lines), encoding="utf-8")
    where = [f"--service={name}={url}" for name, url in services.items()]
    kept = ["--record", f"--site={folder / 'site'}", f"--run-folder={folder / 'run'}"]
    what = [f"--stack-file={stack}", f"--gateway={gateway.url}", *where, *kept]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *what]
        + [f"contract_tests/test_{name}.py" for name in tests],
        cwd=ROOT,
        env=os.environ | {VARIABLE: key},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_gateway_that_asks_is_clean_and_no_secret_is_kept(
    services: dict[str, str], tmp_path: Path
) -> None:
    with guarded(tmp_path) as gateway:
        done = suite(gateway, services, tmp_path, "admission", "drift")
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]

    assert done.returncode == 0, done.stdout[-4000:]
    assert len([path for path in kept if path.name == "run.json"]) == 1
    assert KEY not in done.stdout + done.stderr
    assert [path for path in kept if KEY.encode() in path.read_bytes()] == []


def test_a_gateway_that_ignores_the_key_at_one_operation_is_caught_there(
    services: dict[str, str], tmp_path: Path
) -> None:
    with guarded(tmp_path, ignoring=True) as gateway:
        done = suite(gateway, services, tmp_path, "admission")

    assert done.returncode == 1, done.stdout[-4000:]
    assert (
        "DELETE /goods/{goods_id}, with nothing to show: an unauthenticated request is answered"
        in done.stdout
    )
    assert "GET /goods/{goods_id}, with" not in done.stdout


def test_a_gateway_whose_document_keeps_silent_about_its_key_has_drifted(
    services: dict[str, str], tmp_path: Path
) -> None:
    with guarded(tmp_path, asking=False) as gateway:
        done = suite(gateway, services, tmp_path, "drift")

    assert done.returncode == 1, done.stdout[-4000:]
    assert "GET /clients, security: the gateway asks who comes" in done.stdout
    assert "GET /clients, answer 401: the gateway refuses unauthenticated clients" in done.stdout


def test_a_key_that_is_not_given_ends_the_run_with_a_sentence(
    services: dict[str, str], tmp_path: Path
) -> None:
    with guarded(tmp_path) as gateway:
        done = suite(gateway, services, tmp_path, "admission", key="")

    assert done.returncode == 2
    assert f"Expected the value of X-API-Key in the environment variable {VARIABLE}" in (
        done.stdout + done.stderr
    )
