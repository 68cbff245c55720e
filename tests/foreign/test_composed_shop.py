"""The shop is run from the compose file that its people have, by a stack file of 25 lines."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from gatewaybench.initial_stack_file import app as init
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.engines.docker_access import docker_engine_answers
from testcontainers_fixtures.engines.engine import Commanded, Killable
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack import Stack, start_stack
from testcontainers_fixtures.stack_spec import read_stack_file
from tests.foreign.commands import measured
from tests.foreign.shop_client import SEEDED, items, order, placed

ROOT = Path(__file__).parents[2]
SHOP = Path(__file__).parent / "shop"
STACK_FILE = SHOP / "compose.toml"
MOST_LINES = 25
ROW = "orders 00000000-0000-4000-8000-000000000017"

# The first start installs PostgreSQL and Redis into images.
pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not (os.environ.get("CI") or docker_engine_answers()), reason="no Docker engine answers"
    ),
    pytest.mark.usefixtures("shop_secrets"),
]


@pytest.fixture(scope="module", autouse=True)
def _containers(pytestconfig: pytest.Config) -> None:
    """Skip where processes are asked for: a compose file is for containers."""
    if pytestconfig.getoption("--engine") == "processes":
        pytest.skip("a compose file runs on containers alone")


@pytest.fixture(scope="module")
def told() -> list[str]:
    """Return what was told while the shop started."""
    return []


def team_files() -> dict[str, bytes]:
    """Return every file of the shop's, with what is in it."""
    files = (file for file in SHOP.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return {str(file.relative_to(SHOP)): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def before() -> dict[str, bytes]:
    return team_files()


@pytest.fixture(scope="module")
def shop(
    told: list[str],
    before: dict[str, bytes],
    tmp_path_factory: pytest.TempPathFactory,
    shop_secrets: None,  # noqa: ARG001 -- which it is started with
) -> Iterator[Stack]:
    assert before
    folder = tmp_path_factory.mktemp("shop")
    with start_stack(
        read_stack_file(STACK_FILE), run_folder=folder, engine="containers", on_event=told.append
    ) as stack:
        yield stack


def said(stack: Stack, part: str, *command: str) -> str:
    [running] = stack.copies(part)
    assert isinstance(running, Commanded)
    code, text = running.ran(command, within_s=20)
    assert code == 0, text
    return text.strip()


def test_the_stack_file_is_short() -> None:
    assert len(STACK_FILE.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_it_starts_in_the_compose_files_order(shop: Stack, told: list[str]) -> None:
    ready = [line.split()[0] for line in told if " ready in " in line]

    assert ready[-1] == "front"
    assert ready.index("database") < ready.index("schema") < ready.index("orders")
    assert not [line for line in told if "work_queue" in line]
    assert items(shop) == SEEDED


def test_what_is_otherwise_here_is_told(shop: Stack, told: list[str]) -> None:
    notes = [line for line in told if "compose.yaml" in line or "RabbitMQ" in line]

    assert list(shop.spec.notes) == notes
    assert "reached by that name" in notes[0]
    assert notes[1].endswith(
        "left out, and the system runs without it: orders.restart, articles.restart, front.restart."
    )


def test_an_order_that_was_read_is_in_the_cache(shop: Stack) -> None:
    first = order(shop, 17)

    assert first == order(shop, 17) == "order 17"
    assert json.loads(said(shop, "cache", "redis-cli", "get", ROW))["item"] == "order 17"


def test_each_part_is_what_its_service_says(shop: Stack) -> None:
    sized = said(shop, "cache", "sh", "-c", "df -m /tmp | tail -1")
    fsync = ("psql", "-h", "127.0.0.1", "-U", "shop", "-d", "postgres", "-Atc", "show fsync")

    assert sized.split()[:2] == ["tmpfs", "16"]
    # The folder that is mounted read-only is there.
    assert said(shop, "database", *fsync) == "off"
    assert said(shop, "orders", "id", "-un") == "nobody"


def test_its_data_start_over_with_a_reset(shop: Stack) -> None:
    assert placed(shop, "tea") == 201
    assert items(shop)[-1] == "tea"

    shop.reset()

    assert items(shop) == SEEDED


def test_a_database_that_is_killed_comes_again_with_its_rows(shop: Stack) -> None:
    assert placed(shop, "kept") == 201
    [database] = shop.copies("database")
    assert isinstance(database, Killable)

    database.kill()
    lost = placed(shop, "lost")
    shop.revive("database")

    assert lost in {503, 504}
    assert items(shop)[-1] == "kept"


def test_its_workers_are_scaled(shop: Stack) -> None:
    shop.scale(CopyCounts(resolvers=2))
    copies = len(shop.copies("orders"))
    shop.scale(CopyCounts())

    assert copies == 2
    assert order(shop, 13) == "order 13"


def test_nothing_of_the_teams_is_written_to(shop: Stack, before: dict[str, bytes]) -> None:
    said(shop, "database", "sh", "-c", "echo x > /tmp/x && test -f /etc/shop/conf.d/trial.conf")

    assert team_files() == before


def test_what_is_written_for_its_compose_file_starts_as_it_is(shop: Stack, tmp_path: Path) -> None:
    """The images are those of the shop that runs."""
    assert shop
    file = tmp_path / "stack.toml"
    done = CliRunner().invoke(init, [str(file), "--compose", str(SHOP / "compose.yaml")])
    assert done.exit_code == 0, done.output

    with start_stack(
        read_stack_file(file), run_folder=tmp_path / "logs", engine="containers"
    ) as stack:
        answer = httpx.get(f"{stack.gateway}/health", timeout=10)
        workers = [len(stack.copies(name)) for name in ("orders", "articles")]

    assert answer.status_code == 200
    assert workers == [1, 1]


def test_on_processes_it_is_refused_in_one_sentence(tmp_path: Path) -> None:
    spec = read_stack_file(STACK_FILE)

    with (
        pytest.raises(SpecError, match="runs on containers alone") as caught,
        start_stack(spec, run_folder=tmp_path, engine="processes"),
    ):
        pass
    assert "\n" not in str(caught.value)


def test_the_load_side_measures_it(tmp_path: Path) -> None:
    assert measured(STACK_FILE, tmp_path, "--resolvers=1", engine="containers")
