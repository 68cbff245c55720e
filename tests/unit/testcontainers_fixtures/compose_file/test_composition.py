"""A compose file's services become a stack file's parts, with what that says laid over them."""

from pathlib import Path

import pytest

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.image_spec import Build
from testcontainers_fixtures.stack_file.readiness_spec import Readiness
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file

HEAD = 'format_version = 2\nname = "small"\ncompose = "compose.yaml"\n'
GATEWAY = '[parts.front]\nrole = "gateway"\n'
FRONT = "services:\n  front: {image: 'front:1', ports: ['80:8000']}\n"
BROKER = '[broker]\nwork_queues = ["work"]\n'
RABBIT = """
  mq:
    image: registry.example/rabbitmq:3.12-management
    container_name: the-queue
    environment:
      - RABBITMQ_DEFAULT_USER=Shop
      - RABBITMQ_DEFAULT_PASS=pa55/word
      - RABBITMQ_DEFAULT_VHOST=/shop
    networks: {back: {aliases: [amqp]}}
"""


def read(folder: Path, compose: str, stack: str = GATEWAY, head: str = HEAD) -> StackSpec:
    (folder / "compose.yaml").write_text(compose, encoding="utf-8")
    file = folder / "stack.toml"
    file.write_text(head + stack, encoding="utf-8")
    return read_stack_file(file)


def refusal(folder: Path, compose: str, stack: str = GATEWAY, head: str = HEAD) -> str:
    with pytest.raises(SpecError) as caught:
        read(folder, compose, stack, head)
    return str(caught.value)


def service(folder: Path, keys: str, stack: str = GATEWAY) -> StackSpec:
    """Read a compose file with one more service, whose keys are those."""
    return read(folder, f"{FRONT}  one: {{image: 'one:1', {keys}}}\n", stack)


def test_a_service_is_a_part_with_all_that_it_says(tmp_path: Path) -> None:
    (tmp_path / "orders").mkdir()
    compose = f"""{FRONT}
  orders:
    build: {{context: orders, dockerfile: prod.Dockerfile, target: run, args: {{V: 2}}}}
    command: python -m orders --who "${{WHO_IS_IT:-a b}}"
    entrypoint: ["tini", "--"]
    environment: {{TEMPLATE: "{{host}} in {{{{x}}}}", FLAG: true}}
    working_dir: /srv/app
    user: "1000:1000"
    ports: ["8001", "9101:9100"]
    tmpfs: ["/run:size=1m"]
    stop_signal: INT
    stop_grace_period: 1m
    init: true
    mem_limit: 256m
    depends_on: [front]
"""
    part = read(tmp_path, compose).parts["orders"]

    assert part.own_image == Build(
        context=str(tmp_path / "orders"),
        dockerfile="prod.Dockerfile",
        target="run",
        args={"V": "2"},
    )
    assert part.command == ("python", "-m", "orders", "--who", "a b")
    assert part.entrypoint == ("tini", "--")
    # So that nothing is filled in where the team means the text.
    assert part.settings == {"TEMPLATE": "{{host}} in {{{x}}}", "FLAG": "true"}
    assert (part.folder, part.user, part.stop_signal, part.grace_s) == (
        *("/srv/app", "1000:1000", "SIGINT", 60.0),
    )
    assert (part.port, part.ports) == (8001, {"p9100": 9100})
    assert (part.tmpfs, part.after) == (("/run:size=1m",), ("front",))
    assert (part.container.init, part.container.memory) == (True, "256m")


@pytest.mark.parametrize(
    ("keys", "ready"),
    [
        (
            "healthcheck: {test: [CMD, pg_isready, -q], interval: 1s, timeout: 1s}",
            Readiness(kind="command", command=("pg_isready", "-q")),
        ),
        (
            "healthcheck: {test: 'curl $$X', interval: 30s, timeout: 30s, start_period: 20s}",
            Readiness(kind="command", command=("/bin/sh", "-c", "curl $X"), within_s=200),
        ),
        ("ports: [80]", Readiness(kind="tcp", subject="tcp")),
        ("ports: [80], healthcheck: {disable: true}", Readiness(kind="tcp", subject="tcp")),
        ("expose: ['80/tcp']", Readiness(kind="tcp", subject="tcp")),
        ("user: x", Readiness(kind="started", subject="started")),
    ],
)
def test_a_healthcheck_is_what_shows_that_a_part_is_ready_else_its_port(
    keys: str, ready: Readiness, tmp_path: Path
) -> None:
    assert service(tmp_path, keys).parts["one"].readiness == ready


