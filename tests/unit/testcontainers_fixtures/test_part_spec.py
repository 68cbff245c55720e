"""A part of a stack file says how it is ready, when it starts and where, or why it cannot."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.readiness_spec import READY_WITHIN_S, Readiness, readiness
from testcontainers_fixtures.stack_file.start_order import start_order, starting_over
from testcontainers_fixtures.stack_spec import Part, StackSpec, read_stack_file

FRONT = '[parts.front]\nrole = "gateway"\ncommand = ["run"]\nport = 9000\n'
BROKER = '[broker]\nvhost = "/"\nuser = "shop"\nwork_queue = "work"\n'


def read(folder: Path, text: str, version: int = 2) -> StackSpec:
    file = folder / "stack.toml"
    file.write_text(f'format_version = {version}\nname = "small"\n{text}', encoding="utf-8")
    return read_stack_file(file)


def refusal(folder: Path, text: str, version: int = 2) -> str:
    with pytest.raises(SpecError) as caught:
        read(folder, text, version)
    return str(caught.value)


def worker(*keys: str, role: str = "resolver") -> str:
    return "\n".join(
        (FRONT, "[parts.worker]", f'role = "{role}"', 'command = ["work"]', *keys, BROKER)
    )


@pytest.mark.parametrize(
    ("ready", "meaning"),
    [
        ('"GET /x"', Readiness(kind="request", subject="GET /x")),
        ('"tcp"', Readiness(kind="tcp", subject="tcp")),
        ('"log up and running"', Readiness(kind="log", subject="up and running")),
        ('"queue work"', Readiness(kind="queue", subject="work")),
        ('{ when = "tcp", within_s = 5 }', Readiness(kind="tcp", subject="tcp", within_s=5)),
        (
            '{ command = ["pg_isready", "-q"], within_s = 30 }',
            Readiness(kind="command", command=("pg_isready", "-q"), within_s=30),
        ),
    ],
)
def test_ready_says_what_is_looked_at_and_within_which_time(
    ready: str, meaning: Readiness, tmp_path: Path
) -> None:
    spec = read(tmp_path, worker("port = 1", f"ready = {ready}"))

    assert spec.parts["worker"].readiness == meaning


def test_what_a_part_is_ready_by_is_its_roles_unless_it_says_otherwise() -> None:
    ready = {
        role: Part(role=role, command=("x",), port=1).readiness.kind
        for role in ("gateway", "service", "stub", "resolver", "database", "cache", "job")
    }

    assert ready == {
        **dict.fromkeys(("gateway", "service", "stub", "resolver"), "request"),
        "database": "tcp",
        "cache": "tcp",
        "job": "exit",
    }
    assert readiness("GET /ready").within_s == READY_WITHIN_S


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param(worker('ready = "htp"'), "seen: 'htp'", id="no such form"),
        pytest.param(worker("ready = { within_s = 3 }"), "ready is", id="a table of nothing"),
        pytest.param(worker(), "ready = 'GET /ready' needs a `port`", id="HTTP without a port"),
        pytest.param(worker('ready = "tcp"'), "ready = 'tcp' needs a `port`", id="tcp, no port"),
        pytest.param(worker('ready = "exit"'), "role = 'job'", id="a worker that is to end"),
        pytest.param(
            worker('ready = "log x"', role="job"), "role = 'job'", id="a job that is not to end"
        ),
        pytest.param(
            worker('ready = "queue work"').replace(BROKER, ""), "no [broker]", id="no broker"
        ),
        pytest.param(
            worker('ready = "log x"', 'after = ["frnt"]'),
            "starts after 'frnt', which is no part here (did you mean `front`?)",
            id="after an unknown part",
        ),
        pytest.param(worker('ready = "log x"', 'folder = "../x"'), "folder is below", id="outside"),
        pytest.param(
            worker('ready = "log x"', 'settings = { KEY = "${SHOP_KEY:-x}" }'),
            "write {secrets.SHOP_KEY} for the variable",
            id="a variable that nobody fills in",
        ),
        pytest.param(
            worker('ready = "log x"', 'comand = ["y"]'),
            "unknown field `comand` (did you mean `command`?)",
            id="a misspelt key",
        ),
        pytest.param(
            f"{FRONT}{BROKER}".replace('work_queue = "work"\n', ""), "work_queues", id="no queue"
        ),
        pytest.param(
            f'{FRONT}{BROKER}work_queues = ["a"]', "work_queues", id="both ways to name queues"
        ),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_write_instead(
    text: str, complaint: str, tmp_path: Path
) -> None:
    sentence = refusal(tmp_path, text)

    assert complaint in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        (worker('ready = "log x"', "wokers = 2"), 12, "parts.worker.wokers"),
        (worker('ready = "log x"', 'settings = { A = "x", B = 1 }'), 12, "parts.worker.settings.B"),
        (worker('ready = "log x"', 'after = ["gone"]'), 12, "parts.worker.after"),
        (f'{FRONT}[[seed]]\nservice = "x"\nrequest = "GET /"', 8, "seed.1.service"),
        (f"{FRONT}command = 1", None, "not TOML"),
    ],
    ids=["an unknown key", "a value in a line", "a part that is not there", "a list", "twice"],
)
def test_what_is_wrong_is_told_with_its_line_and_its_key(
    text: str, line: int | None, key: str, tmp_path: Path
) -> None:
    sentence = refusal(tmp_path, text)

    assert (f"line {line}, {key}: " if line else key) in sentence


def test_a_circle_of_parts_is_told_as_one(tmp_path: Path) -> None:
    text = "".join(
        f'[parts.{name}]\nrole = "cache"\nport = 1\ncommand = ["x"]\nafter = ["{other}"]\n'
        for name, other in ("ab", "bc", "ca")
    )

    found = re.search(r"wait for each other: (.*); take one", refusal(tmp_path, FRONT + text))

    assert found
    circle = found[1].split(" after ")
    assert circle[0] == circle[-1]
    assert {one + other for one, other in pairwise(circle)} == {"ab", "bc", "ca"}


@pytest.mark.parametrize(
    "key",
    [
        'ready = "tcp"\nport = 1',
        'ready = "log x"',
        'port = 1\nafter = ["front"]',
        'port = 1\nenv_from = ["HOME"]',
        "port = 1\ngrace_s = 3",
    ],
)
def test_what_is_of_the_second_format_is_refused_in_a_file_of_the_first(
    key: str, tmp_path: Path
) -> None:
    assert "of part 'worker' needs format_version = 2" in refusal(tmp_path, worker(key), version=1)
    assert read(tmp_path, worker(key)).parts["worker"].newer


def test_a_file_of_the_first_format_is_read_as_ever(tmp_path: Path) -> None:
    text = worker("port = 1", 'ready = "GET /up"', 'settings = { A = \'{"b": {"c": 1}}\' }')

    spec = read(tmp_path, text, version=1)

    assert spec.broker
    assert spec.broker.queues == ("work",)
    assert spec.parts["worker"].newer == ""


def test_a_format_that_nobody_reads_is_refused(tmp_path: Path) -> None:
    assert "line 1, format_version: " in refusal(tmp_path, FRONT, version=3)


def test_parts_start_behind_those_they_wait_for_and_start_over_with_their_data() -> None:
    parts = {
        "front": Part(role="gateway", command=("x",), port=1, after=("orders",)),
        "worker": Part(role="resolver", command=("x",), port=1, after=("schema",)),
        "orders": Part(role="service", command=("x",), port=1),
        "schema": Part(role="job", command=("x",), after=("store",)),
        "store": Part(role="database", command=("x",), port=1),
    }
    order = start_order(parts)

    for name, one in parts.items():
        assert all(order.index(other) < order.index(name) for other in one.after)
    # The gateway waits for a service alone, which keeps its address and its promises.
    assert starting_over(parts) == {"worker", "orders", "schema", "store"}


def parts_of(folder: Path, *, fresh: bool) -> dict[str, Part]:
    """Return a database, a job on it, a service of its own data, and a worker after the job."""
    emptied = 'fresh = ["truncate"]\n' if fresh else ""
    base = f'[parts.base]\nrole = "database"\nport = 1\ncommand = ["x"]\n{emptied}'
    schema = '[parts.schema]\nrole = "job"\nafter = ["base"]\ncommand = ["x"]\n'
    again = '[parts.again]\nrole = "job"\nafter = ["schema"]\ncommand = ["x"]\n'
    notes = '[parts.notes]\nrole = "service"\nport = 2\ncommand = ["x"]\n'
    work = '[parts.work]\nrole = "stub"\nafter = ["again"]\nready = "log x"\ncommand = ["x"]\n'
    return dict(read(folder, FRONT + base + schema + again + notes + work).parts)


def test_what_a_part_with_fresh_holds_is_emptied_and_nothing_on_it_starts_over(
    tmp_path: Path,
) -> None:
    over = starting_over(parts_of(tmp_path, fresh=False))
    still = starting_over(parts_of(tmp_path, fresh=True))

    assert over == {"base", "schema", "again", "work", "notes"}
    assert still == {"notes"}


@pytest.mark.parametrize(
    ("seed", "complaint"),
    [
        pytest.param('request = "POST /"', "seed.1: a seed is put to one `part`", id="nobody"),
        pytest.param('part = "front"', "a seed is a `request` or a `command`", id="nothing"),
        pytest.param(
            'part = "front"\nrequest = "POST /"\nbody = 1\nrows = "x"',
            "`rows` are the bodies",
            id="two bodies",
        ),
        pytest.param(
            'part = "front"\ncommand = ["x"]\nbody = 1', "a seed's `command` has no", id="a body"
        ),
        pytest.param(
            'part = "frnt"\ncommand = ["x"]',
            "seed.1.part: seed names 'frnt', which is no part here (did you mean `front`?)",
            id="another part",
        ),
        pytest.param(
            'service = "front"\nrequest = "POST /"', "which is no service here", id="no service"
        ),
    ],
)
def test_a_seed_that_cannot_be_meant_is_refused(seed: str, complaint: str, tmp_path: Path) -> None:
    assert complaint in refusal(tmp_path, f"{FRONT}[[seed]]\n{seed}\n")


def test_a_seed_by_command_needs_the_second_format(tmp_path: Path) -> None:
    seed = 'part = "front"\ncommand = ["x"]'

    assert "`part` of a seed needs format_version = 2" in refusal(
        tmp_path, f"{FRONT}[[seed]]\n{seed}\n", version=1
    )


@pytest.mark.parametrize("role", ["resolver", "service"])
def test_cores_are_told_of_what_calls_use_and_not_of_who_works_on_them(
    role: str, tmp_path: Path
) -> None:
    said = refusal(tmp_path, worker("cores = 2", "port = 1", 'ready = "tcp"', role=role))

    assert "parts.worker.cores" in said
    assert "cores are told of databases, caches and stubs" in said


def test_cores_need_the_second_format(tmp_path: Path) -> None:
    text = worker("cores = 1.5", "port = 1", role="stub")

    assert read(tmp_path, text).parts["worker"].cores == 1.5
    assert "`cores` of part 'worker' needs format_version = 2" in refusal(tmp_path, text, 1)
