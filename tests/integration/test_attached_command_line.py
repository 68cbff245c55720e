"""The contract suite on a stack that somebody else holds: it is asked, and never changed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from testcontainers_fixtures.errors import NotOursError, StackError
from testcontainers_fixtures.stack import CopyCounts, Stack, attach_stack
from testcontainers_fixtures.stack_spec import read_stack_file

ROOT = Path(__file__).parents[2]
STACK_FILE = ROOT / "system" / "stack.toml"
WITHIN_S = 150.0

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Give the addresses of a stack that another process holds."""
    folder = str(tmp_path_factory.mktemp("held"))
    options = ["--engine", "processes", "--json", "--run-folder", folder]
    with subprocess.Popen(
        [sys.executable, "-m", "testcontainers_fixtures", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as holder:
        try:
            assert holder.stdout is not None
            yield json.loads(holder.stdout.readline())
        finally:
            holder.terminate()
            holder.wait(timeout=30)


def attached(held: dict[str, Any], *arguments: str) -> "subprocess.CompletedProcess[str]":
    urls = [f"--gateway={held['gateway']}", "--amqp=$AMQP", "--management=$MANAGEMENT"]
    urls += [f"--service={name}={url}" for name, url in held["services"].items()]
    urls += [f"--twin={name}={url}" for name, url in held["twins"].items()]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *urls, *arguments],
        cwd=ROOT,
        env=os.environ | {"AMQP": held["amqp"], "MANAGEMENT": held["management"]},
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )


def test_the_contract_suite_passes_on_it_over_the_rows_that_are_there(held: dict[str, Any]) -> None:
    some = "on_paper or publishes or (sequences and srv_clients)"
    done = attached(held, "-v", "contract_tests", "-k", some)

    assert done.returncode == 0, done.stdout[-4000:]
    assert "on attached" in done.stdout
    assert "srv_clients-as-found" in done.stdout
    assert "SKIPPED" not in done.stdout
    assert httpx.get(f"{held['gateway']}/ready", timeout=10).status_code == 200


def test_a_test_that_would_change_it_is_skipped_with_that_reason(held: dict[str, Any]) -> None:
    done = attached(held, "tests/system/test_failures.py", "tests/system/test_golden_trial.py")

    assert done.returncode == 0, done.stdout[-4000:]
    assert "3 passed, 7 skipped" in done.stdout
    assert "was attached to and is not ours to stop" in done.stdout
    assert httpx.get(f"{held['gateway']}/ready", timeout=10).status_code == 200


@pytest.mark.long
def test_a_service_without_a_url_is_skipped_and_the_paper_of_the_rest_still_agrees(
    held: dict[str, Any],
) -> None:
    alone = {"services": {"srv_clients": held["services"]["srv_clients"]}, "twins": {}}
    done = attached(held | alone, "contract_tests", "-k", "on_paper or publishes or srv_goods")

    assert done.returncode == 0, done.stdout[-4000:]
    assert "--service srv_goods=URL" in done.stdout


@pytest.mark.parametrize(
    "change",
    [
        lambda stack: stack.scale(CopyCounts(resolvers=2)),
        lambda stack: stack.scale(CopyCounts(service_workers=2)),
        lambda stack: stack.reset(),
        lambda stack: stack.restart("srv_clients"),
        lambda stack: stack.copies("srv_clients"),
        lambda stack: stack.copies("broker"),
    ],
    ids=["more resolvers", "more workers", "reset", "restart", "copies", "broker"],
)
def test_a_change_is_refused_before_anything_of_it_is_done(
    held: dict[str, Any], tmp_path: Path, change: Callable[[Stack], object]
) -> None:
    urls = {"gateway": held["gateway"], **held["services"]}
    with attach_stack(read_stack_file(STACK_FILE), urls, run_folder=tmp_path) as stack:
        before = (stack.configuration, repr(stack))
        with pytest.raises(NotOursError, match=r"is not ours to stop, so it cannot be"):
            change(stack)

        assert (stack.configuration, repr(stack)) == before


def test_a_management_url_that_answers_nothing_is_said_without_its_password(
    held: dict[str, Any], tmp_path: Path
) -> None:
    spec, urls = read_stack_file(STACK_FILE), {"gateway": held["gateway"]}
    nobody = "http://harness:secret@127.0.0.1:9"
    with (
        pytest.raises(StackError, match=r"management API at 127\.0\.0\.1:9 to tell") as caught,
        attach_stack(spec, urls, run_folder=tmp_path, management=nobody),
    ):
        pass

    assert "secret" not in str(caught.value)