def test_what_others_wait_for_shows_in_how_it_is_ready(tmp_path: Path) -> None:
    compose = f"""{FRONT}
  store: {{image: 'acme/postgres-plus:16'}}
  warm: {{image: 'warm:1'}}
  seed: {{image: 'seed:1', depends_on: {{store: {{condition: service_started}}}}}}
  last:
    image: last:1
    depends_on:
      seed: {{condition: service_completed_successfully}}
      warm: {{condition: service_healthy}}
      gone: {{condition: service_started, required: false}}
"""
    parts = read(tmp_path, compose).parts

    assert (parts["store"].role, parts["store"].port) == ("database", 5432)
    assert (parts["seed"].role, parts["seed"].readiness.kind) == ("job", "exit")
    assert parts["warm"].readiness.kind == "healthy"
    assert parts["last"].after == ("seed", "warm")


def test_what_is_mounted_is_copied_and_what_is_written_there_is_the_stacks(tmp_path: Path) -> None:
    for name in ("init", "work"):
        (tmp_path / name).mkdir()
    (tmp_path / "app.conf").touch()
    mounts = ["./init:/init:ro", "./work:/var/work", "./app.conf:/etc/app.conf", "./new:/var/new"]
    spec = service(tmp_path, f"volumes: [{', '.join(mounts)}, 'kept:/var/kept', /var/own]", GATEWAY)
    part = spec.parts["one"]

    assert part.files == {
        "/init": str(tmp_path / "init"),
        "/var/work": str(tmp_path / "work"),
        "/etc/app.conf": str(tmp_path / "app.conf"),
    }
    assert part.volumes == {
        "one-var-work": "/var/work",
        "one-var-new": "/var/new",
        "kept": "/var/kept",
        "one-var-own": "/var/own",
    }


def test_variables_come_from_the_env_file_the_service_and_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIVEN_X", "here")
    (tmp_path / "a.env").write_text("A=file\nB=file\n")

    spec = service(tmp_path, "env_file: a.env, environment: [B=own, GIVEN_X, GONE_X]")

    assert spec.parts["one"].settings == {"A": "file", "B": "own", "GIVEN_X": "here"}


def test_the_stack_file_is_laid_over_the_compose_file(tmp_path: Path) -> None:
    stack = f"""{GATEWAY}
[parts.one]
role = "service"
image = "mine:2"
ready = "GET /up"
settings = {{ B = "2" }}
[parts.extra]
role = "cache"
image = "redis:7"
port = 6379
"""
    keys = "build: front, ports: [80], environment: {A: '1', B: '1'}"
    (tmp_path / "front").mkdir()
    parts = service(tmp_path, keys, stack).parts

    assert (parts["one"].image, parts["one"].build) == ("mine:2", None)
    assert parts["one"].readiness.subject == "GET /up"
    assert parts["one"].settings == {"A": "1", "B": "2"}
    assert list(parts) == ["front", "one", "extra"]


@pytest.mark.parametrize(
    ("keys", "entrypoint", "command"),
    [
        ("entrypoint: ''", (), ()),
        ("entrypoint: [], command: run", (), ("run",)),
        ("command: []", None, ()),
        ("user: x", None, ()),
    ],
)
def test_an_empty_entry_point_is_none_and_an_empty_command_the_images(
    keys: str, entrypoint: tuple[str, ...] | None, command: tuple[str, ...], tmp_path: Path
) -> None:
    part = service(tmp_path, keys).parts["one"]

    assert (part.entrypoint, part.command) == (entrypoint, command)


def test_a_port_that_the_stack_file_adds_is_asked(tmp_path: Path) -> None:
    stack = f'{GATEWAY}[parts.one]\nrole = "database"\nport = 5432\n'

    assert service(tmp_path, "user: x", stack).parts["one"].readiness.kind == "tcp"


