"""A team with two kinds of worker, each with its queue, plans capacity by the real command.

Each worker takes one call at a time and keeps it for a set time without computing, so that what so
many of each carry is known, as far as the machine leaves them their time. A busy one makes figures
unknown (3), and its model's figures others; whose call goes where is told on it all the same.
"""

from pathlib import Path
from typing import Final

import pytest

from reports.record.record import LoadRun, read_record
from tests.integration.test_load_run import load

STUB: Final = Path(__file__).with_name("two_kinds.py")
HELD_MS: Final = {"orders": 20, "articles": 60}
SHARES: Final = {"orders": 0.8, "articles": 0.2}
COPIES: Final = ("--copies=orders=1,2", "--copies=articles=1,2", "--workers=1")
ENDS_WITHIN_S: Final = 220.0
STACK: Final = """
format_version = 2
name = "kinds"

[broker]
vhost = "/"
user = "kinds"
work_queues = ["orders", "articles"]

[parts.orders]
role = "resolver"
command = ["python", "{stub}", "worker", "orders", "20"]
ready = "queue orders"
settings = {{ AMQP = "{{broker.url}}" }}

[parts.articles]
role = "resolver"
command = ["python", "{stub}", "worker", "articles", "60"]
ready = "queue articles"
settings = {{ AMQP = "{{broker.url}}" }}

[parts.front]
role = "gateway"
port = 8000
command = ["python", "{stub}", "gateway", "{{host}}", "{{port}}"]
settings = {{ AMQP = "{{broker.url}}" }}

[scenarios.shop]
description = "Orders are read, and now and then an article"

[[scenarios.shop.calls]]
name = "order"
request = "GET /orders"
resolver = "orders"
weight = 4

[[scenarios.shop.calls]]
name = "article"
request = "GET /articles"
resolver = "articles"
"""

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def stack_file(tmp_path: Path) -> Path:
    """Write the stack file of the two kinds."""
    file = tmp_path / "stack.toml"
    file.write_text(STACK.format(stub=STUB))
    return file


def ran(stack_file: Path, *options: str) -> tuple[LoadRun, str]:
    """Return the record of a run and its page."""
    process = load(stack_file, *COPIES, *options)
    said, _ = process.communicate(timeout=ENDS_WITHIN_S)
    assert process.returncode in {0, 1, 3}, said
    [folder] = (stack_file.parent / "site").glob("*-load*")
    record = read_record(folder)
    assert isinstance(record, LoadRun)
    return record, (folder / "index.html").read_text(encoding="utf-8")


def test_a_quick_sweep_over_both_kinds_has_a_model_of_both_on_its_page(stack_file: Path) -> None:
    record, page = ran(stack_file, "--quick", "--duration=2")
    [capacity] = record.capacity
    shown = {one.part: one for one in capacity.visits}
    points = {(one.of_parts["orders"], one.of_parts["articles"]) for one in capacity.outlooks or ()}

    assert capacity.outlooks, capacity.reasons
    assert {(1, 1), (2, 1), (1, 2), (2, 2), (4, 2)} <= points
    assert [one.measured for one in capacity.outlooks].count(True) == 2
    for kind, one in shown.items():
        assert one.share == pytest.approx(SHARES[kind], abs=0.1)
        assert one.hold_ms >= 0.8 * HELD_MS[kind]  # less what is taken for its CPU time
    assert shown["orders"].turns == 1
    assert "2 x articles, 1 x orders" in page
    assert "of the requests visit orders, for" in page
    assert "a copy takes 1 at a time" in page


@pytest.mark.long
def test_the_cheapest_of_both_kinds_is_run_and_stands_beside_its_prediction(
    stack_file: Path,
) -> None:
    asked = ("--target-rate=65", "--slo-p99-ms=2000", "--repetitions=1", "--duration=3")
    record, page = ran(stack_file, *asked)
    [capacity] = record.capacity

    assert capacity.answer
    assert capacity.answer.chosen, capacity.answer.sentence
    # One worker of orders carries 62 a second with that mix, however fast the machine is.
    assert capacity.answer.chosen.of_parts["orders"] > 1
    assert capacity.answer.trials[0].foretold_ms.value
    assert "orders" in capacity.answer.binding or "articles" in capacity.answer.binding
    assert capacity.answer.trials[0].configuration in page


def test_without_a_word_of_which_call_visits_which_a_question_is_refused(stack_file: Path) -> None:
    said_of_both = stack_file.read_text()
    stack_file.write_text(said_of_both.replace('resolver = "articles"\n', ""))
    process = load(stack_file, *COPIES, "--target-rate=65", "--slo-p99-ms=1000")
    said, _ = process.communicate(timeout=ENDS_WITHIN_S)

    assert process.returncode == 2
    sentence = " ".join(said.split())
    assert "the call 'article' of 'shop' visits is not known" in sentence
    assert 'give each of its calls resolver = "..."' in sentence
