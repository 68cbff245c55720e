"""What `init --compose` writes is a whole stack file: the gateway, who takes calls, from where."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gatewaybench import examinations
from gatewaybench.initial_stack_file import app
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file
from tests.unit.testcontainers_fixtures.test_stack_file_guide import COMPOSE as GUIDES

FOREIGN = Path(__file__).parents[2] / "foreign" / "shop"
PLAIN = """
services:
  web: {image: 'web:1', ports: ['80:8000'], environment: {ITEMS: 'http://items:8001'}}
  items: {image: 'items:1', expose: [8001]}
  metrics: {image: 'prom:1', ports: [9090]}
"""


@pytest.fixture(autouse=True)
def _in_containers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_ENGINE", "containers")
    monkeypatch.setattr(examinations, "docker_engine_answers", lambda: True)


def written(folder: Path, compose: str, *words: str) -> tuple[int, str]:
    (folder / "compose.yaml").write_text(compose, encoding="utf-8")
    done = CliRunner().invoke(
        app, [str(folder / "stack.toml"), "--compose", str(folder / "compose.yaml"), *words]
    )
    return done.exit_code, done.output


def roles(spec: StackSpec) -> dict[str, str]:
    return {name: part.role for name, part in spec.parts.items()}


def test_of_a_shop_it_says_what_its_people_wrote_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SHOP_JWT_SECRET", "SHOP_PASSWORD"):
        monkeypatch.setenv(name, "opens nothing")
    done = CliRunner().invoke(
        app, [str(tmp_path / "stack.toml"), "--compose", str(FOREIGN / "compose.yaml")]
    )
    made = roles(read_stack_file(tmp_path / "stack.toml"))
    theirs = roles(read_stack_file(FOREIGN / "compose.toml"))

    assert done.exit_code == 0, done.output
    assert {made[one] for one in ("orders", "articles")} == {"resolver"}
    # Its PostgreSQL and Redis are images of its own, which tell nobody what they are.
    assert {name for name, role in made.items() if role != theirs[name]} == {"database", "cache"}
    assert "fill in `work_queues`" in done.output
    found = examinations.examinations(tmp_path / "stack.toml", None)
    unsaid = [one for one in found if one.state == "missing"]
    assert "nobody has said from which queues calls are taken" in {one.found for one in unsaid}
    assert "The service 'queue' is the stack's own RabbitMQ" in done.output


def test_the_guides_compose_file_has_its_parts_found(tmp_path: Path) -> None:
    (tmp_path / "schema").mkdir()
    code, said = written(tmp_path, GUIDES)

    assert code == 0, said
    assert roles(read_stack_file(tmp_path / "stack.toml")) == {
        "database": "database",
        "orders": "resolver",
        "gateway": "gateway",
    }


def test_what_the_gateway_asks_is_a_service_and_what_nobody_asks_a_stub(tmp_path: Path) -> None:
    code, said = written(tmp_path, PLAIN, "--gateway", "web")
    spec = read_stack_file(tmp_path / "stack.toml")

    assert code == 0, said
    assert roles(spec) == {"web": "gateway", "items": "service", "metrics": "stub"}
    assert spec.broker is None
    assert "# [parts.metrics]\n" in (tmp_path / "stack.toml").read_text()
    assert "work_queues" not in (tmp_path / "stack.toml").read_text()


def test_where_several_may_be_the_gateway_it_asks_for_its_name(tmp_path: Path) -> None:
    code, said = written(tmp_path, PLAIN)

    assert code == 2
    assert said == (
        "Nothing in compose.yaml tells which service is the gateway; name it: --gateway NAME, "
        "one of: web, items, metrics.\n"
    )
    assert not (tmp_path / "stack.toml").exists()


def test_a_gateway_that_is_no_service_is_told(tmp_path: Path) -> None:
    code, said = written(tmp_path, PLAIN, "--gateway", "wbe")

    assert code == 2
    assert "no service 'wbe' in compose.yaml; it has: web, items, metrics." in said


@pytest.mark.parametrize("way", ["settings", "definitions"])
def test_queues_are_those_that_settings_or_definitions_name(tmp_path: Path, way: str) -> None:
    named = "CALLS_QUEUE: calls, " if way == "settings" else ""
    (tmp_path / "definitions.json").write_text(json.dumps({"queues": [{"name": "calls"}]}))
    code, said = written(
        tmp_path,
        f"""
services:
  mq: {{image: 'rabbitmq:4', volumes: ['./definitions.json:/etc/rabbitmq/definitions.json:ro']}}
  worker: {{image: 'worker:1', environment: {{{named}AMQP: 'amqp://guest:guest@mq/'}}}}
  gateway: {{image: 'gateway:1', ports: [80], environment: {{AMQP: 'amqp://mq/'}}}}
""",
    )
    spec = read_stack_file(tmp_path / "stack.toml")

    assert code == 0, said
    assert spec.broker
    assert spec.broker.queues == ("calls",)
    assert spec.parts["worker"].role == "resolver"
    assert (spec.parts["worker"].readiness.kind == "queue") == (way == "settings")
    assert "fill in" not in said


def test_a_compose_file_that_cannot_be_used_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    code, said = written(tmp_path, "services: {web: {image: x, privileged: true, ports: [1]}}")

    assert code == 2
    assert said.count("\n") == 1
    assert "privileged" in said
    assert not (tmp_path / "stack.toml").exists()


def test_where_no_docker_engine_answers_it_says_what_keeps_it_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STACK_ENGINE", "processes")
    code, said = written(tmp_path, PLAIN, "--gateway", "web")

    assert code == 0
    assert "stack file: its parts are of a compose file, which runs in containers alone" in said