def test_an_override_an_extended_service_and_an_included_file_are_one_project(
    tmp_path: Path,
) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "compose.yaml").write_text("services: {far: {build: .}}")
    (tmp_path / "trial.yaml").write_text(
        "services:\n"
        "  one:\n"
        "    command: [over]\n"
        "    ports: ['9:80', '91:81']\n"
        "    privileged: !reset null\n"
        "    tmpfs: !override [/over]\n"
        "    environment: {B: over, C: !reset null}\n"
        "    volumes: ['other:/kept', 'more:/more']\n"
        "    mem_limit: !reset null\n"
    )
    compose = f"""
include: [more/compose.yaml]
{FRONT}
  base: {{image: 'base:1', environment: {{A: base, B: base}}, profiles: [never]}}
  one:
    extends: base
    environment: [B=one, C=one]
    volumes: ['rows:/kept']
    mem_limit: 64m
    command: one
    ports: ['8:80']
    privileged: true
    tmpfs: [/one]
    profiles: !reset []
"""
    head = HEAD.replace('"compose.yaml"', '["compose.yaml", "trial.yaml"]')
    parts = read(tmp_path, compose, head=head).parts

    assert list(parts) == ["far", "front", "one"]
    assert parts["far"].own_image == Build(context=str(tmp_path / "more"))
    assert parts["one"].image == "base:1"
    assert parts["one"].settings == {"A": "base", "B": "over"}
    # One path has one volume, and the later file says which.
    assert parts["one"].volumes == {"other": "/kept", "more": "/more"}
    assert parts["one"].container.memory is None
    assert (parts["one"].command, parts["one"].tmpfs) == (("over",), ("/over",))
    assert (parts["one"].port, parts["one"].ports) == (80, {"p81": 81})


@pytest.mark.parametrize(
    ("said", "stack", "parts"),
    [
        ('"compose.yaml"', GATEWAY, ["front"]),
        ('{ profiles = ["tools"] }', GATEWAY, ["front", "admin", "store"]),
        ('{ services = ["front", "admin"] }', GATEWAY, ["front", "admin", "store"]),
        ('"compose.yaml"', f'{GATEWAY}[parts.admin]\nrole="stub"', ["front", "admin", "store"]),
    ],
    ids=["of no profile", "of a profile", "named, with what it needs", "named by its part"],
)
def test_what_runs_is_chosen_as_with_compose_itself(
    said: str, stack: str, parts: list[str], tmp_path: Path
) -> None:
    compose = f"""{FRONT}
  admin: {{image: 'admin:1', profiles: [tools], depends_on: [store]}}
  store: {{image: 'store:1', profiles: [tools]}}
"""
    head = HEAD.replace('"compose.yaml"', said)

    assert list(read(tmp_path, compose, stack, head).parts) == parts


def test_a_rabbitmq_is_the_broker_under_its_names_and_with_its_user(tmp_path: Path) -> None:
    compose = f"{FRONT}    depends_on: [mq]\n{RABBIT}"
    compose = compose.replace(
        "{image: 'front:1', ports: ['80:8000']}", "\n    image: front:1\n    ports: ['80:8000']"
    )
    spec = read(tmp_path, compose, GATEWAY + BROKER)

    assert spec.broker
    assert (spec.broker.user, spec.broker.password) == ("Shop", "pa55/word")
    assert (spec.broker.vhost, spec.broker.queues) == ("/shop", ("work",))
    assert spec.broker.aliases == ("mq", "the-queue", "amqp")
    assert spec.parts["front"].after == ("broker",)
    assert list(spec.parts) == ["front"]
    [note] = spec.notes
    assert "[broker] image = 'registry.example/rabbitmq:3.12-management'" in note


def test_what_the_stack_file_says_of_the_broker_counts_and_its_definitions_are_found(
    tmp_path: Path,
) -> None:
    mounts = "['./mq/definitions.json:/etc/rabbitmq/definitions.json', './mq/a.conf:/etc/a.conf']"
    compose = f"{FRONT}{RABBIT}    volumes: {mounts}\n"
    said = f'{GATEWAY}{BROKER}user = "own"\ncompose = "mq"\nimage = "mine:1"\n'
    spec = read(tmp_path, compose, said)

    assert spec.broker
    assert (spec.broker.user, spec.broker.vhost, spec.broker.image) == ("own", "/shop", "mine:1")
    assert spec.broker.definitions == str(tmp_path / "mq" / "definitions.json")
    assert "mq.volumes at /etc/a.conf" in spec.notes[-1]


def test_merge_keys_lend_what_a_mapping_does_not_say_itself(tmp_path: Path) -> None:
    compose = f"""
x-lent: &lent {{A: lent, B: lent}}
x-more: &more {{B: more, C: more}}
{FRONT}
  one:
    image: one:1
    environment: {{<<: [*lent, *more], A: own}}
"""
    part = read(tmp_path, compose).parts["one"]

    assert part.settings == {"A": "own", "B": "lent", "C": "more"}


def test_what_is_refused_may_be_off(tmp_path: Path) -> None:
    assert service(tmp_path, "privileged: false, network_mode: bridge").notes == ()


def test_what_a_part_runs_without_is_told_in_one_sentence(tmp_path: Path) -> None:
    spec = service(
        tmp_path,
        "restart: always, ulimits: {nofile: 5}, labels: {a: b}, deploy: {replicas: 2}, "
        "environment: {A: $NOT_SET_X}",
    )

    unset, left_out = spec.notes
    assert unset.startswith("compose.yaml names NOT_SET_X, which the environment has not")
    assert left_out.endswith("without it: one.restart, one.ulimits, one.deploy but for its limits.")


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ("privileged: true", "services.one.privileged: a stack of this harness cannot have that"),
        ("network_mode: host", "services.one.network_mode"),
        ("volumes: ['/dev/null:/x']", "no file or folder that could be copied"),
        ("volumes: ['./gone:/x:ro']", "no file or folder that could be copied"),
        ("volumes: [{type: npipe, source: a, target: /x}]", "no volume of type 'npipe'"),
        ("enviroment: {}", "`enviroment` is no key of a service (did you mean `environment`?)"),
        ("env_file: gone.env", "services.one.env_file: there is no"),
        ("depends_on: [two]", "there is no service 'two'"),
        ("secrets: [key]", "'key' is no file"),
        ("ports: [x]", "services.one.ports: expected"),
        ("extends: two", "services.one.extends: there is no service 'two'"),
        ("environment: {A: '${B_X:?say it}'}", "the variable B_X is not set (say it)"),
        ("healthcheck: {test: x, interval: soon}", "expected a duration"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    keys: str, complaint: str, tmp_path: Path
) -> None:
    sentence = refusal(tmp_path, f"{FRONT}  one: {{image: 'one:1', {keys}}}\n")

    assert complaint in sentence
    assert "\n" not in sentence
    assert str(tmp_path / "compose.yaml") in sentence


@pytest.mark.parametrize(
    ("compose", "stack", "complaint"),
    [
        ("services: [", GATEWAY, "it is not YAML"),
        ("[]", GATEWAY, "expected a mapping with `services`"),
        ("services: {front: 5}", GATEWAY, "services.front: expected a mapping; seen: 5"),
        ("services: {front: {}}", GATEWAY, "neither an `image` nor a `build`"),
        (
            FRONT,
            f'{GATEWAY}[parts.frnt]\nrole = "stub"',
            "[parts.frnt] is no service of compose.yaml (did you mean `front`?)",
        ),
        (FRONT + RABBIT, GATEWAY, "add one with work_queues"),
        (FRONT + RABBIT + RABBIT.replace("mq:", "mq2:"), GATEWAY, "several services are RabbitMQ"),
        (FRONT, f'{GATEWAY}{BROKER}compose = "mq"', "names 'mq', which is no service"),
        (FRONT + "  broker: {image: 'x:1'}", GATEWAY, "would be called 'broker'"),
        (
            FRONT + "  one: {image: 'x:1', volumes: ['old:/x']}\nvolumes: {old: {external: true}}",
            GATEWAY,
            "volumes.old: it lies outside of the stack",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_one_sentence(
    compose: str, stack: str, complaint: str, tmp_path: Path
) -> None:
    sentence = refusal(tmp_path, compose, stack)

    assert complaint in sentence
    assert "\n" not in sentence


def test_a_compose_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    head = HEAD.replace("compose.yaml", "other.yaml")

    assert "other.yaml: there is no such file" in refusal(tmp_path, FRONT, head=head)


def test_a_file_of_the_first_format_has_no_compose(tmp_path: Path) -> None:
    head = HEAD.replace("format_version = 2", "format_version = 1")

    assert "`compose` needs format_version = 2" in refusal(tmp_path, FRONT, head=head)


@pytest.mark.parametrize("said", ["5", '{ file = "x" }', "[]"])
def test_what_compose_cannot_be_is_told_with_its_line(said: str, tmp_path: Path) -> None:
    head = HEAD.replace('"compose.yaml"', said)

    assert "line 3, compose" in refusal(tmp_path, FRONT, head=head)
